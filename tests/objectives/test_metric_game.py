"""The game against a measured quality, against its closed form."""

from __future__ import annotations

import math

import pytest
import torch

from audiogan.judgement import Judgement
from audiogan.objectives import MetricGame

NAN = math.nan


def test_its_losses_are_those_of_metricgan() -> None:
    real = Judgement(torch.tensor([0.5, 1.0]))
    fake = Judgement(torch.tensor([0.25, 0.75]), target=torch.tensor([0.5, 0.5]))
    assert MetricGame().discriminator_loss(real, fake).item() == pytest.approx(0.25 / 2 + 0.0625)
    assert MetricGame().generator_loss(fake, None).item() == pytest.approx((0.75**2 + 0.25**2) / 2)


def test_kinds_of_fake_candidates_count_as_much_as_the_real_ones_each() -> None:
    real = Judgement(torch.tensor([1.0, 1.0]))
    output, noisy = torch.tensor([0.3, 0.9]), torch.tensor([0.1, 0.6])
    of_output, of_noisy = torch.tensor([0.5, 0.5]), torch.tensor([0.0, 0.2])
    fake = Judgement(torch.cat([output, noisy]), target=torch.cat([of_output, of_noisy]))
    expected = (output - of_output).square().mean() + (noisy - of_noisy).square().mean()
    torch.testing.assert_close(MetricGame().discriminator_loss(real, fake), expected)


def test_of_what_could_not_be_measured_nothing_is_learned() -> None:
    real = Judgement(torch.tensor([1.0, 1.0]))
    score = torch.tensor([0.25, 0.75], requires_grad=True)
    loss = MetricGame().discriminator_loss(real, Judgement(score, target=torch.tensor([0.5, NAN])))
    loss.backward()
    assert loss.item() == pytest.approx(0.0625 / 2)
    assert score.grad is not None and score.grad.tolist() == [-0.25, 0.0]


def test_a_judgement_without_a_target_is_refused() -> None:
    only_score = Judgement(torch.zeros(2))
    with pytest.raises(ValueError, match="needs a target"):
        MetricGame().discriminator_loss(only_score, only_score)

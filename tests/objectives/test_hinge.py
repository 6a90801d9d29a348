"""The hinge game at known scores."""

from __future__ import annotations

import pytest
import torch

from audiogan.judgement import Judgement
from audiogan.objectives import Hinge


def test_beyond_the_margins_the_discriminator_has_nothing_to_learn() -> None:
    real, fake = (torch.tensor(s, requires_grad=True) for s in ([1.0, 1.5, 40.0], [-1.0, -7.0]))
    loss = Hinge().discriminator_loss(Judgement(real), Judgement(fake))
    assert loss == 0
    assert not any(g.any() for g in torch.autograd.grad(loss, (real, fake)))


def test_within_the_margins_its_gradient_is_constant() -> None:
    real, fake = (torch.tensor(s, requires_grad=True) for s in ([0.5, -2.0], [-0.5, 3.0]))
    loss = Hinge().discriminator_loss(Judgement(real), Judgement(fake))
    assert loss.item() == pytest.approx((0.5 + 3) / 2 + (0.5 + 4) / 2)
    of_real, of_fake = torch.autograd.grad(loss, (real, fake))
    assert of_real.tolist() == [-0.5, -0.5] and of_fake.tolist() == [0.5, 0.5]


def test_the_generator_wants_high_scores_however_high_they_are() -> None:
    score = torch.tensor([-3.0, 50.0], requires_grad=True)
    loss = Hinge().generator_loss(Judgement(score), None)
    assert loss.item() == -23.5
    assert torch.autograd.grad(loss, score)[0].tolist() == [-0.5, -0.5]

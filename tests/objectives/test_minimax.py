"""The games of cross-entropy, saturating and not, against the published formulas and gradients."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives import Minimax, NonSaturating

scores = st.lists(st.floats(-20, 20), min_size=1, max_size=6)


def judged(values: list[float]) -> tuple[Judgement, Tensor]:
    score = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    return Judgement(score), score


def sigmoid(s: float) -> float:
    return 1 / (1 + math.exp(-s))


@given(scores, scores, st.sampled_from([1.0, 0.9, 0.5]))
def test_the_discriminator_s_loss_is_minus_the_value(real: list[float], fake: list[float], target: float) -> None:
    value = sum(target * math.log(sigmoid(s)) + (1 - target) * math.log(sigmoid(-s)) for s in real) / len(real) + sum(
        math.log(sigmoid(-s)) for s in fake
    ) / len(fake)
    for game in (Minimax(real_target=target), NonSaturating(real_target=target)):
        assert game.discriminator_loss(judged(real)[0], judged(fake)[0]).item() == pytest.approx(-value)


@given(scores)
def test_the_generators_losses_and_gradients_at_known_scores(fake: list[float]) -> None:
    """log(1 − D) has the gradient −D at a score, and −log D the gradient −(1 − D)."""
    said, score = judged(fake)
    saturating = Minimax().generator_loss(said, None)
    assert saturating.item() == pytest.approx(sum(math.log(sigmoid(-s)) for s in fake) / len(fake))
    (gradient,) = torch.autograd.grad(saturating, score)
    assert gradient.tolist() == pytest.approx([-sigmoid(s) / len(fake) for s in fake])
    not_saturating = NonSaturating().generator_loss(said, None)
    assert not_saturating.item() == pytest.approx(-sum(math.log(sigmoid(s)) for s in fake) / len(fake))
    (gradient,) = torch.autograd.grad(not_saturating, score)
    assert gradient.tolist() == pytest.approx([-sigmoid(-s) / len(fake) for s in fake])


def test_a_sure_discriminator_stops_the_one_generator_and_not_the_other() -> None:
    score = torch.full((1,), -200.0, requires_grad=True)  # so sure that log(1 − D) itself is 0 in float32
    for game, expected in ((Minimax(), 0), (NonSaturating(), -1)):
        loss = game.generator_loss(Judgement(score), None)
        assert loss.isfinite() and torch.autograd.grad(loss, score)[0].item() == expected


def test_smoothing_does_not_touch_the_generator() -> None:
    said, _ = judged([0.3, -2.0])
    for game in (Minimax, NonSaturating):
        assert game(real_target=0.7).generator_loss(said, None) == game().generator_loss(said, None)


def test_its_vitals_are_what_the_discriminator_says_on_average() -> None:
    game = NonSaturating()
    game.after_step(judged([0.0, math.log(3)])[0], judged([-math.log(3)])[0])
    assert {name: value.item() for name, value in game.vitals().items()} == pytest.approx(
        {"of_real": (0.5 + 0.75) / 2, "of_fake": 0.25}
    )

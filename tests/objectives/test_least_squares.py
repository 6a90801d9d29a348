"""Least squares against its closed forms."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from audiogan.judgement import Judgement
from audiogan.objectives import LeastSquares

scores = st.lists(st.floats(-5, 5), min_size=1, max_size=6).map(lambda v: torch.tensor(v, dtype=torch.float64))


@given(scores, scores, st.sampled_from([1.0, 0.9]))
def test_the_losses_are_the_squares_without_a_half(real: torch.Tensor, fake: torch.Tensor, target: float) -> None:
    game = LeastSquares(real_target=target)
    discriminator = game.discriminator_loss(Judgement(real), Judgement(fake)).item()
    assert discriminator == pytest.approx(
        sum((s - target) ** 2 for s in real) / len(real) + sum(s**2 for s in fake) / len(fake)
    )
    generator = game.generator_loss(Judgement(fake), None).item()
    assert generator == pytest.approx(sum((s - 1) ** 2 for s in fake) / len(fake))


def test_the_fixed_points() -> None:
    game = LeastSquares()
    right, wrong = Judgement(torch.ones(3)), Judgement(torch.zeros(3))
    assert game.discriminator_loss(right, wrong) == 0 and game.discriminator_loss(wrong, right) == 2
    assert game.generator_loss(right, None) == 0 and game.generator_loss(wrong, None) == 1
    # Where real and fake cannot be told apart the best score is ½ for both, and the loss ½.
    half = torch.full((3,), 0.5, requires_grad=True)
    loss = game.discriminator_loss(Judgement(half), Judgement(half))
    assert loss.item() == 0.5
    assert not torch.autograd.grad(loss, half)[0].any()


def test_the_gradient_at_known_scores() -> None:
    score = torch.tensor([0.25, -1.0], requires_grad=True)
    loss = LeastSquares().generator_loss(Judgement(score), None)
    torch.testing.assert_close(torch.autograd.grad(loss, score)[0], torch.tensor([-0.75, -2.0]))  # 2 (s − 1) / B


def test_the_discriminator_s_loss_is_halved_alone() -> None:
    """WaveGAN's LSGAN: its code halves the discriminator's sum and not the generator's loss."""
    real, fake = Judgement(torch.tensor([0.5, 2.0])), Judgement(torch.tensor([-1.0]))
    game = LeastSquares(discriminator_weight=0.5)
    assert game.discriminator_loss(real, fake).item() == ((0.25 + 1.0) / 2 + 1.0) / 2
    assert game.generator_loss(fake, None).item() == 4.0

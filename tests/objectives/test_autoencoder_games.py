"""EBGAN, its pulling-away term, and BEGAN, where a score is a reconstruction error."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from audiogan.judgement import Judgement
from audiogan.objectives import BEGAN, EBGAN, PullingAway

errors = st.lists(st.floats(0, 5), min_size=1, max_size=6)


def judged(values: list[float]) -> Judgement:
    return Judgement(torch.tensor(values, dtype=torch.float64))


@given(errors, errors, st.floats(0.1, 4))
def test_ebgan_pushes_each_fake_up_to_the_margin(real: list[float], fake: list[float], margin: float) -> None:
    game = EBGAN(margin=margin)
    pushed = sum(max(0.0, margin - e) for e in fake) / len(fake)
    assert game.discriminator_loss(judged(real), judged(fake)).item() == pytest.approx(sum(real) / len(real) + pushed)
    assert game.generator_loss(judged(fake), None).item() == pytest.approx(sum(fake) / len(fake))


def test_ebgan_s_margin_is_each_candidate_s_own() -> None:
    """One far beyond the margin does not excuse another: of their mean, 5, nothing would be left to push."""
    score = torch.tensor([0.0, 10.0], requires_grad=True)
    loss = EBGAN(margin=1).discriminator_loss(judged([0.0]), Judgement(score))
    assert loss == 0.5
    assert torch.autograd.grad(loss, score)[0].tolist() == [-0.5, 0.0]


def pull(codes: torch.Tensor) -> float:
    return PullingAway().generator_loss(Judgement(torch.zeros(len(codes)), code=codes), None).item()


@given(st.integers(2, 6))
def test_pulling_away_is_0_for_orthogonal_codes_and_1_for_equal_ones(count: int) -> None:
    orthogonal = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(count)).double())[0][:count]
    assert pull(orthogonal) == pytest.approx(0, abs=1e-12)
    assert pull(orthogonal[:1].repeat(count, 1)) == pytest.approx(1)
    assert pull(orthogonal[:1] * torch.tensor([[(-2.0) ** n] for n in range(count)])) == pytest.approx(1)


@given(st.lists(st.floats(0, math.pi), min_size=2, max_size=6))
def test_pulling_away_is_the_mean_squared_cosine_of_all_pairs(angles: list[float]) -> None:
    lengths = 1 + torch.arange(len(angles), dtype=torch.float64)  # each code is normalised by itself
    codes = torch.stack([torch.tensor([math.cos(a), math.sin(a)], dtype=torch.float64) for a in angles])
    cosines = [math.cos(a - b) ** 2 for i, a in enumerate(angles) for j, b in enumerate(angles) if i != j]
    assert pull(lengths[:, None] * codes) == pytest.approx(sum(cosines) / len(cosines), abs=1e-9)


def test_pulling_away_takes_codes_of_any_shape_and_of_one_or_of_nothing() -> None:
    codes = torch.randn(5, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    assert pull(codes) == pytest.approx(pull(codes.flatten(1))) and pull(codes) > 0
    assert pull(codes[:1]) == 0
    silent = torch.zeros(3, 4, requires_grad=True)
    loss = PullingAway().generator_loss(Judgement(torch.zeros(3), code=silent), None)
    assert loss == 0 and torch.autograd.grad(loss, silent)[0].isfinite().all()


@given(
    st.lists(st.tuples(errors, errors), min_size=1, max_size=12),
    st.floats(0.1, 1),
    st.sampled_from([0.001, 0.1, 1.0]),
)
def test_began_s_k_follows_its_recurrence(
    steps: list[tuple[list[float], list[float]]], gamma: float, rate: float
) -> None:
    game, k = BEGAN(gamma=gamma, rate=rate).double(), 0.0
    for real, fake in steps:
        of_real, of_fake = sum(real) / len(real), sum(fake) / len(fake)
        loss = game.discriminator_loss(judged(real), judged(fake)).item()
        assert loss == pytest.approx(of_real - k * of_fake, abs=1e-9)
        assert game.generator_loss(judged(fake), None).item() == pytest.approx(of_fake)
        game.after_step(judged(real), judged(fake))
        k = min(max(k + rate * (gamma * of_real - of_fake), 0.0), 1.0)
        vitals = game.vitals()
        assert vitals["k"].item() == pytest.approx(k, abs=1e-9)
        assert vitals["convergence"].item() == pytest.approx(of_real + abs(gamma * of_real - of_fake))


def test_began_s_k_is_kept_in_its_range_and_in_the_checkpoint() -> None:
    game, resumed = BEGAN(rate=1.0), BEGAN()
    game.after_step(judged([6.0]), judged([0.0]))
    assert game.k == 1
    game.after_step(judged([1.0]), judged([0.75]))
    assert game.k == 0.75
    resumed.load_state_dict(game.state_dict())
    assert resumed.k == 0.75 and resumed.convergence == 1.25
    game.after_step(judged([0.0]), judged([9.0]))
    assert game.k == 0


def test_began_s_state_takes_no_gradient_and_weighs_the_fake_errors() -> None:
    game, score = BEGAN(), torch.tensor([0.5, 0.1], requires_grad=True)
    game.k.fill_(0.25)
    loss = game.discriminator_loss(judged([1.0]), Judgement(score))
    assert torch.autograd.grad(loss, score)[0].tolist() == [-0.125, -0.125]
    game.after_step(judged([1.0]), Judgement(score))
    assert not game.k.requires_grad and not game.convergence.requires_grad


def test_began_is_at_rest_where_the_errors_are_in_the_wanted_ratio() -> None:
    game = BEGAN(gamma=0.5, rate=1.0)
    game.k.fill_(0.3)
    game.after_step(judged([0.8, 0.4]), judged([0.3]))
    assert game.k.item() == pytest.approx(0.3) and game.convergence.item() == pytest.approx(0.6)

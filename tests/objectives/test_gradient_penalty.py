"""Gradient penalties against their closed forms, candidate by candidate, for inputs of any number of axes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.objectives import R1, GradientPenalty, Objective
from audiogan.objectives.objective import Judge
from tests.objectives.judgements import LinearCritic

# Points, sound or features of any channel count, pictures, volumes.
shapes = st.one_of(
    st.tuples(st.integers(1, 6)),
    st.tuples(st.integers(1, 5), st.integers(1, 6)),
    st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2)),
)


def batch(shape: tuple[int, ...], size: int = 5) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    real, fake = torch.randn(2, size, *shape, generator=rng, dtype=torch.float64)
    return real, fake


def quadratic(candidate: Tensor) -> Judgement:
    """½ Σ c_i x_i² + Σ x_i with c = 1, 2, 3, …: its gradient at x is c x + 1."""
    x = candidate.flatten(1)
    return Judgement((torch.arange(1, x.shape[1] + 1) * x.square() / 2 + x).sum(1))


def quadratic_gradient(candidate: Tensor) -> Tensor:
    x = candidate.flatten(1)
    return torch.arange(1, x.shape[1] + 1) * x + 1


def between(real: Tensor, fake: Tensor, chance: Chance) -> Tensor:
    alpha = chance.uniform("interpolation", [1] * (real.ndim - 1)).double()
    return alpha * real + (1 - alpha) * fake


@given(shapes, st.integers(1, 4))
def test_on_a_linear_critic_it_is_the_square_of_its_norm_less_one(shape: tuple[int, ...], size: int) -> None:
    real, fake = batch(shape, size)
    critic = LinearCritic(real[0].numel()).double()
    judge: Judge = lambda candidate: critic(candidate, real)  # noqa: E731
    found = GradientPenalty().penalty(judge, real, fake, Chance(0, 0, range(size)))
    expected = (critic.weight.norm() - 1).square()
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad(found, critic.weight)[0], torch.autograd.grad(expected, critic.weight)[0]
    )


@pytest.mark.parametrize(("length", "two", "one"), [(0.5, 0.25, 0.0), (1.0, 0.0, 0.0), (3.0, 4.0, 4.0)])
def test_one_sided_lets_gentle_slopes_be(length: float, two: float, one: float) -> None:
    critic, (real, fake) = LinearCritic(6).double(), batch((2, 3))
    critic.weight.data *= length / critic.weight.data.norm()
    for sided, expected in (("two", two), ("one", one)):
        found = GradientPenalty(sided=sided).penalty(critic, real, fake, Chance(0, 0, range(5)))
        assert found.item() == pytest.approx(expected, abs=1e-9)


def test_the_target_is_the_slope_that_is_wanted() -> None:
    critic, (real, fake) = LinearCritic(6).double(), batch((6,))
    found = GradientPenalty(target=7.5).penalty(critic, real, fake, Chance(0, 0, range(5)))
    torch.testing.assert_close(found, (critic.weight.norm() - 7.5).square())


@given(shapes)
def test_it_is_taken_between_each_pair_at_an_alpha_of_its_own(shape: tuple[int, ...]) -> None:
    (real, fake), chance = batch(shape), Chance(3, 4, range(5))
    found = GradientPenalty().penalty(quadratic, real, fake, chance)
    norms = quadratic_gradient(between(real, fake, chance)).norm(dim=1)
    torch.testing.assert_close(found, (norms - 1).square().mean(), rtol=1e-5, atol=1e-8)


def test_each_step_and_candidate_has_another_alpha() -> None:
    """Seen by a critic that is asked at real = 1 and fake = 0, where the point asked is α itself."""
    asked: list[Tensor] = []

    def judge(candidate: Tensor) -> Judgement:
        asked.append(candidate.detach())
        return quadratic(candidate)

    for step in range(2):
        GradientPenalty().penalty(judge, torch.ones(200, 2, 3), torch.zeros(200, 2, 3), Chance(0, step, range(200)))
    for points in asked:
        assert torch.equal(points, points[:, :1, :1].expand_as(points))
        assert len(points[:, 0, 0].unique()) > 190
        assert points.min() >= 0 and points.max() < 1 and points.mean().item() == pytest.approx(0.5, abs=0.07)
    assert not torch.isin(asked[0], asked[1]).all()


@pytest.mark.parametrize("objective", [GradientPenalty(), GradientPenalty(sided="one"), R1()])
@pytest.mark.parametrize("shape", [(4,), (2, 3), (3, 2, 2)])
def test_the_penalty_of_a_batch_is_the_mean_of_its_candidates_alone(
    objective: Objective, shape: tuple[int, ...]
) -> None:
    real, fake = batch(shape)
    whole = objective.penalty(quadratic, real, fake, Chance(1, 2, range(5)))
    alone = [
        objective.penalty(quadratic, real[i : i + 1], fake[i : i + 1], Chance(1, 2, [i])) for i in range(len(real))
    ]
    torch.testing.assert_close(whole, torch.stack(alone).mean())  # type: ignore[arg-type]


@given(shapes)
def test_r1_is_half_the_squared_slope_at_what_is_real(shape: tuple[int, ...]) -> None:
    real, fake = batch(shape)
    found = R1().penalty(quadratic, real, fake, Chance(0, 0, range(5)))
    torch.testing.assert_close(found, quadratic_gradient(real).square().sum(1).mean() / 2)


@pytest.mark.parametrize("objective", [GradientPenalty(), GradientPenalty(sided="one", target=0.3), R1()])
def test_its_gradient_for_the_weights_is_the_numerical_one(objective: Objective) -> None:
    """Through the second derivatives of a convolutional network."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(2, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(12, 1)).double()
    names, weights = zip(*network.named_parameters(), strict=True)
    real, fake = batch((2, 6), 2)

    def penalty(*values: Tensor) -> Tensor | None:
        state = dict(zip(names, values, strict=True))
        judge: Judge = lambda x: Judgement(torch.func.functional_call(network, state, x).flatten())  # noqa: E731
        return objective.penalty(judge, real, fake, Chance(0, 0, range(2)))

    # The last layer's bias does not change the slope, and is left out.
    torch.autograd.gradcheck(lambda *values: penalty(*values, weights[-1].detach()), weights[:-1])


@pytest.mark.parametrize(
    ("objective", "expected"), [(GradientPenalty(), 1.0), (GradientPenalty(sided="one"), 0.0), (R1(), 0.0)]
)
def test_where_the_critic_is_flat_the_penalty_and_its_gradient_are_finite(
    objective: Objective, expected: float
) -> None:
    critic = LinearCritic(4)
    critic.weight.data.zero_()
    found = objective.penalty(critic, torch.ones(3, 4), torch.zeros(3, 4), Chance(0, 0, range(3)))
    assert found is not None
    assert found.item() == pytest.approx(expected, abs=1e-5)
    assert torch.autograd.grad(found, critic.weight)[0].isfinite().all()


@pytest.mark.parametrize(
    ("objective", "expected"),
    [(GradientPenalty(), lambda w: (w.norm() - 1).square()), (R1(), lambda w: w.square().sum() / 2)],
)
def test_of_several_sub_discriminators_the_scores_are_summed(
    objective: Objective, expected: Callable[[Tensor], Tensor]
) -> None:
    first, second = (LinearCritic(6).double() for _ in range(2))
    second.weight.data = second.weight.data.flip(0) + 1
    judge: Judge = lambda x: Judgement([*first(x).scores(), *second(x).scores()])  # noqa: E731
    found = objective.penalty(judge, *batch((2, 3)), Chance(0, 0, range(5)))
    torch.testing.assert_close(found, expected(first.weight + second.weight))


def test_neither_candidates_nor_their_maker_get_a_gradient() -> None:
    critic, (real, fake) = LinearCritic(3).double(), batch((3,))
    fake.requires_grad_()
    for objective in (GradientPenalty(), R1()):
        objective.penalty(critic, real, fake, Chance(0, 0, range(5))).backward()
    assert fake.grad is None and not real.requires_grad and critic.weight.grad is not None

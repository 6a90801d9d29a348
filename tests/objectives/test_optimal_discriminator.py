"""The discriminator that is best for two known densities p (real) and q (fake), which theory tells for each game."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.distributions import Laplace, Normal

from audiogan.judgement import Judgement
from audiogan.objectives import Hinge, LeastSquares, Minimax, NonSaturating, Objective

COUNT = 1000
counts = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=5)


def trained(game: Objective, real: Tensor, fake: Tensor) -> tuple[nn.Module, float]:
    """A small network trained to convergence on `[N, 1]` points, and the loss that it ends with."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1)).double()
    optimiser = torch.optim.LBFGS(network.parameters(), max_iter=250, line_search_fn="strong_wolfe", tolerance_change=0)

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = game.discriminator_loss(Judgement(network(real).flatten()), Judgement(network(fake).flatten()))
        assert value is not None
        value.backward()
        return value

    optimiser.step(loss)  # type: ignore[arg-type]
    return network, loss().item()


def points(density: torch.distributions.Distribution, offset: float = 0.5) -> Tensor:
    """`[N, 1]`: one point in each of N parts of equal probability, so that means are near expectations."""
    return density.icdf((torch.arange(COUNT, dtype=torch.float64) + offset) / COUNT)[:, None]


@pytest.mark.parametrize(
    ("game", "target", "probability"),
    [
        (Minimax(), 1.0, torch.sigmoid),
        (NonSaturating(real_target=0.8), 0.8, torch.sigmoid),
        (LeastSquares(), 1.0, torch.Tensor.clone),
        (LeastSquares(real_target=0.8), 0.8, torch.Tensor.clone),
    ],
)
def test_it_is_the_share_of_the_real_density(game: Objective, target: float, probability: object) -> None:
    """p / (p + q), times the smoothed target (Goodfellow 2014, proposition 1; Salimans 2016, section 3.4)."""
    p, q = Normal(0.0, 1.0), Laplace(1.0, 1.0)
    network, _ = trained(game, points(p), points(q))
    x = torch.linspace(-2, 3, 51, dtype=torch.float64)
    real, fake = p.log_prob(x).exp(), q.log_prob(x).exp()
    found = probability(network(x[:, None]).flatten().detach())  # type: ignore[operator]
    torch.testing.assert_close(found, target * real / (real + fake), rtol=0, atol=0.03)


def test_at_equilibrium_it_is_one_half_and_the_value_minus_log_four() -> None:
    p = Normal(0.3, 1.2)
    network, loss = trained(Minimax(), points(p, 0.25), points(p, 0.75))
    found = torch.sigmoid(network(torch.linspace(-1.5, 2, 36, dtype=torch.float64)[:, None]))
    torch.testing.assert_close(found, torch.full_like(found, 0.5), rtol=0, atol=0.03)
    assert -loss == pytest.approx(-math.log(4), abs=2e-3)


def on_atoms(game: Objective, atoms: list[tuple[int, int]], score: Tensor) -> Tensor:
    """The discriminator's loss where a point is one of a few, each so often real and so often fake."""
    index = torch.arange(len(atoms))
    often = torch.tensor(atoms)
    real, fake = (score[index.repeat_interleave(often[:, side])] for side in (0, 1))
    loss = game.discriminator_loss(Judgement(real), Judgement(fake))
    assert loss is not None
    return loss


def shares(atoms: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    often = torch.tensor(atoms, dtype=torch.float64)
    p, q = (often / often.sum(0)).unbind(1)
    return p, q


@given(counts, st.sampled_from([1.0, 0.9]))
def test_its_gradient_is_zero_at_the_best_scores_of_any_two_histograms(
    atoms: list[tuple[int, int]], target: float
) -> None:
    p, q = shares(atoms)
    best = target * p / (p + q)
    for game, score in (
        (Minimax(real_target=target), best.logit()),
        (NonSaturating(real_target=target), best.logit()),
        (LeastSquares(real_target=target), best),
    ):
        score.requires_grad_()
        (gradient,) = torch.autograd.grad(on_atoms(game, atoms, score), score)
        torch.testing.assert_close(gradient, torch.zeros_like(gradient))


@given(counts)
def test_the_value_there_is_the_divergence_of_jensen_and_shannon(atoms: list[tuple[int, int]]) -> None:
    """−log 4 + 2 JSD(p, q), and so −log 4 where they are equal (Goodfellow 2014, theorem 1)."""
    p, q = shares(atoms)
    middle = (p + q) / 2
    divergence = ((p * (p / middle).log()).sum() + (q * (q / middle).log()).sum()) / 2
    value = -on_atoms(Minimax(), atoms, (p / (p + q)).logit())
    torch.testing.assert_close(value, 2 * divergence - math.log(4))


@given(counts, st.lists(st.floats(-3, 3), min_size=5, max_size=5))
def test_no_scores_are_better_for_the_hinge_than_the_sign_of_the_difference(
    atoms: list[tuple[int, int]], others: list[float]
) -> None:
    """Where the loss is 2 minus the total variation Σ |p − q| (Lim and Ye 2017)."""
    p, q = shares(atoms)
    best = on_atoms(Hinge(), atoms, (p - q).sign())
    torch.testing.assert_close(best, 2 - (p - q).abs().sum())
    other = on_atoms(Hinge(), atoms, torch.tensor(others[: len(atoms)], dtype=torch.float64))
    assert other >= best - 1e-12

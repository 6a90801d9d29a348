"""Draws are functions of their counters and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from audiogan.chance import Chance, generator

COUNTERS = st.lists(st.integers(0, 2**40), max_size=3)


def first(seed: int, purpose: str, counters: list[int]) -> float:
    return float(generator(seed, purpose, *counters).random())


@given(st.integers(0, 2**63), st.text(max_size=8), COUNTERS)
def test_the_same_counters_give_the_same_draw(seed: int, purpose: str, counters: list[int]) -> None:
    assert first(seed, purpose, counters) == first(seed, purpose, counters)


@given(st.integers(0, 1000), COUNTERS, st.integers(0, 2))
def test_any_other_counter_seed_or_purpose_gives_another(seed: int, counters: list[int], place: int) -> None:
    draws = {
        first(seed, "latent", counters),
        first(seed + 1, "latent", counters),
        first(seed, "penalty", counters),
        first(seed, "latent", [*counters, 0, 1]),
    }
    if place < len(counters):
        draws.add(first(seed, "latent", [n + (i == place) for i, n in enumerate(counters)]))
    assert len(draws) == 4 + (place < len(counters))


def test_draws_are_the_same_on_every_machine() -> None:
    """Philox and SeedSequence are fixed by NumPy's promise of streams; a change here would break every resume."""
    chance = Chance(3, 5, [0, 1], "generator 0/")
    assert generator(1, "item order", 2).integers(0, 1000, 4).tolist() == [436, 3, 932, 438]
    assert chance.shared_integers("shift", -5, 5, 6) == [4, -2, 3, -2, -3, 0]


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_a_batch_draws_per_sample_however_it_is_split(kind: str) -> None:
    def draw(indices: range, **changes: int) -> torch.Tensor:
        chance = Chance(**{"seed": 1, "step": 2, "indices": indices, **changes})  # type: ignore[arg-type]
        return getattr(chance, kind)("latent", (3, 4))

    whole = draw(range(8))
    assert whole.shape == (8, 3, 4) and whole.dtype == torch.float32
    assert torch.equal(whole, torch.cat([draw(range(4)), draw(range(4, 8))]))
    assert torch.equal(whole[[5, 2]], torch.cat([draw(range(5, 6)), draw(range(2, 3))]))
    assert whole.unique().numel() > 90
    for other in (draw(range(8), seed=2), draw(range(8), step=3)):
        assert not (other == whole).any()


def test_scopes_and_purposes_are_apart_and_shared_draws_are_shared() -> None:
    chance = Chance(0, 0, range(2), "generator 0/")
    tensors = [
        chance.normal("latent", (4,)),
        chance.normal("noise", (4,)),
        chance.within("real").normal("latent", (4,)),
        chance.within("fake").normal("latent", (4,)),
        Chance(0, 0, range(2), "generator 1/").normal("latent", (4,)),
    ]
    assert torch.stack(tensors).unique().numel() == 5 * 2 * 4
    shifts = [Chance(0, step, range(n), "x").shared_integers("shift", -5, 5, 40) for step in (0, 1) for n in (1, 9)]
    assert shifts[0] == shifts[1] != shifts[2] == shifts[3]
    assert set(shifts[0]) <= set(range(-5, 6)) and {-5, 5} <= set(shifts[0] + shifts[2])


def test_distributions() -> None:
    chance = Chance(7, 0, range(50))
    normal, uniform = chance.normal("a", (400,)).numpy(), chance.uniform("a", (400,)).numpy()
    # 20,000 draws: the standard error of the mean is 0.007, of the deviation 0.005.
    assert abs(normal.mean()) < 0.03 and abs(normal.std() - 1) < 0.02
    assert abs((np.abs(normal) < 1).mean() - 0.6827) < 0.02
    assert 0 <= uniform.min() < 0.001 and 0.999 < uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.01 and abs(uniform.var() - 1 / 12) < 0.003

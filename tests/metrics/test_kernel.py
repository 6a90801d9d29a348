"""The kernel distance against its definition, pair by pair, and against torchmetrics' KID on the same features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.image.kid import poly_mmd

from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable, kernel_distance

RNG = np.random.default_rng(0)


def by_definition(made: np.ndarray, real: np.ndarray) -> float:
    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / len(x) + 1) ** 3)

    def within(side: np.ndarray) -> float:
        pairs = [kernel(x, y) for i, x in enumerate(side) for j, y in enumerate(side) if i != j]
        return sum(pairs) / len(pairs)

    across = [kernel(x, y) for x in made for y in real]
    return within(made) + within(real) - 2 * sum(across) / len(across)


@settings(deadline=None)
@given(sizes=st.tuples(st.integers(2, 9), st.integers(2, 9), st.integers(1, 5)), seed=st.integers(0, 1000))
def test_it_is_the_unbiased_estimate_of_its_definition(sizes: tuple[int, int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    made, real = rng.standard_normal((sizes[0], sizes[2])), rng.standard_normal((sizes[1], sizes[2])) + 1
    assert kernel_distance(made, real) == pytest.approx(by_definition(made, real), abs=1e-9)


def test_large_sets_are_taken_in_parts_and_agree_with_torchmetrics() -> None:
    made, real = RNG.standard_normal((1700, 8)), RNG.standard_normal((1700, 8)) * 1.1 + 0.1
    expected = poly_mmd(torch.from_numpy(made), torch.from_numpy(real), degree=3, gamma=None, coef=1.0)
    assert kernel_distance(made, real) == pytest.approx(float(expected), rel=1e-6)


def test_its_mean_is_0_on_one_distribution_however_few_there_are() -> None:
    found = [kernel_distance(*RNG.standard_normal((2, 10, 4))) for _ in range(3000)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found))
    assert min(found) < 0


def test_it_grows_with_the_shift() -> None:
    real = RNG.standard_normal((100, 4))
    found = [kernel_distance(RNG.standard_normal((100, 4)) + shift, real) for shift in (0.5, 1, 2)]
    assert 0.1 < found[0] < found[1] < found[2]


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(NotMeasurable, match="too few real samples: 1, 2 are needed"):
        kernel_distance(np.zeros((5, 3)), np.zeros((1, 3)))
    with pytest.raises(NotMeasurable, match="NaN"):
        kernel_distance(np.full((10, 3), np.nan), np.zeros((10, 3)))
    with pytest.raises(AudioganError, match="one shape"):
        kernel_distance(np.zeros((10, 3)), np.zeros((10, 4)))

"""Mode coverage, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable, mode_coverage
from audiogan.metrics.modes import ModeCoverage

SQUARE = np.array([[4, 0], [0, 4], [-4, 0], [0, -4]])


def at(*places: tuple[float, float, int]) -> np.ndarray:
    """Points (x, y), each so many times."""
    return np.concatenate([np.tile([[x, y]], (times, 1)) for x, y, times in places])


def test_good_samples_and_modes_are_counted() -> None:
    # 50 samples; good within 3 · 0.25 = 0.75, the edge included. The mode at (0, -4) has none, (-4, 0) one: just 2 %.
    samples = at((4, 0, 20), (4, 0.75, 5), (4, 0.76, 4), (0, 3.5, 10), (-4, 0, 1), (9, 9, 10))
    assert mode_coverage(samples, SQUARE, 0.25) == ModeCoverage(0.72, 3, 4, (25, 10, 1, 0))


def test_a_mode_with_less_than_two_in_a_hundred_is_not_covered() -> None:
    coverage = mode_coverage(at((4, 0, 981), (0, 4, 19)), SQUARE, 0.25)
    assert (coverage.covered, coverage.counts) == (1, (981, 19, 0, 0))


@pytest.mark.parametrize("number", [50, 150, 350, 550, 1150, 10000, 28950])
def test_exactly_two_in_a_hundred_is_enough_whatever_the_rounding(number: int) -> None:
    few = number // 50
    assert mode_coverage(at((0, 4, few), (4, 0, number - few)), SQUARE, 0.25).covered == 2


def test_where_modes_overlap_a_sample_counts_for_the_nearest_only() -> None:
    coverage = mode_coverage(at((0.9, 0, 30), (1.1, 0, 70)), [[0, 0], [2, 0]], 1.0)
    assert coverage == ModeCoverage(1.0, 2, 2, (30, 70))


def test_a_gaussian_of_the_same_deviation_has_the_known_share_within_three() -> None:
    # In the plane the share within r σ is 1 - exp(-r²/2).
    spots = SQUARE[np.arange(40000) % 4] + 0.1 * np.random.default_rng(0).standard_normal((40000, 2))
    coverage = mode_coverage(spots, SQUARE, 0.1)
    assert coverage.good == pytest.approx(1 - np.exp(-4.5), abs=0.002)
    assert coverage.covered == 4
    assert mode_coverage(spots, SQUARE, 0.02).good == pytest.approx(1 - np.exp(-0.18), abs=0.01)


@given(seed=st.integers(0, 1000), shift=st.tuples(st.integers(-64, 64), st.integers(-64, 64)))
def test_neither_order_nor_place_matters(seed: int, shift: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.integers(-24, 25, (60, 2)) / 4  # multiples of 1/4 move without rounding
    before = mode_coverage(samples, SQUARE, 0.5)
    assert mode_coverage(rng.permutation(samples) + shift, SQUARE + shift, 0.5) == before


def test_what_cannot_be_counted_is_said() -> None:
    with pytest.raises(NotMeasurable, match="too few samples: 0"):
        mode_coverage(np.zeros((0, 2)), SQUARE, 0.1)
    with pytest.raises(NotMeasurable, match="NaN or infinite values: 1 of 4"):
        mode_coverage([[0, np.nan], [1, 1]], SQUARE, 0.1)
    with pytest.raises(AudioganError, match="3 coordinates, the means 2"):
        mode_coverage(np.zeros((5, 3)), SQUARE, 0.1)
    with pytest.raises(ValueError, match="above 0"):
        mode_coverage(SQUARE, SQUARE, 0.0)

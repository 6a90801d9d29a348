"""Statistically different bins: the test against SciPy's chi-squared, the bins on groups that are plain to see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from audiogan.metrics import NotMeasurable, different_bins
from audiogan.metrics.bins import bin_centres, bins_for, nearest_bin

RNG = np.random.default_rng(0)
GROUPS = np.array([[0.0, 0], [20, 0], [0, 20], [20, 20]])

counts = st.lists(st.integers(0, 60), min_size=3, max_size=3).filter(any)


@given(made=counts, real=counts)
def test_the_test_is_the_uncorrected_chi_squared_one_of_two_by_two(made: list[int], real: list[int]) -> None:
    expected = 0
    for one, other in zip(made, real, strict=True):
        table = np.array([[one, sum(made) - one], [other, sum(real) - other]])
        if table.sum(axis=0).all():  # a bin that nobody or everybody is in is not different
            expected += chi2_contingency(table, correction=False).pvalue < 0.05
    found = different_bins(np.repeat(np.arange(3), made), np.repeat(np.arange(3), real), 3)
    assert (found.different, found.bins) == (expected, 3)


def test_a_twentieth_of_the_bins_differ_by_chance() -> None:
    sets = RNG.integers(0, 20, (2, 200, 400))
    shares = [different_bins(made, real, 20).share for made, real in zip(*sets, strict=True)]
    assert np.mean(shares) == pytest.approx(0.05, abs=0.01)


def test_bins_are_the_groups_and_a_missing_one_is_counted() -> None:
    real = (GROUPS[:, None] + RNG.standard_normal((4, 50, 2))).reshape(-1, 2)
    centres = bin_centres(real, 4)
    assert np.abs(centres[nearest_bin(GROUPS, centres)] - GROUPS).max() < 1
    assert len(set(nearest_bin(real, centres).reshape(4, 50)[:, 0])) == 4
    own = nearest_bin(real, centres)
    assert different_bins(own, own, 4).different == 0
    # One group in the place of another: both bins differ, and no other.
    swapped = np.concatenate([real[:100], real[50:100], real[150:]])
    assert different_bins(nearest_bin(swapped, centres), own, 4).different == 2


def test_the_same_seed_gives_the_same_bins() -> None:
    features = RNG.standard_normal((100, 3))
    assert np.array_equal(bin_centres(features, 7, seed=3), bin_centres(features, 7, seed=3))
    assert not np.array_equal(bin_centres(features, 7, seed=3), bin_centres(features, 7, seed=4))


def test_how_many_bins() -> None:
    assert [bins_for(items) for items in (8, 133, 256, 5000)] == [2, 13, 25, 100]


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(NotMeasurable, match="too few different real samples for bins: 1, 3 are needed"):
        bin_centres(np.ones((10, 2)), 3)
    with pytest.raises(NotMeasurable, match="no samples"):
        different_bins([], [1, 2], 3)

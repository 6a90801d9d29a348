"""Relative diversity: closed forms, SciPy's pairwise distances, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable, relative_diversity

RNG = np.random.default_rng(0)


def test_by_hand() -> None:
    # Generated: 3, 4 and 5 apart, mean 4. Real: 10 apart.
    assert relative_diversity([[0, 0], [3, 0], [3, 4]], [[0, 0], [6, 8]]) == pytest.approx(0.4)


def test_a_collapse_is_zero_and_a_set_is_as_diverse_as_itself() -> None:
    real = RNG.standard_normal((30, 2))
    assert relative_diversity(np.tile(real[:1], (30, 1)), real) == 0
    assert relative_diversity(real, real) == 1


def test_of_two_opposite_groups_half_of_the_pairs_lie_apart() -> None:
    # n samples at each of two places: n² of the n (2n - 1) pairs differ.
    groups = np.repeat([[1.0, 0.0], [-1.0, 0.0]], 10, axis=0)
    assert relative_diversity(groups, groups[[0, 10]]) == pytest.approx(10 / 19)


@pytest.mark.parametrize("shape", [(2,), (1, 8, 8), (3, 6, 4), (1, 512)])
def test_points_pictures_and_sound_against_scipy(shape: tuple[int, ...]) -> None:
    generated, real = RNG.standard_normal((17, *shape)).astype("f"), RNG.uniform(-1, 1, (23, *shape)).astype("f")
    flat = [side.reshape(len(side), -1).astype(np.float64) for side in (generated, real)]
    expected = pdist(flat[0]).mean() / pdist(flat[1]).mean()
    assert relative_diversity(generated, real) == pytest.approx(expected, rel=1e-12)


def test_more_samples_than_one_part_holds() -> None:
    generated, real = RNG.standard_normal((2500, 2)), RNG.standard_normal((300, 2))  # 2500² > 2²¹
    expected = pdist(generated).mean() / pdist(real).mean()
    assert relative_diversity(generated, real) == pytest.approx(expected, rel=1e-12)


@given(seed=st.integers(0, 1000), factor=st.floats(1e-3, 1e3), shift=st.floats(-10, 10), shrink=st.floats(0.0, 1.0))
def test_order_place_and_scale_do_not_matter(seed: int, factor: float, shift: float, shrink: float) -> None:
    rng = np.random.default_rng(seed)
    real = rng.standard_normal((12, 3))
    generated = rng.permutation(real) * shrink
    value = relative_diversity(generated, real)
    assert value == pytest.approx(shrink, abs=1e-12)
    assert relative_diversity(factor * generated + shift, factor * real - shift) == pytest.approx(value, abs=1e-9)


def test_what_cannot_be_judged_is_said() -> None:
    two = np.array([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(NotMeasurable, match="too few generated samples: 1, 2 are needed"):
        relative_diversity(two[:1], two)
    with pytest.raises(NotMeasurable, match="all equal"):
        relative_diversity(two, np.ones((5, 2)))
    with pytest.raises(NotMeasurable, match="NaN"):
        relative_diversity(two * np.nan, two)
    with pytest.raises(AudioganError, match="one shape"):
        relative_diversity(two, np.ones((5, 3)))

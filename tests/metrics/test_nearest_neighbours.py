"""PRDC against its definition, written out, and against sets whose figures are known."""

from __future__ import annotations

import tracemalloc
from math import dist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable, prdc
from audiogan.metrics.nearest_neighbours import PRDC

RNG = np.random.default_rng(0)
ALL = PRDC(precision=1.0, recall=1.0, density=1.0, coverage=1.0)


def by_definition(generated: list[list[int]], real: list[list[int]], k: int) -> PRDC:
    """Naeem et al., section 2 and 3, sample by sample."""

    def radius(points: list[list[int]], index: int) -> float:
        others = points[:index] + points[index + 1 :]
        return sorted(dist(points[index], other) for other in others)[k - 1]

    real_radii = [radius(real, i) for i in range(len(real))]
    made_radii = [radius(generated, j) for j in range(len(generated))]
    inside = [[dist(x, y) < r for y in generated] for x, r in zip(real, real_radii, strict=True)]
    reached = [any(dist(x, y) < r for y, r in zip(generated, made_radii, strict=True)) for x in real]
    return PRDC(
        precision=sum(any(column) for column in zip(*inside, strict=True)) / len(generated),
        recall=sum(reached) / len(real),
        density=sum(map(sum, inside)) / (k * len(generated)),
        coverage=sum(map(any, inside)) / len(real),
    )


points = st.lists(st.lists(st.integers(-4, 4), min_size=2, max_size=2), min_size=4, max_size=14)


@given(generated=points, real=points, k=st.integers(1, 3))
def test_against_the_definition_with_many_ties(generated: list[list[int]], real: list[list[int]], k: int) -> None:
    expected = by_definition(generated, real, k)
    found = prdc(generated, real, neighbours=k)
    assert (found.precision, found.recall, found.coverage) == (expected.precision, expected.recall, expected.coverage)
    assert found.density == pytest.approx(expected.density)


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_the_same_set_is_perfect(size: int) -> None:
    # k balls hold a sample on average: its own, and those of which it is a neighbour nearer than the k-th.
    features = RNG.standard_normal((203, size))
    assert prdc(features, features) == ALL
    assert prdc(features[::-1], features) == ALL


def test_sets_far_apart_have_nothing_in_common() -> None:
    features = RNG.standard_normal((100, 3))
    assert prdc(features + 100, features) == PRDC(0, 0, 0, 0)


def test_a_generator_of_one_of_two_groups_is_precise_and_recalls_half() -> None:
    left = RNG.uniform(-1, 1, (200, 2))
    found = prdc(left, np.concatenate([left, left + 50]))
    assert (found.precision, found.recall, found.coverage) == (1, 0.5, 0.5)


def test_an_outlier_fools_precision_but_not_density() -> None:
    # The paper's case for density: one far real sample whose ball is huge. 100 real samples in the unit square and one
    # at (9, 9): generated samples spread between them lie in that ball only.
    real = np.concatenate([RNG.uniform(0, 1, (100, 2)), [[9.0, 9.0]]])
    found = prdc(RNG.uniform(3, 6, (100, 2)), real)
    assert found.precision == 1
    assert found.density == pytest.approx(1 / 5)
    assert found.coverage == pytest.approx(1 / 101)


def test_a_collapsed_generator_recalls_nothing() -> None:
    real = RNG.standard_normal((100, 2))
    found = prdc(np.tile(real[:1], (50, 1)), real)
    assert (found.precision, found.recall) == (1, 0)
    assert found.coverage < 0.2


@given(seed=st.integers(0, 1000), shift=st.integers(-100, 100))
def test_neither_order_nor_place_nor_shape_matters(seed: int, shift: int) -> None:
    rng = np.random.default_rng(seed)
    generated, real = rng.integers(-20, 21, (20, 4)) / 4, rng.integers(-20, 21, (25, 4)) / 4
    value = prdc(generated, real)
    assert prdc(rng.permutation(generated) + shift, rng.permutation(real) + shift) == value
    assert prdc(generated.reshape(20, 1, 2, 2), real.reshape(25, 1, 2, 2)) == value


def test_large_sets_are_taken_in_parts_that_join_without_a_seam() -> None:
    # Each whole matrix of distances would be 72 MB; the figures are those of the whole matrices, by NumPy.
    generated, real = RNG.integers(-500, 500, (3000, 1)), RNG.integers(-500, 500, (3000, 1))
    tracemalloc.start()
    found = prdc(generated, real)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6

    def radii(side: np.ndarray) -> np.ndarray:
        return np.sort(np.abs(side - side.T).astype(np.int16), axis=1)[:, 5]

    distances = np.abs(real - generated.T)
    inside = distances < radii(real)[:, None]
    assert found.precision == inside.any(axis=0).mean()
    assert found.recall == (distances < radii(generated)).any(axis=1).mean()
    assert found.coverage == inside.any(axis=1).mean()
    assert found.density == pytest.approx(inside.sum() / 5 / 3000)


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(NotMeasurable, match="too few generated samples: 5, 6 are needed"):
        prdc(np.zeros((5, 3)), np.zeros((10, 3)))
    with pytest.raises(NotMeasurable, match="NaN"):
        prdc(np.full((10, 3), np.nan), np.zeros((10, 3)))
    with pytest.raises(AudioganError, match="one shape"):
        prdc(np.zeros((10, 3)), np.zeros((10, 4)))
    with pytest.raises(ValueError, match="1 or more"):
        prdc(np.zeros((10, 3)), np.zeros((10, 3)), neighbours=0)

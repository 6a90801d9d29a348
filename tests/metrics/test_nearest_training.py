"""Distances to the nearest training item: copies are found, new items are not."""

from __future__ import annotations

from math import dist

import numpy as np
import pytest

from audiogan.metrics import NotMeasurable, nearest_distances
from audiogan.metrics.nearest_training import memorised

RNG = np.random.default_rng(0)
TRAINING = RNG.standard_normal((300, 6))
HELD_OUT = nearest_distances(RNG.standard_normal((2000, 6)), TRAINING)


def test_distances_are_those_of_the_definition() -> None:
    items = RNG.standard_normal((9, 6))
    expected = [min(dist(item, other) for other in TRAINING) for item in items]
    assert nearest_distances(items, TRAINING) == pytest.approx(expected)


def test_copies_are_found_and_nearly_so() -> None:
    found = memorised(nearest_distances(TRAINING[::3], TRAINING), HELD_OUT)
    assert (found.median, found.ratio, found.near) == (0, 0, 1)
    shaken = TRAINING + 0.01 * RNG.standard_normal(TRAINING.shape)
    found = memorised(nearest_distances(shaken, TRAINING), HELD_OUT)
    assert found.ratio < 0.05
    assert found.near > 0.99


def test_new_items_are_as_held_out_ones() -> None:
    found = memorised(nearest_distances(RNG.standard_normal((2000, 6)), TRAINING), HELD_OUT)
    assert found.ratio == pytest.approx(1, abs=0.05)
    assert found.near == pytest.approx(0.05, abs=0.02)


def test_a_few_copies_show_in_the_share_only() -> None:
    some = np.concatenate([TRAINING[:100], RNG.standard_normal((300, 6))])
    found = memorised(nearest_distances(some, TRAINING), HELD_OUT)
    assert found.near == pytest.approx(0.25 + 0.75 * 0.05, abs=0.03)
    assert found.ratio > 0.7


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(NotMeasurable, match="held-out items are training items"):
        memorised([1.0], [0.0, 0.0, 1.0])
    with pytest.raises(NotMeasurable, match="no items"):
        memorised([], [1.0])

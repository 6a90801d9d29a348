"""Points against what their distributions are known to be."""

from __future__ import annotations

from itertools import islice
from typing import get_args

import numpy as np
import pytest

from audiogan.data.batches import BatchStream
from audiogan.data.points import Points, Shape, modes, sample
from audiogan.errors import AudioganError

MIXTURES = {"eight_gaussians": 8, "twenty_five_gaussians": 25}
COUNT = 50000


def epoch_of(points: Points, epoch: int = 0) -> tuple[np.ndarray, np.ndarray]:
    items = [points.item(epoch, index) for index in range(len(points))]
    return np.stack([item["real"] for item in items]), np.array([item["label"] for item in items])


def test_the_eight_means_are_the_eighth_roots_of_unity_doubled() -> None:
    means = modes("eight_gaussians") @ [1, 1j]
    np.testing.assert_allclose(means**8, 2**8)
    np.testing.assert_allclose(np.abs(means[:, None] - means) + 9 * np.eye(8) >= 1.53, True)


def test_the_twenty_five_means_are_all_pairs_of_even_numbers_up_to_four() -> None:
    pairs = {(float(x), float(y)) for x, y in modes("twenty_five_gaussians")}
    assert pairs == {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}


@pytest.mark.parametrize("shape", MIXTURES)
@pytest.mark.parametrize("deviation", [0.02, 0.1])
def test_a_mode_has_its_mean_its_deviation_and_its_share(shape: Shape, deviation: float) -> None:
    real, label = epoch_of(Points(shape, deviation, COUNT, seed=3))
    assert (real.dtype, real.shape, label.dtype) == (np.float32, (COUNT, 2), np.int64)
    means = modes(shape)
    each = COUNT / len(means)
    for mode, mean in enumerate(means):
        own = real[label == mode]
        np.testing.assert_allclose(own.mean(axis=0), mean, atol=4.5 * deviation / each**0.5)
        np.testing.assert_allclose(own.std(axis=0), deviation, rtol=4.5 / (2 * each) ** 0.5)
    counts = np.bincount(label, minlength=len(means))
    degrees = len(means) - 1
    assert ((counts - each) ** 2 / each).sum() < degrees + 5 * (2 * degrees) ** 0.5
    # Within three deviations lie 1 - exp(-9/2) of a normal distribution in the plane.
    good = np.linalg.norm(real - means[label], axis=1) < 3 * deviation
    assert good.mean() == pytest.approx(1 - np.exp(-4.5), abs=4.5 * (0.011 / COUNT) ** 0.5)


def test_the_ring_is_even_and_as_thick_as_said() -> None:
    place = sample("ring", COUNT, seed=1, deviation=0.05) @ [1, 1j]
    assert np.abs(place).mean() == pytest.approx(2, abs=2e-3)
    assert np.abs(place).std() == pytest.approx(0.05, rel=0.02)
    counts, _ = np.histogram(np.angle(place), bins=36, range=(-np.pi, np.pi))
    assert ((counts - COUNT / 36) ** 2 / (COUNT / 36)).sum() < 35 + 5 * 70**0.5


def test_the_swiss_roll_lies_on_its_spiral_evenly_in_angle() -> None:
    place = sample("swiss_roll", COUNT, seed=1, deviation=0) @ [1, 1j]
    turned = np.abs(place) / 2 * 4.5 * np.pi  # how far the spiral r = 2 t / 4.5 π has turned at that radius
    np.testing.assert_allclose(np.exp(1j * turned), place / np.abs(place), atol=1e-5)
    assert turned.min() == pytest.approx(1.5 * np.pi, abs=0.01)
    assert turned.max() == pytest.approx(4.5 * np.pi, abs=0.01)
    counts, _ = np.histogram(turned, bins=30, range=(1.5 * np.pi, 4.5 * np.pi))
    assert ((counts - COUNT / 30) ** 2 / (COUNT / 30)).sum() < 29 + 5 * 58**0.5


def test_noise_leaves_the_spiral_by_its_deviation() -> None:
    exact, noisy = (sample("swiss_roll", COUNT, seed=1, deviation=deviation) for deviation in (0, 0.1))
    np.testing.assert_allclose((noisy - exact).std(axis=0), 0.1, rtol=0.02)
    np.testing.assert_allclose((noisy - exact).mean(axis=0), 0, atol=2e-3)


@pytest.mark.parametrize("shape", get_args(Shape))
def test_an_item_is_a_function_of_seed_epoch_and_index(shape: Shape) -> None:
    one, other = Points(shape, length=40, seed=5), Points(shape, length=40, seed=5)
    places = [(epoch, index) for epoch in (7, 0, 3, 0) for index in (39, 0)]
    for epoch, index in places:
        # In another order, with other epochs between.
        assert one.item(epoch, index).keys() == ({"real", "label"} if shape in MIXTURES else {"real"})
        other.item(epoch + 1, index)
        np.testing.assert_equal(one.item(epoch, index), other.item(epoch, index))
    drawn = [one.item(epoch, index)["real"] for epoch in (0, 1) for index in range(40)]
    drawn += [Points(shape, length=40, seed=6).item(0, index)["real"] for index in range(40)]
    drawn += list(sample(shape, 40, seed=5))
    assert len(np.unique(np.stack(drawn), axis=0)) == 160


@pytest.mark.parametrize(("shape", "classes"), [*MIXTURES.items(), ("ring", 0), ("swiss_roll", 0)])
def test_batches_have_points_and_where_there_are_modes_labels(shape: Shape, classes: int) -> None:
    points = Points(shape, length=10)
    assert points.classes == len(modes(shape)) == classes
    for batch in islice(BatchStream(points, 4, 0)(0), 3):
        assert {key: tuple(value.shape) for key, value in batch.items()} == (
            {"real": (4, 2), "label": (4,)} if classes else {"real": (4, 2)}
        )


def test_a_shape_that_is_not_there() -> None:
    with pytest.raises(AudioganError, match=r"square: not a shape.*eight_gaussians, .*swiss_roll"):
        Points("square")  # type: ignore[arg-type]

"""ProGAN's sliced Wasserstein distance against a slow one, pixel by pixel and line by line, and what it must obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.stats import wasserstein_distance

from audiogan.chance import generator
from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable, sliced_wasserstein_distance

RNG = np.random.default_rng(0)
WEIGHTS = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16]


def pictures(number: int, channels: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth blobs, float32 in [-1, 1]."""
    noise = np.random.default_rng(seed).standard_normal((number, channels, height, width))
    return np.tanh(5 * gaussian_filter(noise, (0, 0, 1.5, 1.5))).astype(np.float32)


def mirrored(place: int, length: int) -> int:
    place = abs(place)
    return place if place < length else 2 * (length - 1) - place


def slow_blur(picture: np.ndarray) -> np.ndarray:
    """5×5 binomial, edges mirrored about their pixel."""
    height, width = picture.shape
    blurred = np.zeros_like(picture)
    for y in range(height):
        for x in range(width):
            for i, a in enumerate(WEIGHTS):
                for j, b in enumerate(WEIGHTS):
                    blurred[y, x] += a * b * picture[mirrored(y + i - 2, height), mirrored(x + j - 2, width)]
    return blurred


def slow_pyramid(picture: np.ndarray) -> list[np.ndarray]:
    """The Laplacian pyramid of one channel, down to the last level of 16 pixels or more."""
    levels = [picture]
    while min((side + 1) // 2 for side in levels[-1].shape) >= 16:
        smaller = slow_blur(levels[-1])[::2, ::2]
        spread = np.zeros_like(levels[-1])
        for y, row in enumerate(smaller):
            for x, value in enumerate(row):
                spread[2 * y, 2 * x] = value
        levels[-1] = levels[-1] - 4 * slow_blur(spread)
        levels.append(smaller)
    return levels


def slow_distances(sets: tuple[np.ndarray, np.ndarray], seed: int) -> list[float]:
    """The distance of each level, with SciPy's for each line."""
    pyramids = [[[slow_pyramid(c.astype(np.float64)) for c in picture] for picture in side] for side in sets]
    distances = []
    for level in range(len(pyramids[0][0][0])):
        height, width = pyramids[0][0][0][level].shape
        corners = generator(seed, "patches", level).integers(0, [height - 6, width - 6], (len(sets[0]), 128, 2))
        lines = generator(seed, "projections", level).standard_normal((512, 49 * sets[0].shape[1]))
        clouds = []
        for side in pyramids:
            patches = np.array(
                [
                    [channel[level][y : y + 7, x : x + 7] for channel in picture]
                    for picture, places in zip(side, corners, strict=True)
                    for y, x in places
                ]
            )
            for channel in range(patches.shape[1]):
                patches[:, channel] -= patches[:, channel].mean()
                patches[:, channel] /= patches[:, channel].std()
            clouds.append(patches.reshape(len(patches), -1))
        lengths = np.sqrt((lines**2).sum(axis=1))
        along = [
            wasserstein_distance(clouds[0] @ line / length, clouds[1] @ line / length)
            for line, length in zip(lines, lengths, strict=True)
        ]
        distances.append(1000 * sum(along) / 512)
    return distances


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((1, 28, 28), [(28, 28)]), ((3, 32, 32), [(32, 32), (16, 16)]), ((1, 35, 70), [(35, 70), (18, 35)])],
)
def test_against_the_slow_one(shape: tuple[int, int, int], sizes: list[tuple[int, int]]) -> None:
    first, second = pictures(3, *shape, seed=1), RNG.uniform(-1, 1, (3, *shape)).astype(np.float32)
    found = sliced_wasserstein_distance(first, second, seed=5)
    assert list(found.levels) == sizes
    assert list(found.levels.values()) == pytest.approx(slow_distances((first, second), 5), rel=1e-5)
    assert found.mean == pytest.approx(np.mean(list(found.levels.values())))


def test_levels_end_at_sixteen_pixels_of_the_shorter_side() -> None:
    assert list(sliced_wasserstein_distance(*[pictures(2, 1, 64, 128)] * 2).levels) == [(64, 128), (32, 64), (16, 32)]
    assert list(sliced_wasserstein_distance(*[pictures(2, 1, 16, 16)] * 2).levels) == [(16, 16)]


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), channels=st.sampled_from([1, 3]), number=st.integers(1, 4))
def test_zero_for_the_same_set_symmetric_and_the_same_each_time(seed: int, channels: int, number: int) -> None:
    first, second = (pictures(number, channels, 32, 32, s) for s in (seed, seed + 1))
    assert sliced_wasserstein_distance(first, first, seed).mean == 0
    found = sliced_wasserstein_distance(first, second, seed)
    assert found == sliced_wasserstein_distance(second, first, seed) == sliced_wasserstein_distance(first, second, seed)
    assert found.mean > 0
    assert found != sliced_wasserstein_distance(first, second, seed + 1)


def test_brightness_and_contrast_are_normalised_away() -> None:
    first, second = pictures(8, 3, 32, 32, 1), pictures(8, 3, 32, 32, 2)
    value = sliced_wasserstein_distance(first, second).mean
    assert sliced_wasserstein_distance(0.3 * first - 0.2, second).mean == pytest.approx(value, rel=1e-3)


def test_it_grows_with_blur_and_is_smallest_between_halves() -> None:
    real, other = pictures(32, 1, 32, 32, 1), pictures(32, 1, 32, 32, 2)
    halves = sliced_wasserstein_distance(other, real)
    blurred = [sliced_wasserstein_distance(gaussian_filter(other, (0, 0, s, s)), real) for s in (1.0, 2.0)]
    for size in halves.levels:
        assert halves.levels[size] < blurred[0].levels[size] < blurred[1].levels[size]


def test_a_fine_texture_is_seen_at_the_fine_level_only() -> None:
    real = pictures(32, 1, 32, 32, 1)
    checks = 0.3 * (-1.0) ** np.add.outer(np.arange(32), np.arange(32)).astype(np.float32)
    other = pictures(32, 1, 32, 32, 2)
    same, textured = (sliced_wasserstein_distance(side, real) for side in (other, other + checks))
    assert textured.levels[32, 32] > 3 * same.levels[32, 32]
    assert textured.levels[16, 16] == pytest.approx(same.levels[16, 16], rel=0.3)


def test_pictures_taken_in_parts_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pictures(5, 3, 32, 32, 1), pictures(5, 3, 32, 32, 2)
    whole = sliced_wasserstein_distance(first, second)
    monkeypatch.setattr("audiogan.metrics.sliced_wasserstein.PICTURES_AT_ONCE", 2)
    assert sliced_wasserstein_distance(first, second) == whole


def test_a_collapse_to_flat_pictures_is_far_but_finite() -> None:
    # Flat patches stay 0 along every line, so the distance is the mean size of what the real ones are there: their
    # mean square over all lines is 1, and a Gaussian's mean size is then √(2/π) = 0.798.
    real = pictures(16, 1, 32, 32)
    flat = sliced_wasserstein_distance(np.full_like(real, 0.1), real)
    assert flat.mean == pytest.approx(798, rel=0.05)


def test_what_cannot_be_judged_is_said() -> None:
    fine = pictures(2, 1, 16, 16)
    with pytest.raises(NotMeasurable, match=r"too small: \(15, 16\), 16 pixels"):
        sliced_wasserstein_distance(fine[:, :, 1:], fine[:, :, 1:])
    with pytest.raises(NotMeasurable, match="too few generated samples: 0"):
        sliced_wasserstein_distance(fine[:0], fine[:0])
    with pytest.raises(NotMeasurable, match="real samples have NaN"):
        sliced_wasserstein_distance(fine, fine * np.nan)
    with pytest.raises(AudioganError, match="1 generated pictures and 2 real ones"):
        sliced_wasserstein_distance(fine[:1], fine)
    with pytest.raises(AudioganError, match="one shape"):
        sliced_wasserstein_distance(fine, np.repeat(fine, 3, axis=1))
    with pytest.raises(ValueError, match="is wanted"):
        sliced_wasserstein_distance(fine[:, 0], fine[:, 0])

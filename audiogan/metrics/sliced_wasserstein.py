"""ProGAN's sliced Wasserstein distance: whether small patches look alike, at each scale of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.chance import generator
from audiogan.errors import AudioganError
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.samples import checked_sets

Floats = NDArray[np.float32]

SMALLEST_SIDE = 16
PATCH = 7
PATCHES = 128
PROJECTIONS = 4 * 128  # ProGAN averages four draws of 128
SHOWN_TIMES = 1000.0
BLUR = np.array([1, 4, 6, 4, 1]) / 16
# Below this deviation a level is flat (one step of eight bits is 8e-3), and is not scaled up: what would be seen are
# rounding errors.
SMALLEST_DEVIATION = 1e-6
PICTURES_AT_ONCE = 256
PROJECTIONS_AT_ONCE = 16


@dataclass(frozen=True)
class SlicedWasserstein:
    """The distances, times 1000.

    Args:
        levels: (height, width) of each level of the pyramid, in pixels, and its distance, from the finest down.
        mean: of the levels.
    """

    levels: dict[tuple[int, int], float]
    mean: float


def sliced_wasserstein_distance(generated: ArrayLike, real: ArrayLike, seed: int = 0) -> SlicedWasserstein:
    """The mean Wasserstein-1 distance of patches along random lines, times 1000, at each level of a Laplacian pyramid.

    Levels are halved down to the last whose shorter side has 16 pixels; 128 patches of 7×7 are taken from each picture
    at each level; each set's patches are brought to mean 0 and deviation 1 in each channel; 512 lines. The fine levels
    compare texture, the coarsest one what is left of layout.

    The n-th picture of both sets gives patches at the same places: the same set has the distance 0, which it has only
    nearly in the authors' program. It is symmetric to the last bit, and the same seed gives the same number.

    Source: Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs", 2018, section 5.

    Args:
        generated: `[N, channels, height, width]` in [-1, 1], sides of 16 pixels or more.
        real: as many of the same shape.
        seed: what places and lines are drawn from, 0 or more.

    Raises:
        AudioganError: the sets differ in number or shape.
        NotMeasurable: no pictures, pictures below 16 pixels, or NaN or infinite values.
    """
    sets = checked_sets(generated, real)
    if sets[0].ndim != 4:
        raise ValueError(f"pictures have shape {sets[0].shape}: [N, channels, height, width] is wanted")
    if len(sets[0]) != len(sets[1]):
        raise AudioganError(f"there are {len(sets[0])} generated pictures and {len(sets[1])} real ones: take as many.")
    if min(sets[0].shape[2:]) < SMALLEST_SIDE:
        raise NotMeasurable(f"the pictures are too small: {sets[0].shape[2:]}, {SMALLEST_SIDE} pixels are needed")
    levels: dict[tuple[int, int], float] = {}
    for number, size in enumerate(_sizes(*sets[0].shape[2:])):
        places = _places(len(sets[0]), size, seed, number)
        lines = _lines(sets[0].shape[1] * PATCH**2, seed, number)
        first, second = (_descriptors(pictures, number, places) for pictures in sets)
        levels[size] = SHOWN_TIMES * _mean_distance_along(first, second, lines)
    return SlicedWasserstein(levels, float(np.mean(list(levels.values()))))


def _sizes(height: int, width: int) -> Iterator[tuple[int, int]]:
    while min(height, width) >= SMALLEST_SIDE:
        yield height, width
        height, width = (height + 1) // 2, (width + 1) // 2


def _places(pictures: int, size: tuple[int, int], seed: int, level: int) -> NDArray[np.int64]:
    """`[pictures, patches, 2]`: the upper left corner of each patch."""
    ends = np.array(size) - PATCH + 1
    return generator(seed, "patches", level).integers(0, ends, (pictures, PATCHES, 2))


def _lines(length: int, seed: int, level: int) -> Floats:
    """`[projections, length]`: directions of length 1, uniform over the sphere."""
    lines = generator(seed, "projections", level).standard_normal((PROJECTIONS, length))
    return (lines / np.linalg.norm(lines, axis=1, keepdims=True)).astype(np.float32)


def _descriptors(pictures: NDArray[Any], level: int, places: NDArray[np.int64]) -> Floats:
    """`[patches of all pictures, channels × 49]`, of mean 0 and deviation 1 in each channel."""
    parts = []
    for first in range(0, len(pictures), PICTURES_AT_ONCE):
        part = slice(first, first + PICTURES_AT_ONCE)
        shown = _laplacian_level(pictures[part].astype(np.float32), level)
        windows = np.lib.stride_tricks.sliding_window_view(shown, (PATCH, PATCH), axis=(2, 3))
        rows, columns = places[part, :, 0], places[part, :, 1]
        parts.append(windows[np.arange(len(shown))[:, None], :, rows, columns])
    patches = np.concatenate(parts).reshape(-1, pictures.shape[1], PATCH**2)
    for channel in range(patches.shape[1]):
        values = patches[:, channel]
        values -= values.mean(dtype=np.float64).astype(np.float32)
        deviation = float(np.sqrt(np.square(values).mean(dtype=np.float64)))
        if deviation >= SMALLEST_DEVIATION:
            values /= deviation
    return patches.reshape(len(patches), -1)


def _laplacian_level(pictures: Floats, level: int) -> Floats:
    """One level of the Laplacian pyramid; the last one that is used keeps what lies below it."""
    for _ in range(level):
        pictures = _blurred(pictures)[:, :, ::2, ::2]
    if min((side + 1) // 2 for side in pictures.shape[2:]) < SMALLEST_SIDE:
        return pictures
    coarser = np.zeros_like(pictures)
    coarser[:, :, ::2, ::2] = 4 * _blurred(pictures)[:, :, ::2, ::2]
    return pictures - _blurred(coarser)


def _blurred(pictures: Floats) -> Floats:
    from scipy.ndimage import convolve1d

    return convolve1d(convolve1d(pictures, BLUR, axis=2, mode="mirror"), BLUR, axis=3, mode="mirror")


def _mean_distance_along(first: Floats, second: Floats, lines: Floats) -> float:
    """The mean over lines of the Wasserstein-1 distance of what both sets' descriptors are along them."""
    total = 0.0
    for start in range(0, len(lines), PROJECTIONS_AT_ONCE):
        some = lines[start : start + PROJECTIONS_AT_ONCE]
        along, other = (np.sort(some @ side.T, axis=1) for side in (first, second))
        total += float(np.abs(along - other).mean(axis=1, dtype=np.float64).sum())
    return total / len(lines)

"""What every measure of a set of samples begins with: the checks of the set, and distances within bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.errors import AudioganError
from audiogan.metrics.pairs import NotMeasurable

DISTANCES_AT_ONCE = 2**21  # 16 MiB of float64


def checked_set(samples: ArrayLike, who: str, least: int = 1) -> NDArray[Any]:
    """A set of samples as an array, in the type it comes in.

    Args:
        samples: `[N, ...]`.
        who: how a reason calls it ("generated samples").
        least: how many there must be.

    Raises:
        ValueError: it has one axis or none.
        NotMeasurable: fewer than `least` samples, or NaN or infinite values.
    """
    values = np.asarray(samples)
    if values.ndim < 2:
        raise ValueError(f"{who} have shape {values.shape}: a measure of samples takes [N, ...]")
    if len(values) < least:
        raise NotMeasurable(f"there are too few {who}: {len(values)}, {least} are needed")
    broken = values.size - int(np.isfinite(values).sum())
    if broken:
        raise NotMeasurable(f"{who} have NaN or infinite values: {broken} of {values.size}")
    return values


def checked_sets(generated: ArrayLike, real: ArrayLike, least: int = 1) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both sets as `checked_set` gives them.

    Raises:
        AudioganError: a generated sample and a real one differ in shape.
        ValueError, NotMeasurable: as `checked_set`.
    """
    sides = checked_set(generated, "generated samples", least), checked_set(real, "real samples", least)
    if sides[0].shape[1:] != sides[1].shape[1:]:
        raise AudioganError(
            f"a generated sample has shape {sides[0].shape[1:]}, a real one {sides[1].shape[1:]}: bring both to one "
            "shape before they are compared."
        )
    return sides


def as_rows(samples: NDArray[Any]) -> NDArray[np.float64]:
    """`[N, values of a sample]`, whatever the shape of one."""
    return samples.reshape(len(samples), -1).astype(np.float64)


def distances_by_rows(
    rows: NDArray[np.float64], others: NDArray[np.float64]
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """The Euclidean distances of `rows` to `others`, a few rows at a time.

    A pair's distance is one sum whatever its place, so equal pairs have equal distances to the last bit: a tie stays
    a tie. (The quicker |a|² + |b|² − 2ab does not promise that.)

    Args:
        rows: `[N, D]`.
        others: `[M, D]`.

    Yields:
        Which rows, and their distances `[rows, M]`.
    """
    from scipy.spatial.distance import cdist

    step = max(1, DISTANCES_AT_ONCE // len(others))
    for first in range(0, len(rows), step):
        part = slice(first, first + step)
        yield part, cdist(rows[part], others)

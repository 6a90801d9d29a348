"""How far generated samples lie from each other: what falls when a generator collapses."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.samples import as_rows, checked_sets, distances_by_rows


def relative_diversity(generated: ArrayLike, real: ArrayLike) -> float:
    """Mean pairwise distance of the generated samples over that of the real ones; 0 is a full collapse, 1 is as real.

    A set's mean pairwise distance is the mean of ‖x_i − x_j‖ over its pairs i < j, Euclidean over all values of a
    sample: points, pictures and sound alike, whatever their unit or size. It is cheap (a batch is enough) and it sees a
    collapse to one sample, not one to a few that lie apart; it also falls where samples are only weaker than real ones
    (quiet sound, grey pictures).

    Args:
        generated: `[N, ...]`, two or more.
        real: `[M, ...]`, two or more; the numbers may differ.

    Raises:
        AudioganError: a generated sample and a real one differ in shape.
        NotMeasurable: fewer than two samples in a set, NaN or infinite values, or real samples that are all equal.
    """
    made, wanted = checked_sets(generated, real, least=2)
    spread = _mean_distance(as_rows(wanted))
    if spread == 0:
        raise NotMeasurable("the real samples are all equal")
    return _mean_distance(as_rows(made)) / spread


def _mean_distance(rows: NDArray[np.float64]) -> float:
    total = sum(float(distances.sum()) for _, distances in distances_by_rows(rows, rows))
    return total / (len(rows) * (len(rows) - 1))

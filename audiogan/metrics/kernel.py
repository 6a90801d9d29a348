"""The kernel distance: whether two sets of features come from the same distribution, without fitting Gaussians."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.metrics.samples import DISTANCES_AT_ONCE, as_rows, checked_sets


def kernel_distance(generated: ArrayLike, real: ArrayLike) -> float:
    """The unbiased estimate of the squared maximum mean discrepancy with the kernel (x·y / D + 1)³.

    Its mean is 0 where both sets come from one distribution, whatever their number, so it may be below 0. The formula
    is that of KID, which names it on Inception's features; on others it is not KID.

    Source: Bińkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs", 2018, section 4.

    Args:
        generated: `[N, D]`, features of generated samples, two or more.
        real: `[M, D]`, of real ones.

    Raises:
        AudioganError: the numbers of features differ.
        NotMeasurable: fewer than two samples in a set, or NaN or infinite features.
    """
    made, wanted = (as_rows(side) for side in checked_sets(generated, real, least=2))
    across = _kernel_sum(made, wanted) / (len(made) * len(wanted))
    return _mean_of_others(made) + _mean_of_others(wanted) - 2 * across


def _mean_of_others(rows: NDArray[np.float64]) -> float:
    """The kernel's mean over all pairs of different samples."""
    with_itself = float(((np.square(rows).sum(axis=1) / rows.shape[1] + 1) ** 3).sum())
    return (_kernel_sum(rows, rows) - with_itself) / (len(rows) * (len(rows) - 1))


def _kernel_sum(rows: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    step = max(1, DISTANCES_AT_ONCE // len(others))
    parts = (rows[first : first + step] @ others.T for first in range(0, len(rows), step))
    return sum(float(((part / rows.shape[1] + 1) ** 3).sum()) for part in parts)

"""How many modes of a known mixture of Gaussians the samples cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from audiogan.errors import AudioganError
from audiogan.metrics.samples import as_rows, checked_set, distances_by_rows

GOOD_DEVIATIONS = 3.0
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class ModeCoverage:
    """What was found.

    Args:
        good: share of the samples within 3 σ of a mean, 0 to 1.
        covered: how many modes have at least 2 % of all samples, good ones, nearest to them.
        modes: how many modes there are.
        counts: for each mode, how many good samples are nearest to it.
    """

    good: float
    covered: int
    modes: int
    counts: tuple[int, ...]


def mode_coverage(samples: ArrayLike, means: ArrayLike, deviation: float) -> ModeCoverage:
    """Good samples and covered modes of a mixture of round Gaussians.

    Good samples within 3 σ are the habit since Metz, Poole, Pfau, Sohl-Dickstein, "Unrolled Generative Adversarial
    Networks", 2017, and Srivastava et al., "VEEGAN", 2017. Their modes are covered by a single sample; here one needs
    2 % of all, so that a stray sample is no mode. A figure stands with its σ: samples that are good at 0.1 may not be
    at 0.02.

    Args:
        samples: `[N, D]`, points.
        means: `[K, D]`, the mean of each mode.
        deviation: σ of every mode along each axis, above 0.

    Raises:
        AudioganError: the means have another number of axes than the points.
        NotMeasurable: no samples, or NaN or infinite values.
    """
    if deviation <= 0:
        raise ValueError(f"the deviation is {deviation}: it must be above 0")
    points, centres = as_rows(checked_set(samples, "samples")), as_rows(checked_set(means, "means"))
    if points.shape[1] != centres.shape[1]:
        raise AudioganError(
            f"the samples have {points.shape[1]} coordinates, the means {centres.shape[1]}: make them agree."
        )
    counts = np.zeros(len(centres), dtype=np.int64)
    for _, distances in distances_by_rows(points, centres):
        good = distances.min(axis=1) <= GOOD_DEVIATIONS * deviation
        counts += np.bincount(distances.argmin(axis=1)[good], minlength=len(centres))
    covered = int((counts / len(points) >= LEAST_SHARE).sum())
    return ModeCoverage(float(counts.sum() / len(points)), covered, len(centres), tuple(counts.tolist()))

"""The quality of speech beside its reference as one number from 0 to 1, which a discriminator can learn to tell."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from audiogan.metrics.intelligibility import estoi, stoi
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.pesq import pesq_wide
from audiogan.metrics.signal_ratio import si_sdr

PESQ_RANGE = (1.0, 4.5)  # as CMGAN's; MetricGAN+'s is (-0.5, 4.5)
# Each measure, and its values that count as 0 and as 1. SI-SDR's hold what mixtures have.
SCALES = {
    "pesq": (pesq_wide, *PESQ_RANGE),
    "stoi": (stoi, 0.0, 1.0),
    "estoi": (estoi, 0.0, 1.0),
    "si_sdr": (si_sdr, -10.0, 20.0),
}


def quality(
    estimate: np.ndarray,
    reference: np.ndarray,
    sample_rate: int,
    measures: Sequence[str],
    pesq_range: tuple[float, float] = PESQ_RANGE,
) -> float:
    """The mean of the measures, each on its scale from 0 to 1.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz, 16000 or more for PESQ.
        measures: names in `SCALES`.
        pesq_range: PESQ's values that count as 0 and as 1.

    Raises:
        NotMeasurable: one of the measures cannot judge the pair.
    """
    shares = []
    for name in measures:
        measure, worst, best = SCALES[name]
        if name == "pesq":
            worst, best = pesq_range
        shares.append(min(1.0, max(0.0, (measure(estimate, reference, sample_rate) - worst) / (best - worst))))
    return sum(shares) / len(shares)


def quality_or_nan(
    pair: tuple[np.ndarray, np.ndarray],
    sample_rate: int,
    measures: Sequence[str],
    pesq_range: tuple[float, float] = PESQ_RANGE,
) -> float:
    """The quality of (estimate, reference); NaN where it cannot be measured."""
    try:
        return quality(*pair, sample_rate, measures, pesq_range)
    except NotMeasurable:
        return math.nan

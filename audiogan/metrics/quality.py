"""The quality of speech beside its reference as one number from 0 to 1, which a discriminator can learn to tell."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from audiogan.metrics.intelligibility import estoi, stoi
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.pesq import pesq_wide
from audiogan.metrics.signal_ratio import si_sdr

# Each measure, and its values that count as 0 and as 1. PESQ's are those of CMGAN; SI-SDR's hold what mixtures have.
SCALES = {
    "pesq": (pesq_wide, 1.0, 4.5),
    "stoi": (stoi, 0.0, 1.0),
    "estoi": (estoi, 0.0, 1.0),
    "si_sdr": (si_sdr, -10.0, 20.0),
}


def quality(estimate: np.ndarray, reference: np.ndarray, sample_rate: int, measures: Sequence[str]) -> float:
    """The mean of the measures, each on its scale from 0 to 1.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz, 16000 or more for PESQ.
        measures: names in `SCALES`.

    Raises:
        NotMeasurable: one of the measures cannot judge the pair.
    """
    shares = []
    for measure, worst, best in (SCALES[name] for name in measures):
        shares.append(min(1.0, max(0.0, (measure(estimate, reference, sample_rate) - worst) / (best - worst))))
    return sum(shares) / len(shares)


def quality_or_nan(pair: tuple[np.ndarray, np.ndarray], sample_rate: int, measures: Sequence[str]) -> float:
    """The quality of (estimate, reference); NaN where it cannot be measured."""
    try:
        return quality(*pair, sample_rate, measures)
    except NotMeasurable:
        return math.nan

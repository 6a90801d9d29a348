"""Segmental signal-to-noise ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.pairs import Signal, by_frames, checked_pair

LOWEST_DB, HIGHEST_DB = -10.0, 35.0
EPSILON = float(np.finfo(np.float64).eps)


def segmental_snr(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Mean over 30 ms frames of the SNR in dB, each frame's clamped to [-10, 35].

    A frame: 10·log10(Σs² / (Σ(s − ŝ)² + ε) + ε) under a Hann window, a quarter of a frame apart, ε = 2.2e-16. It knows
    the level: an estimate at another level than its reference scores low. Every frame counts, also those in which the
    reference is silent; those score -10 dB.

    Source: Hansen, Pellom, "An effective quality evaluation protocol for speech enhancement algorithms", ICSLP 1998, as
    Loizou's `comp_snr.m` and CMGAN's `compute_metrics.py` compute it.

    Args:
        estimate: ŝ, `[samples]`.
        reference: s, `[samples]`.
        sample_rate: in Hz.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths, or shorter than 38 ms.
    """
    sides = checked_pair(estimate, reference, sample_rate)
    return float(by_frames(_frame_snr, *sides, sample_rate).mean())


def _frame_snr(estimate: Signal, reference: Signal) -> Signal:
    signal = np.square(reference).sum(axis=1)
    noise = np.square(reference - estimate).sum(axis=1)
    return np.clip(10 * np.log10(signal / (noise + EPSILON) + EPSILON), LOWEST_DB, HIGHEST_DB)

"""Log-likelihood ratio of linear prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.pairs import Signal, by_frames, checked_pair, mean_of_best

# White noise added to each frame's autocorrelation, far below 16-bit rounding: it decides only where a frame is
# digital silence, which then predicts nothing instead of dividing by zero.
SMALLEST_ENERGY = 1e-13


def llr(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Mean over the best 95 % of 30 ms frames of ln((âᵀ R â) / (aᵀ R a)); 0 or more, lower is better.

    a and â predict the frame of reference and estimate linearly (autocorrelation method, order 16, or 10 below 10 kHz),
    R is the reference's autocorrelation. The level of either side plays no part. Frames are not clamped, as the
    composite scores want it.

    Source: Quackenbush, Barnwell, Clements, "Objective Measures of Speech Quality", 1988; Hu, Loizou, "Evaluation of
    Objective Quality Measures for Speech Enhancement", IEEE TASLP 2008; as Loizou's `comp_llr.m` and CMGAN's
    `compute_metrics.py` compute it. The first difference is digital silence: see SMALLEST_ENERGY.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths, or shorter than 38 ms.
    """
    order = 10 if sample_rate < 10000 else 16
    sides = checked_pair(estimate, reference, sample_rate)
    return mean_of_best(by_frames(lambda e, r: _frame_ratio(e, r, order), *sides, sample_rate))


def _frame_ratio(estimate: Signal, reference: Signal, order: int) -> Signal:
    correlation = _autocorrelation(reference, order)
    own, other = _predictor(correlation), _predictor(_autocorrelation(estimate, order))
    return np.log(np.maximum(_error(other, correlation) / _error(own, correlation), 1.0))


def _error(filters: Signal, correlation: Signal) -> Signal:
    """aᵀ R a of a Toeplitz R: the inner product of the two autocorrelations, lags above 0 counted twice."""
    products = _lags(filters, filters.shape[1] - 1) * correlation
    error: Signal = 2 * products.sum(axis=1) - products[:, 0]
    return error


def _autocorrelation(frames: Signal, order: int) -> Signal:
    lags = _lags(frames, order)
    lags[:, 0] += SMALLEST_ENERGY
    return lags


def _lags(rows: Signal, order: int) -> Signal:
    """`[rows, order + 1]`: Σ x[n] x[n + k] of each row."""
    length = rows.shape[1]
    return np.stack([np.einsum("fn,fn->f", rows[:, : length - k], rows[:, k:]) for k in range(order + 1)], axis=1)


def _predictor(correlation: Signal) -> Signal:
    """Levinson-Durbin: the prediction error filter of each frame, `[frames, order + 1]`, beginning with 1."""
    frames, lags = correlation.shape
    filters = np.zeros((frames, lags))
    filters[:, 0] = 1.0
    error = correlation[:, 0].copy()
    for step in range(1, lags):
        reflection = -np.einsum("fn,fn->f", filters[:, :step], correlation[:, step:0:-1]) / error
        filters[:, 1 : step + 1] += reflection[:, None] * filters[:, step - 1 :: -1][:, :step]
        error *= 1 - np.square(reflection)
    return filters

"""Weighted spectral slope distance."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.metrics.pairs import NotMeasurable, Signal, by_frames, checked_pair, mean_of_best

# Centres and bandwidths in Hz of the 25 critical bands.
CENTRES = (
    50.0, 120.0, 190.0, 260.0, 330.0, 400.0, 470.0, 540.0, 617.372, 703.378, 798.717, 904.128, 1020.38, 1148.30,
    1288.72, 1442.54, 1610.70, 1794.16, 1993.93, 2211.08, 2446.71, 2701.97, 2978.04, 3276.17, 3597.63,
)  # fmt: skip
BANDWIDTHS = (
    70.0, 70.0, 70.0, 70.0, 70.0, 70.0, 70.0, 77.3724, 86.0056, 95.3398, 105.411, 116.256, 127.914, 140.423, 153.823,
    168.154, 183.457, 199.776, 217.153, 235.631, 255.255, 276.072, 298.126, 321.465, 346.136,
)  # fmt: skip
GLOBAL_PEAK_DB, LOCAL_PEAK_DB = 20.0, 1.0
SMALLEST_ENERGY = 1e-10
LOWEST_RATE = 8000


def wss(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Mean over the best 95 % of 30 ms frames of the weighted square of the difference of spectral slope; 0 or more.

    A slope is the step in dB from one of 25 critical bands to the next. A band weighs more the nearer it lies to the
    spectrum's highest peak (20 dB) and to its own nearest peak (1 dB). Samples are expected in [-1, 1]: bands below
    1e-10 count as that.

    Source: Klatt, "Prediction of Perceived Phonetic Distance from Critical-Band Spectra", ICASSP 1982; as Loizou's
    `comp_wss.m` and CMGAN's `compute_metrics.py` compute it. There, and so here, the search for a peak towards higher
    bands ends one band before it.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz, 8000 or more.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths, shorter than 38 ms, or a rate below 8 kHz, which lacks bands.
    """
    sides = checked_pair(estimate, reference, sample_rate)
    if sample_rate < LOWEST_RATE:
        raise NotMeasurable(f"the sample rate is too low: {sample_rate} Hz, {LOWEST_RATE} Hz or more are needed")
    return mean_of_best(by_frames(lambda e, r: _frame_distance(e, r, sample_rate), *sides, sample_rate))


def _frame_distance(estimate: Signal, reference: Signal, sample_rate: int) -> Signal:
    bands = [_band_levels(side, sample_rate) for side in (estimate, reference)]
    weights = (_weights(bands[0]) + _weights(bands[1])) / 2
    steps = np.diff(bands[0], axis=1) - np.diff(bands[1], axis=1)
    distance: Signal = (weights * np.square(steps)).sum(axis=1) / weights.sum(axis=1)
    return distance


def _band_levels(frames: Signal, sample_rate: int) -> Signal:
    """`[frames, 25]`, in dB."""
    size = 2 ** int(np.ceil(np.log2(2 * frames.shape[1])))
    spectrum = np.fft.rfft(frames, size, axis=1)[:, : size // 2]
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return 10 * np.log10(np.maximum(power @ _filters(size // 2, sample_rate).T, SMALLEST_ENERGY))


@lru_cache(maxsize=8)
def _filters(bins: int, sample_rate: int) -> Signal:
    """`[25, bins]`: Gaussian filters of equal sum, cut to 0 some 30 dB down."""
    per_hz = bins / (sample_rate / 2)
    centres = np.floor(np.array(CENTRES) * per_hz)[:, None]
    widths = np.array(BANDWIDTHS)[:, None]
    filters = np.exp(-11 * np.square((np.arange(bins) - centres) / (widths * per_hz))) * (BANDWIDTHS[0] / widths)
    return np.where(filters > np.exp(-30 / (2 * 2.303)), filters, 0.0)


def _weights(levels: Signal) -> Signal:
    """`[frames, 24]`, in (0, 1]: Klatt's weights of the slopes."""
    lower = levels[:, :-1]
    below_highest = levels.max(axis=1, keepdims=True) - lower
    below_nearest = np.take_along_axis(levels, _nearest_peak(np.diff(levels, axis=1) > 0), axis=1) - lower
    return GLOBAL_PEAK_DB / (GLOBAL_PEAK_DB + below_highest) * LOCAL_PEAK_DB / (LOCAL_PEAK_DB + below_nearest)


def _nearest_peak(rising: NDArray[np.bool_]) -> NDArray[np.intp]:
    """`[frames, 24]`: the band at which the climb from each band ends; up where the spectrum rises, else down."""
    frames, slopes = rising.shape
    upward = np.empty((frames, slopes), dtype=np.intp)
    downward = np.empty((frames, slopes), dtype=np.intp)
    end = np.full(frames, slopes)
    for band in reversed(range(slopes)):
        end = np.where(rising[:, band], end, band)
        upward[:, band] = end - 1
    end = np.full(frames, -1)
    for band in range(slopes):
        end = np.where(rising[:, band], band, end)
        downward[:, band] = end + 1
    return np.where(rising, upward, downward)

"""Measures of recordings that decide whether, and up to which frequency, they can be a clean target."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAME_SECONDS = 0.02
LOUD_PERCENT, QUIET_PERCENT = 90, 8
SILENT_DB = -90.0
WINDOW = 1024


def frame_level_range_db(waveform: NDArray[Any], sample_rate: int) -> float:
    """Estimate the SNR of a recording of speech: 90th less 8th percentile of the levels of its frames of 20 ms.

    Frames of digital silence (under -90 dB of full scale) are not counted. 0 where no frame is left.

    Args:
        waveform: `[samples]`, full scale at ±1.
        sample_rate: in Hz, 50 or more.
    """
    length = int(FRAME_SECONDS * sample_rate)
    frames = waveform[: waveform.size // length * length].reshape(-1, length)
    levels = 10 * np.log10(np.var(frames, axis=1, dtype=np.float64) + 1e-20)
    levels = levels[levels > SILENT_DB]
    if not levels.size:
        return 0.0
    loud, quiet = np.percentile(levels, [LOUD_PERCENT, QUIET_PERCENT])
    return float(loud - quiet)


def mean_spectrum(waveform: NDArray[Any]) -> NDArray[np.float64]:
    """Mean power in 513 bands from 0 to half the sample rate, over Hann windows of 1024 samples; zeros if too short.

    Args:
        waveform: `[samples]`.
    """
    if waveform.size < WINDOW:
        return np.zeros(WINDOW // 2 + 1)
    frames = np.lib.stride_tricks.sliding_window_view(waveform, WINDOW)[:: WINDOW // 2]
    return np.asarray(np.mean(np.abs(np.fft.rfft(frames * np.hanning(WINDOW))) ** 2, axis=0))


def band_edge_hz(spectrum: NDArray[np.float64], sample_rate: int, below_peak_db: float = 60.0) -> float:
    """The highest frequency at which a mean spectrum is at most `below_peak_db` under its peak.

    Args:
        spectrum: `[bands]`, power, evenly spaced from 0 to half the sample rate.
        sample_rate: in Hz.
        below_peak_db: 60, as the table of corpora counts.
    """
    loud = np.flatnonzero(spectrum >= spectrum.max() * 10 ** (-below_peak_db / 10))
    return float(loud[-1] * sample_rate / 2 / (spectrum.size - 1))

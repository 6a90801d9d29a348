"""Log-spectral distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.pairs import FRAMES_AT_ONCE, Signal, checked_pair, need_samples

FRAME_SECONDS = 0.032
FLOOR_DB = -100.0


def log_spectral_distance(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Mean over frames of the root mean square, over frequency, of the difference of level in dB; 0 or more.

    Frames of 32 ms under a Hann window, 8 ms apart. Levels are in dB of full scale (a full-scale constant is 0 dB) and
    anything below -100 dB counts as -100 dB, so that digital silence on one side costs a finite amount.

    Source: Rabiner, Juang, "Fundamentals of Speech Recognition", 1993, section 4.5.1.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths, or shorter than one frame.
    """
    sides = checked_pair(estimate, reference, sample_rate)
    length = max(4, round(FRAME_SECONDS * sample_rate))
    need_samples(sides[0], length, sample_rate)
    window = np.hanning(length + 1)[:-1]
    views = [np.lib.stride_tricks.sliding_window_view(side, length)[:: length // 4] for side in sides]
    distances = [
        np.sqrt(np.square(_level(views[0][i], window) - _level(views[1][i], window)).mean(axis=1))
        for i in (slice(n, n + FRAMES_AT_ONCE) for n in range(0, len(views[0]), FRAMES_AT_ONCE))
    ]
    return float(np.concatenate(distances).mean())


def _level(frames: Signal, window: Signal) -> Signal:
    magnitude = np.abs(np.fft.rfft(frames * window, axis=1)) / window.sum()
    return 20 * np.log10(np.maximum(magnitude, 10 ** (FLOOR_DB / 20)))

"""Plain figures of each sound of a set: its level, where its energy lies, whether it is silent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SILENT_DB = -60.0


def levels_db(sounds: NDArray[Any]) -> Floats:
    """`[N]`: the root mean square of each sound over all its samples and channels, in dB below full scale; −inf for 0.

    It is no loudness: that of ITU-R BS.1770 needs 0.4 s, which a drum hit does not have.

    Args:
        sounds: `[N, channels, samples]` in [-1, 1].
    """
    power = np.square(sounds, dtype=np.float64).mean(axis=(1, 2))
    with np.errstate(divide="ignore"):
        return np.asarray(10 * np.log10(power))


def are_silent(levels: Floats) -> NDArray[np.bool_]:
    """`[N]`: which of these levels in dB lie below -60."""
    return levels < SILENT_DB


def spectral_centroids(sounds: NDArray[Any], sample_rate: int) -> Floats:
    """`[N]`: the mean frequency of each sound in Hz, weighted by the power of its whole spectrum; NaN for digital
    silence. Channels add up.

    Args:
        sounds: `[N, channels, samples]`.
        sample_rate: in Hz.
    """
    frequencies = np.fft.rfftfreq(sounds.shape[-1], 1 / sample_rate)
    centroids = np.full(len(sounds), np.nan)
    for number, sound in enumerate(sounds):
        power = np.square(np.abs(np.fft.rfft(sound.astype(np.float64)))).sum(axis=0)
        if power.sum() > 0:
            centroids[number] = frequencies @ power / power.sum()
    return centroids

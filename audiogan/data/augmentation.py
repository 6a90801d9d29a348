"""Small, cheap variations of a window of sound: few recordings must stand for many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]

BANDS = 6


def faster(waveform: Waveform, factor: float) -> Waveform:
    """The waveform played `factor` times as fast: shorter and higher, as a tape would.

    Args:
        waveform: float32 `[samples]`.
        factor: above 0; 1 gives the waveform back.

    Returns:
        float32 `[about samples / factor]`.
    """
    if factor == 1.0:
        return waveform
    import soxr

    # soxr takes any ratio; a rate of 1000 stands for the waveform's own.
    return soxr.resample(waveform, 1000.0 * factor, 1000.0, quality="MQ").astype(np.float32)


def tilted(waveform: Waveform, most_db: float, rng: np.random.Generator) -> Waveform:
    """The waveform through a random smooth filter without phase, as another microphone or room would colour it.

    Args:
        waveform: float32 `[samples]`.
        most_db: the gains of six points, even on a logarithmic frequency axis, are drawn from ± this.
        rng: draws the gains.

    With `most_db` 0 the waveform comes back as it is.
    """
    if most_db == 0:
        return waveform
    spectrum = np.fft.rfft(waveform)
    position = np.log2(np.arange(spectrum.size) + spectrum.size / 64)
    points = np.linspace(position[0], position[-1], BANDS)
    gains_db = np.interp(position, points, rng.uniform(-most_db, most_db, BANDS))
    return np.fft.irfft(spectrum * 10 ** (gains_db / 20), waveform.size).astype(np.float32)

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


def low_passed(waveform: Waveform, highest: float, sample_rate: int) -> Waveform:
    """The waveform without what lies above a frequency, as old telephones and tapes give it.

    Args:
        waveform: float32 `[samples]`.
        highest: Hz at which 6 dB are lost; over a sixth of an octave the gain falls from 1 to 0.
        sample_rate: of the waveform, in Hz.
    """
    spectrum = np.fft.rfft(waveform)
    octaves = np.log2((np.arange(spectrum.size) + 1e-9) * sample_rate / waveform.size / highest)
    gain = 0.5 - 0.5 * np.sin(np.pi * np.clip(6 * octaves, -0.5, 0.5))
    return np.fft.irfft(spectrum * gain, waveform.size).astype(np.float32)


def scrambled(waveform: Waveform, grain: int, rng: np.random.Generator) -> Waveform:
    """Noise with the spectrum of the waveform at every time: phases are drawn anew in overlapping windows.

    Long windows leave a steady rush of the same colour, short ones the rhythm too; no wave is left as it was.

    Args:
        waveform: float32 `[samples]`.
        grain: samples of a window (square root of Hann, overlapping by half), 4 or more.
        rng: draws the phases.
    """
    half = max(2, min(grain, waveform.size) // 2)
    window = np.sin(np.pi * (np.arange(2 * half) + 0.5) / (2 * half))
    count = -(-waveform.size // half) + 1
    whole = np.pad(waveform, (half, (count + 1) * half - waveform.size - half))
    heard = np.lib.stride_tricks.sliding_window_view(whole, 2 * half)[::half] * window
    spectrum = np.abs(np.fft.rfft(heard)) * np.exp(2j * np.pi * rng.random((count, half + 1)))
    frames = np.fft.irfft(spectrum, 2 * half) * window
    result = np.zeros((count + 1, half))
    result[:-1] += frames[:, :half]
    result[1:] += frames[:, half:]
    return result.reshape(-1)[half : half + waveform.size].astype(np.float32)

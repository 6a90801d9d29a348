"""Impulse responses of microphones and loudspeakers, prepared for filtering without delay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import read_mono
from audiogan.errors import AudioganError

LENGTH_S = 0.064
FADE = 0.25  # of the length
FLOOR_DB = -80.0


def read_response(path: Path, sample_rate: int) -> NDArray[np.float32]:
    """Return a file's impulse response with minimum phase, of energy 1, float32 `[0.064 s]`.

    Raises:
        AudioganError: the file cannot be read or is silent.
    """
    sound = read_mono(path, sample_rate)
    if not np.abs(sound).max(initial=0.0) > 0:
        raise AudioganError(f"data.conditions.response_folders: {path} is silent. Take it out.")
    return minimum_phase(sound, max(16, round(LENGTH_S * sample_rate)))


def minimum_phase(response: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Return a response of minimum phase and energy 1 with the magnitudes of another one.

    The real cepstrum is folded (Oppenheim and Schafer 1975, section 7.2); what is more than 80 dB below the maximum of
    the spectrum is raised to there.

    Args:
        response: `[samples]`, not silent.
        length: samples that are kept; the last quarter is faded out.
    """
    size = 8 * 2 ** int(np.ceil(np.log2(max(response.size, length))))
    magnitude = np.abs(np.fft.rfft(response, size))
    logarithm = np.log(np.maximum(magnitude, magnitude.max() * 10 ** (FLOOR_DB / 20)))
    cepstrum = np.fft.irfft(logarithm, size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    found = np.fft.irfft(np.exp(np.fft.rfft(cepstrum, size)), size)[:length]
    fade = round(FADE * length)
    found[length - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    return (found / np.sqrt(np.sum(found**2))).astype(np.float32)

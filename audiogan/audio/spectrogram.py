"""The short-time spectrum of a sound, in decibels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

FLOOR_DB = -160.0


@dataclass(frozen=True)
class Spectrogram:
    """Levels over frequency and time.

    Args:
        level_db: `[frequencies, frames]`; 0 dB is a sine of amplitude 1, and nothing is below -160 dB.
        frequencies: `[frequencies]`, in Hz.
        times: `[frames]`, the middle of each frame, in seconds.
    """

    level_db: NDArray[np.float32]
    frequencies: NDArray[np.floating[Any]]
    times: NDArray[np.floating[Any]]


def spectrogram(
    waveform: NDArray[Any], sample_rate: int, frame_length: int = 512, hop_length: int = 128
) -> Spectrogram:
    """The spectrogram of one channel: Hann windows, centred, with silence outside the sound.

    Args:
        waveform: `[samples]`, in [-1, 1].
        sample_rate: in Hz.
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next.

    Raises:
        AudioganError: another shape, or no samples.
    """
    if waveform.ndim != 1 or not waveform.size:
        raise AudioganError(f"a spectrogram needs a waveform [samples], not one of shape {list(waveform.shape)}.")
    window = np.hanning(frame_length + 1)[:-1]
    padded = np.pad(waveform.astype(np.float64), (frame_length // 2, frame_length - frame_length // 2))
    starts = np.arange(0, waveform.shape[0], hop_length)
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame_length)[starts]
    amplitude = np.abs(np.fft.rfft(frames * window, axis=1)) * 2 / window.sum()
    return Spectrogram(
        level_db=(20 * np.log10(np.maximum(amplitude, 10 ** (FLOOR_DB / 20)))).T.astype(np.float32),
        frequencies=np.arange(frame_length // 2 + 1) * (sample_rate / frame_length),
        times=starts / sample_rate,
    )

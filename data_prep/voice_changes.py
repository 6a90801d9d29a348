"""Whispers and held vowels from ordinary speech, by linear prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]

ORDER = 18  # of the linear prediction at 16 kHz
FRAME_S = 0.03
PITCH_HZ = 140.0, 300.0
VIBRATO_HZ, VIBRATO_SHARE = 5.5, 0.03
OPEN_PHASE = 0.6  # share of a period in which the glottis is open
FADE_S = 0.05


def whispered(speech: Waveform, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """Return speech whose excitation is white noise: the spectral envelope and level of each frame without pitch.

    Frames of 30 ms, half overlapping under a Hann window; each is the noise of the residual's level through the
    all-pole filter of linear prediction.

    Args:
        speech: `[samples]`.
        sample_rate: Hz.
        rng: draws the noise.
    """
    import librosa
    from scipy.signal import lfilter

    half = round(FRAME_S * sample_rate / 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(2 * half) + 0.5) / (2 * half))
    padded = np.pad(speech.astype(np.float64), (half, 2 * half))
    result = np.zeros(padded.size)
    for start in range(0, padded.size - 2 * half + 1, half):
        frame = padded[start : start + 2 * half] * window
        if np.square(frame).mean() < 1e-10:
            continue
        coefficients = librosa.lpc(frame + 1e-6 * rng.standard_normal(frame.size), order=ORDER)
        residual = lfilter(coefficients, [1.0], frame)
        excitation = np.sqrt(np.square(residual).mean() * 8 / 3) * rng.standard_normal(frame.size)
        result[start : start + 2 * half] += lfilter([1.0], coefficients, excitation) * window
    return result[half : half + speech.size].astype(np.float32)


def held_vowel(speech: Waveform, sample_rate: int, seconds: float, rng: np.random.Generator) -> Waveform:
    """Return the vowel at the loudest place of the speech, held with vibrato, at -26 dB RMS.

    A glottal pulse train (Rosenberg's) of drawn pitch through the all-pole filter of that frame.

    Args:
        speech: `[samples]`.
        sample_rate: Hz.
        seconds: length of the vowel.
        rng: draws pitch and the phase of the vibrato.
    """
    import librosa
    from scipy.signal import lfilter

    size = round(2 * FRAME_S * sample_rate)
    energies = np.convolve(np.square(speech, dtype=np.float64), np.ones(size), "valid")
    start = int(energies.argmax())
    frame = np.diff(speech[start : start + size].astype(np.float64), prepend=0.0) * np.hanning(size)
    coefficients = librosa.lpc(frame, order=ORDER)
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    pitch = np.exp(rng.uniform(*np.log(PITCH_HZ)))
    vibrato = 1 + VIBRATO_SHARE * np.sin(2 * np.pi * (VIBRATO_HZ * time + rng.random()))
    phase = np.cumsum(pitch * vibrato / sample_rate) % 1
    flow = np.where(phase < OPEN_PHASE, np.sin(np.pi * phase / OPEN_PHASE) ** 2, 0.0)
    sound = lfilter([1.0], coefficients, np.diff(flow, prepend=0.0))
    edge = np.minimum(time, time[::-1]) / FADE_S
    sound = sound * np.clip(edge, 0, 1)
    return (sound * 10 ** (-26 / 20) / np.sqrt(np.square(sound).mean())).astype(np.float32)

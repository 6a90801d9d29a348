"""Noise that needs no recording: coloured noise, mains hum, clicks, and babble from speech.

Each is of RMS 1, so that the caller sets its level, and a function of the generator it is given (audiogan.chance).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]

MAINS_HARMONICS = 20
CLICK_SECONDS = 0.002


def coloured_noise(samples: int, exponent: float, rng: np.random.Generator) -> Waveform:
    """Gaussian noise whose power falls as 1/f^exponent.

    Args:
        samples: its length, 2 or more.
        exponent: 0 is white, 1 pink, 2 brown, -1 blue.
        rng: draws the noise.

    Returns:
        float32 `[samples]`, without offset.
    """
    frequency = np.arange(samples // 2 + 1, dtype=np.float64)
    frequency[0] = 1.0
    real, imaginary = rng.standard_normal((2, frequency.size))
    spectrum = (real + 1j * imaginary) * frequency ** (-exponent / 2)
    spectrum[0] = 0.0
    return unit_rms(np.fft.irfft(spectrum, samples))


def mains_hum(samples: int, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """Hum of 50 or 60 Hz with harmonics, up to the twentieth or half the sample rate, as rectifiers and coils give it.

    The mains frequency is off by up to 0.2 Hz; the harmonics fall by 3 to 9 dB an octave, each varied by some dB.

    Args:
        samples: its length.
        sample_rate: in Hz, above 120.2.
        rng: draws the frequency, the harmonics and their phases.

    Returns:
        float32 `[samples]`.
    """
    fundamental = rng.choice([50.0, 60.0]) + rng.uniform(-0.2, 0.2)
    number = np.arange(1, MAINS_HARMONICS + 1)
    number = number[number * fundamental < sample_rate / 2]
    fall_db = rng.uniform(3, 9) * np.log2(number) + rng.normal(0, 3, number.size)
    phase = rng.uniform(0, 2 * np.pi, number.size)
    time = np.arange(samples) / sample_rate
    tones = np.sin(2 * np.pi * fundamental * number[:, None] * time + phase[:, None])
    return unit_rms(10 ** (-fall_db / 20) @ tones)


def clicks(samples: int, sample_rate: int, per_second: float, rng: np.random.Generator) -> Waveform:
    """Clicks at random instants (a Poisson process), at least one: short bursts of noise that die away within 2 ms.

    Args:
        samples: its length.
        sample_rate: in Hz.
        per_second: how many on average.
        rng: draws instants, levels (over 20 dB) and the bursts.

    Returns:
        float32 `[samples]`.
    """
    length = min(samples, max(1, round(CLICK_SECONDS * sample_rate)))
    count = max(1, rng.poisson(per_second * samples / sample_rate))
    decay = np.exp(-5 * np.arange(length) / length)
    noise = np.zeros(samples)
    for start in rng.integers(0, samples - length, count, endpoint=True):
        noise[start : start + length] += 10 ** (rng.uniform(-20, 0) / 20) * decay * rng.standard_normal(length)
    return unit_rms(noise)


def babble(voices: Sequence[Waveform]) -> Waveform:
    """Several people at once: excerpts of speech brought to one RMS level and summed.

    Args:
        voices: excerpts of one length, float32 `[samples]`, one speaker each, five to eight for a canteen; silent
            ones add nothing.

    Returns:
        float32 `[samples]`; zeros if all are silent.
    """
    return unit_rms(np.sum([unit_rms(voice) for voice in voices], axis=0))


def unit_rms(waveform: NDArray[np.floating]) -> Waveform:
    """The waveform at RMS 1; silence stays silent."""
    power = float(np.mean(np.square(waveform, dtype=np.float64)))
    return (waveform / np.sqrt(power) if power > 0 else waveform).astype(np.float32)

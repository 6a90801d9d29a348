"""Noise of sources that nobody recorded: recordings are few, and a network soon knows them by heart.

Each noise is one to three layers (a texture, tones, impacts, mains hum, clicks), every one with a spectrum and a course
in time of its own. It is of RMS 1 and a function of the generator it is given (audiogan.chance).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audiogan.data.augmentation import tilted
from audiogan.data.synthetic_noise import Waveform, clicks, coloured_noise, mains_hum, unit_rms

MOST_LAYERS = 3
LAYER_LEVELS_DB = 10.0
SPECTRUM_DB = 25.0
HARMONICS = 12


def invented_noise(samples: int, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """A noise unlike any other.

    Args:
        samples: its length, 1000 or more.
        sample_rate: in Hz, 1000 or more.
        rng: draws everything.

    Returns:
        float32 `[samples]`.
    """
    kinds = (_texture, _tones, _impacts, mains_hum, _clicks)
    shares = (0.5, 0.15, 0.2, 0.05, 0.1)
    noise = np.zeros(samples, np.float32)
    for number in rng.choice(len(kinds), rng.integers(1, MOST_LAYERS, endpoint=True), p=shares):
        layer = kinds[number](samples, sample_rate, rng)
        level_db = rng.uniform(-LAYER_LEVELS_DB, LAYER_LEVELS_DB)
        noise += np.float32(10 ** (level_db / 20)) * unit_rms(tilted(layer, SPECTRUM_DB, rng))
    return unit_rms(noise)


def _texture(samples: int, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """Gaussian noise, steady or rising and falling, as of wind, water, machines and crowds."""
    noise = coloured_noise(samples, rng.uniform(-0.5, 2), rng)
    return unit_rms(noise * swell(samples, sample_rate, rng)) if rng.random() < 0.5 else noise


def _tones(samples: int, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """A fundamental that glides and trembles, with harmonics, as of engines, sirens and animals."""
    time = np.arange(samples) / sample_rate
    glide = rng.uniform(-1, 1) * time / time[-1]  # octaves
    tremble = rng.uniform(0, 0.05) * np.sin(2 * np.pi * rng.uniform(2, 12) * time + rng.uniform(0, 2 * np.pi))
    fundamental = np.exp2(rng.uniform(np.log2(50), np.log2(sample_rate / 8)) + glide + tremble)
    phase = 2 * np.pi * np.cumsum(fundamental) / sample_rate
    number = np.arange(1, HARMONICS + 1)
    loudness = 10 ** (-rng.uniform(0, 30, HARMONICS) / 20) / number ** rng.uniform(0, 2)
    tone = np.zeros(samples)
    for n, gain in zip(number, loudness, strict=True):
        tone += np.where(n * fundamental < sample_rate / 2, gain * np.sin(n * phase), 0)
    return unit_rms(tone * swell(samples, sample_rate, rng))


def _impacts(samples: int, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """Strokes that ring and die away within 10 to 400 ms, as of steps, tools and doors."""
    noise = np.zeros(samples)
    strokes = max(1, rng.poisson(rng.uniform(1, 12) * samples / sample_rate))
    rings = rng.uniform(80, 0.4 * sample_rate, 4)
    for start in rng.integers(0, samples, strokes):
        length = min(samples - start, round(rng.uniform(0.01, 0.4) * sample_rate))
        time = np.arange(length) / sample_rate
        ring = np.sin(2 * np.pi * rings[:, None] * time + rng.uniform(0, 2 * np.pi, (4, 1))).sum(axis=0)
        stroke = (ring + rng.uniform(0, 3) * rng.standard_normal(length)) * np.exp(-5 * np.arange(length) / length)
        noise[start : start + length] += 10 ** (rng.uniform(-20, 0) / 20) * stroke
    return unit_rms(noise)


def _clicks(samples: int, sample_rate: int, rng: np.random.Generator) -> Waveform:
    return clicks(samples, sample_rate, rng.uniform(2, 60), rng)


def swell(samples: int, sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A course of loudness: random levels over 5 to 30 dB, 1 to 20 of them in a second, joined smoothly.

    Args:
        samples: its length, 2 or more.
        sample_rate: in Hz.
        rng: draws the levels.

    Returns:
        Gains between 0 and 1, float64 `[samples]`.
    """
    points = max(2, round(rng.uniform(1, 20) * samples / sample_rate))
    levels_db = rng.uniform(-rng.uniform(5, 30), 0, points)
    return 10 ** (np.interp(np.linspace(0, points - 1, samples), np.arange(points), levels_db) / 20)

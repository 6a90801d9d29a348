"""The trivial generator that a model must beat: noise with a set's mean spectrum and mean envelope."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.chance import generator
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.sound_statistics import are_silent, levels_db

Floats = NDArray[np.float64]

FRAME_S = 0.064
ENVELOPE_S = 0.004
SMALLEST_POWER = 1e-12  # of the strongest bin: a filter's logarithm needs one
ROUNDS = 30


def shaped_noise(sounds: NDArray[Any], sample_rate: int, count: int, seed: int = 0) -> NDArray[np.float32]:
    """White noise under an envelope, through a filter, `[count, channels, samples]` in [-1, 1].

    The filter is the minimum-phase one of the set's mean power spectrum over frames of 64 ms, so that attacks stay
    attacks. The envelope, smoothed over 4 ms, is the one that gives the set's mean power at each instant behind that
    filter: it is found by Richardson and Lucy's iteration. Each sound counts alike, whatever its level: all are brought
    to one before, or the loudest would be the set's spectrum; the noise has their mean level in dB. Silent ones are
    left out.

    Args:
        sounds: `[N, channels, samples]` in [-1, 1], what the noise takes after.
        sample_rate: in Hz.
        count: how many are made.
        seed: the same one gives the same noise.

    Raises:
        NotMeasurable: the set is silent.
    """
    levels = levels_db(sounds)
    heard = ~are_silent(levels)
    if not heard.any():
        raise NotMeasurable("the sounds that the noise would take after are silent")
    level = levels[heard].mean()
    even = sounds[heard] * (10 ** ((level - levels[heard]) / 20))[:, None, None]
    response = _minimum_phase(_mean_spectrum(even, max(16, 4 * round(FRAME_S * sample_rate / 4))))
    power = _smoothed(_mean_power(even), max(1, round(ENVELOPE_S * sample_rate)))
    envelope = np.sqrt(_power_before(power, response))
    made = np.zeros((count, *sounds.shape[1:]), np.float32)
    for number in range(count):
        noise = generator(seed, "shaped noise", number).standard_normal(sounds.shape[1:])
        made[number] = _filtered(noise * envelope, response)
    return np.clip(made, -1, 1)


def _mean_spectrum(sounds: NDArray[Any], frame: int) -> Floats:
    """`[frame // 2 + 1]`: the mean power in each bin over sounds, channels and Hann-windowed frames."""
    window = np.hanning(frame + 1)[:-1]
    total = np.zeros(frame // 2 + 1)
    for sound in sounds:
        padded = np.pad(sound.astype(np.float64), ((0, 0), (frame, frame)))
        frames = np.lib.stride_tricks.sliding_window_view(padded, frame, axis=1)[:, :: frame // 4]
        total += np.square(np.abs(np.fft.rfft(frames * window))).sum(axis=(0, 1))
    return total


def _minimum_phase(power: Floats) -> Floats:
    """`[frame]`: the impulse response of energy 1 that has this power spectrum and comes as early as it can.

    Source: Oppenheim, Schafer, "Discrete-Time Signal Processing", the cepstrum folded onto its causal side.
    """
    cepstrum = np.fft.irfft(np.log(np.maximum(power, SMALLEST_POWER * power.max())) / 2)
    half = len(cepstrum) // 2
    cepstrum[1:half] *= 2
    cepstrum[half + 1 :] = 0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))
    return np.asarray(response / np.linalg.norm(response))


def _mean_power(sounds: NDArray[Any]) -> Floats:
    """`[samples]`: the mean square at each instant."""
    total = np.zeros(sounds.shape[2])
    for sound in sounds:
        total += np.square(sound, dtype=np.float64).mean(axis=0)
    return total / len(sounds)


def _smoothed(power: Floats, width: int) -> Floats:
    from scipy.ndimage import uniform_filter1d

    return np.maximum(uniform_filter1d(power, width, mode="nearest"), 0)


def _power_before(power: Floats, response: Floats) -> Floats:
    """`[samples]`: the power of white noise that behind the filter has this power at each instant, as nearly as one
    that is 0 or more can have it."""
    from scipy.signal import fftconvolve

    spread = np.square(response)
    floor = SMALLEST_POWER * power.max()
    before = power + floor
    # What of a sample's energy still falls inside: towards the end less and less of it does.
    inside = np.cumsum(spread)[np.minimum(np.arange(len(power))[::-1], len(spread) - 1)]
    for _ in range(ROUNDS):
        behind = np.maximum(fftconvolve(before, spread)[: len(power)], floor)
        before *= np.maximum(fftconvolve((power / behind)[::-1], spread)[: len(power)][::-1], 0) / inside
    behind = np.maximum(fftconvolve(before, spread)[: len(power)], floor)
    return before * (power.sum() / behind.sum())


def _filtered(noise: Floats, response: Floats) -> Floats:
    from scipy.signal import fftconvolve

    return np.asarray(fftconvolve(noise, response[None], axes=1)[:, : noise.shape[1]])

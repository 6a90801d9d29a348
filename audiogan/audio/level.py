"""How loud a sound is: plain RMS, and the active speech level of ITU-T P.56, both in dB below full scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

Samples = NDArray[np.float32] | NDArray[np.float64]

TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
GAIN_ITERATIONS = 12
GAIN_TOLERANCE_DB = 0.005
# The recommendation's thresholds run over 2^-15 … 2^0, the span of 16-bit samples. Float samples may lie outside of it,
# so the same ladder goes on at both ends; where the recommendation has an answer, it is this one.
THRESHOLD_EXPONENTS = range(-40, 11)


@dataclass(frozen=True)
class ActiveLevel:
    """What P.56 says about a stretch of speech.

    Args:
        level_db: power of the active part in dB relative to full scale 1.0; −inf for silence.
        activity: active part of the time, 0 to 1.
    """

    level_db: float
    activity: float


def decibels(power: float) -> float:
    """10·log10 of a power; −inf for 0."""
    return float(10 * np.log10(power)) if power > 0 else -np.inf


def gain_for(change_db: float) -> float:
    """The factor on the samples that changes a level by `change_db`."""
    return float(10 ** (change_db / 20))


def mean_power(waveform: Samples) -> float:
    """Mean square of the samples, of any shape, in float64.

    Raises:
        AudioganError: no samples, or NaN or infinity among them.
    """
    if waveform.size == 0:
        raise AudioganError("a level was asked of a sound with no samples: give at least one")
    flat = np.asarray(waveform, dtype=np.float64).ravel()
    power = float(flat @ flat) / flat.size
    if not np.isfinite(power):
        raise AudioganError("a level was asked of a sound with NaN or infinite samples: repair or leave out the file")
    return power


def rms_db(waveform: Samples) -> float:
    """Root mean square level in dB relative to full scale 1.0 (a full-scale sine is −3.01); −inf for silence.

    Raises:
        AudioganError: no samples, or NaN or infinity among them.
    """
    return decibels(mean_power(waveform))


def active_level(waveform: Samples, sample_rate: int) -> ActiveLevel:
    """Active speech level by method B of ITU-T Recommendation P.56 (12/2011).

    The magnitude is smoothed by two exponential averages of 0.03 s. A sample is active at a threshold if the envelope
    reached it within the last 0.2 s. The level is that of the active samples, at the threshold that lies 15.9 dB below
    it, interpolated in dB between neighbours of a ladder of factors of two. That ladder is coarse: the level follows a
    gain of 6.02 dB exactly, other gains to some tenths of a dB.

    Args:
        waveform: `[samples]`.
        sample_rate: in Hz.

    Raises:
        AudioganError: no samples, or NaN or infinity among them.
    """
    power = mean_power(waveform)
    # Below the least normal float32 nothing is sound, and the filter would run on denormals.
    if power < np.finfo(np.float32).tiny:
        return ActiveLevel(-np.inf, 0.0)
    held = _held_envelope(np.abs(np.asarray(waveform, dtype=np.float64)), sample_rate)
    thresholds = 2.0 ** np.array(THRESHOLD_EXPONENTS)
    level_db = _active_level_db(power, waveform.size, _count_at_least(held, thresholds), thresholds)
    return ActiveLevel(level_db, float(min(1.0, power / 10 ** (level_db / 10))))


def change_to_level(waveform: Samples, sample_rate: int, level_db: float) -> float:
    """Return the gain in dB after which `active_level` measures `level_db`, to within 0.05 dB.

    The thresholds of P.56 do not move with the gain, so that the difference of two levels is the gain only to some
    tenths of a dB. The envelope is computed once, and the gain is found by a few iterations.

    Args:
        waveform: `[samples]`, not silent.
        sample_rate: in Hz.
        level_db: active speech level in dB relative to full scale.

    Raises:
        AudioganError: no samples, NaN or infinity among them, or silence.
    """
    power = mean_power(waveform)
    if power < np.finfo(np.float32).tiny:
        raise AudioganError("a level was asked of silence: give a sound")
    held = np.sort(_held_envelope(np.abs(np.asarray(waveform, dtype=np.float64)), sample_rate))
    thresholds = 2.0 ** np.array(THRESHOLD_EXPONENTS)
    change, best, least = level_db - decibels(power), 0.0, np.inf
    for _ in range(GAIN_ITERATIONS):
        factor = gain_for(change)
        active = held.size - np.searchsorted(held, thresholds / factor)
        excess = level_db - _active_level_db(power * factor**2, held.size, active, thresholds)
        if abs(excess) < least:
            best, least = change, abs(excess)
        if least < GAIN_TOLERANCE_DB:
            break
        change += excess
    return best


def _active_level_db(power: float, size: int, active: NDArray[np.int64], thresholds: NDArray[np.float64]) -> float:
    """The level for the number of samples that are active at each of the ascending thresholds."""
    reached = active > 0
    if not reached.any():
        return decibels(power)
    levels = 10 * np.log10(power * size / active[reached])
    return _level_at_margin(levels, 20 * np.log10(thresholds[reached]))


def _held_envelope(magnitude: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """The envelope, each value replaced by the largest of itself and the hangover before it."""
    from scipy.ndimage import maximum_filter1d
    from scipy.signal import lfilter

    keep = np.exp(-1 / (sample_rate * TIME_CONSTANT_S))
    envelope = lfilter([(1 - keep) ** 2], [1, -2 * keep, keep**2], magnitude)
    window = int(np.ceil(HANGOVER_S * sample_rate)) + 1
    trailing = window - 1 - window // 2
    return np.asarray(maximum_filter1d(envelope, window, mode="constant", cval=0.0, origin=trailing))


def _count_at_least(values: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each of the ascending thresholds, how many values are not below it."""
    rank = np.searchsorted(thresholds, values, side="right")
    reached_up_to = np.bincount(rank, minlength=thresholds.size + 1)
    return np.asarray(values.size - np.cumsum(reached_up_to)[:-1], dtype=np.int64)


def _level_at_margin(levels_db: NDArray[np.float64], thresholds_db: NDArray[np.float64]) -> float:
    """The level where it lies MARGIN_DB above its threshold, going up from the lowest threshold."""
    excess = levels_db - thresholds_db - MARGIN_DB
    below = np.flatnonzero(excess <= 0)
    if below.size == 0:
        return float(levels_db[-1])
    above = below[0]
    if above == 0:
        return float(levels_db[0])
    way = excess[above - 1] / (excess[above - 1] - excess[above])
    return float(levels_db[above - 1] + way * (levels_db[above] - levels_db[above - 1]))

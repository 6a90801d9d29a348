"""Loudness by ITU-R BS.1770-4 and a true-peak limiter, both for sound that comes in blocks, in constant memory.

Packages that measure loudness take whole arrays; an hour of stereo sound is more than a gigabyte. The meter's filters
are the recommendation's, and its results are tested against pyloudnorm's and FFmpeg's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU below the mean of what passes the absolute gate
OFFSET = -0.691  # dB, of the recommendation
CEILING_DB = -1.0  # dBTP, EBU R 128
_STEPS = 4  # in a gating block of 400 ms; blocks overlap by three quarters
_OVERSAMPLING, _TAPS = 4, 25  # of the true-peak filter, taps a phase
_HALF_WIDTH_S = 0.01  # of the limiter's gain curve
_SURROUND = {5: (1.0, 1.0, 1.0, 1.41, 1.41), 6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)}  # L R C (LFE) Ls Rs
_LARGEST_GAIN_DB = 60.0
_EXACT_LU = 0.05
_ROUNDS = 6
_LEAST_SLOPE = 0.2  # LU that a dB of gain gives at least, where much of it is limited

Blocks = Callable[[], Iterator[NDArray[np.float32]]]


def k_weighting(sample_rate: int) -> NDArray[np.float64]:
    """The recommendation's filter as two second-order sections, at any rate.

    The analogue prototypes are those whose bilinear transform at 48 kHz has the coefficients of BS.1770-4, tables 1 and
    2.
    """
    sections = []
    for frequency, quality, gain_db in ((1681.974450955533, 0.7071752369554196, 3.999843853973347),
                                        (38.13547087602444, 0.5003270373238773, None)):  # fmt: skip
        k = np.tan(np.pi * frequency / sample_rate)
        a0 = 1 + k / quality + k * k
        if gain_db is None:
            b = np.array([1.0, -2.0, 1.0])
        else:
            high = 10 ** (gain_db / 20)
            band = high**0.4996667741545416
            b = np.array([high + band * k / quality + k * k, 2 * (k * k - high), high - band * k / quality + k * k])
            b /= a0
        sections.append([*b, 1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0])
    return np.array(sections)


class LoudnessMeter:
    """Integrated loudness of a sound that comes in blocks.

    Args:
        sample_rate: in Hz.
        channels: 1 or more; five or six are taken as L R C (LFE) Ls Rs, others weigh the same.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._sections = k_weighting(sample_rate)
        self._state = np.zeros((len(self._sections), channels, 2))
        self._weights = np.array(_SURROUND.get(channels, (1.0,) * channels))
        self._step = round(0.1 * sample_rate)
        self._waiting = np.zeros((channels, 0))
        self._powers: list[NDArray[np.float64]] = []  # of steps of 100 ms: 80 bytes for a second

    def push(self, block: NDArray[np.float32]) -> None:
        """Take `[channels, samples]`."""
        from scipy.signal import sosfilt

        if not block.shape[1]:
            return
        weighted, self._state = sosfilt(self._sections, np.asarray(block, np.float64), zi=self._state)
        sound = np.concatenate([self._waiting, weighted], axis=1)
        whole = sound.shape[1] // self._step * self._step
        steps = sound[:, :whole].reshape(sound.shape[0], -1, self._step)
        if steps.shape[1]:
            self._powers.append(self._weights @ np.mean(np.square(steps), axis=2))
        self._waiting = sound[:, whole:]

    def integrated(self) -> float:
        """The gated loudness in LUFS so far; −inf for silence and for less than 400 ms."""
        powers = np.concatenate(self._powers) if self._powers else np.zeros(0)
        if powers.size < _STEPS:
            return -np.inf
        blocks = np.convolve(powers, np.full(_STEPS, 1 / _STEPS), mode="valid")
        with np.errstate(divide="ignore"):
            levels = OFFSET + 10 * np.log10(blocks)
        loud = levels > ABSOLUTE_GATE
        if not loud.any():
            return -np.inf
        gate = OFFSET + 10 * np.log10(blocks[loud].mean()) + RELATIVE_GATE
        passed = blocks[loud & (levels > gate)]
        return float(OFFSET + 10 * np.log10(passed.mean())) if passed.size else -np.inf


class TruePeak:
    """The largest magnitude between the samples, found at four times the rate (BS.1770-4, annex 2), delayed.

    Args:
        channels: of the sound.
    """

    delay = _TAPS // 2  # samples by which what comes out is later

    def __init__(self, channels: int) -> None:
        from scipy.signal import firwin

        taps = firwin(_OVERSAMPLING * (_TAPS - 1) + 1, 1 / _OVERSAMPLING, window=("kaiser", 7.0)) * _OVERSAMPLING
        self._phases = [np.append(taps[phase::_OVERSAMPLING], [0.0] * (phase > 0)) for phase in range(_OVERSAMPLING)]
        self._states = [np.zeros((channels, _TAPS - 1)) for _ in self._phases]

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float64]:
        """The peaks `[samples]` of `[channels, samples]`, over all channels."""
        from scipy.signal import lfilter

        highest = np.zeros(block.shape[1])
        for phase, taps in enumerate(self._phases):
            filtered, self._states[phase] = lfilter(taps, 1.0, block, axis=1, zi=self._states[phase])
            np.maximum(highest, np.abs(filtered).max(axis=0), out=highest)
        return highest


class Limiter:
    """A gain, and below it as much less as keeps true peaks under a ceiling; without delay once joined.

    The gain curve is the least gain within 10 ms on either side, smoothed over as long, so that it is low enough at
    each peak and bends nowhere. All channels get the same.

    Args:
        sample_rate: in Hz.
        channels: of the sound.
        gain_db: applied before the ceiling.
        ceiling_db: in dB of full scale.

    Attributes:
        deepest_db: the largest reduction so far, 0 or below.
    """

    def __init__(self, sample_rate: int, channels: int, gain_db: float, ceiling_db: float = CEILING_DB) -> None:
        self._gain, self._ceiling = 10 ** (gain_db / 20), 10 ** (ceiling_db / 20)
        self._half = max(1, round(_HALF_WIDTH_S * sample_rate))
        window = np.hanning(2 * self._half + 3)[1:-1]
        self._window = window / window.sum()
        self._peaks = TruePeak(channels)
        self._sound = np.zeros((channels, 0), np.float32)
        # Gains wanted, from 2 · half samples before the sound that waits.
        self._wanted = np.ones(2 * self._half)
        self._skip = self._peaks.delay
        self._channels = channels
        self.deepest_db = 0.0

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`."""
        sound = np.asarray(block * np.float32(self._gain), np.float32)
        peaks = self._peaks.push(sound)
        skipped = min(self._skip, peaks.size)
        self._skip -= skipped
        wanted = np.minimum(1.0, self._ceiling / np.maximum(peaks[skipped:], 1e-9))
        self._sound = np.concatenate([self._sound, sound], axis=1)
        self._wanted = np.concatenate([self._wanted, wanted])
        return self._ready(self._wanted.size - 4 * self._half)

    def finish(self) -> NDArray[np.float32]:
        """The rest."""
        rest = self._sound.shape[1]
        flush = np.zeros((self._channels, self._peaks.delay), np.float32)
        peaks = self._peaks.push(flush)[min(self._skip, flush.shape[1]) :]
        wanted = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        self._wanted = np.concatenate([self._wanted, wanted, np.ones(2 * self._half)])
        return self._ready(rest)

    def _ready(self, count: int) -> NDArray[np.float32]:
        if count <= 0:
            return self._sound[:, :0]
        from scipy.ndimage import minimum_filter1d
        from scipy.signal import fftconvolve

        wanted = self._wanted[: count + 4 * self._half]
        if wanted.min() >= 1.0:
            gain = np.ones(count)
        else:
            least = minimum_filter1d(wanted, 2 * self._half + 1)[self._half : -self._half]
            gain = np.minimum(1.0, fftconvolve(least, self._window, mode="valid"))
            self.deepest_db = min(self.deepest_db, float(20 * np.log10(gain.min())))
        ready = self._sound[:, :count] * gain.astype(np.float32)
        self._sound, self._wanted = self._sound[:, count:], self._wanted[count:]
        return ready


def limited(blocks: Blocks, sample_rate: int, channels: int, gain_db: float) -> Iterator[NDArray[np.float32]]:
    """Sound with a gain, its true peaks under the ceiling."""
    limiter = Limiter(sample_rate, channels, gain_db)
    for block in blocks():
        yield limiter.push(block)
    yield limiter.finish()


def loudness_of(blocks: Iterator[NDArray[np.float32]], sample_rate: int, channels: int) -> float:
    """The integrated loudness in LUFS; −inf for silence."""
    meter = LoudnessMeter(sample_rate, channels)
    for block in blocks:
        meter.push(block)
    return meter.integrated()


def gain_to(blocks: Blocks, sample_rate: int, channels: int, target: float, measured: float) -> tuple[float, float]:
    """The gain in dB with which limited sound has a loudness, and the loudness in LUFS that it gives.

    Args:
        blocks: gives the sound anew at each call.
        sample_rate: in Hz.
        channels: of the sound.
        target: in LUFS.
        measured: the sound's loudness before.
    """
    before, gain, best = (0.0, measured), min(_LARGEST_GAIN_DB, target - measured), (0.0, measured)
    for _ in range(_ROUNDS):
        reached = loudness_of(limited(blocks, sample_rate, channels, gain), sample_rate, channels)
        if abs(reached - target) < abs(best[1] - target):
            best = gain, reached
        if abs(reached - target) < _EXACT_LU or gain >= _LARGEST_GAIN_DB or gain == before[0]:
            break
        slope = min(1.0, max(_LEAST_SLOPE, (reached - before[1]) / (gain - before[0])))
        before, gain = (gain, reached), min(_LARGEST_GAIN_DB, gain + (target - reached) / slope)
    return best

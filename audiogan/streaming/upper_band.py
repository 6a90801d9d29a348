"""By how much the band above the model's may stay: hiss there is lowered as much as the model lowers noise below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.streaming.estimators import Array

Numbers = NDArray[np.float64]

HOP_S = 0.01  # between frames, at most
MEMORY_S = 1.5  # in which the floor of the band and the low gain are looked for
LOW_SHARE = 0.3  # of the gains in that time lie below the one that noise is lowered to
SMOOTHED = 5  # frames in the means whose least is taken
FLOOR_DB, SOUND_DB = 3.0, 7.0  # above the floor: noise up to the first, something else from the second on
NARROWEST = 1000.0  # Hz, of a band whose power in a frame tells noise from sound
SILENCE = 1e-20  # added to powers


class UpperBand:
    """A limit of the gain above the model's band, from the floor of the noise there.

    The gain that the model gives the top of its band is high beside speech, as it is one number for speech and hiss:
    the hiss above the band would stay. Where the power above the band is at its floor, the least of the means of the
    last 1.5 s (minimum statistics, after Martin 2001), the gain is limited to that below which the model was for three
    tenths of that time, about what it does to noise alone. From 3 to 7 dB above the floor the limit rises to 1: an s
    keeps what the model leaves of it, and where the model has lowered nothing, nothing is limited. Frames are at most
    20 ms long, on a grid that is fixed by position.

    Args:
        channels: how many; all are limited alike.
        sample_rate: of the sound, in Hz.
        lowest: Hz, where the band begins: half the model's rate.
        lead: samples that have gone in, at least, behind the last one whose limit is asked for.
    """

    def __init__(self, channels: int, sample_rate: int, lowest: float, lead: int) -> None:
        self.hop = hop = max(1, min(round(HOP_S * sample_rate), lead // 3))
        memory = max(1, round(MEMORY_S * sample_rate / hop))
        self._window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)) ** 2
        self._lowest_bin = int(lowest * 2 * hop / sample_rate) + 1
        self._waiting = np.zeros((channels, hop), np.float32)  # frame k has its middle at sample k · hop
        self._mean_power, self._floor = _Last(SMOOTHED, np.inf, np.mean), _Last(memory, np.inf, np.min)
        self._peak = _Last(3, 0.0, np.max)
        self._mean_gain, self._low_gain = _Last(SMOOTHED, 1.0, np.mean), _Last(memory, 1.0, _low)
        self._gains = np.zeros(0, np.float32)  # of a hop that is not whole
        self._given = 0
        self._first = -1  # the frame of the first entry of the next two
        self._noise = np.zeros(0)  # how far each frame is noise, 0 to 1
        self._low = np.ones(3)  # the low gain two hops before each frame

    @staticmethod
    def is_there(sample_rate: int, lowest: float) -> bool:
        """Whether sound of a rate has such a band, wide enough."""
        return sample_rate / 2 - lowest >= NARROWEST

    def hear(self, block: Array) -> None:
        """Take the next samples `[channels, any number]` that go in."""
        hop = self.hop
        self._waiting = np.concatenate([self._waiting, block], axis=1)
        count = self._waiting.shape[1] // hop - 1
        if count <= 0:
            return
        frames = np.lib.stride_tricks.sliding_window_view(self._waiting, 2 * hop, axis=1)[:, ::hop]
        spectra = np.fft.rfft(frames * self._window)[..., self._lowest_bin :]
        powers = np.square(np.abs(spectra)).sum((0, 2))
        self._waiting = self._waiting[:, count * hop :].copy()
        above = self._peak(powers) / (self._floor(self._mean_power(powers)) + SILENCE)
        above_db = 10 * np.log10(above + SILENCE)
        noise = ((SOUND_DB - above_db) / (SOUND_DB - FLOOR_DB)).clip(0, 1)
        self._noise = np.concatenate([self._noise, noise])

    def limit(self, gains: Array) -> Array:
        """The most that the gain may be at each of the next samples, where the model gives these gains `[samples]`."""
        hop, count = self.hop, len(gains)
        if not count:
            return gains
        gains = np.concatenate([self._gains, gains])
        whole = len(gains) // hop
        self._gains = gains[whole * hop :]
        means = gains[: whole * hop].reshape(whole, hop).mean(1, dtype=np.float64)
        self._low = np.concatenate([self._low, self._low_gain(self._mean_gain(means))])
        places, rest = np.divmod(self._given + np.arange(count), hop)
        self._given += count
        places -= self._first
        known = min(len(self._low), len(self._noise))
        limits = self._low[:known] ** self._noise[:known]
        here = limits[places]
        result: Array = (here + rest / hop * (limits[places + 1] - here)).astype(np.float32)
        past = self._given // hop - self._first
        self._low, self._noise, self._first = self._low[past:], self._noise[past:], self._first + past
        return result


class _Last:
    """What is made of the last numbers of a sequence, for each of them in turn.

    Args:
        count: how many are the last, the newest included.
        start: what stands before the first.
        of: takes an array and an axis.
    """

    def __init__(self, count: int, start: float, of: Callable[..., Any]) -> None:
        self._count, self._of = count, of
        self._kept = np.full(count - 1, start)

    def __call__(self, numbers: Numbers) -> Numbers:
        """As many as are given."""
        if not len(numbers):
            return numbers
        both = np.concatenate([self._kept, numbers])
        self._kept = both[len(numbers) :]
        return np.asarray(self._of(np.lib.stride_tricks.sliding_window_view(both, self._count), axis=1))


def _low(numbers: Numbers, axis: int) -> Numbers:
    """The value that `LOW_SHARE` of the numbers lie below."""
    place = int(LOW_SHARE * numbers.shape[axis])
    return np.asarray(np.partition(numbers, place, axis=axis).take(place, axis=axis))

"""Changing the sample rate of a stream with a delay of a few milliseconds that is known to the sample."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.resample import resampled_length

Block = NDArray[np.float32]

MIDDLE = 0.475  # of the lower rate: where the filter has fallen by half; it passes 0.45 and stops 0.5 of it
BETA = 10.06  # of the Kaiser window, for ripples and what is stopped at -100 dB
REACH = 66  # samples of the lower rate on either side of an instant that the filter takes in
LARGEST_TABLE = 2_000_000  # numbers of a matrix that is kept for a pair of rates
AT_ONCE = 1024  # outputs of rates in no simple ratio


class LowDelayResampler:
    """A sample rate converter that is fed block by block: each output is there as soon as its filter has been fed.

    The blocks that come out, joined, are delay-free and round(samples·to/from) long, and do not depend on how the sound
    was cut. What lies below 0.45 of the lower rate is kept, what lies above half of it is stopped, to -90 dB. soxr,
    which `StreamResampler` feeds, has the better filter, and gives its output in bursts up to a tenth of a second late.

    A linear-phase windowed sinc. Where the rates are in a ratio of moderate numbers the filters of all outputs of a
    block stand in one matrix, shared by all streams of these rates, else they are made as they are needed.

    Args:
        from_rate: rate of what goes in, in Hz.
        to_rate: rate of what comes out, in Hz.
        channels: how many.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int) -> None:
        common = gcd(from_rate, to_rate)
        self._rates = from_rate, to_rate
        self._step, self._made_per_step = from_rate // common, to_rate // common
        self.reach = _reach(from_rate, to_rate)
        self._channels = channels
        self._waiting = np.zeros((channels, self.reach - 1), np.float32)  # before the first sample is silence
        self._origin = 0  # index of the input that lies reach - 1 behind the beginning of what waits
        self._taken = self._given = 0
        repeats = ceil(2 * self.reach / self._step)
        self._hop, self._made_per_hop = repeats * self._step, repeats * self._made_per_step
        simple = (self._hop + 2 * self.reach) * self._made_per_hop <= LARGEST_TABLE
        self._matrix = _matrix(from_rate, to_rate, repeats) if simple else None

    def ready(self, taken: int) -> int:
        """How many samples have come out when so many have gone in."""
        return max(0, ((taken - self.reach) * self._made_per_step - 1) // self._step + 1)

    def push(self, block: Block) -> Block:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`."""
        self._taken += block.shape[1]
        self._waiting = np.concatenate([self._waiting, np.asarray(block, np.float32)], axis=1)
        return self._make(self.ready(self._taken))

    def finish(self) -> Block:
        """The rest: `[channels, 0 or more]`. Nothing may be pushed after it."""
        silence = np.zeros((self._channels, 2 * self.reach + self._step), np.float32)
        self._waiting = np.concatenate([self._waiting, silence], axis=1)
        return self._make(max(self._given, resampled_length(self._taken, *self._rates)))

    def _make(self, stop: int) -> Block:
        make = self._by_kernel if self._matrix is None else self._by_matrix
        parts = []
        while self._given < stop:
            parts.append(make(stop))
            self._given += parts[-1].shape[1]
        return np.concatenate(parts, axis=1) if parts else np.zeros((self._channels, 0), np.float32)

    def _by_matrix(self, stop: int) -> Block:
        matrix = self._matrix
        assert matrix is not None
        place = self._given % self._made_per_hop
        hops = (stop - self._given) // self._made_per_hop
        hops = min(hops, (self._waiting.shape[1] - len(matrix)) // self._hop + 1)  # the last filters may reach less far
        if place == 0 and hops > 0:
            windows = np.lib.stride_tricks.sliding_window_view(self._waiting, len(matrix), axis=1)
            windows = windows[:, : hops * self._hop : self._hop]
            made: Block = (windows.reshape(-1, len(matrix)) @ matrix).reshape(self._channels, -1)
            self._drop(hops * self._hop)
            return made
        last = min(self._made_per_hop, place + stop - self._given)
        window = self._waiting[:, : len(matrix)]
        made = window @ matrix[: window.shape[1], place:last]
        if last == self._made_per_hop:
            self._drop(self._hop)
        return made

    def _by_kernel(self, stop: int) -> Block:
        numbers = np.arange(self._given, min(stop, self._given + AT_ONCE), dtype=np.int64)
        before, rest = np.divmod(numbers * self._step, self._made_per_step)
        offsets = np.arange(1 - self.reach, self.reach + 1)
        weights = _kernel(rest[:, None] / self._made_per_step - offsets, *self._rates)
        places = before[:, None] + offsets + (self.reach - 1 - self._origin)
        made: Block = np.einsum("cnk,nk->cn", self._waiting[:, places], weights.astype(np.float32))
        self._drop(int(before[-1]) - self._origin)
        return made

    def _drop(self, samples: int) -> None:
        self._waiting = self._waiting[:, samples:].copy()
        self._origin += samples


def _reach(from_rate: int, to_rate: int) -> int:
    return ceil(REACH * from_rate / min(from_rate, to_rate))


@lru_cache(maxsize=32)
def _matrix(from_rate: int, to_rate: int, repeats: int) -> Block:
    """What each input of a block, `reach` more on either side included, counts in each output: `[inputs, outputs]`."""
    common = gcd(from_rate, to_rate)
    step, made = from_rate // common, to_rate // common
    reach = _reach(from_rate, to_rate)
    inputs = np.arange(1 - reach, repeats * step + reach)
    outputs = np.arange(repeats * made) * (step / made)
    return _kernel(outputs - inputs[:, None], from_rate, to_rate).astype(np.float32)


def _kernel(distance: NDArray[np.floating], from_rate: int, to_rate: int) -> NDArray[np.floating]:
    """The filter, at distances in input samples."""
    lower = min(from_rate, to_rate) / from_rate
    share, values = _kernel_table()
    return 2 * MIDDLE * lower * np.interp(np.abs(distance) * (lower / REACH), share, values, right=0.0)


@lru_cache(maxsize=1)
def _kernel_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A windowed sinc at so fine steps of its reach that straight lines between them are 110 dB from it."""
    share = np.linspace(0, 1, 1 + REACH * 1024)
    return share, np.sinc(2 * MIDDLE * REACH * share) * np.i0(BETA * np.sqrt(1 - share**2)) / np.i0(BETA)

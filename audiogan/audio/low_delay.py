"""Changing the sample rate of a stream with a delay of a few milliseconds that is known to the sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, factorial, gcd, pi

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.resample import resampled_length

Block = NDArray[np.float32]

MIDDLE = 0.475  # of the lower rate: where the filter has fallen by half; it passes 0.45 and stops 0.5 of it
BETA = 10.06  # of the Kaiser window, for ripples and what is stopped at -100 dB
REACH = 66  # samples of the lower rate on either side of an instant that the filter takes in
LARGEST_TABLE = 2_000_000  # numbers of the matrix that is kept for a pair of rates whose filters repeat
PART = 0.25  # of the filter's length: the inputs that lie under the outputs of a group where filters do not repeat
INTERPOLATED = 1e-6  # relative error of filters that are interpolated


class LowDelayResampler:
    """A sample rate converter that is fed block by block: each output is there as soon as its filter has been fed.

    The blocks that come out, joined, are delay-free and round(samples·to/from) long, and do not depend on how the sound
    was cut. What lies below 0.45 of the lower rate is kept, what lies above half of it is stopped, to -90 dB. soxr,
    which `StreamResampler` feeds, has the better filter, and gives its output in bursts up to a tenth of a second late.

    A linear-phase windowed sinc. The filters of a group of outputs are the columns of a matrix, shared by all streams
    of these rates, so any pair of rates costs about as much as any other; see `_Groups`.

    Args:
        from_rate: rate of what goes in, in Hz.
        to_rate: rate of what comes out, in Hz.
        channels: how many.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int) -> None:
        self._rates = from_rate, to_rate
        self._groups = _groups(from_rate, to_rate)
        self.reach = self._groups.reach
        self._channels = channels
        self._waiting = np.zeros((channels, self.reach - 1), np.float32)  # before the first sample is silence
        self._origin = 0  # index of the input that lies reach - 1 behind the beginning of what waits
        self._taken = self._given = self._group = 0

    def ready(self, taken: int) -> int:
        """How many samples have come out when so many have gone in."""
        groups = self._groups
        return max(0, ((taken - self.reach) * groups.made - 1) // groups.step + 1)

    def push(self, block: Block) -> Block:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`."""
        self._taken += block.shape[1]
        self._waiting = np.concatenate([self._waiting, np.asarray(block, np.float32)], axis=1)
        return self._make(self.ready(self._taken))

    def finish(self) -> Block:
        """The rest: `[channels, 0 or more]`. Nothing may be pushed after it."""
        silence = np.zeros((self._channels, 2 * self._groups.window), np.float32)
        self._waiting = np.concatenate([self._waiting, silence], axis=1)
        return self._make(max(self._given, resampled_length(self._taken, *self._rates)))

    def _make(self, stop: int) -> Block:
        parts = []
        while self._given < stop:
            whole = self._whole_groups(stop) if self._given == self._groups.first(self._group) else 0
            parts.append(self._by_groups(whole) if whole else self._part_of_group(stop))
            self._given += parts[-1].shape[1]
        return np.concatenate(parts, axis=1) if parts else np.zeros((self._channels, 0), np.float32)

    def _whole_groups(self, stop: int) -> int:
        """How many whole groups end at `stop` or before and have their windows."""
        groups = self._groups
        count = max(0, stop * groups.denominator // groups.numerator - self._group)
        # The filters of the last group may need less than its window.
        last = self._origin + self._waiting.shape[1] - groups.window
        while count and groups.input_of(groups.first(self._group + count - 1)) > last:
            count -= 1
        return count

    def _by_groups(self, count: int) -> Block:
        groups = self._groups
        numbers = np.arange(self._group, self._group + count + 1, dtype=np.int64)
        firsts = -(-numbers * groups.numerator // groups.denominator)
        inputs, rest = np.divmod(firsts[:-1] * groups.step, groups.made)
        windows = np.lib.stride_tricks.sliding_window_view(self._waiting, groups.window, axis=1)
        windows = windows[:, inputs - self._origin].reshape(-1, groups.window)
        made = _interpolated(windows @ groups.matrices, np.tile(groups.place_of(rest), self._channels)[:, None])
        made = made.reshape(self._channels, count, -1)
        counts = np.diff(firsts)
        self._next(count)
        if (counts == made.shape[2]).all():
            return made.reshape(self._channels, -1)
        return made[:, np.arange(made.shape[2]) < counts[:, None]]

    def _part_of_group(self, stop: int) -> Block:
        groups = self._groups
        first, end = groups.first(self._group), groups.first(self._group + 1)
        last = min(end, stop)
        begin, rest = divmod(first * groups.step, groups.made)
        window = self._waiting[:, begin - self._origin :][:, : groups.window]
        matrices = groups.matrices[:, : window.shape[1], self._given - first : last - first]
        made = _interpolated(window @ matrices, groups.place_of(rest))
        if last == end:
            self._next(1)
        return made

    def _next(self, count: int) -> None:
        self._group += count
        begin = self._groups.input_of(self._groups.first(self._group))
        self._waiting = self._waiting[:, begin - self._origin :].copy()
        self._origin = begin


@dataclass(frozen=True, eq=False)
class _Groups:
    """Outputs in groups, the filters of each of which are the columns of one matrix, for a pair of rates.

    Output n lies at input n·step/made. Group j begins with output ceil(j·numerator/denominator). Where rates are in a
    ratio of moderate numbers every group begins at an input, and there is one matrix. Else a group begins somewhere
    behind an input, and its matrix is a polynomial in that distance, of matrices that are kept: the filter's spectrum
    ends at half the lower rate, so it is smooth over the distance. Where the rate rises, groups begin with the first
    output behind an input, where it falls, at any output: so the distance stays below a sample of the higher rate.

    Args:
        step, made: inputs in which the rates meet again, and outputs.
        reach: inputs on either side of an output under its filter.
        numerator, denominator: outputs of a group, as a fraction.
        span: the distance lies in [0, span), in inputs.
        matrices: `[powers, window, outputs]`, of the distance brought to [-1, 1).
    """

    step: int
    made: int
    reach: int
    numerator: int
    denominator: int
    span: float
    matrices: Block

    @property
    def window(self) -> int:
        """Inputs under the filters of a group."""
        return int(self.matrices.shape[1])

    def first(self, group: int) -> int:
        """The first output of a group."""
        return -(-group * self.numerator // self.denominator)

    def input_of(self, output: int) -> int:
        """The last input that does not lie behind an output."""
        return output * self.step // self.made

    def place_of(self, rest: int | NDArray[np.int64]) -> Block:
        """A distance behind an input, in inputs times `made`, brought to [-1, 1)."""
        return np.asarray(2 * np.asarray(rest) / (self.made * self.span) - 1, np.float32)


@lru_cache(maxsize=32)
def _groups(from_rate: int, to_rate: int) -> _Groups:
    common = gcd(from_rate, to_rate)
    step, made = from_rate // common, to_rate // common
    reach = ceil(REACH * from_rate / min(from_rate, to_rate))
    repeats = ceil(2 * reach / step)
    hop, outputs = repeats * step, repeats * made
    if (hop + 2 * reach) * outputs <= LARGEST_TABLE:
        matrix = _matrix(from_rate, to_rate, reach, np.zeros(1), hop, outputs)
        return _Groups(step, made, reach, outputs, 1, 1.0, matrix.astype(np.float32))
    hop = ceil(PART * 2 * reach)
    if to_rate > from_rate:
        numerator, denominator, span = hop * made, step, from_rate / to_rate
    else:
        numerator, denominator, span = max(1, hop * made // step), 1, 1.0
    outputs = -(-numerator // denominator)
    powers = _powers(pi * span * min(from_rate, to_rate) / from_rate)
    nodes = np.cos(pi * (np.arange(powers) + 0.5) / powers)  # Chebyshev's, for the least interpolation error
    values = _matrix(from_rate, to_rate, reach, (nodes + 1) / 2 * span, ceil((outputs - 1) * step / made) + 1, outputs)
    matrices = np.linalg.solve(np.vander(nodes, increasing=True), values.reshape(powers, -1)).reshape(values.shape)
    return _Groups(step, made, reach, numerator, denominator, span, matrices.astype(np.float32))


def _powers(radians: float) -> int:
    """Powers of a polynomial that is a wave to `INTERPOLATED` over so many radians."""
    powers = 1
    while 2 * (radians / 4) ** powers / factorial(powers) > INTERPOLATED:
        powers += 1
    return powers


def _matrix(
    from_rate: int, to_rate: int, reach: int, distances: NDArray[np.floating], hop: int, outputs: int
) -> NDArray[np.floating]:
    """What each input from `reach - 1` before a group on counts in each output, `[distances, inputs, outputs]`."""
    inputs = np.arange(1 - reach, hop + reach)
    places = distances[:, None] + np.arange(outputs) * (from_rate / to_rate)
    return _kernel(places[:, None] - inputs[:, None], from_rate, to_rate)


def _interpolated(made: Block, place: Block) -> Block:
    """The polynomial whose coefficients are `made`, the lowest power first."""
    result = made[-1]
    for part in made[-2::-1]:
        result = result * place + part
    return result


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

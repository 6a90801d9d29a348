"""Consecutive blocks of sound at their own rate: to the model's rate, through the model, and back.

`FilterStream` is for generators that say filters, `WindowStream` for those that take windows. Each has `push`, `finish`
and `latency`: after any push at most so many samples that went in have not come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.framing import Grid, Process, WindowedStream
from audiogan.audio.low_delay import LowDelayResampler
from audiogan.audio.representation import Representation
from audiogan.streaming.engine import SpectralEngine
from audiogan.streaming.estimators import Array, Estimator
from audiogan.streaming.upper_band import UpperBand


class RateStream(Protocol):
    """What both kinds of stream offer."""

    latency: int

    def push(self, block: Array) -> Array:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`."""

    def finish(self) -> Array:
        """The rest, so that as much has come out as went in. Nothing may be pushed after it."""


class FilterStream:
    """Adds to the sound what the model changes about it, so that what the model leaves alone comes back as it was.

    Where the recording's rate is not the model's, that change is converted back and added at the recording's rate. What
    the model cannot see there (the sound minus itself converted to the model's rate and back: above 8 kHz for a model
    of 16 kHz) is lowered as much as the model lowers the top of its own band, 4 to 7.5 kHz, so an s that is let through
    there is let through above as well. Hiss between and beside the sounds of speech is lowered further: `UpperBand`.

    Args:
        estimator: says the filters.
        channels: how many; all are filtered alike, see `SpectralEngine`.
        sample_rate: rate of the blocks in Hz.
        share: in [0, 1], of the change that is made.
    """

    def __init__(self, estimator: Estimator, channels: int, sample_rate: int, share: float) -> None:
        frames = estimator.frames
        self._channels, self._share = channels, np.float32(share)
        self._engine = SpectralEngine(estimator, channels, sample_rate)
        self._waiting = np.zeros((channels, 0), np.float32)  # at the recording's rate, for its change
        self.latency = frames.delay + frames.hop_length - 1
        self._there = self._back = self._upper = None
        if sample_rate != frames.sample_rate:
            self._silence = np.zeros((channels, -(-sample_rate // frames.sample_rate)), np.float32)
            self._there = LowDelayResampler(sample_rate, frames.sample_rate, channels)
            self._back = LowDelayResampler(frames.sample_rate, sample_rate, 2 * channels + 1)
            self._seen = np.zeros((channels, 0), np.float32)  # at the model's rate, for its change
            behind = (self.latency + self._back.reach) * sample_rate // frames.sample_rate
            self.latency = self._there.reach + behind
            if UpperBand.is_there(sample_rate, frames.sample_rate / 2):
                lead = self._there.reach + (frames.delay + self._back.reach - 2) * sample_rate // frames.sample_rate
                self._upper = UpperBand(channels, sample_rate, frames.sample_rate / 2, lead)

    def push(self, block: Array) -> Array:
        """See `RateStream`."""
        self._waiting = np.concatenate([self._waiting, block], axis=1)
        if self._there is None or self._back is None:
            return self._changed(self._engine.push(block)[:-1])
        if self._upper is not None:
            self._upper.hear(block)
        return self._at_own_rate(self._back.push(self._through(self._there.push(block))))

    def finish(self) -> Array:
        """See `RateStream`."""
        if self._there is None or self._back is None:
            return self._changed(self._engine.finish()[:-1])
        if self._upper is not None:
            self._upper.hear(np.zeros((self._channels, 4 * self._upper.hop), np.float32))
        # A sample of the model's rate more than there is, so that nothing is short after both conversions.
        last = [self._there.push(self._silence), self._there.finish()]
        through = [self._through(np.concatenate(last, axis=1)), self._with_seen(self._engine.finish())]
        made = [self._back.push(np.concatenate(through, axis=1)), self._back.finish()]
        return self._at_own_rate(np.concatenate(made, axis=1)[:, : self._waiting.shape[1]])

    def _through(self, block: Array) -> Array:
        self._seen = np.concatenate([self._seen, block], axis=1)
        return self._with_seen(self._engine.push(block))

    def _with_seen(self, change: Array) -> Array:
        """Rows of the change, by how much the top fell, and the sound that was changed."""
        seen, self._seen = self._seen[:, : change.shape[1]], self._seen[:, change.shape[1] :]
        return np.concatenate([change, seen])

    def _at_own_rate(self, made: Array) -> Array:
        change, lowered, seen = made[: self._channels], made[self._channels], made[self._channels + 1 :]
        unseen = self._waiting[:, : made.shape[1]] - seen
        gains = 1 - lowered.clip(0, 1)
        if self._upper is not None:
            gains = np.minimum(gains, self._upper.limit(gains))
        return self._changed(change - (1 - gains) * unseen)

    def _changed(self, change: Array) -> Array:
        sound, self._waiting = self._waiting[:, : change.shape[1]], self._waiting[:, change.shape[1] :]
        return sound + self._share * change


class ApartStream:
    """Each channel through a stream of its own, with filters and a memory of its own.

    For two voices on two channels. The output of a channel is that of the channel alone, to the bit.

    Args:
        streams: one for each channel, of one channel each.
    """

    def __init__(self, streams: Sequence[RateStream]) -> None:
        self._streams = list(streams)
        self.latency = max(stream.latency for stream in self._streams)

    def push(self, block: Array) -> Array:
        """See `RateStream`."""
        return np.concatenate([stream.push(row[None]) for stream, row in zip(self._streams, block, strict=True)])

    def finish(self) -> Array:
        """See `RateStream`."""
        return np.concatenate([stream.finish() for stream in self._streams])


class WindowStream:
    """Through windows on a grid. What lies above the model's band is lost.

    Args:
        process: see `WindowedStream`.
        grid: where the windows lie.
        representation: what the windows hold.
        batch_size: windows in a call.
        model_rate: Hz.
        channels: how many; each is processed on its own.
        sample_rate: rate of the blocks in Hz.
    """

    def __init__(
        self,
        process: Process,
        grid: Grid,
        representation: Representation,
        batch_size: int,
        model_rate: int,
        channels: int,
        sample_rate: int,
    ) -> None:
        self._encode, self._decode = representation.stream_encode(), representation.stream_decode()
        self._windows = WindowedStream(grid, channels, process, batch_size)
        self._taken = self._given = 0
        # As many windows as can wait for others to be taken with.
        self.latency = grid.window - grid.context - 1 + -(-(batch_size - 1) // channels) * grid.hop
        self._there = self._back = None
        if sample_rate != model_rate:
            self._silence = np.zeros((channels, -(-sample_rate // model_rate)), np.float32)
            self._there = LowDelayResampler(sample_rate, model_rate, channels)
            self._back = LowDelayResampler(model_rate, sample_rate, channels)
            self.latency = self._there.reach + (self.latency + self._back.reach) * sample_rate // model_rate

    def push(self, block: Array) -> Array:
        """See `RateStream`."""
        self._taken += block.shape[1]
        return self._count(self._through(block if self._there is None else self._there.push(block)))

    def finish(self) -> Array:
        """See `RateStream`."""
        parts = []
        if self._there is not None:
            # A sample of the model's rate more than there is, so that nothing is short after both conversions.
            parts += [self._through(self._there.push(self._silence)), self._through(self._there.finish())]
        last = self._float32(self._decode(self._windows.finish()))
        parts += [last] if self._back is None else [self._back.push(last), self._back.finish()]
        return self._count(np.concatenate(parts, axis=1)[:, : self._taken - self._given])

    def _through(self, block: Array) -> Array:
        made = self._float32(self._decode(self._windows.push(self._encode(block))))
        return made if self._back is None else self._back.push(made)

    def _float32(self, block: NDArray[np.float64]) -> Array:
        return block.astype(np.float32)

    def _count(self, block: Array) -> Array:
        self._given += block.shape[1]
        return block

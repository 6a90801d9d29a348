"""Changing the sample rate, whole or as a stream, by soxr at its HQ setting (alias rejection beyond 120 dB)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def resampled_length(samples: int, from_rate: int, to_rate: int) -> int:
    """How many samples `samples` become: round(samples·to/from), a half upward."""
    return (2 * samples * to_rate + from_rate) // (2 * from_rate)


def resample(waveform: NDArray[Any], from_rate: int, to_rate: int) -> NDArray[np.float32]:
    """A waveform at another rate, without delay.

    Args:
        waveform: `[..., samples]`.
        from_rate: its rate in Hz.
        to_rate: the rate wanted in Hz.

    Returns:
        float32 `[..., round(samples·to/from)]`.
    """
    sound = np.asarray(waveform, dtype=np.float32)
    if from_rate == to_rate:
        return sound
    flat = sound.reshape(-1, sound.shape[-1])
    length = resampled_length(sound.shape[-1], from_rate, to_rate)
    result = np.empty((flat.shape[0], length), np.float32)
    for row, channel in zip(result, flat, strict=True):
        stream = StreamResampler(from_rate, to_rate, 1)
        row[:] = np.concatenate([stream.push(channel[None]), stream.finish()], axis=1)[0]
    return result.reshape(*sound.shape[:-1], length)


class StreamResampler:
    """A sample rate converter that is fed block by block, in constant memory.

    The blocks that come out, joined, are delay-free and round(samples·to/from) long, whatever the blocks that went in.

    Args:
        from_rate: rate of what goes in, in Hz.
        to_rate: rate of what comes out, in Hz.
        channels: how many.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int) -> None:
        import soxr

        self._rates = from_rate, to_rate
        self._channels = channels
        self._taken = 0
        self._given = 0
        self._soxr = soxr.ResampleStream(from_rate, to_rate, channels, dtype="float32", quality="HQ")

    def push(self, block: NDArray[Any]) -> NDArray[np.float32]:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`."""
        self._taken += block.shape[1]
        return self._count(self._feed(block, last=False))

    def finish(self) -> NDArray[np.float32]:
        """The rest: `[channels, 0 or more]`. Nothing may be pushed after it."""
        rest = self._feed(np.zeros((self._channels, 0), np.float32), last=True)
        missing = resampled_length(self._taken, *self._rates) - self._given
        # soxr rounds the length in its own way: at most a sample or two at the very end differ.
        rest = np.pad(rest[:, : max(0, missing)], ((0, 0), (0, max(0, missing - rest.shape[1]))))
        return self._count(rest)

    def _feed(self, block: NDArray[Any], last: bool) -> NDArray[np.float32]:
        interleaved = np.ascontiguousarray(block.T, dtype=np.float32)
        return np.asarray(self._soxr.resample_chunk(interleaved, last=last)).reshape(-1, self._channels).T

    def _count(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        self._given += block.shape[1]
        return block

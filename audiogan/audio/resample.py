"""Changing the sample rate, whole or as a stream, by soxr at its HQ setting (alias rejection beyond 120 dB)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.rates import check_rate


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

    Raises:
        AudioganError: a rate is outside of 1 to 768 kHz.
    """
    sound = np.asarray(waveform, dtype=np.float32)
    if from_rate == to_rate:
        return sound
    channels = sound.reshape(int(np.prod(sound.shape[:-1])), sound.shape[-1])
    stream = StreamResampler(from_rate, to_rate, channels.shape[0])
    result = np.concatenate([stream.push(channels), stream.finish()], axis=1)
    return result.reshape(*sound.shape[:-1], result.shape[1])


class StreamResampler:
    """A sample rate converter that is fed block by block, in constant memory.

    The blocks that come out, joined, are delay-free and round(samples·to/from) long, whatever blocks went in. What lies
    below 0.45 of the lower rate is kept to better than -110 dB.

    Args:
        from_rate: rate of what goes in, in Hz.
        to_rate: rate of what comes out, in Hz.
        channels: how many.

    Raises:
        AudioganError: a rate is outside of 1 to 768 kHz.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int) -> None:
        import soxr

        for rate in (from_rate, to_rate):
            check_rate(rate)

        self._rates = from_rate, to_rate
        self._channels = channels
        self._taken = self._given = 0
        # Between rates that are no small ratio soxr bends the top of the band by 0.01 dB, an error of -60 dB. At twice
        # both rates that top lies outside what is kept, and the steps of two on either side are exact.
        route = [from_rate, 2 * from_rate, 2 * to_rate, to_rate]
        if from_rate % to_rate == 0 or to_rate % from_rate == 0:
            route = [from_rate, to_rate]
        self._steps = [soxr.ResampleStream(a, b, channels, dtype="float32", quality="HQ") for a, b in pairwise(route)]

    def push(self, block: NDArray[Any]) -> NDArray[np.float32]:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`."""
        self._taken += block.shape[1]
        ready = self._feed(block, last=False)
        self._given += ready.shape[1]
        return ready

    def finish(self) -> NDArray[np.float32]:
        """The rest: `[channels, 0 or more]`. Nothing may be pushed after it."""
        # Each step rounds the length; with a little silence behind the sound none of it is lost.
        silence = np.zeros((self._channels, 4 * (self._rates[0] // self._rates[1] + 1)), np.float32)
        rest = self._feed(silence, last=True)
        return rest[:, : resampled_length(self._taken, *self._rates) - self._given]

    def _feed(self, block: NDArray[Any], last: bool) -> NDArray[np.float32]:
        interleaved = np.ascontiguousarray(block.T, dtype=np.float32)
        for step in self._steps:
            interleaved = step.resample_chunk(interleaved, last=last)
            interleaved = np.asarray(interleaved).reshape(-1, self._channels)
        return interleaved.T

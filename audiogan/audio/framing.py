"""Running something that takes windows of one length over sound of any length, without seams and in constant memory.

Windows lie on a grid that is fixed by position in the sound. Of each window's result the context on both sides is
thrown away, and what is kept of neighbours is cross-faded:

    window i      |context|fade ~~~~ kept ~~~~ fade|context|
    window i+1                            |context|fade ~~~~ kept ~~~~ fade|context|

The grid begins one context and one fade before the first sample and ends behind the last; outside the sound is silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

Samples = NDArray[np.float64]
# Takes windows [rows, window] and the place of each in the grid, gives results [rows, window].
Process = Callable[[Samples, Sequence[int]], NDArray[Any]]


@dataclass(frozen=True)
class Grid:
    """Where windows lie and how their results are joined.

    Args:
        window: samples in a window.
        context: samples thrown away on either side of each result.
        fade: samples over which neighbouring results are cross-faded.

    Raises:
        AudioganError: context and fade leave nothing of the window.
    """

    window: int
    context: int
    fade: int

    def __post_init__(self) -> None:
        if self.context < 0 or self.fade < 0 or self.hop <= self.fade:
            raise AudioganError(
                f"a window of {self.window} samples with a context of {self.context} and a fade of {self.fade} on "
                "either side keeps nothing. Choose a smaller context."
            )

    @classmethod
    def for_window(cls, window: int, context: int | None = None) -> Grid:
        """The grid for a window: an eighth of it as context if that is not given, and fades of half the context."""
        context = window // 8 if context is None else context
        return cls(window, context, context // 2)

    @property
    def hop(self) -> int:
        """Samples from the start of one window to the start of the next."""
        return self.window - 2 * self.context - self.fade

    def start(self, index: int) -> int:
        """The position in the sound of a window's first sample; negative for the first window."""
        return index * self.hop - self.context - self.fade

    def count(self, samples: int) -> int:
        """How many windows cover a sound."""
        return (samples - 1 + self.fade) // self.hop + 1 if samples else 0

    def weights(self) -> Samples:
        """What each sample of a result counts, `[window]`: 0 in the context, a raised cosine in the fades, else 1."""
        rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(self.fade) + 0.5) / max(1, self.fade))
        kept = np.concatenate([rise, np.ones(self.hop - self.fade), rise[::-1]])
        return np.pad(kept, self.context)


class WindowedStream:
    """Applies a function of windows to consecutive blocks; each channel is cut into windows of its own.

    The batches that the function is given do not depend on how the sound was cut into blocks, so neither does the
    result.

    Args:
        grid: where the windows lie.
        channels: how many.
        process: takes windows `[rows, window]` and the index of each in the grid, gives `[rows, window]`. The windows
            of all channels at one position have the same index.
        batch_size: rows per call; the last call may have fewer.
    """

    def __init__(self, grid: Grid, channels: int, process: Process, batch_size: int) -> None:
        self._grid = grid
        self._process = process
        self._batch_size = batch_size
        self._weights = grid.weights()
        self._waiting = [np.zeros((channels, -grid.start(0)))]  # sound not yet behind the next window
        self._rows: list[tuple[int, Samples]] = []  # windows waiting for their batch
        self._results: list[NDArray[Any]] = []  # results waiting for those of the other channels
        self._channels = channels
        self._cut = 0
        self._tail = np.zeros((channels, grid.fade))
        self._taken = self._given = 0

    def push(self, block: NDArray[Any]) -> Samples:
        """Take `[channels, any number]`, give what is ready: `[channels, 0 or more]`, float64."""
        self._taken += block.shape[1]
        return self._advance(block)

    def finish(self) -> Samples:
        """The rest, so that as much has come out as went in. Nothing may be pushed after it."""
        grid = self._grid
        end = grid.start(grid.count(self._taken) - 1) + grid.window
        parts = [self._advance(np.zeros((self._channels, max(0, end - self._taken)))), self._run_batch()]
        rest = np.concatenate(parts, axis=1)
        beyond = self._given - self._taken
        return rest[:, : rest.shape[1] - beyond]

    def _advance(self, block: NDArray[Any]) -> Samples:
        self._waiting.append(block)
        ready = [np.zeros((self._channels, 0))]
        for window in self._windows():
            for channel in window:
                self._rows.append((self._cut, channel))
                if len(self._rows) == self._batch_size:
                    ready.append(self._run_batch())
            self._cut += 1
        return np.concatenate(ready, axis=1)

    def _windows(self) -> Iterator[Samples]:
        grid = self._grid
        if sum(block.shape[1] for block in self._waiting) < grid.window:
            return
        sound = np.concatenate(self._waiting, axis=1)
        starts = range(0, sound.shape[1] - grid.window + 1, grid.hop)
        # A copy, so that a view does not keep the whole block alive.
        self._waiting = [sound[:, len(starts) * grid.hop :].copy()]
        for start in starts:
            yield sound[:, start : start + grid.window]

    def _run_batch(self) -> Samples:
        if self._rows:
            indices, windows = zip(*self._rows, strict=True)
            self._results.extend(self._process(np.stack(windows), indices))
            self._rows = []
        ready = [np.zeros((self._channels, 0))]
        while len(self._results) >= self._channels:
            ready.append(self._join(np.stack(self._results[: self._channels])))
            del self._results[: self._channels]
        return np.concatenate(ready, axis=1)

    def _join(self, result: NDArray[Any]) -> Samples:
        grid = self._grid
        kept = (result * self._weights)[:, grid.context : grid.window - grid.context]
        kept[:, : grid.fade] += self._tail
        self._tail = kept[:, grid.hop :].copy()
        # The first window's fade lies before the sound.
        block = kept[:, grid.fade if self._given == 0 else 0 : grid.hop]
        self._given += block.shape[1]
        return block


def process_windows(waveform: NDArray[Any], grid: Grid, process: Process, batch_size: int) -> Samples:
    """Apply a function of windows to a whole sound, as `WindowedStream` does.

    Args:
        waveform: `[channels, samples]`.
        grid: where the windows lie.
        process: as `WindowedStream` takes it.
        batch_size: rows per call.

    Returns:
        float64 `[channels, samples]`.
    """
    stream = WindowedStream(grid, waveform.shape[0], process, batch_size)
    return np.concatenate([stream.push(waveform), stream.finish()], axis=1)

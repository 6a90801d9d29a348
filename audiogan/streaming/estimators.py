"""What tells, frame by frame, how to filter a spectrum: a generator's core in torch, or its exported graph.

Only `GraphEstimator` is here, with what it has in common with `torch_estimator.TorchEstimator`, so that enhancing by a
graph imports no torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

Array = NDArray[np.float32]
State = list[Array]


@dataclass(frozen=True)
class StateTensor:
    """One tensor of what an estimator remembers: its name, its shape without rows, and what it is filled with."""

    name: str
    shape: tuple[int, ...]
    start: float


@dataclass(frozen=True)
class Frames:
    """How sound is cut into frames and what is done to them.

    Args:
        sample_rate: Hz.
        frame_length: samples in a frame; cut and joined with the square root of a Hann window.
        hop_length: samples from one frame to the next.
        taps: frames under the filter of a low bin, the newest one included.
        filtered_bins: how many bins, from the lowest up, have filters.
        look_ahead: frames after the one that is shaped.
    """

    sample_rate: int
    frame_length: int
    hop_length: int
    taps: int
    filtered_bins: int
    look_ahead: int

    @property
    def delay(self) -> int:
        """Samples between what a hop holds and what is made when it is in."""
        return self.frame_length - self.hop_length + self.look_ahead * self.hop_length

    @property
    def past(self) -> int:
        """Frames before the newest one that shaping needs."""
        return max(self.taps - 1, self.look_ahead)


class Estimator(ABC):
    """Looks at frames and says gains for all bins and filters over frames for the low ones.

    Args:
        frames: of what kind.
        state: what is remembered from call to call.
    """

    def __init__(self, frames: Frames, state: Sequence[StateTensor]) -> None:
        self.frames = frames
        self.state = tuple(state)

    def initial_state(self) -> State:
        """Before the first frame; what a call gives back takes its place."""
        return [np.full((1, *part.shape), part.start, np.float32) for part in self.state]

    @abstractmethod
    def __call__(self, spectrum: Array, state: State) -> tuple[Array, Array, State]:
        """Frames `[frames, 2, bins]` → gains `[frames, bins]`, taps `[frames, taps, 2, filtered_bins]`, a new state.

        The gain and the taps of a frame shape the one `look_ahead` before it.
        """


class GraphEstimator(Estimator):
    """A graph that was exported by `torch_estimator.write_graph`, run by onnxruntime on the CPU.

    Args:
        path: the graph.
        frames: of what kind.
        state: what is remembered from call to call.
        threads: that one call is divided among. A frame is too little work for more than one.

    Raises:
        AudioganError: the graph cannot be read.
    """

    def __init__(self, path: Path, frames: Frames, state: Sequence[StateTensor], threads: int = 1) -> None:
        import onnxruntime

        super().__init__(frames, state)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # cores are left to others
        options.log_severity_level = 3  # errors
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as problem:  # onnxruntime has an exception of its own for each way of being damaged
            raise AudioganError(
                f"{path}: the graph cannot be read ({type(problem).__name__}). Make the bundle again by "
                "`audiogan bundle`."
            ) from None
        self._names = [part.name for part in self.state]

    def __call__(self, spectrum: Array, state: State) -> tuple[Array, Array, State]:
        """See `Estimator`."""
        inputs = dict(zip(self._names, state, strict=True))
        gains, taps, *state = self._session.run(None, {"spectrum": spectrum[None], **inputs})
        return gains[0], taps[0], state

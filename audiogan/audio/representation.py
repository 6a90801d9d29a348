"""What a network sees of sound, and the way back.

A representation has `encode` and `decode` on torch tensors `[batch, channels, samples]` for training and listening, and
`stream_encode()` and `stream_decode()`, which give callables for NumPy blocks `[channels, samples]` that carry their
state from block to block in float64, for enhancing files of any length.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PreEmphasis", "Representation", "Waveform"]

Stream = Callable[[NDArray[Any]], NDArray[np.float64]]


class Representation(ABC):
    """What every representation offers; the settings are the fields of a dataclass."""

    @abstractmethod
    def encode(self, waveform: Tensor) -> Tensor:
        """What the network sees of a waveform `[batch, channels, samples]`."""

    @abstractmethod
    def decode(self, encoded: Tensor) -> Tensor:
        """The waveform of what the network made: the inverse of `encode`."""

    @abstractmethod
    def stream_encode(self) -> Stream:
        """A fresh `encode` for consecutive blocks `[channels, samples]`."""

    @abstractmethod
    def stream_decode(self) -> Stream:
        """A fresh `decode` for consecutive blocks `[channels, samples]`."""

    def options(self) -> dict[str, Any]:
        """Name and settings as plain data: {"name": "PreEmphasis", "coefficient": 0.95}."""
        return {"name": type(self).__name__, **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True)
class Waveform(Representation):
    """The samples themselves."""

    def encode(self, waveform: Tensor) -> Tensor:
        """The waveform as it is."""
        return waveform

    def decode(self, encoded: Tensor) -> Tensor:
        """The waveform as it is."""
        return encoded

    def stream_encode(self) -> Stream:
        """Gives blocks back as they are, in float64."""
        return _as_float64

    def stream_decode(self) -> Stream:
        """Gives blocks back as they are, in float64."""
        return _as_float64


@dataclass(frozen=True)
class PreEmphasis(Representation):
    """The waveform with its high frequencies raised: y[n] = x[n] - coefficient·x[n-1], with x[-1] = 0.

    As santi-pdp/segan trains on, with 0.95. Decoding is the recursion x[n] = y[n] + coefficient·x[n-1].

    Args:
        coefficient: in [0, 1).

    Raises:
        AudioganError: the coefficient lies elsewhere, where decoding would not be stable.
    """

    coefficient: float = 0.95

    def __post_init__(self) -> None:
        if not 0.0 <= self.coefficient < 1.0:
            raise AudioganError(f"PreEmphasis: coefficient is {self.coefficient}, and must lie in [0, 1).")

    def encode(self, waveform: Tensor) -> Tensor:
        """Pre-emphasis of `[..., samples]`."""
        import torch

        delayed = torch.nn.functional.pad(waveform, (1, 0))[..., :-1]
        return waveform - self.coefficient * delayed

    def decode(self, encoded: Tensor) -> Tensor:
        """De-emphasis of `[..., samples]`, in float64 inside.

        The recursion 1/(1 - a·z) is the product of 1 + a^(2^k)·z^(2^k) over k = 0, 1, …, so a few shifted additions
        do what a loop over samples would.
        """
        import torch

        result, factor, shift = encoded.double(), self.coefficient, 1
        while shift < encoded.shape[-1] and factor > 1e-18:
            result = result + factor * torch.nn.functional.pad(result, (shift, 0))[..., :-shift]
            factor, shift = factor * factor, 2 * shift
        return result.to(encoded.dtype)

    def stream_encode(self) -> Stream:
        """Pre-emphasis of consecutive blocks."""
        return _CarriedFilter([1.0, -self.coefficient], [1.0])

    def stream_decode(self) -> Stream:
        """De-emphasis of consecutive blocks."""
        return _CarriedFilter([1.0], [1.0, -self.coefficient])


class _CarriedFilter:
    """A first-order linear filter in float64 over blocks `[channels, samples]`, its state carried between them."""

    def __init__(self, numerator: list[float], denominator: list[float]) -> None:
        self._numerator, self._denominator = numerator, denominator
        self._state: NDArray[np.float64] | None = None

    def __call__(self, block: NDArray[Any]) -> NDArray[np.float64]:
        from scipy.signal import lfilter

        block = np.asarray(block, np.float64)
        if self._state is None:
            self._state = np.zeros((block.shape[0], 1))
        if not block.shape[1]:
            return block
        result, self._state = lfilter(self._numerator, self._denominator, block, axis=1, zi=self._state)
        return np.asarray(result)


def _as_float64(block: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(block, np.float64)

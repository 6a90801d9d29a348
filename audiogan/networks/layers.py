"""Layers that several published networks share."""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.errors import AudioganError

Padding = Literal["zeros", "reflect"]


class DownConv(nn.Module):
    """A strided convolution that shortens time by its stride exactly.

    Shapes: `[B, inputs, T]` → `[B, outputs, T / stride]`, for every T that the stride divides.

    Args:
        padding: "zeros" pads as TensorFlow's "SAME" does for such T: kernel − stride zeros, the odd one at the end.
            "reflect" mirrors the signal, kernel/2 − 1 samples before and kernel/2 after, as SEGAN+ does.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, padding: Padding = "zeros") -> None:
        super().__init__()
        if not 2 <= stride <= kernel:
            raise ValueError(f"stride {stride} must be at least 2 and at most the kernel, {kernel}")
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride)
        self.mode = "constant" if padding == "zeros" else "reflect"
        self.padding = same_padding(kernel, stride) if padding == "zeros" else (kernel // 2 - 1, kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, self.padding, self.mode))


class UpConv(nn.Module):
    """A transposed convolution that lengthens time by its stride exactly.

    Shapes: `[B, inputs, T]` → `[B, outputs, T · stride]`.

    It is the adjoint of the zero-padded `DownConv` (TensorFlow's `conv2d_transpose` with "SAME"), so what the encoder
    and the decoder see at a level lies at the same instants.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        if not 2 <= stride <= kernel:
            raise ValueError(f"stride {stride} must be at least 2 and at most the kernel, {kernel}")
        self.stride = stride
        self.conv = nn.ConvTranspose1d(inputs, outputs, kernel, stride, padding=same_padding(kernel, stride)[0])

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)[..., : x.shape[-1] * self.stride]


def same_padding(kernel: int, stride: int) -> tuple[int, int]:
    """How many samples TensorFlow's "SAME" puts before and after, where the stride divides the length."""
    before = (kernel - stride) // 2
    return before, kernel - stride - before


def truncated_normal_(weight: Tensor, std: float) -> None:
    """Fill with normal draws of this deviation, those beyond two deviations drawn again, as TensorFlow does."""
    nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def zero_bias_(module: nn.Module) -> None:
    """Start the bias of a convolution or dense layer, where it has one, at 0."""
    if isinstance(module.bias, Tensor):
        nn.init.zeros_(module.bias)


def check_samples(samples: int, stride: int, layers: int, shortest: int = 1) -> None:
    """See that a stack of `layers` strided convolutions can halve (or quarter …) this length down to its last level.

    Args:
        shortest: the least length that the input of the last layer may have.

    Raises:
        AudioganError: it cannot; the message says which lengths work.
    """
    unit, least = stride**layers, shortest * stride ** (layers - 1)
    if samples % unit or samples < max(unit, least):
        at_least = f", {-(-least // unit) * unit} or more" if least > unit else ""
        raise AudioganError(
            f"A length of {samples} samples does not go through {layers} layers of stride {stride}: "
            f"take a multiple of {unit} samples{at_least}."
        )

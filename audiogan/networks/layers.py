"""Layers that several published networks share."""

from __future__ import annotations

from typing import Any, Literal

import torch
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


class VirtualBatchNorm(nn.Module):
    """Batch normalisation against a reference batch (Salimans et al. 2016, section 3.5), as SEGAN computes it.

    The first `reference_count` samples of a batch are the reference and are normalised with their own mean and variance
    per channel, taken over batch and time. The others, the live batch, are normalised with a mixture: their mean, and
    their mean square, count 1/(R + 1) and those of the reference R/(R + 1), R being the number of references. Gradients
    flow through both.

    The paper puts *each* live sample beside the reference; SEGAN's code (santi-pdp/segan, bnorm.py) takes the
    statistics of the whole live batch. The latter trained the published model and is what is done here.

    Shapes: `[R + B, channels, …]` → the same. Statistics are float32 at least, whatever the autocast.
    """

    def __init__(self, channels: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.weight = nn.Parameter(torch.empty(channels).normal_(1.0, 0.02))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, reference_count: int) -> Tensor:
        live_count = x.shape[0] - reference_count
        rows = x.flatten(2) if x.ndim > 2 else x.unsqueeze(-1)
        rows = rows.to(torch.promote_types(x.dtype, torch.float32))
        # Over time first, for each sample: several times faster on a CPU than over batch and time at once.
        means = rows.mean(-1)
        variances = (rows - means.unsqueeze(-1)).square().mean(-1)
        reference_mean, reference_variance = _over_batch(means[:reference_count], variances[:reference_count])
        live_mean, live_variance = _over_batch(means[reference_count:], variances[reference_count:])
        share = 1 / (reference_count + 1)
        mean = torch.lerp(reference_mean, live_mean, share)
        # The variance that the mixed mean and mixed mean square have, written so that nothing cancels.
        variance = torch.lerp(reference_variance, live_variance, share)
        variance = variance + share * (1 - share) * (live_mean - reference_mean).square()
        mean = torch.cat([reference_mean.expand(reference_count, -1), mean.expand(live_count, -1)])
        variance = torch.cat([reference_variance.expand(reference_count, -1), variance.expand(live_count, -1)])
        scale = self.weight * torch.rsqrt(variance + self.epsilon)
        shift = self.bias - mean * scale
        return torch.addcmul(shift.unsqueeze(-1), rows, scale.unsqueeze(-1)).to(x.dtype).view(x.shape)


def _over_batch(means: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance per channel of samples that have these means and variances, `[B, channels]`."""
    mean = means.mean(0)
    return mean, variances.mean(0) + (means - mean).square().mean(0)


class ReferenceBatch(nn.Module):
    """The fixed batch that virtual batch normalisation compares with, kept as a buffer and so in every checkpoint.

    A state dict with a reference batch of any size can be loaded.
    """

    batch: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("batch", torch.empty(0))

    def hold(self, batch: Tensor) -> None:
        """Keep this batch, `[R, …]`, from now on."""
        self.batch = batch.detach().clone()

    def beside(self, live: Tensor) -> tuple[Tensor, int]:
        """The reference and the live batch as one, and how many of its first samples are the reference.

        Raises:
            AudioganError: no reference is held, or its samples have another shape than the live ones.
        """
        if self.batch.numel() == 0:
            raise AudioganError(
                "The discriminator's virtual batch normalisation has no reference batch yet: "
                "call set_reference with a batch of real pairs, or load a checkpoint that holds one."
            )
        if self.batch.shape[1:] != live.shape[1:]:
            raise AudioganError(
                f"The reference batch has samples of shape {tuple(self.batch.shape[1:])} and the candidates "
                f"{tuple(live.shape[1:])}: set_reference again with pairs like those to be judged."
            )
        return torch.cat([self.batch.to(live.dtype), live]), self.batch.shape[0]

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        if prefix + "batch" in state_dict:
            self.batch = self.batch.new_empty(state_dict[prefix + "batch"].shape)
        super()._load_from_state_dict(state_dict, prefix, *others)


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

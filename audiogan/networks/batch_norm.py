"""Batch normalisation over the whole batch of all processes (Ioffe & Szegedy 2015, arXiv:1502.03167)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.processes import count, gather_batch


class BatchNorm(nn.Module):
    """Batch normalisation of any number of dimensions; in training with the statistics of all processes' batches.

    Shapes: `[B, channels, …]` → the same. Statistics are float32 at least, whatever the autocast. In evaluation it
    normalises with running statistics, which move in training only, and only while `weight` requires a gradient:
    in the turn of another player they stay. (`nn.SyncBatchNorm` wants a GPU.)

    Args:
        epsilon: added to the variance.
        momentum: how much of each batch's statistics goes into the running ones.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, channels: int, epsilon: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.epsilon, self.momentum = epsilon, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """See the class.

        Raises:
            AudioganError: in training, a channel has a single value, whose variance says nothing.
        """
        rows = rows_of(x)
        mean, variance = self._batch_statistics(rows) if self.training else (self.running_mean, self.running_variance)
        scale = self.weight * torch.rsqrt(variance + self.epsilon)
        shift = self.bias - mean * scale
        return scale_and_shift(rows, scale, shift).to(x.dtype).view(x.shape)

    def _batch_statistics(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        values = rows.shape[0] * rows.shape[2] * count()
        if values == 1:
            raise AudioganError("Batch normalisation cannot learn from a single value a channel: take a larger batch.")
        mean, variance = over_batch(*gathered(*sample_moments(rows)))
        if self.weight.requires_grad:
            self._move(self.running_mean, mean)
            self._move(self.running_variance, variance * (values / (values - 1)))
        return mean, variance

    @torch.no_grad()
    def _move(self, running: Tensor, statistic: Tensor) -> None:
        running.lerp_(statistic.to(running.dtype), self.momentum)


def rows_of(x: Tensor) -> Tensor:
    """`[B, channels, …]` as `[B, channels, positions]`, in float32 at least."""
    rows = x.flatten(2) if x.ndim > 2 else x.unsqueeze(-1)
    return rows.to(torch.promote_types(x.dtype, torch.float32))


def sample_moments(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each sample and channel, `[B, channels]` each, of `[B, channels, positions]`.

    Over positions first, for each sample: several times faster on a CPU than over batch and positions at once.
    """
    means = rows.mean(-1)
    return means, (rows - means.unsqueeze(-1)).square().mean(-1)


def gathered(means: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
    """The moments of all processes' samples, in one exchange."""
    means, variances = gather_batch(torch.stack([means, variances], dim=1)).unbind(1)
    return means, variances


def over_batch(means: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance per channel of samples that have these means and variances, `[B, channels]`."""
    mean = means.mean(0)
    return mean, variances.mean(0) + (means - mean).square().mean(0)


def scale_and_shift(rows: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """`[B, channels, positions]` times `scale` plus `shift`, each `[channels]` or `[B, channels]`."""
    return torch.addcmul(shift.unsqueeze(-1), rows, scale.unsqueeze(-1))

"""Layers that show a discriminator how much the samples of a batch differ, so that it sees when they are all alike."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from audiogan.processes import gather_batch, own_part


class MinibatchDiscrimination(nn.Module):
    """Minibatch discrimination (Salimans et al. 2016, arXiv:1606.03498, section 3.2).

    Shapes: `[B, inputs]` → `[B, inputs + kernels]`: the input with, per kernel, how close it lies to the others of the
    batch, of all processes. A kernel projects every sample to `kernel_size` numbers; the closeness of two samples is
    exp(−L1 distance of their projections), and a sample's feature is the sum over the *other* samples, 0 to
    batch − 1. Distances are float32 at least, whatever the autocast. Memory grows with the square of the batch.

    The projection starts N(0, 1 / inputs), so that it keeps the scale of its input, and has no bias.
    """

    def __init__(self, inputs: int, kernels: int = 100, kernel_size: int = 5) -> None:
        super().__init__()
        self.kernels, self.kernel_size = kernels, kernel_size
        self.weight = nn.Parameter(torch.empty(inputs, kernels * kernel_size).normal_(0.0, inputs**-0.5))

    def forward(self, x: Tensor) -> Tensor:
        projected = x @ self.weight
        projected = projected.to(torch.promote_types(projected.dtype, torch.float32))
        projected = projected.unflatten(1, (self.kernels, self.kernel_size))
        everyone = gather_batch(projected)
        distance = (projected.unsqueeze(1) - everyone).abs().sum(-1)  # [B, everyone, kernels]
        itself = own_part(torch.eye(len(everyone), dtype=torch.bool, device=x.device))
        closeness = torch.exp(-distance).masked_fill(itself.unsqueeze(-1), 0.0)
        return torch.cat([x, closeness.sum(1).to(x.dtype)], dim=1)


class MinibatchDeviation(nn.Module):
    """Minibatch standard deviation (Karras et al. 2018, arXiv:1710.10196, section 3).

    Shapes: `[B, channels, …]` → `[B, channels + 1, …]`: the input with one more channel, constant for each sample: the
    standard deviation over its group of every value, averaged over all values. Groups are `group_size` samples that
    follow each other in the batch of all processes; where that does not divide it, the batch is one group.

    Deviations are float32 at least, whatever the autocast. As in the official code 1e-8 is added to the variance.
    """

    def __init__(self, group_size: int = 4) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, x: Tensor) -> Tensor:
        rows = gather_batch(x.flatten(1).to(torch.promote_types(x.dtype, torch.float32)))
        size = self.group_size if len(rows) % self.group_size == 0 else len(rows)
        groups = rows.unflatten(0, (-1, size))
        variance = (groups - groups.mean(1, keepdim=True)).square().mean(1)
        deviation = torch.sqrt(variance + 1e-8).mean(1)
        of_sample = own_part(deviation.unsqueeze(1).expand(-1, size).flatten())
        channel = of_sample.to(x.dtype).view(-1, *[1] * (x.ndim - 1)).expand(-1, 1, *x.shape[2:])
        return torch.cat([x, channel], dim=1)

"""Virtual batch normalisation (Salimans et al. 2016, arXiv:1606.03498, section 3.5), as SEGAN computes it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.networks.batch_norm import gathered, over_batch, rows_of, sample_moments, scale_and_shift


class VirtualBatchNorm(nn.Module):
    """Batch normalisation against a reference batch.

    The first `reference_count` samples of a batch are the reference and are normalised with their own mean and variance
    per channel, taken over batch and time. The others, the live batch, are normalised with a mixture: their mean, and
    their mean square, count 1/(R + 1) and those of the reference R/(R + 1), R being the number of references. Gradients
    flow through both. With several processes the live batch is that of all, and each holds the whole reference.

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
        rows = rows_of(x)
        means, variances = sample_moments(rows)
        reference_mean, reference_variance = over_batch(means[:reference_count], variances[:reference_count])
        live_mean, live_variance = over_batch(*gathered(means[reference_count:], variances[reference_count:]))
        share = 1 / (reference_count + 1)
        mean = torch.lerp(reference_mean, live_mean, share)
        # The variance that the mixed mean and mixed mean square have, written so that nothing cancels.
        variance = torch.lerp(reference_variance, live_variance, share)
        variance = variance + share * (1 - share) * (live_mean - reference_mean).square()
        mean = torch.cat([reference_mean.expand(reference_count, -1), mean.expand(live_count, -1)])
        variance = torch.cat([reference_variance.expand(reference_count, -1), variance.expand(live_count, -1)])
        scale = self.weight * torch.rsqrt(variance + self.epsilon)
        shift = self.bias - mean * scale
        return scale_and_shift(rows, scale, shift).to(x.dtype).view(x.shape)


class ReferenceBatch(nn.Module):
    """The fixed batch that virtual batch normalisation compares with, kept as a buffer and so in every checkpoint.

    A state dict with a reference batch of any size can be loaded.
    """

    batch: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("batch", torch.empty(0))

    def hold(self, batch: Tensor) -> None:
        """Keep this batch, `[R, …]`, from now on; of several processes each is given the same whole one."""
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

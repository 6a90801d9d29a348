"""HiFi-GAN's multi-period discriminator of waveforms (Kong, Kim & Bae 2020, arXiv:2010.05646)."""

from __future__ import annotations

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from audiogan.judgement import Judgement
from audiogan.networks.bounds import Count, Widths

SLOPE = 0.1  # of LeakyReLU below 0
LAST_KERNEL = 3


class PeriodDiscriminator(nn.Module):
    """One of them: looks at every `period`-th sample, for each start apart.

    Shapes: `[B, inputs, samples]` → scores `[B, places]` and the activations of all layers, `[B · period, channels,
    T]`. The kernels of the paper are one wide across the starts, so these are convolutions in time of B · period rows.
    """

    def __init__(
        self, period: int, channels: tuple[int, ...], kernel: int, stride: int, inputs: int = 1, slope: float = SLOPE
    ) -> None:
        super().__init__()
        self.period, self.slope = period, slope
        strides = [stride] * (len(channels) - 1) + [1]
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv1d(i, o, kernel, s, padding=kernel // 2))
            for i, o, s in zip((inputs, *channels[:-1]), channels, strides, strict=True)
        )
        self.last = weight_norm(nn.Conv1d(channels[-1], 1, LAST_KERNEL, padding=LAST_KERNEL // 2))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """See the class."""
        batch, inputs, samples = x.shape
        if samples % self.period:
            x = F.pad(x, (0, self.period - samples % self.period), "reflect")
        x = x.view(batch, inputs, -1, self.period).permute(0, 3, 1, 2).flatten(0, 1)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), self.slope)
            features.append(x)
        x = self.last(x)
        return x.reshape(batch, -1), [*features, x]


class MultiPeriodDiscriminator(nn.Module):
    """Sub-discriminators that each look at every p-th sample of a waveform, for prime p, and so at its periodicities.

    Shapes: `candidate [B, 1, samples]`, `noisy [B, 1, samples]` → `Judgement` with a score `[B, places]` for each
    period and the activations of all layers. Weights are normalised (Salimans & Kingma 2016); LeakyReLU 0.1;
    with no arguments it is the paper's, 41,105,770 parameters, and does not look at the noisy speech. Source:
    jik876/hifi-gan, models.py. UnivNet has periods as here and channels 64, 128, 256, 512, 1024.

    Args:
        periods: in samples, one a sub-discriminator; at most as long as half of what is judged.
        channels: of the layers; all but the last shorten by `stride`.
        kernel: odd, in samples of a period.
        stride: of all layers but the last.
        sees_noisy: judges the candidate beside the noisy speech, in a second channel. Not in the paper.
    """

    def __init__(
        self,
        periods: Annotated[tuple[Count, ...], Field(min_length=1)] = (2, 3, 5, 7, 11),
        channels: Widths = (32, 128, 512, 1024, 1024),
        kernel: Count = 5,
        stride: Count = 3,
        sees_noisy: bool = False,
    ) -> None:
        super().__init__()
        self.sees_noisy = sees_noisy
        self.parts = nn.ModuleList(
            PeriodDiscriminator(period, channels, kernel, stride, 2 if sees_noisy else 1) for period in periods
        )

    def forward(self, candidate: Tensor, noisy: Tensor) -> Judgement:
        """See the class."""
        return judged_by(self.parts, torch.cat([candidate, noisy], 1) if self.sees_noisy else candidate)


def judged_by(parts: nn.ModuleList, x: Tensor) -> Judgement:
    """The scores of several sub-discriminators as a list, and their features one after the other."""
    scores, features = zip(*(part(x) for part in parts), strict=True)
    return Judgement(list(scores), [feature for of_part in features for feature in of_part])

"""CMGAN's discriminator, which learns to tell a measured quality (Cao, Abdulatif & Yang 2022, arXiv:2203.15149)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.bounds import Count
from audiogan.networks.metricgan import SILENCE, magnitudes
from audiogan.networks.spectral_norm import spectral_norm

if TYPE_CHECKING:
    from audiogan.chance import Chance

DROPPED = 0.3  # share of the hidden values left out in training


class CMGANDiscriminator(nn.Module):
    """Tells the quality of a candidate beside the clean speech that it ought to be.

    Shapes: `candidate [B, 1, samples]`, `clean [B, 1, samples]` → `Judgement` with a score `[B]` in (0, 1) and the
    activations of the convolutions as features.

    Both sides are divided by the root mean square of the clean one and become magnitude spectrograms raised to
    `power`, the two channels of four strided convolutions with instance norm and PReLU; then the largest value over
    time and frequency, a dense layer with dropout, and one to a sigmoid whose slope is learned. Spectral norm on all
    weights. With no arguments it is the paper's, 181,650 parameters. Source: ruizhecao96/CMGAN, discriminator.py. Sound
    of less than 16 hops leaves the last instance norm nothing to normalise.

    Args:
        width: channels of the first convolution; each next one has twice as many.
        fft_size: of the Hamming window and the transform, in samples.
        hop_length: in samples.
        power: that magnitudes are raised to.
    """

    window: Tensor

    def __init__(
        self,
        width: Count = 16,
        fft_size: Count = 400,
        hop_length: Count = 100,
        power: Annotated[float, Field(gt=0, le=1)] = 0.3,
    ) -> None:
        super().__init__()
        self.hop_length, self.power, self.hidden = hop_length, power, 4 * width
        self.register_buffer("window", torch.hamming_window(fft_size), persistent=False)
        widths = (2, width, 2 * width, 4 * width, 8 * width)
        self.layers = nn.ModuleList(
            nn.Sequential(
                spectral_norm(nn.Conv2d(i, o, 4, 2, 1, bias=False)), nn.InstanceNorm2d(o, affine=True), nn.PReLU(o)
            )
            for i, o in pairwise(widths)
        )
        self.to_hidden = spectral_norm(nn.Linear(8 * width, self.hidden))
        self.activation = nn.PReLU(self.hidden)
        self.to_score = spectral_norm(nn.Linear(self.hidden, 1))
        self.slope = nn.Parameter(torch.ones(1))

    def draw(self, chance: Chance) -> dict[str, Tensor]:
        """What `forward` wants beside its input in training: which hidden values stay, a factor for each."""
        stays = chance.uniform("dropout", (self.hidden,)) >= DROPPED
        return {"dropout": stays / (1 - DROPPED)}

    def forward(self, candidate: Tensor, clean: Tensor, dropout: Tensor | None = None) -> Judgement:
        """See the class; `dropout [B, hidden]` multiplies the hidden values."""
        level = (clean.square().mean(-1, keepdim=True) + SILENCE).sqrt()
        sides = [magnitudes(side / level, self.window, self.hop_length) for side in (candidate, clean)]
        x, features = torch.stack(sides, 1).pow(self.power), []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        hidden = self.to_hidden(x.amax((2, 3)))
        if dropout is not None:
            hidden = hidden * dropout
        return Judgement(torch.sigmoid(self.slope * self.to_score(self.activation(hidden))[:, 0]), features)

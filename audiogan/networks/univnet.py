"""UnivNet's discriminator: spectrograms and periods together (Jang et al. 2021, arXiv:2106.07889)."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.bounds import Count, Widths
from audiogan.networks.multi_period import PeriodDiscriminator, judged_by
from audiogan.networks.multi_resolution import SLOPE, Axis, SpectrogramDiscriminator


class UnivNetDiscriminator(nn.Module):
    """The multi-resolution spectrogram discriminator beside the multi-period one: their scores in one list.

    Shapes: `candidate [B, 1, samples]`, `noisy [B, 1, samples]` → `Judgement` with a score `[B, places]` for each
    resolution, then for each period, and the activations of all layers. With no arguments it is the paper's, with
    periods 2, 3, 5, 7, 11. Source: maum-ai/univnet. The parts are told in `MultiResolutionDiscriminator` and
    `MultiPeriodDiscriminator`.

    Args:
        fft_sizes, hop_lengths, window_lengths: in samples, one of each a resolution.
        width: channels of the layers that look at spectrograms.
        power: that magnitudes are raised to: 1 in the paper; 0.3 brings out quiet sounds.
        periods: in samples.
        period_channels: of the layers that look at periods.
        sees_noisy: judges the candidate beside the noisy speech, in a second channel. Not in the paper.
        along: axis of spectrograms along which kernels are 9 wide and strided, see `MultiResolutionDiscriminator`.
    """

    def __init__(
        self,
        fft_sizes: Widths = (1024, 2048, 512),
        hop_lengths: Widths = (120, 240, 50),
        window_lengths: Widths = (600, 1200, 240),
        width: Count = 32,
        power: Annotated[float, Field(gt=0, le=2)] = 1.0,
        periods: Widths = (2, 3, 5, 7, 11),
        period_channels: Widths = (64, 128, 256, 512, 1024),
        sees_noisy: bool = False,
        along: Axis = "time",
    ) -> None:
        super().__init__()
        self.sees_noisy = sees_noisy
        inputs = 2 if sees_noisy else 1
        resolutions = zip(fft_sizes, hop_lengths, window_lengths, strict=True)
        self.parts = nn.ModuleList(
            [
                *(SpectrogramDiscriminator(*resolution, width, inputs, power, along) for resolution in resolutions),
                *(PeriodDiscriminator(period, period_channels, 5, 3, inputs, SLOPE) for period in periods),
            ]
        )

    def forward(self, candidate: Tensor, noisy: Tensor) -> Judgement:
        """See the class."""
        return judged_by(self.parts, torch.cat([candidate, noisy], 1) if self.sees_noisy else candidate)

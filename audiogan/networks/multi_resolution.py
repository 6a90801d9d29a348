"""UnivNet's multi-resolution spectrogram discriminator (Jang, Lim, Yoon, Kim & Kim 2021, arXiv:2106.07889)."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from audiogan.judgement import Judgement
from audiogan.networks.bounds import Count, Widths
from audiogan.networks.multi_period import judged_by

Axis = Literal["time", "frequency"]

SLOPE = 0.2  # of LeakyReLU below 0
FAINTEST = 1e-8  # power below which a bin is silent, so that a root has a gradient there


class SpectrogramDiscriminator(nn.Module):
    """One of them: convolutions over frequency and time of a magnitude spectrogram.

    Shapes: `[B, inputs, samples]` → scores `[B, places]` and the activations of all layers, `[B, channels, bins,
    frames]`, or `[B, channels, frames, bins]` for `along="frequency"`. Kernels are 9 wide along the last axis and 3
    along the other; three layers of stride 2 shorten the last axis.
    """

    window: Tensor

    def __init__(
        self,
        fft_size: int,
        hop_length: int,
        window_length: int,
        width: int,
        inputs: int = 1,
        power: float = 1.0,
        along: Axis = "time",
    ) -> None:
        super().__init__()
        if not hop_length <= window_length <= fft_size:
            raise ValueError(f"hop {hop_length}, window {window_length} and transform {fft_size} must not fall in size")
        self.fft_size, self.hop_length, self.power, self.along = fft_size, hop_length, power, along
        self.register_buffer("window", torch.hann_window(window_length), persistent=False)
        self.layers = nn.ModuleList(
            [
                weight_norm(nn.Conv2d(inputs, width, (3, 9), padding=(1, 4))),
                *(weight_norm(nn.Conv2d(width, width, (3, 9), (1, 2), padding=(1, 4))) for _ in range(3)),
                weight_norm(nn.Conv2d(width, width, (3, 3), padding=(1, 1))),
            ]
        )
        self.last = weight_norm(nn.Conv2d(width, 1, (3, 3), padding=(1, 1)))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """See the class."""
        x = self.spectrogram(x)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE)
            features.append(x)
        x = self.last(x)
        return x.flatten(1), [*features, x]

    def spectrogram(self, x: Tensor) -> Tensor:
        """`[B, inputs, samples]` → magnitudes `[B, inputs, bins, frames]`, the edges reflected.

        With `along="frequency"` the last two axes are exchanged.
        """
        edge = (self.fft_size - self.hop_length) // 2
        x = F.pad(x.to(self.window.dtype), (edge, edge), "reflect")
        spectrum = torch.stft(
            x.flatten(0, 1), self.fft_size, self.hop_length, len(self.window), self.window, False, return_complex=True
        )
        powers = torch.view_as_real(spectrum).square().sum(-1)
        magnitudes = powers.clamp(min=FAINTEST).pow(self.power / 2).unflatten(0, x.shape[:2])
        return magnitudes if self.along == "time" else magnitudes.mT


class MultiResolutionDiscriminator(nn.Module):
    """Sub-discriminators that each look at the magnitude spectrogram of one resolution.

    Shapes: `candidate [B, 1, samples]`, `noisy [B, 1, samples]` → `Judgement` with a score `[B, places]` for each
    resolution and the activations of all layers. A convolution's weights are normalised (Salimans & Kingma 2016);
    LeakyReLU 0.2; with no arguments it is the paper's, 280,902 parameters, and does not look at the noisy speech.
    Source: maum-ai/univnet, model/mrd.py, with a Hann window as the paper's loss has.

    Args:
        fft_sizes, hop_lengths, window_lengths: in samples, one of each a resolution.
        width: channels of the layers.
        power: that magnitudes are raised to: 1 in the paper; 0.3 brings out quiet sounds.
        sees_noisy: judges the candidate beside the noisy speech, in a second channel. Not in the paper.
        along: axis along which kernels are 9 wide and strided: "time" in the authors' code, whose spectrograms are
            [bins, frames]; "frequency" for runs that were trained so.
    """

    def __init__(
        self,
        fft_sizes: Widths = (1024, 2048, 512),
        hop_lengths: Widths = (120, 240, 50),
        window_lengths: Widths = (600, 1200, 240),
        width: Count = 32,
        power: Annotated[float, Field(gt=0, le=2)] = 1.0,
        sees_noisy: bool = False,
        along: Axis = "time",
    ) -> None:
        super().__init__()
        self.sees_noisy = sees_noisy
        self.parts = nn.ModuleList(
            SpectrogramDiscriminator(*resolution, width, 2 if sees_noisy else 1, power, along)
            for resolution in zip(fft_sizes, hop_lengths, window_lengths, strict=True)
        )

    def forward(self, candidate: Tensor, noisy: Tensor) -> Judgement:
        """See the class."""
        return judged_by(self.parts, torch.cat([candidate, noisy], 1) if self.sees_noisy else candidate)

"""MetricGAN+, whose discriminator learns to tell a measured quality (Fu et al. 2021, arXiv:2104.03538)."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.bounds import Count, Widths
from audiogan.networks.layers import zero_bias_
from audiogan.networks.spectra import to_sound, to_spectrum
from audiogan.networks.spectral_norm import spectral_norm

SLOPE = 0.3  # of LeakyReLU below 0
SILENCE = 1e-10  # mean square that is added, so that silence is not raised without bound
FAINTEST = 1e-12  # power below which a bin is silent, so that a root has a gradient there
LOUDEST_MASK, SMALLEST_MASK = 1.2, 0.05
STEEPEST = 3.5  # slope of a sigmoid


class MetricGANGenerator(nn.Module):
    """A mask of the noisy magnitudes from two bidirectional recurrent layers; the noisy phase stays.

    Shapes: `noisy [B, 1, samples]` → the same.

    The sound, brought to a root mean square of 1, becomes log(1 + |X|); two layers of bidirectional LSTM, a dense layer
    with LeakyReLU 0.3 and one to a mask in log(1 + |X|), 1.2 times a sigmoid with a slope for each bin that is learned,
    0.05 at least. With no arguments it is the paper's, 1,895,514 parameters. Source: speechbrain,
    lobes/models/MetricGAN.py, which leaves the level as it is. It is not causal.

    Args:
        hidden: of each direction of each LSTM layer.
        layers: of the LSTM.
        dense: width of the first dense layer.
        fft_size: of the Hamming window and the transform, in samples.
        hop_length: in samples.
    """

    window: Tensor

    def __init__(
        self,
        hidden: Count = 200,
        layers: Count = 2,
        dense: Count = 300,
        fft_size: Count = 512,
        hop_length: Count = 256,
    ) -> None:
        super().__init__()
        bins = fft_size // 2 + 1
        self.hop_length = hop_length
        self.register_buffer("window", torch.hamming_window(fft_size), persistent=False)
        self.recurrent = nn.LSTM(bins, hidden, layers, batch_first=True, bidirectional=True)
        self.to_dense, self.to_mask = nn.Linear(2 * hidden, dense), nn.Linear(dense, bins)
        self.slopes = nn.Parameter(torch.ones(bins))
        for name, parameter in self.recurrent.named_parameters():
            if "bias" in name:
                nn.init.zeros_(parameter)
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.orthogonal_(parameter)
        for layer in (self.to_dense, self.to_mask):
            nn.init.xavier_uniform_(layer.weight)
            zero_bias_(layer)

    @torch.no_grad()
    def bound_weights(self) -> None:
        """Keep the learned slopes at 3.5 or less, as the published training does around each step."""
        self.slopes.clamp_(max=STEEPEST)

    def forward(self, noisy: Tensor) -> Tensor:
        """See the class."""
        level = (noisy.square().mean(-1, keepdim=True) + SILENCE).sqrt()
        spectrum = to_spectrum((noisy / level)[:, 0], self.window, self.hop_length)
        magnitude = torch.view_as_real(spectrum).square().sum(-1).clamp(min=FAINTEST).sqrt()
        seen = torch.log1p(magnitude)
        x = F.leaky_relu(self.to_dense(self.recurrent(seen)[0]), SLOPE)
        mask = LOUDEST_MASK * torch.sigmoid(self.slopes * self.to_mask(x).to(seen.dtype))
        made = torch.expm1(mask.clamp(min=SMALLEST_MASK) * seen) / magnitude * spectrum
        return to_sound(made, self.window, self.hop_length, noisy.shape[-1])[:, None] * level


class MetricGANDiscriminator(nn.Module):
    """Tells the quality of a candidate beside the clean speech that it ought to be.

    Shapes: `candidate [B, 1, samples]`, `clean [B, 1, samples]` → `Judgement` with a score `[B]`, about 0 to 1, and the
    activations of the convolutions as features.

    Both sides are divided by the root mean square of the clean one and become spectrograms log(1 + |X|), two channels
    for a batch norm and convolutions; then the mean over time and frequency and dense layers to one number. LeakyReLU
    0.3, spectral norm everywhere, weights from Glorot's uniform, biases 0. With no arguments it is the paper's, four
    convolutions and 19,010 parameters. Source: speechbrain, lobes/models/MetricGAN.py, by the paper's first author.

    Args:
        channels: of the convolutions.
        kernel: of the convolutions, in frames and in bins.
        stride: of every convolution; 1 in the paper, 2 for a fraction of its time.
        hidden: widths of the dense layers but the last.
        fft_size: of the Hamming window and the transform, in samples.
        hop_length: in samples.
    """

    window: Tensor

    def __init__(
        self,
        channels: Widths = (15, 15, 15, 15),
        kernel: Count = 5,
        stride: Count = 1,
        hidden: Widths = (50, 10),
        fft_size: Count = 512,
        hop_length: Count = 256,
    ) -> None:
        super().__init__()
        self.hop_length = hop_length
        self.register_buffer("window", torch.hamming_window(fft_size), persistent=False)
        self.norm = BatchNorm(2, momentum=0.01)
        self.convolutions = nn.ModuleList(
            _normalised(nn.Conv2d(i, o, kernel, stride)) for i, o in zip((2, *channels[:-1]), channels, strict=True)
        )
        widths = (channels[-1], *hidden, 1)
        self.dense = nn.ModuleList(_normalised(nn.Linear(i, o)) for i, o in pairwise(widths))

    def forward(self, candidate: Tensor, clean: Tensor) -> Judgement:
        """See the class."""
        level = (clean.square().mean(-1, keepdim=True) + SILENCE).sqrt()
        sides = [magnitudes(side / level, self.window, self.hop_length) for side in (candidate, clean)]
        x = self.norm(torch.log1p(torch.stack(sides, 1)))
        features = []
        for convolution in self.convolutions:
            x = F.leaky_relu(convolution(x), SLOPE)
            features.append(x)
        x = x.mean((2, 3))
        for number, dense in enumerate(self.dense, start=1):
            x = dense(x)
            if number < len(self.dense):
                x = F.leaky_relu(x, SLOPE)
        return Judgement(x[:, 0], features)


def magnitudes(x: Tensor, window: Tensor, hop_length: int) -> Tensor:
    """`[B, 1, samples]` → |X| `[B, frames, bins]`, the edges reflected."""
    x = x[:, 0].to(window.dtype)
    spectrum = torch.stft(x, len(window), hop_length, len(window), window, return_complex=True)
    return torch.view_as_real(spectrum).square().sum(-1).clamp(min=FAINTEST).sqrt().mT


def _normalised(layer: nn.Conv2d | nn.Linear) -> nn.Module:
    nn.init.xavier_uniform_(layer.weight)
    zero_bias_(layer)
    return spectral_norm(layer)

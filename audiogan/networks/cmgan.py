"""CMGAN's generator, a conformer over time and frequency (Cao, Abdulatif & Yang 2022, arXiv:2203.15149)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from audiogan.networks.bounds import Count
from audiogan.networks.conformer import ConformerBlock, Streams
from audiogan.networks.dropout import seeds, streams
from audiogan.networks.spectra import to_sound, to_spectrum

if TYPE_CHECKING:
    from audiogan.chance import Chance

COMPRESSION = 0.3  # power that magnitudes are raised to
DEPTH = 4  # dilated layers
SILENCE = 1e-10  # mean square that is added, so that silence is not raised without bound
FAINTEST = 1e-9  # magnitude below which a bin is silent, so that its phase has a gradient


class DilatedDense(nn.Module):
    """Convolutions over past frames, 1, 2, 4 and 8 frames apart, each of which sees what all before it gave.

    Shapes: `[B, channels, frames, bins]` → the same. Instance norm and PReLU behind each.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.ConstantPad2d((1, 1, 2**depth, 0), 0.0),
                nn.Conv2d(channels * (depth + 1), channels, (2, 3), dilation=(2**depth, 1)),
                nn.InstanceNorm2d(channels, affine=True),
                nn.PReLU(channels),
            )
            for depth in range(DEPTH)
        )

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        seen = x
        for layer in self.layers:
            x = layer(seen)
            seen = torch.cat([x, seen], 1)
        return x


class Decoder(nn.Module):
    """Dilated layers, then twice as many bins by sub-pixel convolution: `[B, channels, frames, bins]`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dense = DilatedDense(channels)
        self.widen = nn.Conv2d(channels, 2 * channels, (1, 3), padding=(0, 1))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = self.widen(self.dense(x)).unflatten(1, (2, -1))
        return x.permute(0, 2, 3, 4, 1).flatten(3)


class CMGANGenerator(nn.Module):
    """Speech enhancement by conformers that look along time and along frequency in turn.

    Shapes: `noisy [B, 1, samples]` → the same; `seeds [B]` say what dropout leaves out in training, and without them
    nothing is.

    The sound, brought to a root mean square of 1, becomes a spectrum whose magnitudes are raised to 0.3. An encoder of
    dilated convolutions sees magnitude, real and imaginary part; its output, half as many bins, goes through `blocks`
    pairs of conformers; one decoder gives a mask of the magnitude, to which the noisy phase is put, another real and
    imaginary parts to add. With no arguments it is the paper's, 1.83 M parameters. Source: ruizhecao96/CMGAN,
    models/generator.py. It is not causal, and its cost grows with the square of what it is given at a time.

    Args:
        channels: of the encoder and everything behind it, a multiple of `heads`.
        blocks: two-stage blocks: a conformer along time and one along frequency.
        heads: of the attention.
        kernel: of the conformers' convolutions.
        fft_size: of the Hamming window and the transform, in samples, a multiple of 4.
        hop_length: in samples.
        dropout: share of values that conformers leave out in training.
    """

    window: Tensor

    def __init__(
        self,
        channels: Count = 64,
        blocks: Count = 4,
        heads: Count = 4,
        kernel: Count = 31,
        fft_size: Annotated[int, Field(ge=8, multiple_of=4)] = 400,
        hop_length: Count = 100,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    ) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"channels is {channels}, and must be a multiple of heads, {heads}")
        self.hop_length = hop_length
        self.register_buffer("window", torch.hamming_window(fft_size), persistent=False)
        bins = fft_size // 2 + 1
        self.widen = _normalised(nn.Conv2d(3, channels, 1), channels)
        self.dense = DilatedDense(channels)
        self.narrow = _normalised(nn.Conv2d(channels, channels, (1, 3), (1, 2), (0, 1)), channels)
        self.along_time, self.along_frequency = (
            nn.ModuleList(ConformerBlock(channels, heads, kernel, dropout) for _ in range(blocks)) for _ in range(2)
        )
        self.mask_decoder, self.complex_decoder = Decoder(channels), Decoder(channels)
        self.to_mask = nn.Sequential(_normalised(nn.Conv2d(channels, 1, (1, 2)), 1), nn.Conv2d(1, 1, 1))
        self.mask_slopes = nn.Parameter(torch.full((bins,), -0.25))
        self.before_parts = nn.Sequential(nn.InstanceNorm2d(channels, affine=True), nn.PReLU(channels))
        self.to_parts = nn.Conv2d(channels, 2, (1, 2))

    def draw(self, chance: Chance, samples: int = 32_000) -> dict[str, Tensor]:
        """What `forward` wants beside the noisy input in training: seeds of the dropout."""
        return {"seeds": seeds(chance)}

    def forward(self, noisy: Tensor, seeds: Tensor | None = None) -> Tensor:
        """See the class."""
        return self.with_spectrum(noisy, seeds)[0]

    def with_spectrum(self, noisy: Tensor, seeds: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return what `forward` does, and the compressed spectrum that it was made of, `[B, 2, frames, bins]`.

        That spectrum, real and imaginary parts for a sound of root mean square 1, is what CMGAN's losses see. It is in
        general the spectrum of no sound.
        """
        level = self.level(noisy)
        spectrum = to_spectrum((noisy / level)[:, 0], self.window, self.hop_length)
        magnitude, direction = _polar(spectrum)
        dropped = streams(seeds, noisy.device) if self.training else []
        compressed = self._made(magnitude, magnitude * direction, direction, dropped).to(direction.dtype)
        made = _uncompressed(compressed)
        spectrum = torch.complex(made[:, 0], made[:, 1])
        return to_sound(spectrum, self.window, self.hop_length, noisy.shape[-1])[:, None] * level, compressed

    def level(self, noisy: Tensor) -> Tensor:
        """Return the root mean square of each noisy sound, `[B, 1, 1]`, by which this network divides."""
        return (noisy.square().mean(-1, keepdim=True) + SILENCE).sqrt()

    def compressed(self, sound: Tensor, noisy: Tensor) -> Tensor:
        """Return the compressed spectrum `[B, 2, frames, bins]` of a sound `[B, 1, samples]` at the noisy one's level.

        The target beside the second value of `with_spectrum`.
        """
        sound = (sound / self.level(noisy))[:, 0]
        magnitude, direction = _polar(to_spectrum(sound, self.window, self.hop_length))
        return magnitude * direction

    def _made(self, magnitude: Tensor, parts: Tensor, direction: Tensor, streams: Streams) -> Tensor:
        """The compressed spectrum of clean speech, real and imaginary, `[B, 2, frames, bins]`."""
        x = self.narrow(self.dense(self.widen(torch.cat([magnitude, parts], 1))))
        batch, _, frames, bins = x.shape
        x = x.permute(0, 3, 2, 1).flatten(0, 1)
        for along_time, along_frequency in zip(self.along_time, self.along_frequency, strict=True):
            x = along_time(x, streams) + x
            x = x.unflatten(0, (batch, bins)).transpose(1, 2).flatten(0, 1)
            x = along_frequency(x, streams) + x
            x = x.unflatten(0, (batch, frames)).transpose(1, 2).flatten(0, 1)
        x = x.unflatten(0, (batch, bins)).permute(0, 3, 2, 1)
        mask = self.to_mask(self.mask_decoder(x))
        mask = torch.where(mask > 0, mask, self.mask_slopes.to(mask.dtype) * mask)
        return mask * magnitude * direction + self.to_parts(self.before_parts(self.complex_decoder(x)))


def _polar(spectrum: Tensor) -> tuple[Tensor, Tensor]:
    """Return magnitudes raised to 0.3, `[B, 1, frames, bins]`, and directions as parts of length 1, `[B, 2, …]`."""
    parts = torch.view_as_real(spectrum).movedim(3, 1)
    size_of_bins = parts.square().sum(1, keepdim=True).clamp(min=FAINTEST**2).sqrt()
    return size_of_bins**COMPRESSION, parts / size_of_bins


def _normalised(convolution: nn.Conv2d, channels: int) -> nn.Sequential:
    return nn.Sequential(convolution, nn.InstanceNorm2d(channels, affine=True), nn.PReLU(channels))


def _uncompressed(parts: Tensor) -> Tensor:
    """`[B, 2, …]` with magnitudes that were raised to a power → with those before."""
    size = parts.square().sum(1, keepdim=True).clamp(min=FAINTEST**2).sqrt()
    return parts * size ** (1 / COMPRESSION - 1)

"""SEGAN, the speech enhancement GAN on the raw waveform (Pascual, Bonafonte & Serrà 2017, arXiv:1703.09452)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.judgement import Judgement
from audiogan.networks.layers import (
    DownConv,
    Padding,
    UpConv,
    check_samples,
    truncated_normal_,
    zero_bias_,
)
from audiogan.networks.virtual_batch_norm import ReferenceBatch, VirtualBatchNorm

if TYPE_CHECKING:
    from audiogan.chance import Chance

NORMAL_LEVEL = 0.1  # root mean square of a window that is brought to one level
SILENCE = 1e-10  # mean square that is added, so that silence is not raised without bound

PAPER_CHANNELS = (16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 1024)


class SEGANGenerator(nn.Module):
    """SEGAN's generator: a convolutional encoder and decoder with skips, and noise beside the code.

    Shapes: `noisy [B, 1, T]` and `z [B, latent_channels, T / stride^n]` → `[B, 1, T]` in [−1, 1], n being the number of
    layers. T is any multiple of `stride^n` (2048 in the paper's network, which was trained on T = 16384).

    Each encoder layer is a strided convolution and a PReLU; the decoder mirrors it with transposed convolutions and
    ends in tanh. A skip carries what an encoder layer gave *before* its activation to the decoder's level of the same
    length, where it is concatenated. Weights start truncated normal with deviation 0.02, biases at 0; a PReLU has one
    slope a channel, from 0. With no arguments it is the paper's, 73,100,049 parameters. Source: santi-pdp/segan,
    generator.py.

    Args:
        channels: what each encoder layer gives, from the input down.
        kernel: length of every kernel, in samples of its level.
        stride: how much each layer shortens its input.
        latent_channels: channels of z, which is N(0, 1); 0 for a generator without noise, whose `forward` takes none.
        padding: of the encoder, see `DownConv`.
        skip_gain: multiply each skip by a learned gain per channel, from 1.
        normalise_level: bring each window to one level on the way in and back on the way out, so that the layers need
            not learn what loud and quiet are. Not in the paper.
        gated: the last layer gives a second channel beside the output, through a sigmoid: the share of the noisy input
            that may stay as it is, sample by sample. The output is then share · noisy + (1 − share) · tanh. Not in the
            paper.
    """

    def __init__(
        self,
        channels: tuple[int, ...] = PAPER_CHANNELS,
        kernel: int = 31,
        stride: int = 2,
        latent_channels: int = 1024,
        padding: Padding = "zeros",
        skip_gain: bool = False,
        normalise_level: bool = False,
        gated: bool = False,
    ) -> None:
        super().__init__()
        self.normalise_level = normalise_level
        self.kernel, self.stride, self.latent_channels = kernel, stride, latent_channels
        self.gated = gated
        layers = len(channels)
        self.shortest = kernel // 2 + 1 if padding == "reflect" else 1
        inputs = (1, *channels[:-1])
        self.encoder = nn.ModuleList(
            DownConv(i, o, kernel, stride, padding=padding) for i, o in zip(inputs, channels, strict=True)
        )
        self.encoder_activations = nn.ModuleList(nn.PReLU(c, init=0.0) for c in channels)
        outputs = (*inputs[:0:-1], 2 if gated else 1)
        self.decoder = nn.ModuleList(
            UpConv(
                channels[-1] + latent_channels if level == 0 else 2 * outputs[level - 1], outputs[level], kernel, stride
            )
            for level in range(layers)
        )
        self.decoder_activations = nn.ModuleList(nn.PReLU(c, init=0.0) for c in outputs[:-1])
        self.skip_gains = nn.ParameterList(torch.ones(c, 1) for c in channels[:-1]) if skip_gain else None
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv1d | nn.ConvTranspose1d):
                truncated_normal_(module.weight, std=0.02)
                zero_bias_(module)

    def latent_shape(self, samples: int) -> tuple[int, int]:
        """Channels and length of z for an input of this many samples.

        Raises:
            AudioganError: the network cannot take this length; the message says which it can.
        """
        check_samples(samples, self.stride, len(self.encoder), self.shortest)
        return self.latent_channels, samples // self.stride ** len(self.encoder)

    def draw(self, chance: Chance, samples: int = 16_384) -> dict[str, Tensor]:
        """What `forward` wants beside the noisy input, drawn for inputs of this many samples: z, on the CPU."""
        if not self.latent_channels:
            return {}
        return {"z": chance.normal("latent", self.latent_shape(samples))}

    def forward(self, noisy: Tensor, z: Tensor | None = None) -> Tensor:
        """See the class.

        Raises:
            AudioganError: the length does not fit the network, or z is missing or of the wrong shape.
        """
        if self.normalise_level:
            gain = NORMAL_LEVEL / (noisy.square().mean(dim=-1, keepdim=True) + SILENCE).sqrt()
            return self._between_levels(gain * noisy, z) / gain
        return self._between_levels(noisy, z)

    def _between_levels(self, noisy: Tensor, z: Tensor | None) -> Tensor:
        latent_shape = self.latent_shape(noisy.shape[-1])
        x, skips = noisy, []
        for convolution, activation in zip(self.encoder, self.encoder_activations, strict=True):
            before = convolution(x)
            skips.append(before)
            x = activation(before)
        skips.pop()  # the last is the code itself
        if self.latent_channels:
            if z is None or z.shape[1:] != latent_shape:
                found = "none" if z is None else f"{list(z.shape)}"
                raise AudioganError(
                    f"This generator needs z of shape [batch, {latent_shape[0]}, {latent_shape[1]}]: got {found}."
                )
            x = torch.cat([z.to(x.dtype), x], dim=1)
        for level, convolution in enumerate(self.decoder):
            x = convolution(x)
            if skips:
                skip = skips.pop()
                if self.skip_gains is not None:
                    skip = skip * self.skip_gains[len(skips)]
                x = torch.cat([self.decoder_activations[level](x), skip], dim=1)
        if not self.gated:
            return torch.tanh(x)
        share = torch.sigmoid(x[:, 1:].to(noisy.dtype))
        return share * noisy + (1 - share) * torch.tanh(x[:, :1])


class SEGANDiscriminator(nn.Module):
    """SEGAN's discriminator: is the candidate the clean speech behind this noisy speech?

    Shapes: `candidate [B, 1, samples]`, `noisy [B, 1, samples]` → `Judgement` with a score `[B]` (no sigmoid) and the
    activations of every layer as features.

    The generator's encoder with two input channels, virtual batch normalisation and LeakyReLU 0.3; then a 1×1
    convolution to one channel, without bias, and a dense layer with bias. With no arguments it is the paper's,
    24,373,081 parameters. Source: santi-pdp/segan, discriminator.py and bnorm.py.

    There the reference batch is the real pairs of each step; here it is fixed, as in the paper on virtual batch
    normalisation: `set_reference` once with real pairs. It stays in the state dict, and its activations are computed
    anew with the current weights in every `forward`, so that R reference pairs cost as much as R candidates.

    Args:
        samples: length of what is judged; the dense layer depends on it.
        channels, kernel, stride: as in the generator.

    Raises:
        AudioganError: the layers cannot shorten `samples` evenly.
    """

    def __init__(
        self,
        samples: int = 16_384,
        channels: tuple[int, ...] = PAPER_CHANNELS,
        kernel: int = 31,
        stride: int = 2,
    ) -> None:
        super().__init__()
        check_samples(samples, stride, len(channels))
        self.samples = samples
        self.reference = ReferenceBatch()
        self.layers = nn.ModuleList(
            DownConv(i, o, kernel, stride) for i, o in zip((2, *channels[:-1]), channels, strict=True)
        )
        self.norms = nn.ModuleList(VirtualBatchNorm(c) for c in channels)
        self.activation = nn.LeakyReLU(0.3)
        self.to_one_channel = nn.Conv1d(channels[-1], 1, 1, bias=False)
        self.dense = nn.Linear(samples // stride ** len(channels), 1)
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                truncated_normal_(module.weight, std=0.02)
                zero_bias_(module)
        nn.init.xavier_uniform_(self.dense.weight)
        zero_bias_(self.dense)

    def set_reference(self, candidate: Tensor, noisy: Tensor) -> None:
        """Fix the real pairs, `[R, 1, samples]` each, that virtual batch normalisation compares with."""
        self.reference.hold(torch.cat([candidate, noisy], dim=1))

    def forward(self, candidate: Tensor, noisy: Tensor) -> Judgement:
        """See the class.

        Raises:
            AudioganError: no reference is set, or the length is not `samples`.
        """
        if candidate.shape[-1] != self.samples:
            raise AudioganError(
                f"This discriminator judges {self.samples} samples at a time and got {candidate.shape[-1]}: "
                "build it with samples= the length of your windows."
            )
        x, reference_count = self.reference.beside(torch.cat([candidate, noisy], dim=1))
        features = []
        for convolution, norm in zip(self.layers, self.norms, strict=True):
            x = self.activation(norm(convolution(x), reference_count))
            features.append(x[reference_count:])
        return Judgement(score=self.dense(self.to_one_channel(features[-1])).flatten(), features=features)

"""SEGAN+, a shallower SEGAN with a gain on every skip and shifted phases (santi-pdp/segan_pytorch)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.judgement import Judgement
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.layers import DownConv, check_samples, zero_bias_
from audiogan.networks.segan import SEGANGenerator

if TYPE_CHECKING:
    from audiogan.chance import Chance

PAPER_CHANNELS = (64, 128, 256, 512, 1024)


class SEGANPlusGenerator(SEGANGenerator):
    """SEGAN+'s generator: SEGAN's with five layers of stride 4, reflected edges and a learned gain on every skip.

    Shapes as `SEGANGenerator`: T is a multiple of 1024 and at least 4096 with no arguments, when it has 64,770,561
    parameters. Encoder weights start normal with deviation 0.02 and no bias, the decoder's as PyTorch starts a
    transposed convolution, as there.
    """

    def __init__(
        self,
        channels: tuple[int, ...] = PAPER_CHANNELS,
        kernel: int = 31,
        stride: int = 4,
        latent_channels: int = 1024,
    ) -> None:
        super().__init__(channels, kernel, stride, latent_channels, padding="reflect", skip_gain=True)

    def _initialise(self) -> None:
        for module in self.encoder.modules():
            if isinstance(module, nn.Conv1d):
                nn.init.normal_(module.weight, std=0.02)
                zero_bias_(module)


class SEGANPlusDiscriminator(nn.Module):
    """SEGAN+'s discriminator: batch normalisation, PReLU and phase shifts before every layer.

    Shapes: `candidate [B, 1, samples]`, `noisy [B, 1, samples]` → `Judgement` with a score `[B]` (no sigmoid) and the
    activations of every convolution as features. With no arguments it has 25,825,793 parameters.

    Before each convolution its input is rotated in time by `shifts`, so that the discriminator cannot live on the phase
    of the upsampling artefacts (after WaveGAN's phase shuffle, arXiv:1802.04208).

    Args:
        samples: length of what is judged; the first dense layer depends on it.
        channels, kernel, stride: of the convolutions.
        max_shift: the farthest rotation, 1 or more; 0 for none.
        hidden: widths of the hidden dense layers.

    Raises:
        AudioganError: the layers cannot shorten `samples` evenly.
    """

    def __init__(
        self,
        samples: int = 16_384,
        channels: tuple[int, ...] = PAPER_CHANNELS,
        kernel: int = 31,
        stride: int = 4,
        max_shift: int = 5,
        hidden: tuple[int, ...] = (256, 128),
    ) -> None:
        super().__init__()
        check_samples(samples, stride, len(channels), shortest=kernel // 2 + 1)
        self.samples, self.max_shift = samples, max_shift
        self.layers = nn.ModuleList(
            nn.Sequential(DownConv(i, o, kernel, stride, padding="reflect"), BatchNorm(o), nn.PReLU(o, init=0.0))
            for i, o in zip((2, *channels[:-1]), channels, strict=True)
        )
        widths = (channels[-1] * samples // stride ** len(channels), *hidden)
        dense: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            dense += [nn.Linear(inputs, outputs), nn.PReLU(outputs)]
        self.dense = nn.Sequential(*dense, nn.Linear(widths[-1], 1))
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                nn.init.normal_(module.weight, std=0.02)
                zero_bias_(module)
            elif isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)

    def draw(self, chance: Chance) -> dict[str, list[int]]:
        """What `forward` wants in training: a shift a layer, shared by the batch, of 1 to `max_shift` either way."""
        if not self.max_shift:
            return {}
        steps = chance.shared_integers("phase shift", -self.max_shift, self.max_shift - 1, len(self.layers))
        return {"shifts": [step if step < 0 else step + 1 for step in steps]}

    def forward(self, candidate: Tensor, noisy: Tensor, shifts: Sequence[int] | None = None) -> Judgement:
        """See the class; without `shifts` nothing is rotated.

        Raises:
            AudioganError: the length is not `samples`.
        """
        if candidate.shape[-1] != self.samples:
            raise AudioganError(
                f"This discriminator judges {self.samples} samples at a time and got {candidate.shape[-1]}: "
                "build it with samples= the length of your windows."
            )
        x = torch.cat([candidate, noisy], dim=1)
        features = []
        for layer, shift in zip(self.layers, shifts or [0] * len(self.layers), strict=True):
            x = layer(torch.roll(x, shift, dims=-1) if shift else x)
            features.append(x)
        return Judgement(score=self.dense(x.flatten(1)).flatten(), features=features)

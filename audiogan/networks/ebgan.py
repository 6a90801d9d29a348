"""The convolutional autoencoder of the energy-based GAN (Zhao, Mathieu & LeCun 2017, arXiv:1609.03126)."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.autoencoder import reconstruction_error
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.bounds import Count, Size
from audiogan.networks.dcgan import initialise
from audiogan.networks.pictures import check_picture, halvings

SMALLEST = 7  # pixels of the code's shorter side at least; the paper's goes from 64 to 8


class EBGANDiscriminator(nn.Module):
    """EBGAN's discriminator: an autoencoder whose mean squared reconstruction error is the energy of a picture.

    Shapes: `candidate [B, channels, height, width]` → `Judgement` with the error `[B]` as score, the code
    `[B, width · 2^(levels − 1) · pixels of the smallest]` and the encoder's activations as features. Labels are not
    looked at.

    Convolutions 4×4 of stride 2 down to 7 to 13 pixels, `width` channels first, doubled by each, and transposed ones
    back; batch normalisation and LeakyReLU 0.2 after all but the first (not normalised) and the last (neither). The
    paper's generator for it is `DCGANGenerator`.

    Args:
        size, channels: of the pictures, size in pixels: 7 to 13 doubled once or more. One number for a square, or
            [height, width]: the shorter side is such a number, and the longer one halves as often.
        width: channels that the first convolution gives.

    Raises:
        ValueError: the size does not halve evenly down to 7 to 13 pixels.
    """

    is_autoencoder: ClassVar[bool] = True

    def __init__(self, size: Size = 64, channels: Count = 3, width: Count = 64) -> None:
        super().__init__()
        self.size, self.channels = size, channels
        levels, _ = halvings(size, SMALLEST)
        widths = [width << level for level in range(levels)]
        self.encoder = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(inputs, outputs, 4, stride=2, padding=1),
                BatchNorm(outputs) if level else nn.Identity(),
                nn.LeakyReLU(0.2),
            )
            for level, (inputs, outputs) in enumerate(pairwise([channels, *widths]))
        )
        decoder: list[nn.Module] = []
        for inputs, outputs in pairwise(widths[::-1]):
            decoder += [_doubling(inputs, outputs), BatchNorm(outputs), nn.LeakyReLU(0.2)]
        self.decoder = nn.Sequential(*decoder, _doubling(width, channels))
        initialise(self, normalised=True)

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the pictures have another shape than the discriminator was built for.
        """
        check_picture(candidate, self.channels, self.size)
        features = []
        x = candidate
        for layer in self.encoder:
            x = layer(x)
            features.append(x)
        score = reconstruction_error(candidate, self.decoder(x), "square")
        return Judgement(score, features=features, code=x.flatten(1))


def _doubling(inputs: int, outputs: int) -> nn.Module:
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)

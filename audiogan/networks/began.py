"""BEGAN, whose discriminator is an autoencoder (Berthelot, Schumm & Metz 2017, arXiv:1703.10717)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.autoencoder import Error, reconstruction_error
from audiogan.networks.bounds import Count, Size
from audiogan.networks.pictures import check_picture, halvings

SMALLEST = 7  # pixels of the smallest level's shorter side at least; the paper's has 8


class BEGANGenerator(nn.Module):
    """BEGAN's generator, which is also the decoder of its discriminator.

    Shapes: `latent [B, latent_size]` → `[B, channels, height, width]`. As in the paper no activation ends it, so
    values lie in [−1, 1] only as far as it has learned so. Labels are not looked at.

    A dense layer to a picture whose shorter side has 7 to 13 pixels; at every size two 3×3 convolutions of `width`
    channels with ELU; nearest-neighbour doubling between sizes; a 3×3 convolution to the picture. The paper draws its
    latent uniform in [−1, 1].

    Args:
        size, channels: of the pictures, size in pixels: 7 to 13 doubled once or more. One number for a square, or
            [height, width]: the shorter side is such a number, and the longer one halves as often.
        latent_size: of the latent.
        width: channels of every level.

    Raises:
        ValueError: the size does not halve evenly down to 7 to 13 pixels.
    """

    def __init__(self, size: Size = 64, channels: Count = 3, latent_size: Count = 64, width: Count = 128) -> None:
        super().__init__()
        self.size, self.channels, self.latent_size = size, channels, latent_size
        doublings, smallest = halvings(size, SMALLEST)
        self.smallest_shape = (width, *smallest)
        self.dense = nn.Linear(latent_size, math.prod(self.smallest_shape))
        self.layers = nn.ModuleList(_convolution(width, width) for _ in range(2 * (doublings + 1)))
        self.to_picture = _convolution(width, channels)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """See the class."""
        x = self.dense(latent).view(-1, *self.smallest_shape)
        for index, layer in enumerate(self.layers):
            if index and index % 2 == 0:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = F.elu(layer(x))
        return self.to_picture(x)


class BEGANDiscriminator(nn.Module):
    """BEGAN's discriminator: an autoencoder that is judged by how well it rebuilds a picture. It serves EBGAN as well.

    Shapes: `candidate [B, channels, height, width]` → `Judgement` with the reconstruction error `[B]` as score, the
    code `[B, code_size]` and the encoder's activations as features. Labels are not looked at.

    Encoder: a 3×3 convolution; at every size, down to 7 to 13 pixels, two more, of 1, 2, 3, … times `width` channels;
    one of stride 2 between sizes; ELU after each; a dense layer to the code. The decoder is `BEGANGenerator`.

    Args:
        size, channels, width: as in the generator.
        code_size: numbers in the code.
        error: see `reconstruction_error`.

    Raises:
        ValueError: the size does not halve evenly down to 7 to 13 pixels.
    """

    is_autoencoder: ClassVar[bool] = True

    def __init__(
        self,
        size: Size = 64,
        channels: Count = 3,
        code_size: Count = 64,
        width: Count = 128,
        error: Error = "absolute",
    ) -> None:
        super().__init__()
        self.size, self.channels = size, channels
        self.error: Error = error
        sizes, smallest = halvings(size, SMALLEST)
        widths = [width * level for level in range(1, sizes + 2)]
        layers = [_convolution(channels, width)]
        for inputs, outputs in pairwise([width, *widths]):
            if len(layers) > 1:
                layers.append(_convolution(inputs, inputs, stride=2))
            layers += [_convolution(inputs, outputs), _convolution(outputs, outputs)]
        self.encoder = nn.ModuleList(layers)
        self.to_code = nn.Linear(widths[-1] * math.prod(smallest), code_size)
        self.decoder = BEGANGenerator(size, channels, code_size, width)

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the pictures have another shape than the discriminator was built for.
        """
        check_picture(candidate, self.channels, self.size)
        features = []
        x = candidate
        for layer in self.encoder:
            x = F.elu(layer(x))
            features.append(x)
        code = self.to_code(x.flatten(1))
        score = reconstruction_error(candidate, self.decoder(code), self.error)
        return Judgement(score, features=features, code=code)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1)

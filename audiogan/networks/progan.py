"""The progressively grown GAN (Karras, Aila, Laine & Lehtinen 2018, arXiv:1710.10196)."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.bounds import Count, CountOrNone
from audiogan.networks.conditioning import Condition, ConditionalDiscriminator, beside_label
from audiogan.networks.minibatch import MinibatchDeviation
from audiogan.networks.pictures import check_picture

SMALLEST = 4  # pixels of the first level
GAIN = math.sqrt(2)


class EqualisedLinear(nn.Linear):
    """A dense layer at an equalised learning rate (section 4.1).

    Its weights are drawn N(0, 1) and multiplied by gain / √inputs whenever they are used, so that an optimiser that
    divides by the gradient's size, as Adam does, moves all layers at the same speed. Its bias starts at 0.
    """

    def __init__(self, inputs: int, outputs: int, gain: float = GAIN, bias: bool = True) -> None:
        super().__init__(inputs, outputs, bias)
        self.scale = gain / math.sqrt(inputs)
        _draw(self)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias)


class EqualisedConv(nn.Conv2d):
    """A convolution that keeps the picture's size, at an equalised learning rate, see `EqualisedLinear`."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, gain: float = GAIN) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)
        self.scale = gain / math.sqrt(inputs * kernel**2)
        _draw(self)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


class PixelNorm(nn.Module):
    """Divides every pixel's channels, dimension 1, by the root of their mean square (section 4.2)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class _Growing(nn.Module):
    """What generator and discriminator share: the channels of every level, and the level they have grown to."""

    def _set_levels(self, size: int, width: int, max_width: int) -> None:
        self.size = size
        self.levels = level_count(size)
        self.widths = [min(width << level, max_width) for level in reversed(range(self.levels))]
        self.set_growth(self.levels - 1, 1.0)

    def set_growth(self, resolution_index: int, fade: float) -> None:
        """Work at this level from now on: 0 is 4 × 4 pixels, each further one the double. It is not in the state dict.

        Args:
            resolution_index: of the level.
            fade: the share of the newest level, 0 to 1: at 0 the picture is that of the level below, doubled.

        Raises:
            ValueError: there is no such level, or the share is outside 0 to 1.
        """
        if not 0 <= resolution_index < self.levels or not 0 <= fade <= 1:
            raise ValueError(f"level {resolution_index} of {self.levels} at a share of {fade}")
        self.level, self.fade = resolution_index, fade


class ProGANGenerator(_Growing):
    """ProGAN's generator, which works at one level after another, from 4 × 4 pixels up.

    Shapes: `latent [B, latent_size]`, `label [B]` → `[B, channels, side, side]`, side being 4 · 2^level, in full grown
    `size`. As in the paper no activation ends it, so values lie in [−1, 1] only as far as it has learned so.

    The latent is normalised to a mean square of 1. Every level has two 3×3 convolutions (the first level a dense layer
    and one), each with LeakyReLU 0.2 and pixel norm, and a 1×1 convolution to the picture; nearest-neighbour doubling
    between levels; learning rates equalised. With no arguments it is the paper's.

    Args:
        size, channels: of the pictures, size in pixels: a power of two, 8 or more.
        latent_size: of the whole latent, codes included.
        width: channels of the last level, doubled at each level below.
        max_width: the most channels that a level has.
        classes: how many labels there are; the label, one-hot, stands beside the latent. 0 for none.

    Raises:
        ValueError: the size is no power of two.
    """

    def __init__(
        self,
        size: Count = 1024,
        channels: Count = 3,
        latent_size: Count = 512,
        width: Count = 16,
        max_width: Count = 512,
        classes: CountOrNone = 0,
    ) -> None:
        super().__init__()
        self._set_levels(size, width, max_width)
        self.channels, self.latent_size, self.classes = channels, latent_size, classes
        self.normalise = PixelNorm()
        # A quarter of the gain, and one bias a channel, as in the official code.
        self.dense = EqualisedLinear(latent_size + classes, self.widths[0] * SMALLEST**2, gain=GAIN / 4, bias=False)
        self.dense_bias = nn.Parameter(torch.zeros(self.widths[0], 1, 1))
        self.first = nn.Sequential(nn.LeakyReLU(0.2), PixelNorm(), *_normalised(self.widths[0], self.widths[0]))
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2), *_normalised(below, width), *_normalised(width, width))
            for below, width in pairwise(self.widths)
        )
        self.to_picture = nn.ModuleList(EqualisedConv(width, channels, kernel=1, gain=1.0) for width in self.widths)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """See the class.

        Raises:
            AudioganError: the generator was built for classes and there are no labels.
        """
        x = self.dense(self.normalise(beside_label(latent, label, self.classes)))
        x = below = self.first(x.view(-1, self.widths[0], SMALLEST, SMALLEST) + self.dense_bias)
        for block in list(self.blocks)[: self.level]:
            below, x = x, block(x)
        picture = self.to_picture[self.level](x)
        if self.level == 0 or self.fade == 1:
            return picture
        return torch.lerp(doubled(self.to_picture[self.level - 1](below)), picture, self.fade)


class ProGANDiscriminator(_Growing, ConditionalDiscriminator):
    """ProGAN's discriminator, the generator's mirror image.

    Shapes: `candidate [B, channels, side, side]` of the side that it has grown to, `label [B]` → `Judgement` with a
    score `[B]` (no sigmoid) and what every level gives as features.

    A 1×1 convolution from the picture and two 3×3 convolutions a level, LeakyReLU 0.2, means of 2×2 pixels between
    levels; at the last the batch's standard deviation beside its channels, a convolution and a hidden dense layer;
    learning rates equalised, no normalisation. With no arguments it is the paper's.

    Args:
        size, channels, width, max_width: as in the generator.
        classes, condition, codes: see `ConditionalDiscriminator`. A concatenated label is `classes` more channels of
            the picture; the paper's is "auxiliary".

    Raises:
        ValueError: the size is no power of two.
    """

    def __init__(
        self,
        size: Count = 1024,
        channels: Count = 3,
        width: Count = 16,
        max_width: Count = 512,
        classes: CountOrNone = 0,
        condition: Condition = "concatenate",
        codes: CountOrNone = 0,
    ) -> None:
        hidden = min(width * size // 2, max_width)  # as of a level of 2 × 2 pixels
        super().__init__(hidden, classes, condition, codes, dense=partial(EqualisedLinear, gain=1.0))
        self._set_levels(size, width, max_width)
        self.channels = channels
        self.from_picture = nn.ModuleList(
            nn.Sequential(*_activated(channels + self.label_inputs, width, kernel=1)) for width in self.widths
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(*_activated(width, width), *_activated(width, below), nn.AvgPool2d(2))
            for below, width in pairwise(self.widths)
        )
        self.last = nn.Sequential(
            MinibatchDeviation(),
            *_activated(self.widths[0] + 1, self.widths[0]),
            nn.Flatten(),
            EqualisedLinear(self.widths[0] * SMALLEST**2, hidden),
            nn.LeakyReLU(0.2),
        )

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the pictures have another shape than the present level, or the discriminator looks at labels
                and there are none.
        """
        check_picture(candidate, self.channels, SMALLEST << self.level)
        picture = beside_label(candidate, label, self.label_inputs)
        x = self.from_picture[self.level](picture)
        features = []
        for level in range(self.level, 0, -1):
            x = self.blocks[level - 1](x)
            if level == self.level and self.fade < 1:
                below = self.from_picture[level - 1](F.avg_pool2d(picture, 2))
                x = torch.lerp(below, x, self.fade)
            features.append(x)
        x = self.last(x)
        features.append(x)
        return self.judgement(x, label, features)


def faded(pictures: Tensor, level: int, fade: float) -> Tensor:
    """Real pictures as a generator that has grown so far would show them (section 2).

    Args:
        pictures: `[B, channels, size, size]`, size a power of two.
        level: they come back with 4 · 2^level pixels a side, each the mean of those it covers.
        fade: the share of that level; the rest is the level below, doubled.
    """
    pictures = F.avg_pool2d(pictures, pictures.shape[-1] // (SMALLEST << level))
    if level == 0 or fade == 1:
        return pictures
    return torch.lerp(doubled(F.avg_pool2d(pictures, 2)), pictures, fade)


def level_count(size: int) -> int:
    """How many levels there are from 4 pixels to `size`.

    Raises:
        ValueError: it is no power of two, or less than 8.
    """
    if size < 2 * SMALLEST or size & (size - 1):
        raise ValueError(f"pictures of {size} pixels cannot be grown from {SMALLEST}, take a power of two, 8 or more")
    return (size // SMALLEST).bit_length()


def doubled(pictures: Tensor) -> Tensor:
    """Every pixel four times, `[B, C, H, W]` → `[B, C, 2H, 2W]`."""
    return F.interpolate(pictures, scale_factor=2, mode="nearest")


def _activated(inputs: int, outputs: int, kernel: int = 3) -> list[nn.Module]:
    return [EqualisedConv(inputs, outputs, kernel), nn.LeakyReLU(0.2)]


def _normalised(inputs: int, outputs: int) -> list[nn.Module]:
    return [*_activated(inputs, outputs), PixelNorm()]


def _draw(layer: nn.Linear | nn.Conv2d) -> None:
    nn.init.normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)

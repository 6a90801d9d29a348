"""The progressively grown GAN (Karras, Aila, Laine & Lehtinen 2018, arXiv:1710.10196).

On oblong pictures it is GANSynth's (Engel et al. 2019, arXiv:1902.08710; magenta, models/gansynth).
"""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.bounds import Count, CountOrNone, Size
from audiogan.networks.conditioning import Condition, ConditionalDiscriminator, beside_label
from audiogan.networks.minibatch import MinibatchDeviation
from audiogan.networks.pictures import check_picture, in_words, sides

FEWEST = 16  # pixels of the first level in all
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

    def _set_levels(self, size: Size, width: int, max_width: int) -> None:
        self.size = size
        self.resolutions = resolutions(size)
        self.levels = len(self.resolutions)
        self.widths = [min(width << level, max_width) for level in reversed(range(self.levels))]
        self.set_growth(self.levels - 1, 1.0)

    def set_growth(self, resolution_index: int, fade: float) -> None:
        """Work at this level from now on, an index of `resolutions`. It is not in the state dict.

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

    Shapes: `latent [B, latent_size]`, `label [B]` → `[B, channels, height, width]` of its level, see `resolutions`; in
    full grown `size`. Where no activation ends it, as in the paper, values lie in [−1, 1] only as far as it has learned
    so.

    The latent is normalised to a mean square of 1. Every level has two 3×3 convolutions (the first level a dense layer
    and one), each with LeakyReLU 0.2 and pixel norm, and a 1×1 convolution to the picture; nearest-neighbour doubling
    between levels; learning rates equalised. With no arguments it is the paper's. With `size=[1024, 128], channels=2,
    latent_size=256, width=32, max_width=256, output="tanh", classes=61` it is GANSynth's, 7,311,246 parameters.

    Args:
        size, channels: of the pictures, size in pixels: a power of two, 8 or more; or [height, width], two such.
        latent_size: of the whole latent, codes included.
        width: channels of the last level, doubled at each level below.
        max_width: the most channels that a level has.
        output: what ends every level: nothing ("linear", ProGAN's) or "tanh" (GANSynth's), into [−1, 1].
        classes: how many labels there are; the label, one-hot, stands beside the latent. 0 for none.

    Raises:
        ValueError: see `resolutions`.
    """

    def __init__(
        self,
        size: Size = 1024,
        channels: Count = 3,
        latent_size: Count = 512,
        width: Count = 16,
        max_width: Count = 512,
        output: Literal["linear", "tanh"] = "linear",
        classes: CountOrNone = 0,
    ) -> None:
        super().__init__()
        self._set_levels(size, width, max_width)
        self.channels, self.latent_size, self.classes = channels, latent_size, classes
        self.normalise = PixelNorm()
        self.smallest_shape = (self.widths[0], *self.resolutions[0])
        pixels = math.prod(self.resolutions[0])
        # A quarter of the gain at 4 × 4, as if it were a convolution of that kernel, and one bias a channel, as in the
        # official code of both.
        gain = GAIN / math.sqrt(pixels)
        self.dense = EqualisedLinear(latent_size + classes, self.widths[0] * pixels, gain, bias=False)
        self.dense_bias = nn.Parameter(torch.zeros(self.widths[0], 1, 1))
        self.first = nn.Sequential(nn.LeakyReLU(0.2), PixelNorm(), *_normalised(self.widths[0], self.widths[0]))
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2), *_normalised(below, width), *_normalised(width, width))
            for below, width in pairwise(self.widths)
        )
        self.to_picture = nn.ModuleList(EqualisedConv(width, channels, kernel=1, gain=1.0) for width in self.widths)
        self.output = nn.Tanh() if output == "tanh" else nn.Identity()

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """See the class.

        Raises:
            AudioganError: the generator was built for classes and there are no labels.
        """
        x = self.dense(self.normalise(beside_label(latent, label, self.classes)))
        x = below = self.first(_quickest(x.view(-1, *self.smallest_shape) + self.dense_bias))
        for block in list(self.blocks)[: self.level]:
            below, x = x, block(x)
        picture = self._picture(self.level, x)
        if self.level == 0 or self.fade == 1:
            return picture
        return torch.lerp(doubled(self._picture(self.level - 1, below)), picture, self.fade)

    def _picture(self, level: int, x: Tensor) -> Tensor:
        return self.output(self.to_picture[level](x))


class ProGANDiscriminator(_Growing, ConditionalDiscriminator):
    """ProGAN's discriminator, the generator's mirror image.

    Shapes: `candidate [B, channels, height, width]` of the level that it has grown to, `label [B]` → `Judgement` with
    a score `[B]` (no sigmoid) and what every level gives as features.

    A 1×1 convolution from the picture and two 3×3 convolutions a level, LeakyReLU 0.2, means of 2×2 pixels between
    levels; at the last the batch's standard deviation beside its channels, a convolution and a hidden dense layer;
    learning rates equalised, no normalisation. With no arguments it is the paper's. With `size=[1024, 128], channels=2,
    width=32, max_width=256, classes=61, condition="auxiliary"` it is GANSynth's, 6,831,230 parameters, which takes the
    deviation over the whole batch where this one takes it over groups of 4.

    Args:
        size, channels, width, max_width: as in the generator.
        classes, condition, codes: see `ConditionalDiscriminator`. A concatenated label is `classes` more channels of
            the picture; the paper's is "auxiliary".

    Raises:
        ValueError: see `resolutions`.
    """

    def __init__(
        self,
        size: Size = 1024,
        channels: Count = 3,
        width: Count = 16,
        max_width: Count = 512,
        classes: CountOrNone = 0,
        condition: Condition = "concatenate",
        codes: CountOrNone = 0,
    ) -> None:
        hidden = min(width << len(resolutions(size)), max_width)  # as of a level below the first
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
            EqualisedLinear(self.widths[0] * math.prod(self.resolutions[0]), hidden),
            nn.LeakyReLU(0.2),
        )

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the pictures have another shape than the present level, or the discriminator looks at labels
                and there are none.
        """
        check_picture(candidate, self.channels, self.resolutions[self.level])
        picture = _quickest(beside_label(candidate, label, self.label_inputs))
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
        pictures: `[B, channels, height, width]`, of a size that networks can grow to.
        level: they come back in the size of this level, see `resolutions`, each pixel the mean of those it covers.
        fade: the share of that level; the rest is the level below, doubled.
    """
    height, width = pictures.shape[2:]
    pictures = F.avg_pool2d(pictures, height // resolutions((height, width))[level][0])
    if level == 0 or fade == 1:
        return pictures
    return torch.lerp(doubled(F.avg_pool2d(pictures, 2)), pictures, fade)


def resolutions(size: Size) -> list[tuple[int, int]]:
    """Height and width at every level, from the smallest to `size`.

    Each is half the next. The smallest is the last that has 16 pixels or more in all and no side of one: 4 × 4 of a
    square as in ProGAN, 16 × 2 of 1024 × 128 and 8 × 4 of 512 × 256 as in GANSynth (whose pictures lie on their side).

    Raises:
        ValueError: a side is no power of two, or less than 8.
    """
    height, width = sides(size)
    if min(height, width) < 8 or height & (height - 1) or width & (width - 1):
        raise ValueError(
            f"pictures of {in_words(size)} pixels cannot be grown, take a power of two, 8 or more, for each side"
        )
    found = [(height, width)]
    while height * width >= 4 * FEWEST and min(height, width) >= 4:
        height, width = height // 2, width // 2
        found.append((height, width))
    return found[::-1]


def doubled(pictures: Tensor) -> Tensor:
    """Every pixel four times, `[B, C, H, W]` → `[B, C, 2H, 2W]`."""
    return F.interpolate(pictures, scale_factor=2, mode="nearest")


def _quickest(pictures: Tensor) -> Tensor:
    """The same with each pixel's channels side by side in memory, which the layers of a level keep.

    On a CPU a narrow network's step takes two thirds of the time so.
    """
    return pictures.contiguous(memory_format=torch.channels_last)


def _activated(inputs: int, outputs: int, kernel: int = 3) -> list[nn.Module]:
    return [EqualisedConv(inputs, outputs, kernel), nn.LeakyReLU(0.2)]


def _normalised(inputs: int, outputs: int) -> list[nn.Module]:
    return [*_activated(inputs, outputs), PixelNorm()]


def _draw(layer: nn.Linear | nn.Conv2d) -> None:
    nn.init.normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)

"""DCGAN, the convolutional GAN (Radford, Metz & Chintala 2015, arXiv:1511.06434), for pictures and spectrograms."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.bounds import Count, CountOrNone, Size
from audiogan.networks.conditioning import Condition, ConditionalDiscriminator, beside_label
from audiogan.networks.layers import same_padding, zero_bias_
from audiogan.networks.minibatch import MinibatchDeviation
from audiogan.networks.pictures import check_picture, halvings
from audiogan.networks.virtual_batch_norm import ReferenceBatch, VirtualBatchNorm

Kernel = Annotated[int, Field(ge=2)]
Edges = Literal["even", "same"]

SMALLEST = 4  # pixels of the smallest level's shorter side at least


class DCGANGenerator(nn.Module):
    """DCGAN's generator: a dense layer to a small picture, then transposed convolutions that double it.

    Shapes: `latent [B, latent_size]`, `label [B]` → `[B, channels, height, width]` in [−1, 1].

    The smallest picture has a shorter side of 4 to 7 pixels (28 is 7 → 14 → 28) and the most channels, halved at each
    doubling down to `width`; ReLU between the layers, tanh at the end. With no arguments it is the paper's. With
    `size=128, channels=1, width=64` and no normalisation it is SpecGAN's (arXiv:1802.04208), 19,065,345 parameters.

    With normalisation, weights start normal with deviation 0.02 as in the paper; without, as TensorFlow's dense and
    convolutional layers do (Glorot's uniform), which WaveGAN and SpecGAN left as it is.

    Args:
        size, channels: of the pictures, size in pixels: 4, 5, 6 or 7 doubled once or more. One number for a square, or
            [height, width]: the shorter side is such a number, and the longer one halves as often.
        latent_size: of the whole latent, codes included.
        width: channels of the last level before the picture.
        kernel: side of every kernel in pixels; the stride is 2.
        normalisation: "batch", of every level but the picture; or "none".
        classes: how many labels there are; the label, one-hot, stands beside the latent. 0 for none.
        edges: "even", (kernel − 1) // 2 pixels on both sides; "same", as TensorFlow pads and SpecGAN's code has it: of
            a kernel of 5 one pixel before and two behind.

    Raises:
        ValueError: the size does not halve evenly down to 4 to 7 pixels.
    """

    def __init__(
        self,
        size: Size = 64,
        channels: Count = 3,
        latent_size: Count = 100,
        width: Count = 128,
        kernel: Kernel = 5,
        normalisation: Literal["batch", "none"] = "batch",
        classes: CountOrNone = 0,
        edges: Edges = "even",
    ) -> None:
        super().__init__()
        self.size, self.channels, self.latent_size, self.classes = size, channels, latent_size, classes
        levels, smallest = halvings(size, SMALLEST)
        widths = [width << level for level in reversed(range(levels))]
        self.smallest_shape = (widths[0], *smallest)
        self.dense = nn.Linear(latent_size + classes, math.prod(self.smallest_shape))
        # "same" is the adjoint of the discriminator's padding: what it makes too much is cut off behind.
        self.cuts = edges == "same"
        padding = same_padding(kernel, 2)[0] if self.cuts else (kernel - 1) // 2
        beyond = 0 if self.cuts else kernel % 2
        self.layers = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, kernel, stride=2, padding=padding, output_padding=beyond)
            for inputs, outputs in pairwise([*widths, channels])
        )
        self.norms = nn.ModuleList(BatchNorm(w) if normalisation == "batch" else nn.Identity() for w in widths)
        initialise(self, normalised=normalisation != "none")

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """See the class.

        Raises:
            AudioganError: the generator was built for classes and there are no labels.
        """
        x = self.dense(beside_label(latent, label, self.classes)).view(-1, *self.smallest_shape)
        for norm, layer in zip(self.norms, self.layers, strict=True):
            height, width = x.shape[-2:]
            x = layer(torch.relu(norm(x)))
            if self.cuts:
                x = x[..., : 2 * height, : 2 * width]
        return torch.tanh(x)


class DCGANDiscriminator(ConditionalDiscriminator):
    """DCGAN's discriminator: convolutions of stride 2 with LeakyReLU 0.2, then a dense layer.

    Shapes: `candidate [B, channels, height, width]`, `label [B]` → `Judgement` with a score `[B]` (no sigmoid) and the
    activations of every convolution as features.

    It mirrors the generator. Its first convolution is not normalised. With `size=128, channels=1, width=64` and no
    normalisation it is SpecGAN's, 17,427,969 parameters. Weights start as the generator's.

    Args:
        size, channels, kernel, edges: as in the generator.
        width: channels that the first convolution gives, doubled by each one after it.
        normalisation: "batch"; "virtual" against a reference batch, see `set_reference`; or "none", which a penalty on
            the gradient wants.
        spectral_norm: see `ConditionalDiscriminator.normalise_spectrum`.
        minibatch_deviation: put the batch's standard deviation beside the last level, see `MinibatchDeviation`.
        minibatch_discrimination, classes, condition, codes: see `ConditionalDiscriminator`. A concatenated label is
            `classes` more channels of the picture.

    Raises:
        ValueError: the size does not halve evenly down to 4 to 7 pixels.
    """

    def __init__(
        self,
        size: Size = 64,
        channels: Count = 3,
        width: Count = 128,
        kernel: Kernel = 5,
        normalisation: Literal["batch", "virtual", "none"] = "batch",
        spectral_norm: bool = False,
        minibatch_deviation: bool = False,
        minibatch_discrimination: CountOrNone = 0,
        classes: CountOrNone = 0,
        condition: Condition = "concatenate",
        codes: CountOrNone = 0,
        edges: Edges = "even",
    ) -> None:
        levels, smallest = halvings(size, SMALLEST)
        widths = [width << level for level in range(levels)]
        rows = (widths[-1] + minibatch_deviation) * math.prod(smallest)
        super().__init__(rows, classes, condition, codes, minibatch_discrimination)
        self.size, self.channels = size, channels
        self.reference = ReferenceBatch() if normalisation == "virtual" else None
        inputs = channels + self.label_inputs
        self.same = (*same_padding(kernel, 2), *same_padding(kernel, 2)) if edges == "same" else None
        padding = 0 if self.same else (kernel - 1) // 2
        self.layers = nn.ModuleList(
            nn.Conv2d(i, o, kernel, stride=2, padding=padding) for i, o in pairwise([inputs, *widths])
        )
        self.norms = nn.ModuleList(_norm(w, normalisation if level else "none") for level, w in enumerate(widths))
        self.activation = nn.LeakyReLU(0.2)
        self.minibatch_deviation = MinibatchDeviation() if minibatch_deviation else None
        initialise(self, normalised=normalisation != "none")
        if spectral_norm:
            self.normalise_spectrum()

    def set_reference(self, candidate: Tensor, label: Tensor | None = None) -> None:
        """Fix the real pictures, `[R, channels, height, width]`, that virtual batch normalisation compares with.

        Without it nothing is held.

        Raises:
            AudioganError: the discriminator looks at labels beside the pictures and there are none.
        """
        if self.reference is not None:
            self.reference.hold(beside_label(candidate, label, self.label_inputs))

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the pictures have another shape than the discriminator was built for, no reference is set, or
                it looks at labels and there are none.
        """
        check_picture(candidate, self.channels, self.size)
        x, references = beside_label(candidate, label, self.label_inputs), 0
        if self.reference is not None:
            x, references = self.reference.beside(x)
        features = []
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = layer(F.pad(x, self.same) if self.same else x)
            x = self.activation(norm(x, references) if isinstance(norm, VirtualBatchNorm) else norm(x))
            features.append(x[references:])
        x = features[-1] if self.minibatch_deviation is None else self.minibatch_deviation(features[-1])
        return self.judgement(x.flatten(1), label, features)


def initialise(network: nn.Module, normalised: bool) -> None:
    """Draw the weights of convolutions and dense layers as `DCGANGenerator` tells; biases start at 0."""
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            if normalised:
                nn.init.normal_(module.weight, std=0.02)
            else:
                nn.init.xavier_uniform_(module.weight)
            zero_bias_(module)


def _norm(channels: int, normalisation: Literal["batch", "virtual", "none"]) -> nn.Module:
    kinds = {"batch": BatchNorm, "virtual": VirtualBatchNorm}
    return kinds[normalisation](channels) if normalisation in kinds else nn.Identity()

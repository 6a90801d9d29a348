"""The fully connected GAN of the tutorials, for small pictures (after Goodfellow et al. 2014, arXiv:1406.2661)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.bounds import Count, CountOrNone, Size, Widths
from audiogan.networks.conditioning import Condition, ConditionalDiscriminator, beside_label
from audiogan.networks.dense import DenseLayers
from audiogan.networks.pictures import check_picture, sides


class FullyConnectedGenerator(nn.Module):
    """From a latent to a picture by ever wider dense layers with LeakyReLU 0.2, and tanh.

    Shapes: `latent [B, latent_size]`, `label [B]` → `[B, channels, height, width]` in [−1, 1].

    Args:
        size, channels: of the pictures, size in pixels: one number for a square, or [height, width].
        latent_size: of the whole latent, codes included.
        widths: of the hidden layers.
        classes: how many labels there are; the label, one-hot, stands beside the latent. 0 for none.
    """

    def __init__(
        self,
        size: Size = 28,
        channels: Count = 1,
        latent_size: Count = 100,
        widths: Widths = (256, 512, 1024),
        classes: CountOrNone = 0,
    ) -> None:
        super().__init__()
        self.size, self.channels, self.latent_size, self.classes = size, channels, latent_size, classes
        self.hidden = DenseLayers([latent_size + classes, *widths], nn.LeakyReLU(0.2))
        self.shape = (channels, *sides(size))
        self.to_picture = nn.Linear(widths[-1], math.prod(self.shape))

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """See the class.

        Raises:
            AudioganError: the generator was built for classes and there are no labels.
        """
        x = self.hidden(beside_label(latent, label, self.classes))[-1]
        return torch.tanh(self.to_picture(x)).view(-1, *self.shape)


class FullyConnectedDiscriminator(ConditionalDiscriminator):
    """Judges pictures by ever narrower dense layers with LeakyReLU 0.2.

    Shapes: `candidate [B, channels, height, width]`, `label [B]` → `Judgement` with a score `[B]` and every hidden
    layer as features. There is no dropout.

    Args:
        size, channels: of the pictures, size in pixels: one number for a square, or [height, width].
        widths: of the hidden layers.
        minibatch_discrimination, classes, condition, codes: see `ConditionalDiscriminator`.
        spectral_norm: see `ConditionalDiscriminator.normalise_spectrum`.
    """

    def __init__(
        self,
        size: Size = 28,
        channels: Count = 1,
        widths: Widths = (1024, 512, 256),
        minibatch_discrimination: CountOrNone = 0,
        classes: CountOrNone = 0,
        condition: Condition = "concatenate",
        codes: CountOrNone = 0,
        spectral_norm: bool = False,
    ) -> None:
        super().__init__(widths[-1], classes, condition, codes, minibatch_discrimination)
        self.size, self.channels = size, channels
        self.hidden = DenseLayers([channels * math.prod(sides(size)) + self.label_inputs, *widths], nn.LeakyReLU(0.2))
        if spectral_norm:
            self.normalise_spectrum()

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the pictures have another shape than the discriminator was built for, or it looks at labels
                and there are none.
        """
        check_picture(candidate, self.channels, self.size)
        features = self.hidden(beside_label(candidate.flatten(1), label, self.label_inputs))
        return self.judgement(features[-1], label, features)

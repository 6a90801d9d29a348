"""Networks for points in the plane, on which a game can be watched (after those of WGAN-GP, arXiv:1704.00028)."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.autoencoder import Error, reconstruction_error
from audiogan.networks.bounds import Count, CountOrNone
from audiogan.networks.conditioning import Condition, ConditionalDiscriminator, beside_label
from audiogan.networks.dense import DenseLayers

DIMENSIONS = 2


class PointGenerator(nn.Module):
    """From a latent to a point, by dense layers and ReLU.

    Shapes: `latent [B, latent_size]`, `label [B]` → `[B, 2]`, unbounded.

    Args:
        latent_size: of the whole latent, codes included.
        width, layers: of the hidden layers.
        classes: how many labels there are; the label, one-hot, stands beside the latent. 0 for none.
    """

    def __init__(self, latent_size: Count = 2, width: Count = 128, layers: Count = 3, classes: CountOrNone = 0) -> None:
        super().__init__()
        self.latent_size, self.classes = latent_size, classes
        self.hidden = DenseLayers([latent_size + classes, *[width] * layers], torch.relu)
        self.to_point = nn.Linear(width, DIMENSIONS)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """See the class.

        Raises:
            AudioganError: the generator was built for classes and there are no labels.
        """
        return self.to_point(self.hidden(beside_label(latent, label, self.classes))[-1])


class PointDiscriminator(ConditionalDiscriminator):
    """Judges points by dense layers and LeakyReLU 0.2.

    Shapes: `candidate [B, 2]`, `label [B]` → `Judgement` with a score `[B]` and every hidden layer as features.

    Args:
        width, layers: of the hidden layers.
        minibatch_discrimination, classes, condition, codes: see `ConditionalDiscriminator`.
        spectral_norm: see `ConditionalDiscriminator.normalise_spectrum`.
    """

    def __init__(
        self,
        width: Count = 128,
        layers: Count = 3,
        minibatch_discrimination: CountOrNone = 0,
        classes: CountOrNone = 0,
        condition: Condition = "concatenate",
        codes: CountOrNone = 0,
        spectral_norm: bool = False,
    ) -> None:
        super().__init__(width, classes, condition, codes, minibatch_discrimination)
        self.hidden = DenseLayers([DIMENSIONS + self.label_inputs, *[width] * layers], nn.LeakyReLU(0.2))
        if spectral_norm:
            self.normalise_spectrum()

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the discriminator looks at labels and there are none.
        """
        features = self.hidden(beside_label(candidate, label, self.label_inputs))
        return self.judgement(features[-1], label, features)


class PointAutoencoderDiscriminator(nn.Module):
    """Judges points by how well it rebuilds them from a code, for EBGAN and BEGAN.

    Shapes: `candidate [B, 2]` → `Judgement` with the reconstruction error `[B]` as score and the code `[B, code_size]`.
    Labels are not looked at. Dense layers with ELU to the code, and from it back.

    Args:
        width, layers: of the hidden layers on either side of the code.
        code_size: numbers in the code.
        error: see `reconstruction_error`.
    """

    is_autoencoder: ClassVar[bool] = True

    def __init__(self, width: Count = 128, layers: Count = 2, code_size: Count = 2, error: Error = "absolute") -> None:
        super().__init__()
        self.error: Error = error
        self.encoder = DenseLayers([DIMENSIONS, *[width] * layers], F.elu)
        self.to_code = nn.Linear(width, code_size)
        self.decoder = DenseLayers([code_size, *[width] * layers], F.elu)
        self.to_point = nn.Linear(width, DIMENSIONS)

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class."""
        features = self.encoder(candidate)
        code = self.to_code(features[-1])
        rebuilt = self.to_point(self.decoder(code)[-1])
        return Judgement(reconstruction_error(candidate, rebuilt, self.error), features=features, code=code)

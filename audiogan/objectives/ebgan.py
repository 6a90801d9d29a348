"""Energy-based GAN (Zhao et al. 2017, arXiv:1609.03126)."""

from __future__ import annotations

from typing import Annotated

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores


class EBGAN(Objective):
    """An autoencoder learns to reconstruct what is real, and what is fake only with an error of the margin or more.

    With E, the score, a candidate's reconstruction error: discriminator mean E(x) + mean max(0, m − E(G(z))), each fake
    candidate against the margin by itself; generator mean E(G(z)).

    Args:
        margin: m, in the units of the error. Best not far above the error of real candidates.
    """

    is_game = True
    needs_autoencoder = True

    def __init__(self, margin: Annotated[float, Field(gt=0)] = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return mean_over_scores(real, lambda e: e) + mean_over_scores(fake, lambda e: F.relu(self.margin - e))

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return mean_over_scores(fake, lambda e: e)

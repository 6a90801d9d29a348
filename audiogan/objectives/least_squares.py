"""Least squares GAN (Mao et al. 2017, arXiv:1611.04076)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores


class LeastSquares(Objective):
    """Scores are drawn to 1 for real and 0 for fake; the generator wants 1. Without the ½ of the paper, as in SEGAN.

    Discriminator: mean (D(x) − 1)² + mean D(G(z))². Generator: mean (D(G(z)) − 1)².

    Args:
        real_target: what real scores are drawn to instead of 1: one-sided label smoothing (Salimans et al. 2016,
            arXiv:1606.03498, section 3.4). The generator still wants 1.
    """

    is_game = True

    def __init__(self, real_target: Annotated[float, Field(gt=0, le=1)] = 1.0) -> None:
        super().__init__()
        self.real_target = real_target

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return mean_over_scores(real, lambda s: (s - self.real_target).square()) + mean_over_scores(
            fake, lambda s: s.square()
        )

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return mean_over_scores(fake, lambda s: (s - 1).square())

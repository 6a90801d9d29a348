"""Least squares GAN (Mao et al. 2017, arXiv:1611.04076)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores


class LeastSquares(Objective):
    """Squared distance of real scores from 1 and of fake ones from 0; the generator's of its own from 1.

    Discriminator: w (mean (D(x) − 1)² + mean D(G(z))²). Generator: mean (D(G(z)) − 1)². Without the paper's ½, as in
    SEGAN; WaveGAN's code has w = ½.

    Args:
        real_target: what real scores are drawn to instead of 1: one-sided label smoothing (Salimans et al. 2016,
            arXiv:1606.03498, section 3.4). The generator still wants 1.
        discriminator_weight: w.
    """

    is_game = True

    def __init__(
        self,
        real_target: Annotated[float, Field(gt=0, le=1)] = 1.0,
        discriminator_weight: Annotated[float, Field(gt=0)] = 1.0,
    ) -> None:
        super().__init__()
        self.real_target, self.discriminator_weight = real_target, discriminator_weight

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        of_real = mean_over_scores(real, lambda s: (s - self.real_target).square())
        return self.discriminator_weight * (of_real + mean_over_scores(fake, lambda s: s.square()))

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return mean_over_scores(fake, lambda s: (s - 1).square())

"""The saturating game (Goodfellow et al. 2014, arXiv:1406.2661)."""

from __future__ import annotations

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores
from audiogan.processes import mean_over_processes


class Minimax(Objective):
    """The generator minimises the value that the discriminator maximises, log D(x) + log(1 − D(G(z))).

    D is the sigmoid σ of the score. Discriminator: minus the mean value. Generator: mean log(1 − D(G(z))), whose
    gradient at a score s is −σ(s), so that it vanishes where the discriminator is sure: `NonSaturating` mends that. At
    equilibrium D is ½ everywhere and the value −log 4.

    `vitals` tells the mean of D on real candidates and on generated ones: both near ½ where neither player wins.

    Args:
        real_target: what the discriminator is to say of real candidates, 1 or a little less: one-sided label smoothing
            (Salimans et al. 2016, arXiv:1606.03498, section 3.4). The generator's loss does not change with it.
    """

    is_game = True
    of_real: Tensor
    of_fake: Tensor

    def __init__(self, real_target: Annotated[float, Field(gt=0, le=1)] = 1.0) -> None:
        super().__init__()
        self.real_target = real_target
        self.register_buffer("of_real", torch.zeros(()))
        self.register_buffer("of_fake", torch.zeros(()))

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        # The cross-entropy of target t and σ(s) is softplus(s) − t s, and so stays finite at any score.
        return mean_over_scores(real, lambda s: F.softplus(s) - self.real_target * s) + mean_over_scores(
            fake, F.softplus
        )

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return -mean_over_scores(fake, F.softplus)

    @torch.no_grad()
    def after_step(self, real: Judgement, fake: Judgement) -> None:
        self.of_real.copy_(mean_over_processes(mean_over_scores(real, torch.sigmoid)))
        self.of_fake.copy_(mean_over_processes(mean_over_scores(fake, torch.sigmoid)))

    def vitals(self) -> dict[str, Tensor]:
        return {"of_real": self.of_real, "of_fake": self.of_fake}

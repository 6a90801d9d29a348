"""The hinge game (Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores


class Hinge(Objective):
    """Real scores are drawn over 1 and fake ones under −1, and are let be beyond; the generator wants high scores.

    Discriminator: mean max(0, 1 − D(x)) + mean max(0, 1 + D(G(z))). Generator: −mean D(G(z)).
    """

    is_game = True

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return mean_over_scores(real, lambda s: F.relu(1 - s)) + mean_over_scores(fake, lambda s: F.relu(1 + s))

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return -mean_over_scores(fake, lambda s: s)

"""The non-saturating game (Goodfellow et al. 2014, arXiv:1406.2661, section 3)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.minimax import Minimax
from audiogan.objectives.objective import mean_over_scores


class NonSaturating(Minimax):
    """The generator maximises log D(G(z)), so that it learns most where the discriminator is sure.

    Generator: mean −log D(G(z)), whose gradient at a score s is −σ(−s). The discriminator's loss and `real_target` are
    those of `Minimax`.
    """

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return mean_over_scores(fake, lambda s: F.softplus(-s))

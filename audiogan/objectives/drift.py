"""The drift term of progressive growing (Karras et al. 2018, arXiv:1710.10196, appendix A.1)."""

from __future__ import annotations

from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores


class Drift(Objective):
    """mean D(x)², which keeps a critic's scores, free up to a constant, near 0. The paper's weight is 0.001."""

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return mean_over_scores(real, lambda s: s.square())

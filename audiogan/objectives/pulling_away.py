"""The pulling-away term of energy-based GAN (Zhao et al. 2017, arXiv:1609.03126, section 2.4)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, given, precise
from audiogan.processes import gather_batch


class PullingAway(Objective):
    """The mean squared cosine between the codes of two generated candidates, over all pairs i ≠ j of the batch.

    0 where all codes are orthogonal, 1 where they point one way: it keeps a generator from making one thing. Each code
    is normalised by itself. For the generator alone, with a weight of 0.1 in the paper; 0 for a batch of one.
    """

    needs_autoencoder = True

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        codes = F.normalize(gather_batch(precise(given(fake.code, "a code")).flatten(1)), dim=1)
        count = len(codes)
        above_diagonal = (codes @ codes.T).triu(diagonal=1)
        return 2 * above_diagonal.square().sum() / max(count * (count - 1), 1)

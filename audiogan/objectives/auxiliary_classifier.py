"""Auxiliary classifier GAN (Odena et al. 2017, arXiv:1610.09585)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, given, precise


class AuxiliaryClassifier(Objective):
    """The discriminator also tells the class of every candidate, and the generator wants its own to be told right.

    Cross-entropy of the classifier and the class that goes with a candidate: discriminator on real plus on fake,
    generator on fake. Beside a game.
    """

    needs_labels = True

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return _cross_entropy(real) + _cross_entropy(fake)

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return _cross_entropy(fake)


def _cross_entropy(judgement: Judgement) -> Tensor:
    return F.cross_entropy(precise(given(judgement.label_logits, "label_logits")), given(judgement.label, "labels"))

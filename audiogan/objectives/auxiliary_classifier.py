"""Auxiliary classifier GAN (Odena et al. 2017, arXiv:1610.09585)."""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, given, precise


class AuxiliaryClassifier(Objective):
    """Cross-entropy between the label of a candidate and the discriminator's `label_logits`. Beside a game.

    The discriminator minimizes it on real candidates, or on real plus generated ones; the generator on its own.

    Args:
        learns_from: candidates of the discriminator's part: "all", as in the paper, or "real", as in GANSynth (Engel et
            al. 2019, arXiv:1902.08710, by its code), where no generated candidate teaches the classifier.
    """

    needs_labels = True

    def __init__(self, learns_from: Literal["all", "real"] = "all") -> None:
        super().__init__()
        self.learns_from = learns_from

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        """Return the cross-entropy on real candidates, plus that on generated ones where it learns from all."""
        loss = _cross_entropy(real)
        return loss + _cross_entropy(fake) if self.learns_from == "all" else loss

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        """Return the cross-entropy on generated candidates."""
        return _cross_entropy(fake)


def _cross_entropy(judgement: Judgement) -> Tensor:
    return F.cross_entropy(precise(given(judgement.label_logits, "label_logits")), given(judgement.label, "labels"))

"""Feature matching (Salimans et al. 2016, arXiv:1606.03498, section 3.1)."""

from __future__ import annotations

import torch
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, given, precise
from audiogan.processes import gather_batch


class FeatureMatching(Objective):
    """The generator makes the discriminator's mean activations on fake candidates equal to those on real ones.

    For each layer of the judgement's features the mean over the batch is taken, and the squares of the differences are
    averaged over activations, then over layers, so that a weight means the same for any width. The paper has the
    squared norm of one layer. The discriminator is trained by the game beside it.
    """

    generator_compares = True

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        made = given(fake.features, "features")
        wanted = given(given(real, "the real side").features, "features")
        distances = [
            (_batch_mean(m) - _batch_mean(w.detach())).square().mean() for m, w in zip(made, wanted, strict=True)
        ]
        return torch.stack(distances).mean()


def _batch_mean(features: Tensor) -> Tensor:
    return gather_batch(precise(features)).mean(0)

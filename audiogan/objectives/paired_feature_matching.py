"""Feature matching between each output and its own target (Larsen et al. 2016, arXiv:1512.09300; MelGAN, HiFi-GAN)."""

from __future__ import annotations

import torch
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, given, precise


class PairedFeatureMatching(Objective):
    """The generator makes the discriminator's activations on each fake candidate those on its own real target.

    For each layer of the judgement's features mean |difference|, then the mean over the layers, so that a weight means
    the same for any number of layers. MelGAN (arXiv:1910.06711, section 2.3) and HiFi-GAN (arXiv:2010.05646, section
    2.3) sum over the layers. It is for games whose real and fake candidates come in pairs; `FeatureMatching` compares
    means over the batch and wants no pairs.
    """

    generator_compares = True
    needs_pairs = True

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        made = given(fake.features, "features")
        wanted = given(given(real, "the real side").features, "features")
        distances = [(precise(m) - precise(w.detach())).abs().mean() for m, w in zip(made, wanted, strict=True)]
        return torch.stack(distances).mean()

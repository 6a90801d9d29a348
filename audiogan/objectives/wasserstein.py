"""Wasserstein GAN (Arjovsky et al. 2017, arXiv:1701.07875)."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, mean_over_scores


class Wasserstein(Objective):
    """The discriminator, a critic, parts the mean scores of real and fake; the generator brings them together.

    Discriminator: mean D(G(z)) − mean D(x), which is minus the estimated distance. Generator: −mean D(G(z)). It means
    something only where the critic is held smooth, by clipping or by a `GradientPenalty` beside it with `clip: null`.

    Args:
        clip: every weight of the critic is kept within ± this after each of its steps; None: no clipping.
    """

    is_game = True

    def __init__(self, clip: Annotated[float, Field(gt=0)] | None = 0.01) -> None:
        super().__init__()
        self.clip = clip
        self.clips = clip is not None

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return mean_over_scores(fake, lambda s: s) - mean_over_scores(real, lambda s: s)

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return -mean_over_scores(fake, lambda s: s)

    @torch.no_grad()
    def after_discriminator_step(self, discriminator: nn.Module) -> None:
        if self.clip is not None:
            for parameter in discriminator.parameters():
                if parameter.requires_grad:  # else it is another player's, like InfoGAN's latent head
                    parameter.clamp_(-self.clip, self.clip)

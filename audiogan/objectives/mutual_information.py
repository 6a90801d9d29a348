"""The mutual-information bound of InfoGAN (Chen et al. 2016, arXiv:1606.03657)."""

from __future__ import annotations

from typing import Annotated

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, given, precise


class MutualInformation(Objective):
    """Cross-entropy between latent codes and the discriminator's estimate of them, so that each code gets a meaning.

    Minus the log-likelihood of the codes under the latent head's estimate: for a categorical code the cross-entropy,
    for a continuous one ½ (c − estimate)², a Gaussian's of unit deviation without its constant; summed over codes, mean
    over the batch. Up to the codes' entropy it is minus the paper's bound on the mutual information.

    Both players minimize it, on generated candidates: the discriminator's layers below the head learn from it in the
    discriminator's turn, and the generator in its own, whose player also steps the latent head.

    Codes and estimates are `[B, codes]`: one column for each choice of each categorical code (one-hot, in the estimate
    logits), in the order of `categories`, then one for each continuous code.

    Args:
        categories: how many choices each categorical code has.
        continuous: how many continuous codes there are.
        continuous_weight: what these weigh beside the categorical ones.

    Raises:
        ValueError: there is no code at all.
    """

    needs_codes = True

    def __init__(
        self,
        categories: tuple[Annotated[int, Field(ge=2)], ...] = (10,),
        continuous: Annotated[int, Field(ge=0)] = 2,
        continuous_weight: Annotated[float, Field(ge=0)] = 0.1,
    ) -> None:
        super().__init__()
        if not categories and not continuous:
            raise ValueError("give categories, continuous codes or both, there is nothing to read back")
        self.categories, self.continuous, self.continuous_weight = categories, continuous, continuous_weight

    @property
    def codes(self) -> int:
        """The columns of codes and estimates."""
        return sum(self.categories) + self.continuous

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        return self.generator_loss(fake, None)

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        estimate = precise(given(fake.latent_estimate, "a latent_estimate"))
        widths = [*self.categories, self.continuous]
        *logits, mean = estimate.split(widths, dim=1)
        *choices, value = given(fake.latent, "latent codes").to(estimate.dtype).split(widths, dim=1)
        loss = self.continuous_weight * (value - mean).square().sum(1).mean() / 2
        for logit, choice in zip(logits, choices, strict=True):
            loss = loss + F.cross_entropy(logit, choice)
        return loss

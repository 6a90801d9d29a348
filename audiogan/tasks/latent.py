"""What a generator makes candidates from: noise, and beside it the codes of InfoGAN."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from audiogan.chance import Chance
from audiogan.errors import AudioganError

Distribution = Literal["normal", "uniform"]


class Latent:
    """Draws latents: noise, then one-hot choices, then continuous codes, in that order of columns.

    Args:
        size: columns in all, codes included.
        distribution: of the noise: "normal" N(0, 1), or "uniform" in [−1, 1).
        categories: how many choices each categorical code has (Chen et al. 2016, arXiv:1606.03657).
        continuous: how many continuous codes there are, each uniform in [−1, 1).
        noise_scale: what the noise is multiplied with. Where it is small, the codes have most to say of a candidate
            (0.1 in ClusterGAN; Mukherjee et al. 2019, arXiv:1809.03627).

    Raises:
        AudioganError: the codes take more columns than there are.
    """

    def __init__(
        self,
        size: int,
        distribution: Distribution = "normal",
        categories: tuple[int, ...] = (),
        continuous: int = 0,
        noise_scale: float = 1.0,
    ) -> None:
        self.noise_scale = noise_scale
        self.size = size
        self.distribution = distribution
        self.categories = categories
        self.continuous = continuous
        self.codes = sum(categories) + continuous
        self.noise = size - self.codes
        if self.noise < 0:
            raise AudioganError(
                f"The latent codes take {self.codes} numbers and generator.latent_size is {size}: raise it to as many "
                "as you want of noise and codes together."
            )

    def draw(self, chance: Chance) -> Tensor:
        """`[B, size]`, on the CPU."""
        if self.distribution == "normal":
            noise = chance.normal("latent", [self.noise])
        else:
            noise = 2 * chance.uniform("latent", [self.noise]) - 1
        choices = [
            F.one_hot((chance.uniform(f"category {n}", []) * count).long(), count).to(noise.dtype)
            for n, count in enumerate(self.categories)
        ]
        continuous = 2 * chance.uniform("continuous codes", [self.continuous]) - 1
        return torch.cat([self.noise_scale * noise, *choices, continuous], dim=1)

    def codes_in(self, latent: Tensor) -> Tensor | None:
        """The columns of a latent that are codes, `[B, codes]`; None where there are none."""
        return latent[:, self.noise :] if self.codes else None

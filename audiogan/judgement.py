"""What a discriminator returns, and every objective reads."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Judgement:
    """A discriminator's view of a batch of B candidates.

    Args:
        score: `[B]`, one number per candidate (no sigmoid), or `[B, places]`, one for each place of it that is looked
            at; or a list of such, one per sub-discriminator; for an autoencoder discriminator its reconstruction error
            per candidate, 0 or more.
        features: inner activations, for feature matching.
        code: `[B, …]`, the bottleneck of an autoencoder discriminator.
        label_logits: `[B, classes]`, what an auxiliary classifier says.
        latent_estimate: `[B, …]`, the latent codes that are read back from a candidate, what an InfoGAN head gives.
        label: `[B]` int64, the class that goes with each candidate, which the task adds where the data has labels.
        latent: `[B, codes]`, the codes that the generator was given, which the task adds; None for real candidates.
        target: `[B]`, the measured quality that the score ought to tell, which the task adds where it measures; NaN
            where that could not be done.
    """

    score: Tensor | list[Tensor]
    features: list[Tensor] | None = None
    code: Tensor | None = None
    label_logits: Tensor | None = None
    latent_estimate: Tensor | None = None
    label: Tensor | None = None
    latent: Tensor | None = None
    target: Tensor | None = None

    def scores(self) -> list[Tensor]:
        """The scores as a list, also where there is one discriminator only."""
        return self.score if isinstance(self.score, list) else [self.score]

"""The game against a measured quality (MetricGAN, Fu et al. 2019, arXiv:1905.04874; MetricGAN+, arXiv:2104.03538)."""

from __future__ import annotations

import torch
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives.objective import Objective, given, mean_over_scores, precise


class MetricGame(Objective):
    """The discriminator learns to tell a measured quality of fake candidates; the generator wants to be told 1.

    Discriminator: mean (D(x) − 1)² over the real candidates, which are as good as can be, + Σ (D(y) − Q(y))² over all
    fake ones, over the number of real ones: where the task has beside each output its noisy input and past output
    judged, that is the sum of the means of each kind (MetricGAN+, section 3). Generator: mean (D(G(z)) − 1)².

    Q(y), from 0 to 1, is the judgement's `target`; a fake candidate whose quality could not be measured has NaN there,
    and nothing is learned of it.
    """

    is_game = True
    needs_target = True

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor:
        target = given(fake.target, "a target")
        known = target.isfinite()
        target = torch.where(known, target, 0.0)
        real_count = len(real.scores()[0])
        of_fake = torch.stack(
            [((precise(score) - target).square() * known).sum() / real_count for score in fake.scores()]
        )
        return mean_over_scores(real, lambda s: (s - 1).square()) + of_fake.mean()

    def target_loss(self, judged: Judgement) -> Tensor:
        """Return mean (D − Q)² over candidates of one kind, those without a known quality counted as 0.

        The discriminator's loss in a turn that is about one kind of pair, clean speech (Q = 1) being one.
        """
        target = given(judged.target, "a target")
        known = target.isfinite()
        return mean_over_scores(judged, lambda s: (s - torch.where(known, target, 0.0)).square() * known)

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return mean_over_scores(fake, lambda s: (s - 1).square())

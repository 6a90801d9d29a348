"""The contract of every adversarial game."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from audiogan.judgement import Judgement

if TYPE_CHECKING:
    from audiogan.chance import Chance

Judge = Callable[[Tensor], Judgement]


class Objective(nn.Module):
    """What each player minimises, told from what the discriminator said.

    A game overrides the parts it has. The others say None, "nothing from me", so that a penalty or a term beside the
    game can be an objective of its own, and several are combined by adding what they say. An objective knows nothing of
    sound or pictures. Its state, where it has any, is buffers, which a checkpoint keeps.
    """

    # Whether `generator_loss` looks at the judgement of real candidates; where no part of a game does, it is not made.
    generator_compares = False

    def __init__(self) -> None:
        super().__init__()

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor | None:
        """The discriminator's loss, a scalar. `fake` was judged from candidates detached from the generator."""
        return None

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor | None:
        """The generator's loss, a scalar. `real` is there for a game with `generator_compares`; else it may be None."""
        return None

    def penalty(self, judge: Judge, real_input: Tensor, fake_input: Tensor, chance: Chance) -> Tensor | None:
        """What the discriminator loses besides for its behaviour around the data, a scalar, or None for nothing.

        It is asked for outside any autocast, since half precision does not survive a second derivative.

        Args:
            judge: the discriminator as a function of the candidate alone, its condition already bound.
            real_input, fake_input: `[B, …]`, real and generated candidates.
            chance: this batch's draws.
        """
        return None

    def after_discriminator_step(self, discriminator: nn.Module) -> None:
        """Called when the discriminator's optimiser has stepped: for clipping its weights."""

    def after_step(self, real: Judgement, fake: Judgement) -> None:
        """Called at the end of a step with what was judged in it, over all processes: for state like BEGAN's k."""


def mean_over_scores(judgement: Judgement, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """The mean of an elementwise loss over the batch, and over the sub-discriminators where there are several.

    Scores that an autocast left in half precision are taken to float32 first.
    """
    means = [loss(s.to(torch.promote_types(s.dtype, torch.float32))).mean() for s in judgement.scores()]
    return torch.stack(means).mean()

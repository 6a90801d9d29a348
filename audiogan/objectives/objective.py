"""The contract of every adversarial game."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, nn

from audiogan.judgement import Judgement

if TYPE_CHECKING:
    from audiogan.chance import Chance

Judge = Callable[[Tensor], Judgement]
T = TypeVar("T")


class Objective(nn.Module):
    """What each player minimises, told from what the discriminator said.

    A game overrides the parts it has. The others say None, "nothing from me", so that a penalty or a term beside the
    game can be an objective of its own, and several are combined by adding what they say. An objective knows nothing of
    sound or pictures. Its state, where it has any, is buffers, which a checkpoint keeps.

    Each process's loss is a mean over its own part of the batch. An objective that looks across the batch gathers it
    with `audiogan.processes.gather_batch` and says on every process what one process would say of the whole.

    What it asks of the networks and of the data is said by the attributes below, for a recipe to check beforehand.
    """

    # A game of its own, which draws real and fake scores apart, and not a term beside one.
    is_game = False
    # Whether `generator_loss` looks at the judgement of real candidates; where no part of a game does, it is not made.
    generator_compares = False
    # The discriminator is an autoencoder: its score is a reconstruction error, and its judgement has a code.
    needs_autoencoder = False
    # The data has labels, and the discriminator says `label_logits`.
    needs_labels = False
    # The generator is given latent codes, and the discriminator says a `latent_estimate`.
    needs_codes = False
    # Each fake candidate has a real one of its own, at the same place of the batch.
    needs_pairs = False
    # The task measures the quality of fake candidates, which is their judgement's `target`.
    needs_target = False
    # It bounds the gradient at each candidate alone: not to be put beside clipping, nor on a batch norm, through which
    # the score of one candidate depends on the others.
    is_penalty = False
    # It clips the discriminator's weights.
    clips = False
    # Its `penalty` is asked for at every so many steps, from the first one on, and then counts as often.
    every = 1

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
        """Called each time the discriminator's optimiser has stepped: for clipping its weights."""

    def after_step(self, real: Judgement, fake: Judgement) -> None:
        """Called once a step with the scores of the discriminator's last turn: for state like BEGAN's k.

        The judgements are this process's part of the batch; what is taken of them goes through
        `audiogan.processes.mean_over_processes`, so that the state is the same on all.
        """

    def vitals(self) -> dict[str, Tensor]:
        """Scalars that tell how the game stands, by name, for the journal. Read after `after_step`."""
        return {}


def mean_over_scores(judgement: Judgement, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """The mean of an elementwise loss over the batch, and over the sub-discriminators where there are several.

    Scores that an autocast left in half precision are taken to float32 first.
    """
    return torch.stack([loss(precise(score)).mean() for score in judgement.scores()]).mean()


def precise(x: Tensor) -> Tensor:
    """`x` in float32 at least."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def given(value: T | None, what: str) -> T:
    """`value`, where a discriminator or a task did give it.

    Raises:
        ValueError: it did not; `what` names it in the message.
    """
    if value is None:
        raise ValueError(f"this objective needs {what}, which the judgement does not have")
    return value

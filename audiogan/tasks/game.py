"""The adversarial side of a task: what its objectives say to each player, added up by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.objectives import MetricGame, Objective
from audiogan.precision import without_autocast

Judge = Callable[[Tensor, Chance], Judgement]


@dataclass(frozen=True)
class Weighted:
    """A term of a loss, what it is multiplied with, and what it compares; see `on` of a recipe's reconstruction."""

    term: nn.Module
    weight: float
    on: Literal["representation", "waveform", "network"] = "representation"

    @property
    def name(self) -> str:
        """The name under which the term stands in the journal."""
        return type(self.term).__name__


class Game(nn.Module):
    """The objectives that two players play for, with their weights; their state is in its state dict.

    Args:
        parts: the objectives; none for a task without a discriminator.
        flipped_labels: share of the candidates that the discriminator is told the wrong way round, real for fake, drawn
            anew for each batch (the noisy labels of Salimans et al. 2016 and of ganhacks).
    """

    def __init__(self, parts: Sequence[Weighted], flipped_labels: float = 0.0) -> None:
        super().__init__()
        self.parts = list(parts)
        self.objectives = nn.ModuleList([part.term for part in parts])
        self.flipped_labels = flipped_labels
        self._last: list[tuple[Judgement, Judgement]] = []
        self._turn: tuple[int, str] | None = None

    def __bool__(self) -> bool:
        return bool(self.parts)

    def discriminator_losses(
        self, judge: Judge, real_input: Tensor, fake_input: Tensor, chance: Chance, judge_fake: Judge | None = None
    ) -> dict[str, Tensor]:
        """What the discriminator loses, by objective; `fake_input` is detached from the generator.

        `judge_fake`, where it is given, judges the fake candidates in place of `judge`, and may add to them.
        """
        real = judge(real_input, chance.within("real"))
        fake = (judge_fake or judge)(fake_input, chance.within("fake"))
        self._remember(chance, scores_alone(real), scores_alone(fake))
        if self.flipped_labels:
            flipped = chance.uniform("flipped labels", []).to(real_input.device) < self.flipped_labels
            real, fake = exchanged(real, fake, flipped)
        losses: dict[str, Tensor] = {}
        for part, objective in self._objectives():
            add_loss(losses, part.name, part.weight, objective.discriminator_loss(real, fake))
            if chance.step % objective.every == 0:
                with without_autocast(real_input.device):
                    penalty = objective.penalty(
                        lambda candidate: judge(candidate, chance.within("penalty")),
                        real_input,
                        fake_input.to(real_input.dtype),
                        chance,
                    )
                add_loss(losses, f"{part.name}.penalty", part.weight * objective.every, penalty)
            else:  # so that the journal's mean over steps is that of the weighted penalty
                add_loss(losses, f"{part.name}.penalty", 0.0, torch.zeros((), device=real_input.device))
        return losses

    def target_losses(self, judged: Judgement) -> dict[str, Tensor]:
        """What the discriminator loses where a turn is about candidates of one kind and their measured quality."""
        losses: dict[str, Tensor] = {}
        for part, objective in self._objectives():
            if isinstance(objective, MetricGame):
                add_loss(losses, part.name, part.weight, objective.target_loss(judged))
        return losses

    def generator_losses(
        self, judge: Judge, fake_input: Tensor, real_input: Tensor, chance: Chance
    ) -> dict[str, Tensor]:
        """What the generator loses, by objective."""
        fake = judge(fake_input, chance.within("fake"))
        real = None
        if any(objective.generator_compares for _, objective in self._objectives()):
            with torch.no_grad():
                real = judge(real_input, chance.within("real"))
        losses: dict[str, Tensor] = {}
        for part, objective in self._objectives():
            add_loss(losses, part.name, part.weight, objective.generator_loss(fake, real))
        return losses

    def after_discriminator_step(self, discriminator: nn.Module) -> None:
        """Let the objectives clip the discriminator's weights; after each of its turns."""
        for _, objective in self._objectives():
            objective.after_discriminator_step(discriminator)

    def after_step(self) -> None:
        """Let the objectives move their state by the discriminator's last judgements; once a step."""
        if not self._last:
            return
        real, fake = (_rejoined(parts) for parts in zip(*self._last, strict=True))
        for _, objective in self._objectives():
            objective.after_step(real, fake)
        self._last = []

    def vitals(self) -> dict[str, Tensor]:
        """How the game stands, by objective and name."""
        return {
            f"{part.name}.{name}": value
            for part, objective in self._objectives()
            for name, value in objective.vitals().items()
        }

    def _remember(self, chance: Chance, real: Judgement, fake: Judgement) -> None:
        """Keep the judgements of a turn, of which each part of a batch adds its own; forget those of earlier turns."""
        turn = (chance.step, chance.scope)
        if turn != self._turn:
            self._turn, self._last = turn, []
        self._last.append((real, fake))

    def _objectives(self) -> list[tuple[Weighted, Objective]]:
        return [(part, part.term) for part in self.parts if isinstance(part.term, Objective)]


def add_loss(losses: dict[str, Tensor], name: str, weight: float, loss: Tensor | None) -> None:
    """Add a loss under its term's name; terms of one name are summed, None adds nothing."""
    if loss is not None:
        losses[name] = losses.get(name, 0) + weight * loss


def scores_alone(judgement: Judgement) -> Judgement:
    """Its scores without their graph, so that nothing else of a turn stays in memory."""
    scores = [score.detach() for score in judgement.scores()]
    return Judgement(scores if isinstance(judgement.score, list) else scores[0])


def _rejoined(parts: Sequence[Judgement]) -> Judgement:
    """The scores of a batch that was judged in parts."""
    if len(parts) == 1:
        return parts[0]
    scores = [torch.cat(own) for own in zip(*(part.scores() for part in parts), strict=True)]
    return Judgement(scores if isinstance(parts[0].score, list) else scores[0])


def exchanged(real: Judgement, fake: Judgement, which: Tensor) -> tuple[Judgement, Judgement]:
    """Both judgements with the scores of some candidates exchanged: what a wrong label does, in any game.

    Args:
        which: bool `[B]`.
    """
    pairs = list(zip(real.scores(), fake.scores(), strict=True))
    first = [torch.where(_rows(which, ours), theirs, ours) for ours, theirs in pairs]
    second = [torch.where(_rows(which, ours), ours, theirs) for ours, theirs in pairs]
    if isinstance(real.score, list):
        return replace(real, score=first), replace(fake, score=second)
    return replace(real, score=first[0]), replace(fake, score=second[0])


def _rows(which: Tensor, like: Tensor) -> Tensor:
    """`[B]` so that it chooses rows of a score, `[B]` or `[B, places]`."""
    return which.view(-1, *[1] * (like.ndim - 1))


def draws_of(network: nn.Module, like: Tensor, *counters: Any) -> dict[str, Any]:
    """What a network wants beside its input, on the input's device; nothing for networks without chance."""
    draw = getattr(network, "draw", None)
    draws = draw(*counters) if draw else {}
    return {name: value.to(like.device) if isinstance(value, Tensor) else value for name, value in draws.items()}

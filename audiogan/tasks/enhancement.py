"""Speech enhancement: noisy speech in, clean speech out, judged beside the noisy speech it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from audiogan.audio.representation import Representation
from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.objectives import Objective
from audiogan.tasks.enhancement_scores import Pair, score
from audiogan.tasks.task import Batch, Player, Task, Validation


@dataclass(frozen=True)
class Weighted:
    """A term of a loss, what it is multiplied with, and whether it compares representations or waveforms."""

    term: nn.Module
    weight: float
    on: Literal["representation", "waveform"] = "representation"

    @property
    def name(self) -> str:
        """The name under which the term stands in the journal."""
        return type(self.term).__name__


class Enhancement(Task):
    """The conditional game of SEGAN (Pascual et al. 2017, section 3), with any of the games and terms.

    The generator maps noisy speech to clean speech; the discriminator sees (candidate, noisy). Without a discriminator
    and a game only the reconstruction terms are left: the ablation.

    Batches hold `noisy` and `clean`, float32 waveforms `[B, 1, window]` in [-1, 1].

    Args:
        generator: `forward(noisy, **draws)` on the representation, `[B, 1, window]` in and out.
        discriminator: `forward(candidate, noisy, **draws)` giving a `Judgement`; None for the ablation.
        game: the adversarial objectives with their weights.
        reconstruction: terms between the generator's output and the clean speech, with their weights.
        representation: what the networks see of the sound.
        window: samples the generator takes at a time.
        sample_rate: Hz.
        measures: names in `enhancement_scores.MEASURES`, what validation measures.
        best: the one of them by which the best checkpoint is chosen.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module | None,
        game: Sequence[Weighted],
        reconstruction: Sequence[Weighted],
        representation: Representation,
        window: int,
        sample_rate: int,
        measures: Sequence[str] = ("si_sdr",),
        best: str = "si_sdr",
    ) -> None:
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.objectives = nn.ModuleList([part.term for part in (*game, *reconstruction)])
        self.game = list(game)
        self.reconstruction = list(reconstruction)
        self.representation = representation
        self.window = window
        self.sample_rate = sample_rate
        self.measures = list(measures)
        self.best = best
        self._last_judgements: tuple[Judgement, Judgement] | None = None

    def players(self) -> list[Player]:
        """The discriminator, where there is one, and the generator."""
        players = [Player("generator", [self.generator])]
        if self.discriminator is not None:
            players.insert(0, Player("discriminator", [self.discriminator]))
        return players

    def averaged(self) -> nn.Module:
        """The generator."""
        return self.generator

    def setup(self, first_batch: Batch) -> None:
        """Hold the first batch of real pairs as the reference of virtual batch norm."""
        hold_reference = getattr(self.discriminator, "set_reference", None)
        if hold_reference is not None:
            hold_reference(*self._encoded(first_batch, "clean", "noisy"))

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        """The player's losses; see `Task.losses`."""
        clean, noisy = self._encoded(batch, "clean", "noisy")
        if player == "discriminator":
            return self._discriminator_losses(clean, noisy, chance)
        return self._generator_losses(clean, noisy, chance)

    def after_turn(self, player: str) -> None:
        """Let the objectives clip weights or move their state."""
        if player != "discriminator" or self._last_judgements is None or self.discriminator is None:
            return
        for _, objective in self._objectives():
            objective.after_discriminator_step(self.discriminator)
            objective.after_step(*self._last_judgements)
        self._last_judgements = None

    def validate(self, items: list[Pair], generator: nn.Module) -> Validation:
        """Scores of the enhanced items beside those of the noisy ones, and their sounds."""
        return score(
            items, generator, self.representation, self.window, self.sample_rate, self.measures, self.best
        )

    def _discriminator_losses(self, clean: Tensor, noisy: Tensor, chance: Chance) -> dict[str, Tensor]:
        with torch.no_grad():
            fake_input = self._enhance(noisy, chance)
        real = self._judge(clean, noisy, chance.within("real"))
        fake = self._judge(fake_input, noisy, chance.within("fake"))
        self._last_judgements = (real, fake)
        losses: dict[str, Tensor] = {}
        for part, objective in self._objectives():
            _add(losses, part, "", objective.discriminator_loss(real, fake))
            # A penalty differentiates twice, which half precision does not survive.
            with torch.autocast(clean.device.type, enabled=False):
                penalty = objective.penalty(
                    lambda candidate: self._judge(candidate, noisy, chance.within("penalty")),
                    clean,
                    fake_input.to(clean.dtype),
                    chance,
                )
            _add(losses, part, ".penalty", penalty)
        return losses

    def _generator_losses(self, clean: Tensor, noisy: Tensor, chance: Chance) -> dict[str, Tensor]:
        output = self._enhance(noisy, chance)
        losses: dict[str, Tensor] = {}
        if self.game:
            fake = self._judge(output, noisy, chance.within("fake"))
            real = self._judgement_of_real(clean, noisy, chance)
            for part, objective in self._objectives():
                _add(losses, part, "", objective.generator_loss(fake, real))
        for part in self.reconstruction:
            _add(losses, part, "", part.term(*self._sides(part, output, clean)))
        return losses

    def _judgement_of_real(self, clean: Tensor, noisy: Tensor, chance: Chance) -> Judgement | None:
        if not any(objective.generator_compares for _, objective in self._objectives()):
            return None
        with torch.no_grad():
            return self._judge(clean, noisy, chance.within("real"))

    def _objectives(self) -> list[tuple[Weighted, Objective]]:
        return [(part, part.term) for part in self.game if isinstance(part.term, Objective)]

    def _enhance(self, noisy: Tensor, chance: Chance) -> Tensor:
        return self.generator(noisy, **_draws(self.generator, noisy, chance, noisy.shape[-1]))

    def _judge(self, candidate: Tensor, noisy: Tensor, chance: Chance) -> Judgement:
        assert self.discriminator is not None
        return self.discriminator(candidate, noisy, **_draws(self.discriminator, noisy, chance))

    def _sides(self, part: Weighted, output: Tensor, clean: Tensor) -> tuple[Tensor, Tensor]:
        """What a term compares. Decoding is a recursion, which half precision does not survive."""
        if part.on == "representation":
            return output, clean
        return self.representation.decode(output.float()), self.representation.decode(clean)

    def _encoded(self, batch: Batch, *names: str) -> list[Tensor]:
        return [self.representation.encode(batch[name]) for name in names]


def _add(losses: dict[str, Tensor], part: Weighted, suffix: str, loss: Tensor | None) -> None:
    """Add a loss under its term's name; terms of one class are summed."""
    if loss is not None:
        name = part.name + suffix
        losses[name] = losses.get(name, 0) + part.weight * loss


def _draws(network: nn.Module, like: Tensor, *counters: Any) -> dict[str, Any]:
    """What a network wants beside its input, on the input's device; nothing for networks without chance."""
    draw = getattr(network, "draw", None)
    draws = draw(*counters) if draw else {}
    return {name: value.to(like.device) if isinstance(value, Tensor) else value for name, value in draws.items()}

"""Speech enhancement: noisy speech in, clean speech out, judged beside the noisy speech it came from."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from audiogan.audio.representation import Representation
from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.tasks.adversarial import AdversarialTask, Steadying
from audiogan.tasks.enhancement_scores import Pair, enhance, score
from audiogan.tasks.game import Game, Judge, Weighted, add_loss, draws_of
from audiogan.tasks.metric_target import MetricTarget
from audiogan.tasks.task import Batch, Validation


class Enhancement(AdversarialTask):
    """The conditional game of SEGAN (Pascual et al. 2017, section 3), with any of the games and terms.

    The generator maps noisy speech to clean speech; the discriminator sees (candidate, noisy), or, where it learns to
    tell a measured quality, (candidate, clean). Without a discriminator and a game only the reconstruction terms are
    left: the ablation.

    Batches hold `noisy` and `clean`, float32 waveforms `[B, 1, window]` in [-1, 1].

    Args:
        generator: `forward(noisy, **draws)` on the representation, `[B, 1, window]` in and out.
        discriminator: `forward(candidate, noisy, **draws)`, or with `clean` for `noisy`, giving a `Judgement`; None for
            the ablation.
        game: what the two play for; without parts for the ablation.
        reconstruction: terms between the generator's output and the clean speech, with their weights.
        representation: what the networks see of the sound.
        window: samples the generator takes at a time.
        sample_rate: Hz.
        measures: names in `enhancement_scores.MEASURES`, what validation measures.
        best: the one of them by which the best checkpoint is chosen.
        steadying: what keeps the game from going astray.
        strength: share of the output in what is validated, see `audiogan.networks.windows.apply_to_windows`; training
            does not know it.
        metric: the quality that the discriminator learns to tell, for a game whose objective needs a target.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module | None,
        game: Game,
        reconstruction: Sequence[Weighted],
        representation: Representation,
        window: int,
        sample_rate: int,
        measures: Sequence[str] = ("si_sdr",),
        best: str = "si_sdr",
        steadying: Steadying | None = None,
        strength: float = 1.0,
        metric: MetricTarget | None = None,
    ) -> None:
        super().__init__(generator, discriminator, game, steadying)
        self.terms = nn.ModuleList([part.term for part in reconstruction])
        self.reconstruction = list(reconstruction)
        self.representation = representation
        self.window = window
        self.sample_rate = sample_rate
        self.measures = list(measures)
        self.best = best
        self.strength = strength
        self.metric = metric
        self.judged_beside_clean = discriminator is not None and judges_beside_clean(type(discriminator))
        self._turn = 0  # of the discriminator, in this step

    def begin_step(self, step: int, images_seen: int) -> None:
        """Let instance noise fade, and count the discriminator's turns anew."""
        super().begin_step(step, images_seen)
        self._turn = 0

    def setup(self, first_batch: Batch) -> None:
        """Hold the first batch of real pairs as the reference of virtual batch norm."""
        super().setup(first_batch)
        hold_reference = getattr(self.discriminator, "set_reference", None)
        if hold_reference is not None:
            hold_reference(*self._encoded(first_batch, "clean", "noisy"))

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        """The player's losses; see `Task.losses`."""
        clean, noisy = self._encoded(batch, "clean", "noisy")
        if player == "discriminator":
            losses = self._discriminator_losses(clean, noisy, chance)
        else:
            losses = self._generator_losses(clean, noisy, chance)
        self.add_history(losses, player)
        return losses

    def vitals(self) -> dict[str, Tensor]:
        """How the game stands, and what was measured."""
        return {**super().vitals(), **(self.metric.vitals() if self.metric else {})}

    def validate(self, items: list[Pair], generator: nn.Module) -> Validation:
        """Scores of the enhanced items beside those of the noisy ones, and their sounds."""
        enhanced = [enhance(item.noisy, generator, self.representation, self.window, self.strength) for item in items]
        return score(items, enhanced, self.sample_rate, self.measures, self.best)

    def _discriminator_losses(self, clean: Tensor, noisy: Tensor, chance: Chance) -> dict[str, Tensor]:
        metric = self.metric
        if metric is not None and metric.apart:
            turn, self._turn = self._turn, self._turn + 1
            judged = metric.judged_alone(
                turn, self._judge_beside, lambda: self._output_alone(noisy, chance), noisy, clean, chance
            )
            return self.game.target_losses(judged)
        output, judge = self._output_alone(noisy, chance), self._judge(clean, noisy)
        if metric is None:
            return self.game.discriminator_losses(judge, clean, output, chance)

        def judge_fake(candidate: Tensor, its_chance: Chance) -> Judgement:
            return metric.judged(self._judge_beside, candidate, noisy, clean, its_chance)

        return self.game.discriminator_losses(judge, clean, output, chance, judge_fake)

    def _generator_losses(self, clean: Tensor, noisy: Tensor, chance: Chance) -> dict[str, Tensor]:
        spectrum: Tensor | None = None
        if any(part.on == "network" for part in self.reconstruction):
            generator: Any = self.generator
            output, spectrum = generator.with_spectrum(noisy, **self._draws(noisy, chance))
        else:
            output = self._enhance(noisy, chance)
        losses: dict[str, Tensor] = {}
        if self.game:
            losses = self.game.generator_losses(self._judge(clean, noisy), output, clean, chance)
        for part in self.reconstruction:
            if part.on == "network":
                assert spectrum is not None
                sides = self._network_sides(part, output, spectrum, clean, noisy)
            else:
                sides = self._sides(part, output, clean)
            add_loss(losses, part.name, part.weight, part.term(*sides))
        return losses

    def _enhance(self, noisy: Tensor, chance: Chance) -> Tensor:
        return self.generator(noisy, **self._draws(noisy, chance))

    @torch.no_grad()
    def _output_alone(self, noisy: Tensor, chance: Chance) -> Tensor:
        return self._enhance(noisy, chance)

    def _draws(self, noisy: Tensor, chance: Chance) -> dict[str, Any]:
        return draws_of(self.generator, noisy, chance, noisy.shape[-1])

    def _judge(self, clean: Tensor, noisy: Tensor) -> Judge:
        return self._judge_beside(clean if self.judged_beside_clean else noisy)

    def _judge_beside(self, condition: Tensor) -> Judge:
        discriminator = self.discriminator
        assert discriminator is not None
        return lambda candidate, chance: discriminator(
            self.as_seen(candidate, chance), condition, **draws_of(discriminator, condition, chance)
        )

    def _sides(self, part: Weighted, output: Tensor, clean: Tensor) -> tuple[Tensor, Tensor]:
        """What a term compares. Decoding is a recursion, which half precision does not survive."""
        if part.on == "representation":
            return output, clean
        return self.representation.decode(output.float()), self.representation.decode(clean)

    def _network_sides(
        self, part: Weighted, output: Tensor, spectrum: Tensor, clean: Tensor, noisy: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the generator's own spectra, or the sounds at the level at which it computes."""
        generator: Any = self.generator
        if getattr(part.term, "of_network_spectra", False):
            return spectrum, generator.compressed(clean, noisy)
        level = generator.level(noisy)
        return output / level, clean / level

    def _encoded(self, batch: Batch, *names: str) -> list[Tensor]:
        return [self.representation.encode(batch[name]) for name in names]


def judges_beside_clean(discriminator: type[nn.Module]) -> bool:
    """Whether a discriminator judges candidates beside the clean speech, as those that tell a quality do."""
    return "clean" in inspect.signature(discriminator.forward).parameters

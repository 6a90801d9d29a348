"""The loop: players move in the recipe's order; what happens is written down; a stopped run goes on exactly."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.components import build
from audiogan.errors import AudioganError
from audiogan.show.samples import write_samples
from audiogan.tasks import Player, Task
from audiogan.tasks.task import Batch
from audiogan.training import optimisers
from audiogan.training.averaging import WeightAverage
from audiogan.training.checkpoint import CheckpointFolder
from audiogan.training.interruption import Interruption
from audiogan.training.journal import Journal
from audiogan.training.precision import PrecisionPolicy, device_of
from audiogan.training.progress import Progress
from audiogan.training.settings import PlayerSettings, TrainingSettings, ValidationSettings


@dataclass(frozen=True)
class Plan:
    """What the trainer is told: the recipe's groups of keys that concern it, and the seed of all draws."""

    seed: int
    players: dict[str, PlayerSettings]
    training: TrainingSettings
    validation: ValidationSettings


class Trainer:
    """Steps the players of a task, averages weights, keeps the journal and the checkpoints.

    It knows nothing of sound and of any model: a task gives it losses by name, a stream gives it batches.

    Args:
        task: the game.
        plan: how it is played.
        batches: `batches(n)` streams the run's batches from number n on, the same ones at each call.
        validation_items: what the task validates on; empty: no validation.
        folder: the run folder.
        recipe: the resolved recipe, kept in every checkpoint.
        progress: shows how it goes.
    """

    def __init__(
        self,
        task: Task,
        plan: Plan,
        batches: Callable[[int], Iterator[Batch]],
        validation_items: list[Any],
        folder: Path,
        recipe: dict[str, Any],
        progress: Progress,
    ) -> None:
        self.task = task
        self.plan = plan
        self.batches = batches
        self.validation_items = validation_items
        self.folder = folder
        self.recipe = recipe
        self.progress = progress
        settings = plan.training
        self.device = device_of(settings.device)
        self.precision = PrecisionPolicy(settings.precision, self.device)
        self.schedule = settings.schedule.over(settings.steps)
        self.checkpoints = CheckpointFolder(folder / "checkpoints", settings.keep_checkpoints)
        task.to(self.device)
        named = {player.name: player for player in task.players()}
        self.players = [named[name] for name in plan.players]
        self.optimisers = {
            player.name: build(plan.players[player.name].optimiser, optimisers).over(player.parameters())
            for player in self.players
        }
        self.rates = {
            name: [group["lr"] for group in optimiser.param_groups] for name, optimiser in self.optimisers.items()
        }
        decay = settings.average_decay
        self.average = None if decay is None else WeightAverage(task.averaged(), decay)
        self.step = 0
        self.best: float | None = None
        self._sums: dict[str, Tensor] = {}
        self._summed = 0

    @property
    def batches_per_step(self) -> int:
        """Players share a step's batches: turn n of each player plays on the step's batch n."""
        return max(self.plan.players[player.name].turns for player in self.players)

    def run(self) -> bool:
        """Train until the last step, or until Ctrl-C; returns whether the last step was reached.

        Raises:
            AudioganError: a loss is no longer finite; the last good checkpoint is kept.
        """
        steps = self.plan.training.steps
        stream = self.batches(self.step * self.batches_per_step)
        if self.step == 0:
            stream = self._set_up(stream)
        journal = Journal(self.folder, self.step)
        try:
            with Interruption() as interruption, self.progress:
                self.progress.start(self.step, steps)
                while self.step < steps and not interruption.asked:
                    self._play(stream)
                    self._keep_up(journal)
            finished = self.step >= steps
            if finished and self._summed:
                self._log(journal)
            if not self.checkpoints.path(self.step).exists():
                self._save()
        finally:
            journal.close()
        return finished

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs, and all that is needed to use the trained network."""
        return {
            "step": self.step,
            "recipe": self.recipe,
            "task": self.task.state_dict(),
            "optimisers": {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()},
            "scaler": self.precision.scaler.state_dict(),
            "average": self.average.network.state_dict() if self.average else None,
            "best": self.best,
            "sums": self._sums,
            "summed": self._summed,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's state."""
        self.step = state["step"]
        self.task.load_state_dict(state["task"])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
        self.precision.scaler.load_state_dict(state["scaler"])
        if self.average:
            self.average.network.load_state_dict(state["average"])
        self.best = state["best"]
        self._sums = {name: value.to(self.device) for name, value in state["sums"].items()}
        self._summed = state["summed"]

    def trained_network(self) -> nn.Module:
        """The network to use: the average where there is one."""
        return self.average.network if self.average else self.task.averaged()

    def _set_up(self, stream: Iterator[Batch]) -> Iterator[Batch]:
        first = next(stream)
        self.task.setup(self._on_device(first))
        if self.average:
            self.average = WeightAverage(self.task.averaged(), self.average.decay)
        return itertools.chain([first], stream)

    def _play(self, stream: Iterator[Batch]) -> None:
        self.task.begin_step(self.step, self.step * self.plan.training.batch_size)
        batches = [self._on_device(next(stream)) for _ in range(self.batches_per_step)]
        for player in self.players:
            for turn in range(self.plan.players[player.name].turns):
                self._turn(player, batches[turn], turn)
        self.task.after_step()
        self.step += 1
        self._summed += 1
        if self.average:
            self.average.update(self.task.averaged(), self.step)

    def _turn(self, player: Player, batch: Batch, turn: int) -> None:
        optimiser = self.optimisers[player.name]
        factor = self.schedule.factor(self.step)
        for group, rate in zip(optimiser.param_groups, self.rates[player.name], strict=True):
            group["lr"] = rate * factor
        # The other players' weights get no gradient in this turn: it would be computed and thrown away.
        for other in self.players:
            for parameter in other.parameters():
                parameter.requires_grad_(False)
        for parameter in player.parameters():
            parameter.requires_grad_(True)
        chance = Chance(
            self.plan.seed, self.step, range(self.plan.training.batch_size), scope=f"{player.name} {turn}/"
        )
        optimiser.zero_grad(set_to_none=True)
        with self.precision.autocast():
            losses = self.task.losses(player.name, batch, chance)
        scaler = self.precision.scaler
        scaler.scale(torch.stack(list(losses.values())).sum()).backward()
        scaler.unscale_(optimiser)
        norm = nn.utils.clip_grad_norm_(
            player.parameters(), self.plan.players[player.name].clip_gradient or math.inf, foreach=True
        )
        scaler.step(optimiser)
        scaler.update()
        self.task.after_turn(player.name)
        self._note(player.name, {**losses, "gradient_norm": norm})

    def _note(self, player: str, numbers: dict[str, Tensor]) -> None:
        turns = self.plan.players[player].turns
        for name, value in numbers.items():
            key = f"{player}.{name}"
            share = value.detach() / turns
            self._sums[key] = self._sums[key] + share if key in self._sums else share

    def _keep_up(self, journal: Journal) -> None:
        settings = self.plan.training
        if self.step % settings.log_every == 0:
            self._log(journal)
        self.progress.step(self.step)
        if self.validation_items and self.step % self.plan.validation.every == 0:
            self._validate(journal)
        if self.step % settings.checkpoint_every == 0:
            self._save()

    def _log(self, journal: Journal) -> None:
        numbers = {name: float(value) / self._summed for name, value in self._sums.items()}
        self._sums, self._summed = {}, 0
        lost = [name for name, value in numbers.items() if not math.isfinite(value)]
        losses_lost = [name for name in lost if not name.endswith("gradient_norm")]
        if losses_lost:
            last = self.checkpoints.last()
            kept = f"{last} is whole" if last else "no checkpoint was written yet"
            raise AudioganError(
                f"Step {self.step}: {losses_lost[0]} is no longer a finite number; {kept}. Try a lower learning rate "
                "(players.NAME.optimiser.learning_rate) or players.NAME.clip_gradient."
            )
        journal.write(self.step, "training", {n: v for n, v in numbers.items() if n not in lost})
        self.progress.numbers(numbers)

    def _validate(self, journal: Journal) -> None:
        self._check_weights()
        started = time.monotonic()
        result = self.task.validate(self.validation_items, self.trained_network())
        journal.write(self.step, "validation", result.numbers)
        write_samples(self.folder / "samples", self.step, result.samples[: self.plan.validation.samples])
        self.progress.validation(self.step, result.numbers)
        if result.quality is not None and (self.best is None or result.quality > self.best):
            self.best = result.quality
            self.checkpoints.save_best(self.state())
        self.progress.pause(time.monotonic() - started)

    def _save(self) -> None:
        self._check_weights()
        self.checkpoints.save(self.step, self.state())

    def _check_weights(self) -> None:
        lost = [name for name, value in self.task.state_dict().items() if not torch.isfinite(value).all()]
        if lost:
            raise AudioganError(
                f"Step {self.step}: the weights {lost[0]} are no longer finite; nothing was saved over "
                f"{self.checkpoints.last() or 'earlier steps'}. Try a lower learning rate, "
                "or players.NAME.clip_gradient."
            )

    def _on_device(self, batch: Batch) -> Batch:
        return {name: value.to(self.device, non_blocking=True) for name, value in batch.items()}

"""The loop: players move in the recipe's order; what happens is written down; a stopped run goes on exactly."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.components import build
from audiogan.errors import AlreadyToldError, AudioganError
from audiogan.processes import alone, average_gradients, gather_batch, in_parts, own_places, rank
from audiogan.tasks import Player, Task
from audiogan.tasks.task import Batch
from audiogan.training import optimisers
from audiogan.training.agreement import agreed
from audiogan.training.averaging import Averages
from audiogan.training.checkpoint import machine
from audiogan.training.interruption import Interruption
from audiogan.training.means import RunningMeans
from audiogan.training.precision import PrecisionPolicy, device_of
from audiogan.training.progress import Progress
from audiogan.training.records import Records
from audiogan.training.run_facts import RunFacts
from audiogan.training.run_report import RunReport, machine_in_words
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

    It knows nothing of sound and of any model: a task gives it losses by name, a stream gives it batches. Where several
    processes train together, each runs it on its own part of every batch; the first one writes and validates, and a
    mistake or an interruption of one ends all at the same step.

    Args:
        task: the game.
        plan: how it is played.
        batches: `batches(n)` streams the run's batches from number n on, the same ones at each call; of each batch this
            process's part.
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
        self.recipe = recipe
        self.progress = progress
        settings = plan.training
        self.device = device_of(settings.device)
        self.precision = PrecisionPolicy(settings.precision, self.device)
        self.schedules = {
            name: (player.schedule or settings.schedule).over(settings.steps) for name, player in plan.players.items()
        }
        here = machine_in_words(machine(), self.device)
        report = RunReport(folder, recipe, here, progress)
        facts = RunFacts(folder, here, {p.name: sum(w.numel() for w in p.parameters()) for p in task.players()})
        self.records = Records(
            folder, settings.keep_checkpoints, plan.validation.samples, plan.players, progress, report, facts
        )
        self.is_first = rank() == 0
        self.places = own_places(settings.batch_size)
        if len(self.places) % settings.accumulate:
            raise AudioganError(
                f"training.accumulate: each process has {len(self.places)} items of a batch, which cannot be divided "
                f"into {settings.accumulate} even parts. Take one that divides them."
            )
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
        self.averages = Averages(task.averaged(), settings.average_decay, self.players, plan.players)
        self.step = 0
        self.best: float | None = None
        self.means = RunningMeans()
        self._saved_at: int | None = None

    @property
    def batches_per_step(self) -> int:
        """Players share a step's batches: turn n of each player plays on batch n of the step, or all on the first."""
        plans = [self.plan.players[player.name] for player in self.players]
        return max(1 if plan.same_batch else plan.turns for plan in plans)

    def run(self) -> bool:
        """Train until the last step, or until Ctrl-C; returns whether the last step was reached.

        Raises:
            AudioganError: a loss is no longer finite; the last good checkpoint is kept.
        """
        steps = self.plan.training.steps
        stream = self.batches(self.step * self.batches_per_step)
        if self.step == 0:
            stream = self._set_up(stream)
        with agreed():
            self.records.open(self.step)
        finished = False
        try:
            with Interruption() as interruption, self.progress:
                self.progress.start(self.step, steps)
                while self.step < steps:
                    batches = self._next_batches(stream, interruption)
                    if not batches:
                        break
                    self._play(batches)
                    self._keep_up()
            finished = self.step >= steps
            if finished:
                self._log()
            if self._saved_at != self.step:
                self._save()
        finally:
            self.records.close(finished)
        return finished

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs, and all that is needed to use the trained network; all processes must ask."""
        return {
            "step": self.step,
            "recipe": self.recipe,
            "task": self.task.state_dict(),
            "optimisers": {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()},
            "scaler": self.precision.scaler.state_dict(),
            **self.averages.state_dict(),
            "best": self.best,
            **self.means.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's state."""
        self.step = self._saved_at = state["step"]
        self.task.load_state_dict(state["task"])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
        self.precision.scaler.load_state_dict(state["scaler"])
        self.averages.load_state_dict(state)
        self.best = state["best"]
        self.means.load_state_dict(state, self.device)

    def trained_network(self) -> nn.Module:
        """The network to use: the average where there is one."""
        average = self.averages.of_used
        return self.task.averaged() if average is None else average

    def _set_up(self, stream: Iterator[Batch]) -> Iterator[Batch]:
        with agreed():
            first = next(stream)
        whole = {name: gather_batch(part) for name, part in self._on_device(first).items()}
        with alone():
            self.task.setup(whole)
        self.averages.restart()
        return itertools.chain([first], stream)

    def _next_batches(self, stream: Iterator[Batch], interruption: Interruption) -> list[Batch]:
        """Return a step's batches; none where the run is to stop.

        Raises:
            AudioganError: an item cannot be made; the steps so far are saved first.
        """
        try:
            with agreed() as agreement:
                agreement.stop = interruption.asked
                batches = [] if agreement.stop else list(itertools.islice(stream, self.batches_per_step))
        except AudioganError as error:
            if self.step == 0:
                raise
            if self._saved_at != self.step:
                self._save()
            if isinstance(error, AlreadyToldError):
                raise
            raise AudioganError(f"{error} Step {self.step} is saved: fix this and go on with --resume.") from error
        return [] if agreement.stop else batches

    def _play(self, step_batches: Iterable[Batch]) -> None:
        images_seen = self.step * self.plan.training.batch_size
        self.task.begin_step(self.step, images_seen)
        if self.task.resets_optimizers(self.step, images_seen):
            for optimiser in self.optimisers.values():
                optimiser.state.clear()
        batches = [self._on_device(batch) for batch in step_batches]
        for player in self.players:
            plan = self.plan.players[player.name]
            for turn in range(plan.turns):
                self._turn(player, batches[0 if plan.same_batch else turn], turn)
        self.task.after_step()
        for name, value in self.task.vitals().items():
            self.means.note_known(name, value)
        self.step += 1
        self.means.steps += 1
        self.averages.update(self.step)

    def _turn(self, player: Player, batch: Batch, turn: int) -> None:
        optimiser = self.optimisers[player.name]
        factor = self.schedules[player.name].factor(self.step)
        for group, rate in zip(optimiser.param_groups, self.rates[player.name], strict=True):
            group["lr"] = rate * factor
        # The other players' weights get no gradient in this turn: it would be computed and thrown away.
        for other in self.players:
            for parameter in other.parameters():
                parameter.requires_grad_(False)
        for parameter in player.parameters():
            parameter.requires_grad_(True)
        optimiser.zero_grad(set_to_none=True)
        losses = self._losses_with_gradients(player, batch, scope=f"{player.name} {turn}/")
        scaler = self.precision.scaler
        average_gradients(player.parameters())
        scaler.unscale_(optimiser)
        norm = nn.utils.clip_grad_norm_(
            player.parameters(), self.plan.players[player.name].clip_gradient or math.inf, foreach=True
        )
        scaler.step(optimiser)
        scaler.update()
        self.task.after_turn(player.name)
        turns = self.plan.players[player.name].turns
        for name, value in {**losses, "gradient_norm": norm}.items():
            self.means.note(f"{player.name}.{name}", value, share=1 / turns)

    def _losses_with_gradients(self, player: Player, batch: Batch, scope: str) -> dict[str, Tensor]:
        """The player's losses by name, after adding their gradients, one part of the batch after the other."""
        count = self.plan.training.accumulate
        size = len(self.places) // count
        means: dict[str, Tensor] = {}
        for number in range(count):
            rows = slice(number * size, (number + 1) * size)
            chance = Chance(self.plan.seed, self.step, self.places[rows], scope)
            part = {name: value[rows] for name, value in batch.items()} if count > 1 else batch
            with in_parts() if count > 1 else nullcontext(), self.precision.autocast():
                losses = self.task.losses(player.name, part, chance)
            self.precision.scaler.scale(torch.stack(list(losses.values())).sum() / count).backward()
            for name, value in losses.items():
                means[name] = means.get(name, 0) + value.detach() / count
        return means

    def _keep_up(self) -> None:
        settings = self.plan.training
        if self.step % settings.log_every == 0:
            self._log()
        self.progress.step(self.step)
        due = self.step % self.plan.validation.every == 0 or self.step == self.plan.training.steps
        if self.validation_items and due:
            self._validate()
        if self.step % settings.checkpoint_every == 0:
            self._save()

    def _log(self) -> None:
        numbers = self.means.take()
        if not numbers:
            return
        lost = [name for name, value in numbers.items() if not math.isfinite(value)]
        # A gradient that is too large for fp16 is left out by its scaler, and says nothing of the weights.
        losses_lost = [name for name in lost if not name.endswith("gradient_norm")]
        if losses_lost:
            last = self.records.checkpoints.last()
            kept = f"{last} is whole" if last else "no checkpoint was written yet"
            raise AudioganError(
                f"Step {self.step}: {losses_lost[0]} is no longer a finite number; {kept}. Try a lower learning rate "
                "(players.NAME.optimiser.learning_rate) or players.NAME.clip_gradient."
            )
        with agreed():
            self.records.training(self.step, {n: v for n, v in numbers.items() if n not in lost})

    def _validate(self) -> None:
        self._check_weights()
        state = self.state()
        with agreed(), alone():
            if self.is_first:
                self._validate_alone(state)

    def _validate_alone(self, state: dict[str, Any]) -> None:
        started = time.monotonic()
        self.progress.busy("validating")
        result = self.task.validate(self.validation_items, self.trained_network())
        self.records.validation(self.step, result)
        if result.quality is not None and (self.best is None or result.quality > self.best):
            self.best = result.quality
            self.records.save_best({**state, "best": self.best})
        self.progress.pause(time.monotonic() - started)

    def _save(self) -> None:
        self._check_weights()
        state = self.state()
        with agreed():
            self.records.save(self.step, state)
        self._saved_at = self.step

    def _check_weights(self) -> None:
        lost = [name for name, value in self.task.state_dict().items() if not torch.isfinite(value).all()]
        if lost:
            raise AudioganError(
                f"Step {self.step}: the weights {lost[0]} are no longer finite; nothing was saved over "
                f"{self.records.checkpoints.last() or 'earlier steps'}. Try a lower learning rate, "
                "or players.NAME.clip_gradient."
            )

    def _on_device(self, batch: Batch) -> Batch:
        return {name: value.to(self.device, non_blocking=True) for name, value in batch.items()}

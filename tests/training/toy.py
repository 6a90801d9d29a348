"""A game whose every number is known: each player's loss is linear in its weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.tasks import Player, Task, Validation
from audiogan.tasks.task import Batch
from audiogan.training.progress import Progress
from audiogan.training.settings import PlayerSettings, TrainingSettings, ValidationSettings
from audiogan.training.trainer import Plan, Trainer

# RMSprop whose epsilon dwarfs the root mean square descends plainly, at this rate over this epsilon: 1/8.
PLAIN = {"name": "RMSprop", "learning_rate": 0.125 * 2.0**40, "epsilon": 2.0**40}
RATE = 0.125


class Weights(nn.Module):
    """Two weights, from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(2))


class Linear(Task):
    """Each player loses the product of its weights, and of everybody else's, with the mean of the batch.

    `turns` notes who moved, in which step, under which scope and on which batch; `before` is called in each of them.
    """

    def __init__(self, *names: str, before: Callable[[Linear], None] = lambda task: None) -> None:
        super().__init__()
        self.names = names
        self.sides = nn.ModuleDict({name: Weights() for name in names})
        self.register_buffer("first", torch.zeros(2))
        self.before = before
        self.turns: list[tuple[str, int, str, float]] = []
        self.begun: list[tuple[int, int]] = []
        self.qualities: Iterator[float | None] = iter(())

    def players(self) -> list[Player]:
        return [Player(name, [self.sides[name]]) for name in self.names]

    def averaged(self) -> nn.Module:
        return self.sides[self.names[0]]

    def setup(self, first_batch: Batch) -> None:
        self.first = self.first + first_batch["x"][0]

    def begin_step(self, step: int, images_seen: int) -> None:
        self.begun.append((step, images_seen))

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        self.turns.append((player, chance.step, chance.scope, batch["x"][0, 0].item()))
        self.before(self)
        mean = batch["x"].mean(0)
        others = sum((side.w.sum() for side in self.sides.values()), torch.zeros(()))
        return {"linear": self.sides[player].w @ mean, "others": 7 * others, "input": mean[0].clone()}

    def validate(self, items: list[Any], generator: nn.Module) -> Validation:
        return Validation({"weight": generator.w[0].item()}, [], next(self.qualities))

    def weights(self) -> dict[str, list[float]]:
        return {name: side.w.tolist() for name, side in self.sides.items()}


def numbered(first: int) -> Iterator[Batch]:
    """Batches of two samples: batch n holds n in its first column and 1 in its second."""
    while True:
        yield {"x": torch.tensor([[float(first), 1.0]] * 2)}
        first += 1


def steady(first: int) -> Iterator[Batch]:
    """Batches whose mean is (3, 4), of length 5."""
    while True:
        yield {"x": torch.tensor([[2.0, 4.0], [4.0, 4.0]])}


def trainer(
    task: Task,
    folder: Path,
    players: dict[str, dict[str, Any]] | Sequence[str],
    batches: Callable[[int], Iterator[Batch]] = steady,
    validation: dict[str, Any] | None = None,
    progress: Progress | None = None,
    **training: Any,
) -> Trainer:
    """A trainer of `task` in `folder`; players that are only named descend plainly."""
    options = players if isinstance(players, dict) else {name: {} for name in players}
    plan = Plan(
        seed=1,
        players={name: PlayerSettings.model_validate({"optimiser": PLAIN, **o}) for name, o in options.items()},
        training=TrainingSettings.model_validate({"steps": 4, "batch_size": 2, "device": "cpu", **training}),
        validation=ValidationSettings.model_validate(validation or {}),
    )
    folder.mkdir(parents=True, exist_ok=True)
    items = [0] if validation else []
    return Trainer(task, plan, batches, items, folder, {"name": "toy"}, progress or Progress(quiet=True))

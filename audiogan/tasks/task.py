"""The contract between a task and the trainer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor, nn

from audiogan.chance import Chance

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Player:
    """One side of the game: a name and the modules whose parameters it steps."""

    name: str
    modules: list[nn.Module]

    def parameters(self) -> list[nn.Parameter]:
        """The parameters that this player's optimiser steps."""
        return [parameter for module in self.modules for parameter in module.parameters()]


@dataclass(frozen=True)
class SoundSample:
    """Sounds to hear and see side by side, each under its title, float32 `[channels, samples]`.

    Args:
        name: of the sample.
        given: what is the same at every validation (noisy, clean).
        made: what the network made of it.
        sample_rate: Hz.
    """

    name: str
    given: dict[str, np.ndarray]
    made: dict[str, np.ndarray]
    sample_rate: int


@dataclass(frozen=True)
class Validation:
    """What a validation found.

    Args:
        numbers: by name, finite ones only.
        samples: for ears and eyes.
        quality: the number by which checkpoints are compared, higher is better; None where there is none.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    samples: list[SoundSample] = field(default_factory=list)
    quality: float | None = None


class Task(nn.Module, ABC):
    """Owns the networks and objectives, names the players, and says what each of them loses.

    It is a module so that its `state_dict` holds everything that must be in a checkpoint: networks, the state of the
    objectives, statistics fitted at the start.
    """

    @abstractmethod
    def players(self) -> list[Player]:
        """The players, each with its modules."""

    @abstractmethod
    def averaged(self) -> nn.Module:
        """The module whose weights are averaged and used after training: the generator."""

    @abstractmethod
    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        """What the player loses on this batch: scalars by name, already weighted; the player descends on their sum."""

    @abstractmethod
    def validate(self, items: list[Any], generator: nn.Module) -> Validation:
        """Scores and samples of `generator` on the fixed validation items."""

    def setup(self, first_batch: Batch) -> None:
        """Fit what is fitted once: a reference batch, statistics. Called before the first step of a new run."""

    def begin_step(self, step: int, images_seen: int) -> None:
        """Set what depends on the count alone (progressive growing, fading noise)."""

    def after_turn(self, player: str) -> None:
        """Called after the player's optimiser has stepped (weight clipping, the equilibrium of BEGAN)."""

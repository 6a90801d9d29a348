"""The contract between a task and the trainer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor, nn

from audiogan.chance import Chance

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Player:
    """One side of the game: a name and the modules whose parameters it steps.

    Args:
        name: of the player, as the recipe names it.
        modules: whose parameters it steps,
        without: but not those of these, which are another player's (InfoGAN's latent head inside the discriminator).
    """

    name: str
    modules: list[nn.Module]
    without: list[nn.Module] = field(default_factory=list)

    def parameters(self) -> list[nn.Parameter]:
        """The parameters that this player's optimiser steps."""
        left_out = {id(parameter) for module in self.without for parameter in module.parameters()}
        return [p for module in self.modules for p in module.parameters() if id(p) not in left_out]


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
class PictureSample:
    """Pictures to see side by side.

    Args:
        name: of the sample.
        pictures: float32 `[N, channels, height, width]` in [-1, 1].
        columns: how many in a row of the grid.
    """

    name: str
    pictures: np.ndarray
    columns: int


@dataclass(frozen=True)
class PointSample:
    """Points of the plane, real and generated, over the discriminator's field.

    Args:
        name: of the sample.
        real, made: float32 `[N, 2]`.
        field: `[rows, columns]`, the discriminator's score over `extent`, row 0 at the bottom; None where it has none.
        extent: left, right, bottom, top.
    """

    name: str
    real: np.ndarray
    made: np.ndarray
    field: np.ndarray | None
    extent: tuple[float, float, float, float]


@dataclass(frozen=True)
class SoundsSample:
    """Many sounds of one length, to hear one after the other and see side by side.

    Args:
        name: of the sample.
        sounds: float32 `[N, channels, samples]` in [-1, 1].
        sample_rate: Hz.
    """

    name: str
    sounds: np.ndarray
    sample_rate: int


Sample = SoundSample | SoundsSample | PictureSample | PointSample


@dataclass(frozen=True)
class Validation:
    """What a validation found.

    Args:
        numbers: by name, finite ones only.
        samples: for ears and eyes.
        quality: the number by which checkpoints are compared, higher is better; None where there is none.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    samples: Sequence[Sample] = ()
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

    def fit(self, items: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Fit statistics to all training items. Called before a new run begins, on the CPU; not before it goes on."""

    def setup(self, first_batch: Batch) -> None:
        """Hold what is held of the first batch (a reference) and of the initial weights (a mean).

        Called before the first step of a new run, after trained weights have been loaded where the run begins with
        some; a resumed run has both from its checkpoint.
        """

    def begin_step(self, step: int, images_seen: int) -> None:
        """Set what depends on the count alone (progressive growing, fading noise)."""

    def resets_optimizers(self, step: int, images_seen: int) -> bool:
        """Whether the optimisers of all players forget their state before this step; of the counts alone."""
        return False

    def after_turn(self, player: str) -> None:
        """Called after the player's optimiser has stepped (weight clipping)."""

    def after_step(self) -> None:
        """Called once a step, after every player's last turn (the equilibrium of BEGAN)."""

    def vitals(self) -> dict[str, Tensor]:
        """Scalars that tell how the game stands (BEGAN's k), by name, for the journal. Read after `after_step`.

        NaN stands for "nothing was measured in this step".
        """
        return {}

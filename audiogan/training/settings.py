"""What a recipe says of training: the keys under `players`, `training` and `validation`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from audiogan.components import choice
from audiogan.settings import Settings
from audiogan.training import optimisers
from audiogan.training.precision import Precision
from audiogan.training.schedule import Schedule, Shape

Count = Annotated[int, Field(ge=1)]


class ScheduleSettings(Settings):
    """How learning rates change over the run."""

    shape: Shape = Field("constant", description="constant, linear or cosine (to 0 at the last step), or halving")
    warm_up: int = Field(0, ge=0, description="steps over which the rates rise from 0")
    halve_every: int = Field(0, ge=0, description="steps between halvings, for halving")
    floor: float = Field(0.0, ge=0, le=1, description="the rates never fall below this share of themselves")

    @model_validator(mode="after")
    def _halving_needs_a_distance(self) -> ScheduleSettings:
        if (self.shape == "halving") != (self.halve_every > 0):
            raise ValueError("halve_every is given with the shape halving, and only then")
        return self

    def over(self, steps: int) -> Schedule:
        """The schedule of a run of `steps` steps."""
        return Schedule(self.shape, steps, self.warm_up, self.halve_every, self.floor)


class PlayerSettings(Settings):
    """How one player moves."""

    optimiser: choice(optimisers) = Field(description="the optimiser of this player's weights")  # type: ignore[valid-type]
    turns: Count = Field(1, description="how often the player moves in each step, each time on a new batch")
    same_batch: bool = Field(False, description="whether all its turns in a step are on the step's first batch")
    clip_gradient: float | None = Field(None, gt=0, description="largest norm of the player's gradient")
    schedule: ScheduleSettings | None = Field(None, description="of this player's rates; left out, training.schedule")
    average_decay: float | None = Field(
        None, ge=0, lt=1, description="decay of the average of this player's network; left out, training.average_decay "
        "for the network that is used after training, and no average of the others",
    )  # fmt: skip


class TrainingSettings(Settings):
    """The loop: how long, how much at a time, where, and what is kept."""

    steps: Count = Field(description="steps of the whole run; in each of them every player takes its turns")
    batch_size: Count = Field(description="items in a batch")
    accumulate: Count = Field(1, description="parts of a batch that are processed one after the other, for less memory")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1 or mps")
    precision: Precision = Field("fp32", description="fp32, bf16 or fp16 (penalties stay in fp32)")
    threads: Count | None = Field(None, description="CPU threads; left out, torch's own choice")
    workers: int = Field(0, ge=0, description="processes that prepare batches beside the one that trains")
    schedule: ScheduleSettings = Field(
        default_factory=ScheduleSettings, description="learning rates of the players without one of their own"
    )
    average_decay: float | None = Field(
        None, ge=0, lt=1, description="decay of the average of the generator's weights; left out, no average is kept"
    )
    log_every: Count = Field(50, description="steps between lines of the journal")
    checkpoint_every: Count = Field(1000, description="steps between checkpoints")
    keep_checkpoints: Count = Field(2, description="how many of the last checkpoints are kept, beside the best")

    @model_validator(mode="after")
    def _parts_are_even(self) -> TrainingSettings:
        if self.batch_size % self.accumulate:
            raise ValueError(
                f"a batch of {self.batch_size} cannot be divided into {self.accumulate} even parts: take an accumulate "
                "that divides batch_size"
            )
        return self


class ValidationSettings(Settings):
    """How often the run is validated and listened to."""

    every: Count = Field(1000, description="steps between validations")
    samples: int = Field(3, ge=0, description="how many of the validation items are kept as sound and picture")

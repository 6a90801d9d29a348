"""What a recipe may say: every key, its type and what it means. `audiogan recipe schema` prints this for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

import audiogan.audio.representation
import audiogan.networks
import audiogan.objectives
from audiogan.audio.representation import Representation
from audiogan.components import TermOptions, choice
from audiogan.data.settings import SpeechData
from audiogan.objectives import Objective, Reconstruction
from audiogan.settings import Settings
from audiogan.training.settings import PlayerSettings, TrainingSettings, ValidationSettings

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
Measure = Literal["pesq", "si_sdr", "segmental_snr", "log_spectral_distance"]


class ReconstructionOptions(TermOptions):
    """A term between the output and the clean speech."""

    on: Literal["representation", "waveform"] = Field(
        "representation", description="what is compared: what the networks see, or the waveform that is heard"
    )


class SpeechValidation(ValidationSettings):
    """What a speech enhancement run is validated on."""

    pairs: Path | None = Field(
        None, description="a manifest of `audiogan prep`; left out, `data.held_out` of the recordings are kept for it"
    )
    items: int = Field(16, ge=0, description="how many pairs, spread evenly over those there are")
    measures: list[Measure] = Field(
        default=["si_sdr", "segmental_snr", "log_spectral_distance"], description="what is measured on them"
    )
    best: Measure = Field("si_sdr", description="the measure by which the best checkpoint is chosen")

    @model_validator(mode="after")
    def _best_is_measured(self) -> SpeechValidation:
        if self.best not in self.measures:
            raise ValueError(f"best is {self.best}, which is not among the measures; add it there")
        return self


class Recipe(Settings):
    """One experiment: who plays which game on what data, for how long."""

    name: Name = Field(description="the run's name, and its folder's under runs/")
    about: str = Field("", description="what it is, in a line")
    task: Literal["enhancement"] = Field(description="what is learned")
    seed: int = Field(0, ge=0, description="all chance in the run follows from it")
    smaller: Name | None = Field(None, description="the shipped recipe to take where this one would need days")
    sample_rate: int = Field(16000, ge=1000, le=384000, description="Hz of what the networks see")
    representation: choice(audiogan.audio.representation, base=Representation) = Field(  # type: ignore[valid-type]
        description="what the networks see of the sound"
    )
    generator: choice(audiogan.networks, "Generator") = Field(description="noisy in, clean out")  # type: ignore[valid-type]
    discriminator: choice(audiogan.networks, "Discriminator") | None = Field(  # type: ignore[valid-type]
        None, description="judges (candidate, noisy); left out, there is no game"
    )
    game: list[choice(audiogan.objectives, base=Objective, common=TermOptions)] = Field(  # type: ignore[valid-type]
        default_factory=list, description="adversarial objectives, each with its weight"
    )
    reconstruction: list[choice(audiogan.objectives, base=Reconstruction, common=ReconstructionOptions)] = Field(  # type: ignore[valid-type]
        default_factory=list, description="terms between the output and the clean speech, each with its weight"
    )
    data: SpeechData = Field(description="what is trained on")
    players: dict[Literal["discriminator", "generator"], PlayerSettings] = Field(
        description="who moves in each step, in this order"
    )
    training: TrainingSettings = Field(description="the loop")
    validation: SpeechValidation = Field(default_factory=SpeechValidation, description="how often, and on what")

    @model_validator(mode="after")
    def _game_and_players_agree(self) -> Recipe:
        if (self.discriminator is None) != (not self.game):
            raise ValueError("a discriminator and a game go together: give both, or neither for the ablation")
        if not self.game and not self.reconstruction:
            raise ValueError("nothing to learn from: give a game, reconstruction terms, or both")
        wanted = {"generator"} if self.discriminator is None else {"generator", "discriminator"}
        if set(self.players) != wanted:
            raise ValueError(f"players are {_listed(self.players)}, and this recipe needs {_listed(wanted)}")
        return self


def _listed(names: object) -> str:
    return " and ".join(sorted(names))  # type: ignore[call-overload]

"""What a recipe for speech enhancement says."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

import audiogan.audio.representation
import audiogan.networks
import audiogan.objectives
from audiogan.audio.representation import Representation
from audiogan.components import TermOptions, choice
from audiogan.data.settings import SpeechData
from audiogan.objectives import Reconstruction
from audiogan.recipe.recipe import GameRecipe
from audiogan.training.settings import ValidationSettings

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


class EnhancementRecipe(GameRecipe):
    """Noisy speech in, clean speech out."""

    task: Literal["enhancement"] = Field(description="what is learned")
    sample_rate: int = Field(16000, ge=1000, le=384000, description="Hz of what the networks see")
    generator: choice(audiogan.networks, "Generator", takes="noisy") = Field(description="noisy in, clean out")  # type: ignore[valid-type]
    discriminator: choice(audiogan.networks, "Discriminator", takes="noisy") | None = Field(  # type: ignore[valid-type]
        None, description="judges (candidate, noisy); left out, there is no game"
    )
    representation: choice(audiogan.audio.representation, base=Representation) = Field(  # type: ignore[valid-type]
        description="what the networks see of the sound"
    )
    reconstruction: list[choice(audiogan.objectives, base=Reconstruction, common=ReconstructionOptions)] = Field(  # type: ignore[valid-type]
        default_factory=list, description="terms between the output and the clean speech, each with its weight"
    )
    strength: float = Field(
        1.0, gt=0, le=1, description="share of the output in what validation and `enhance` give; the rest stays noisy"
    )
    data: SpeechData = Field(description="what is trained on")
    validation: SpeechValidation = Field(default_factory=SpeechValidation, description="how often, and on what")

    @model_validator(mode="after")
    def _something_to_learn(self) -> EnhancementRecipe:
        if not self.game and not self.reconstruction:
            raise ValueError("nothing to learn from: give a game, reconstruction terms, or both")
        return self

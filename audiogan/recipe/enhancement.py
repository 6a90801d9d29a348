"""What a recipe for speech enhancement says."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, model_validator

import audiogan.audio.representation
import audiogan.networks
import audiogan.objectives
from audiogan.audio.representation import Representation
from audiogan.components import TermOptions, choice
from audiogan.data.settings import SpeechData
from audiogan.metrics.quality import PESQ_RANGE
from audiogan.objectives import Reconstruction
from audiogan.recipe.recipe import GameRecipe
from audiogan.settings import Settings
from audiogan.tasks.enhancement import judges_beside_clean
from audiogan.tasks.metric_target import turn_kinds
from audiogan.training.settings import ValidationSettings

Measure = Literal["pesq", "stoi", "estoi", "si_sdr", "segmental_snr", "log_spectral_distance"]


PESQ_RATE = 16000  # Hz, at which wide-band PESQ is defined


class ReconstructionOptions(TermOptions):
    """A term between the output and the clean speech."""

    on: Literal["representation", "waveform", "network"] = Field(
        "representation",
        description="what is compared: what the networks see, the waveform that is heard, or what the generator itself "
        "computes: its spectra, or the sounds at its level",
    )


class SpeechValidation(ValidationSettings):
    """What a speech enhancement run is validated on."""

    pairs: Path | None = Field(
        None, description="a manifest of `audiogan prep`; left out, `data.held_out` of the recordings are kept for it"
    )
    items: int = Field(16, ge=0, description="how many pairs, drawn from those there are")
    measures: list[Measure] = Field(
        default=["si_sdr", "segmental_snr", "log_spectral_distance"], description="what is measured on them"
    )
    best: Measure = Field("si_sdr", description="the measure by which the best checkpoint is chosen")

    @model_validator(mode="after")
    def _best_is_measured(self) -> SpeechValidation:
        if self.best not in self.measures:
            raise ValueError(f"best is {self.best}, which is not among the measures; add it there")
        return self


class MetricSettings(Settings):
    """The measured quality that the discriminator of `MetricGame` learns to tell."""

    measures: list[Literal["pesq", "stoi", "estoi", "si_sdr"]] = Field(
        default=["pesq"], min_length=1, description="what is measured; of several the mean, each on a scale from 0 to 1"
    )
    noisy: bool = Field(True, description="whether it learns the quality of the noisy speech too")
    replay: int = Field(256, ge=0, description="past outputs that it is reminded of, one a step; 0 for none")
    jobs: int = Field(1, ge=1, description="processes that measure")
    apart: bool = Field(
        False,
        description="whether each turn of the discriminator is about one kind of pair, in MetricGAN+'s three passes: "
        "clean, output, noisy; past output; clean, output, noisy again",
    )
    pesq_range: tuple[float, float] = Field(PESQ_RANGE, description="PESQ's values that count as 0 and as 1")


class EnhancementRecipe(GameRecipe):
    """Noisy speech in, clean speech out."""

    has_pairs: ClassVar[bool] = True

    task: Literal["enhancement"] = Field(description="what is learned")
    sample_rate: int = Field(16000, ge=1000, le=384000, description="Hz of what the networks see")
    generator: choice(audiogan.networks, "Generator", takes=("noisy",)) = Field(description="noisy in, clean out")  # type: ignore[valid-type]
    discriminator: choice(audiogan.networks, "Discriminator", takes=("noisy", "clean")) | None = Field(  # type: ignore[valid-type]
        None, description="judges (candidate, noisy) or (candidate, clean); left out, there is no game"
    )
    metric: MetricSettings | None = Field(None, description="the quality that the discriminator of MetricGame tells")
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
    def _quality_is_told_beside_clean_speech(self) -> EnhancementRecipe:
        targets = [part.name for part in self.game if getattr(audiogan.objectives, part.name).needs_target]
        if bool(targets) != (self.metric is not None):
            raise ValueError("metric and MetricGame go together: give both, or neither")
        if self.discriminator is None:
            return self
        if judges_beside_clean(getattr(audiogan.networks, self.discriminator.name)) != bool(targets):
            raise ValueError(
                f"{self.discriminator.name} does not fit the game: MetricGame, and no other, is for a discriminator "
                "that judges beside the clean speech, such as MetricGANDiscriminator"
            )
        if self.metric and self.flipped_labels:
            raise ValueError(
                "flipped_labels are for real and fake, which MetricGame does not tell apart: leave them out"
            )
        if self.metric and "pesq" in self.metric.measures and self.sample_rate < PESQ_RATE:
            raise ValueError(f"metric.measures: PESQ needs a sample_rate of {PESQ_RATE} or more: take stoi or si_sdr")
        return self

    @model_validator(mode="after")
    def _turns_fit_the_kinds(self) -> EnhancementRecipe:
        if self.metric is None or not self.metric.apart:
            return self
        needed = len(turn_kinds(self.metric.noisy, self.metric.replay > 0))
        turns = self.players["discriminator"].turns
        if turns != needed:
            raise ValueError(
                f"metric.apart takes {needed} turns of the discriminator in a step, one for each kind of pair: set "
                f"players.discriminator.turns to {needed} (it is {turns})"
            )
        others = [part.name for part in self.game if part.name != "MetricGame"]
        if others:
            raise ValueError(
                f"metric.apart is for MetricGame alone: leave {others[0]} out, or set metric.apart to false"
            )
        return self

    @model_validator(mode="after")
    def _terms_hear_at_the_rate_of_the_recipe(self) -> EnhancementRecipe:
        for part in self.reconstruction:
            rate = getattr(part, "sample_rate", self.sample_rate)
            if rate != self.sample_rate:
                raise ValueError(
                    f"reconstruction: {part.name} hears at {rate} Hz and the recipe is of {self.sample_rate}: give the "
                    "term the recipe's sample_rate if it takes it, or leave the term out"
                )
        return self

    @model_validator(mode="after")
    def _terms_on_the_network_find_what_they_compare(self) -> EnhancementRecipe:
        shows = hasattr(getattr(audiogan.networks, self.generator.name), "with_spectrum")
        for part in self.reconstruction:
            if part.on == "network" and not shows:
                raise ValueError(
                    f"reconstruction: {part.name} on network needs a generator that shows its spectrum, such as "
                    f"CMGANGenerator, which {self.generator.name} does not: take on: representation or waveform"
                )
            if getattr(audiogan.objectives, part.name).of_network_spectra and part.on != "network":
                raise ValueError(f"reconstruction: {part.name} is for on: network; elsewhere take CompressedSpectrum")
        return self

    @model_validator(mode="after")
    def _something_to_learn(self) -> EnhancementRecipe:
        if not self.game and not self.reconstruction:
            raise ValueError("nothing to learn from: give a game, reconstruction terms, or both")
        return self

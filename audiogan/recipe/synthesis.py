"""What a recipe for synthesis says: points, pictures and sound from a latent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

import audiogan.networks
import audiogan.objectives
from audiogan.components import ComponentOptions, choice
from audiogan.data.settings import PictureData, PointData, SoundData
from audiogan.recipe.pictures_building import picture_shape
from audiogan.recipe.recipe import GameRecipe, SoundPictureOptions
from audiogan.settings import Settings
from audiogan.tasks.latent import Distribution
from audiogan.training.settings import ValidationSettings

Count = Annotated[int, Field(ge=0)]
Choices = Annotated[int, Field(ge=2)]


class LatentSettings(Settings):
    """What the generator makes samples from; how many numbers in all is generator.latent_size."""

    distribution: Distribution = Field("normal", description="of the noise: normal N(0, 1), or uniform in [-1, 1)")
    categories: list[Choices] = Field(default=[], description="InfoGAN: how many choices each categorical code has")
    continuous: Count = Field(0, description="InfoGAN: how many continuous codes there are")
    noise_scale: float = Field(1.0, gt=0, description="of the noise: where it is small, codes have most to say")


class GrowthSettings(Settings):
    """How networks that grow do so, in pictures; each step counts one batch of them, whoever takes how many turns."""

    fading: int = Field(ge=1, description="pictures while a new level fades in")
    stable: int = Field(ge=1, description="pictures while no level is new")
    reset_optimizers: bool = Field(False, description="optimisers begin anew where a level begins or ends to fade in")


class SynthesisValidation(ValidationSettings):
    """What a generator's samples are compared with."""

    items: int = Field(500, ge=2, description="generated and real samples that are compared")
    shown: int = Field(64, ge=1, description="pictures in the grid, or sounds that are kept")
    folder: Path | None = Field(None, description="held-out sounds to compare with; left out, those trained on")


class SynthesisRecipe(GameRecipe):
    """Samples from a latent, judged beside real ones."""

    task: Literal["synthesis"] = Field(description="what is learned")
    generator: choice(audiogan.networks, "Generator", takes=("latent",)) = Field(  # type: ignore[valid-type]
        description="makes samples of a latent"
    )
    discriminator: choice(audiogan.networks, "Discriminator", takes=("label",)) = Field(description="judges samples")  # type: ignore[valid-type]
    latent: LatentSettings = Field(default_factory=LatentSettings, description="what samples are made from")
    data: PointData | PictureData | SoundData = Field(discriminator="name", description="what is trained on")
    sample_rate: int | None = Field(
        None, ge=1000, le=768000, description="Hz, of sounds; points and pictures have none"
    )
    representation: SoundPictureOptions | None = Field(
        None, description="as what picture the networks see sounds; left out, they see the waveform"
    )
    growth: GrowthSettings | None = Field(None, description="for networks that grow (ProGAN)")
    validation: SynthesisValidation = Field(default_factory=SynthesisValidation, description="how often, and on what")

    @property
    def classes(self) -> int:
        """How many labels the generator knows."""
        return int(self.generator.arguments().get("classes", 0))

    @model_validator(mode="after")
    def _labels_agree(self) -> SynthesisRecipe:
        options = self.discriminator.arguments()
        judged = int(options.get("classes", 0))
        if judged != self.classes:
            raise ValueError(
                f"the generator knows {self.classes} classes and the discriminator {judged}: give both the same number "
                "by generator.classes and discriminator.classes"
            )
        told = any(getattr(audiogan.objectives, part.name).needs_labels for part in self.game)
        if judged and options["condition"] == "auxiliary" and not told:
            raise ValueError(
                "the discriminator's condition is auxiliary and the game has no AuxiliaryClassifier, so nothing would "
                "teach it the classes: add that to the game, or take another condition"
            )
        return self

    @model_validator(mode="after")
    def _codes_agree(self) -> SynthesisRecipe:
        told = sum(self.latent.categories) + self.latent.continuous
        read = int(self.discriminator.arguments().get("codes", 0))
        terms = [part for part in self.game if getattr(audiogan.objectives, part.name).needs_codes]
        if bool(told) != bool(terms):
            raise ValueError("latent codes and the term MutualInformation go together: give both, or neither")
        for term in terms:
            asked = term.arguments()
            if (list(asked["categories"]), asked["continuous"]) != (self.latent.categories, self.latent.continuous):
                raise ValueError(
                    f"MutualInformation reads categories {list(asked['categories'])} and {asked['continuous']} "
                    f"continuous codes, and the latent has {self.latent.categories} and {self.latent.continuous}: "
                    "give both the same"
                )
        if read != told:
            raise ValueError(
                f"the latent has {told} numbers of codes and discriminator.codes is {read}: set it to {told}"
            )
        return self

    @model_validator(mode="after")
    def _growth_and_networks_agree(self) -> SynthesisRecipe:
        names = [self.generator.name, self.discriminator.name]
        growing = [name for name in names if hasattr(getattr(audiogan.networks, name), "set_growth")]
        fixed = [name for name in names if name not in growing]
        if fixed and (growing or self.growth):
            raise ValueError(
                f"growth needs two networks that grow, and {fixed[0]} does not: take ProGANGenerator and "
                "ProGANDiscriminator, or two others and no growth"
            )
        if growing and not self.growth:
            raise ValueError(f"{growing[0]} grows: say how by growth.fading and growth.stable")
        return self

    @model_validator(mode="after")
    def _networks_and_data_are_of_a_kind(self) -> SynthesisRecipe:
        made, judged = (_candidates(network) for network in (self.generator, self.discriminator))
        if made != judged:
            raise ValueError(
                f"{self.generator.name} makes {made} and {self.discriminator.name} judges {judged}: take two networks "
                "of a kind, with the same size and channels"
            )
        real = {PointData: "points", PictureData: "pictures", SoundData: "sounds"}[type(self.data)]
        if self.representation is not None and real != "sounds":
            raise ValueError(f"representation is for sounds, and the data is {real}: leave it out")
        seen = real if self.representation is None else "pictures"
        if seen not in made:
            way = " or a representation that makes pictures of them" if real == "sounds" and "pictures" in made else ""
            raise ValueError(
                f"the data is {seen} and {self.generator.name} makes {made}: take networks for {seen}{way}"
            )
        return self

    @model_validator(mode="after")
    def _sounds_have_a_rate(self) -> SynthesisRecipe:
        if isinstance(self.data, SoundData) != (self.sample_rate is not None):
            raise ValueError("sample_rate goes with sounds, and with nothing else: give both, or neither")
        if self.validation.folder is not None and not isinstance(self.data, SoundData):
            raise ValueError("validation.folder is for held-out sounds, and the data is none: leave it out")
        return self


def _candidates(network: ComponentOptions) -> str:
    """What a network makes or judges, in words."""
    options = network.arguments()
    if "samples" in options:
        return f"sounds of {options['channels']} × {options['samples']} (channels, samples)"
    if "size" not in options:
        return "points"
    channels, height, width = picture_shape(options)
    return f"pictures of {channels} × {height} × {width} (channels, height, width)"

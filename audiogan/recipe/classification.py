"""What a recipe for a classifier says: a network that judges what generators make."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

import audiogan.networks
from audiogan.components import choice
from audiogan.data.settings import PictureData, SoundData
from audiogan.recipe.recipe import Recipe, SoundPictureOptions
from audiogan.training.settings import PlayerSettings, ValidationSettings


class ClassificationValidation(ValidationSettings):
    """What a classifier is tried on."""

    folder: Path | None = Field(None, description="items that it was not trained on, in subfolders as data.folder's")


class ClassificationRecipe(Recipe):
    """Pictures or sounds in, classes out."""

    task: Literal["classification"] = Field(description="what is learned")
    classifier: choice(audiogan.networks, "Classifier") = Field(description="tells the class of a picture")  # type: ignore[valid-type]
    players: dict[Literal["classifier"], PlayerSettings] = Field(description="the classifier, alone", min_length=1)
    data: PictureData | SoundData = Field(discriminator="name", description="what is trained on")
    sample_rate: int | None = Field(None, ge=1000, le=768000, description="Hz, of sounds; pictures have none")
    representation: SoundPictureOptions | None = Field(None, description="as what picture sounds are seen")
    validation: ClassificationValidation = Field(
        default_factory=ClassificationValidation, description="how often, and on what"
    )

    @property
    def sounds(self) -> SoundData | None:
        """The data, where it is sounds."""
        return self.data if isinstance(self.data, SoundData) else None

    @model_validator(mode="after")
    def _sounds_are_seen_as_pictures(self) -> ClassificationRecipe:
        sounds = isinstance(self.data, SoundData)
        if (self.sample_rate is not None) != sounds or (self.representation is not None) != sounds:
            raise ValueError("sample_rate and representation go with sounds, and with nothing else: give all, or none")
        return self

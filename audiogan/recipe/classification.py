"""What a recipe for a classifier says: a network that judges what generators draw."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

import audiogan.networks
from audiogan.components import choice
from audiogan.data.settings import PictureData
from audiogan.recipe.recipe import Recipe
from audiogan.training.settings import PlayerSettings, ValidationSettings


class ClassificationValidation(ValidationSettings):
    """What a classifier is tried on."""

    folder: Path | None = Field(None, description="pictures that it was not trained on, in subfolders as data.folder's")


class ClassificationRecipe(Recipe):
    """Pictures in, classes out."""

    task: Literal["classification"] = Field(description="what is learned")
    classifier: choice(audiogan.networks, "Classifier") = Field(description="tells the class of a picture")  # type: ignore[valid-type]
    players: dict[Literal["classifier"], PlayerSettings] = Field(description="the classifier, alone", min_length=1)
    data: PictureData = Field(description="what is trained on")
    validation: ClassificationValidation = Field(
        default_factory=ClassificationValidation, description="how often, and on what"
    )

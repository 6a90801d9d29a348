"""From a recipe for a classifier to its task and data."""

from __future__ import annotations

import audiogan.networks
from audiogan.components import build
from audiogan.data.batches import Items
from audiogan.data.pictures import Pictures
from audiogan.data.settings import PictureData, SoundData
from audiogan.data.sounds import Sounds
from audiogan.errors import AudioganError
from audiogan.recipe.classification import ClassificationRecipe
from audiogan.recipe.pictures_building import build_pictures, see_that_pictures_fit
from audiogan.recipe.sounds_building import build_sound_picture, build_sounds, see_that_sounds_fit
from audiogan.tasks.classification import Classification


def build_classification(recipe: ClassificationRecipe) -> Classification:
    """The recipe's task."""
    representation = None
    if isinstance(recipe.data, SoundData):
        assert recipe.sample_rate is not None
        representation = build_sound_picture(recipe.representation, recipe.data, recipe.sample_rate)
        see_that_sounds_fit(recipe.data, representation, "classifier", recipe.classifier)
    return Classification(build(recipe.classifier, audiogan.networks), representation)


def build_labelled(recipe: ClassificationRecipe) -> tuple[Items, list[Items]]:
    """What is trained on, and what it is tried on.

    Raises:
        AudioganError: files that are missing or cannot be read, or not as many labels as the classifier tells.
    """
    if isinstance(recipe.data, SoundData):
        return _labelled_sounds(recipe, recipe.data)
    return _labelled_pictures(recipe, recipe.data)


def _labelled_sounds(recipe: ClassificationRecipe, data: SoundData) -> tuple[Items, list[Items]]:
    assert recipe.sample_rate is not None
    sounds = build_sounds(data, recipe.sample_rate, recipe.seed)
    _see_that_classes_agree(recipe, sounds)
    if recipe.validation.folder is None:
        return sounds, []
    return sounds, [build_sounds(data, recipe.sample_rate, recipe.seed, recipe.validation.folder, sounds.labels)]


def _labelled_pictures(recipe: ClassificationRecipe, data: PictureData) -> tuple[Items, list[Items]]:
    pictures = build_pictures(data, recipe.seed)
    _see_that_classes_agree(recipe, pictures)
    see_that_pictures_fit(pictures, data.folder, "classifier", recipe.classifier)
    if recipe.validation.folder is None:
        return pictures, []
    tried_on = data.model_copy(update={"folder": recipe.validation.folder, "mirrored": False})
    held_out = build_pictures(tried_on, recipe.seed, pictures.labels)
    see_that_pictures_fit(held_out, tried_on.folder, "classifier", recipe.classifier)
    return pictures, [held_out]


def _see_that_classes_agree(recipe: ClassificationRecipe, items: Pictures | Sounds) -> None:
    classes = recipe.classifier.arguments()["classes"]
    if items.classes != classes:
        raise AudioganError(
            f"classifier.classes: it tells {classes} classes and {recipe.data.folder} has {items.classes} labels. "
            "Make them agree."
        )

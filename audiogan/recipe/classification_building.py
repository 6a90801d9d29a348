"""From a recipe for a classifier to its task and data."""

from __future__ import annotations

import audiogan.networks
from audiogan.components import build
from audiogan.data.batches import Items
from audiogan.data.pictures import Pictures
from audiogan.errors import AudioganError
from audiogan.recipe.classification import ClassificationRecipe
from audiogan.recipe.pictures_building import build_pictures, see_that_pictures_fit
from audiogan.tasks.classification import Classification


def build_classification(recipe: ClassificationRecipe) -> Classification:
    """The recipe's task."""
    return Classification(build(recipe.classifier, audiogan.networks))


def build_labelled_pictures(recipe: ClassificationRecipe) -> tuple[Items, list[Pictures]]:
    """What is trained on, and the pictures that it is tried on.

    Raises:
        AudioganError: pictures that are missing or cannot be read, or not as many labels as the classifier tells.
    """
    pictures = build_pictures(recipe.data, recipe.seed)
    classes = recipe.classifier.arguments()["classes"]
    if pictures.classes != classes:
        raise AudioganError(
            f"classifier.classes: it tells {classes} classes and {recipe.data.folder} has {pictures.classes} labels. "
            "Make them agree."
        )
    see_that_pictures_fit(pictures, recipe.data.folder, "classifier", recipe.classifier)
    if recipe.validation.folder is None:
        return pictures, []
    data = recipe.data.model_copy(update={"folder": recipe.validation.folder, "mirrored": False})
    held_out = build_pictures(data, recipe.seed, pictures.labels)
    see_that_pictures_fit(held_out, data.folder, "classifier", recipe.classifier)
    return pictures, [held_out]

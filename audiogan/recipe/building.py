"""From a recipe to objects: the task, its data, the plan of its training."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

import audiogan.networks
from audiogan.audio.files import find_sounds
from audiogan.audio.sound_pictures import SoundPicture
from audiogan.components import build
from audiogan.data.batches import BatchStream
from audiogan.data.labels import labels_of
from audiogan.data.pictures import find_pictures
from audiogan.data.settings import PictureData, SoundData
from audiogan.recipe.classification import ClassificationRecipe
from audiogan.recipe.classification_building import build_classification, build_labelled
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.recipe.enhancement_building import build_enhancement, build_speech
from audiogan.recipe.recipe import GameRecipe, Recipe
from audiogan.recipe.sounds_building import build_sound_picture
from audiogan.recipe.synthesis import SynthesisRecipe
from audiogan.recipe.synthesis_building import build_samples, build_synthesis
from audiogan.tasks import Task
from audiogan.training.trainer import Plan


def build_generator(recipe: Recipe) -> nn.Module:
    """The network that is used after training, with fresh weights: the generator, or the classifier."""
    if isinstance(recipe, ClassificationRecipe):
        return build(recipe.classifier, audiogan.networks)
    assert isinstance(recipe, GameRecipe)
    return build(recipe.generator, audiogan.networks)


def build_representation(recipe: Recipe) -> SoundPicture | None:
    """What the recipe's networks see of sounds, not fitted; None where they see waveforms, or no sounds."""
    if not isinstance(recipe, SynthesisRecipe | ClassificationRecipe) or not isinstance(recipe.data, SoundData):
        return None
    assert recipe.sample_rate is not None
    return build_sound_picture(recipe.representation, recipe.data, recipe.sample_rate)


def with_label_names(recipe: Recipe) -> Recipe:
    """The recipe with the names of its labels, as its folder has them, so that a model knows what it is asked for.

    Raises:
        AudioganError: files that are missing, or of which some have no label.
    """
    data = getattr(recipe, "data", None)
    if not isinstance(data, SoundData | PictureData) or data.label_names is not None:
        return recipe
    find = find_sounds if isinstance(data, SoundData) else find_pictures
    _, names = labels_of(find(data.folder), data.folder, data.labels if isinstance(data, SoundData) else None)
    return recipe.model_copy(update={"data": data.model_copy(update={"label_names": list(names) or None})})


def build_task(recipe: Recipe) -> Task:
    """The recipe's task; its weights are drawn from the recipe's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        if isinstance(recipe, EnhancementRecipe):
            return build_enhancement(recipe)
        if isinstance(recipe, SynthesisRecipe):
            return build_synthesis(recipe)
        assert isinstance(recipe, ClassificationRecipe)
        return build_classification(recipe)


def build_plan(recipe: Recipe) -> Plan:
    """What the trainer is told."""
    return Plan(recipe.seed, dict(recipe.players), recipe.training, recipe.validation)


def build_data(recipe: Recipe) -> tuple[BatchStream, list[Any]]:
    """The stream of training batches, and the fixed validation items.

    Raises:
        AudioganError: folders or manifests that are missing, empty or do not fit the recipe.
    """
    items: Any
    validation: list[Any]
    if isinstance(recipe, EnhancementRecipe):
        items, validation = build_speech(recipe)
    elif isinstance(recipe, SynthesisRecipe):
        items, validation = build_samples(recipe)
    else:
        assert isinstance(recipe, ClassificationRecipe)
        items, validation = build_labelled(recipe)
    return BatchStream(items, recipe.training.batch_size, recipe.seed, recipe.training.workers), validation

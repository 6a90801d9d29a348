"""From a recipe for synthesis to its task and data."""

from __future__ import annotations

import numpy as np

import audiogan.networks
from audiogan.components import build
from audiogan.data.batches import Items
from audiogan.data.points import Points, modes, sample
from audiogan.data.settings import PictureData, PointData, SoundData
from audiogan.errors import AudioganError
from audiogan.recipe.game_building import build_game, build_steadying
from audiogan.recipe.pictures_building import build_pictures, see_that_pictures_fit
from audiogan.recipe.sounds_building import build_sound_picture, build_sounds, see_that_sounds_fit
from audiogan.recipe.synthesis import SynthesisRecipe
from audiogan.tasks.growth import Growth
from audiogan.tasks.latent import Latent
from audiogan.tasks.sound_scores import SoundScores
from audiogan.tasks.synthesis import Synthesis
from audiogan.tasks.synthesis_scores import PictureScores, PointScores

Scores = PointScores | PictureScores | SoundScores


def build_latent(recipe: SynthesisRecipe) -> Latent:
    """What the recipe's generator makes samples from."""
    settings = recipe.latent
    size = int(recipe.generator.arguments()["latent_size"])
    return Latent(size, settings.distribution, tuple(settings.categories), settings.continuous, settings.noise_scale)


def build_growth(recipe: SynthesisRecipe, levels: int) -> Growth | None:
    """How the recipe's networks grow, of so many levels; None for networks that do not."""
    growth = recipe.growth
    return Growth(levels, growth.fading, growth.stable, growth.reset_optimizers) if growth else None


def build_synthesis(recipe: SynthesisRecipe) -> Synthesis:
    """The recipe's task."""
    representation = None
    if isinstance(recipe.data, SoundData):
        assert recipe.sample_rate is not None
        representation = build_sound_picture(recipe.representation, recipe.data, recipe.sample_rate)
        see_that_sounds_fit(recipe.data, representation, "generator", recipe.generator)
    generator = build(recipe.generator, audiogan.networks)
    return Synthesis(
        generator=generator,
        discriminator=build(recipe.discriminator, audiogan.networks),
        game=build_game(recipe),
        latent=build_latent(recipe),
        classes=recipe.classes,
        steadying=build_steadying(recipe),
        growth=build_growth(recipe, getattr(generator, "levels", 0)),
        representation=representation,
    )


def build_samples(recipe: SynthesisRecipe) -> tuple[Items, list[Scores]]:
    """What is trained on, and what compares samples with it.

    Raises:
        AudioganError: files that are missing, cannot be read or do not fit the networks, or labels that are missing.
    """
    if isinstance(recipe.data, PointData):
        return _points(recipe, recipe.data)
    if isinstance(recipe.data, SoundData):
        return _sounds(recipe, recipe.data)
    return _pictures(recipe, recipe.data)


def _points(recipe: SynthesisRecipe, data: PointData) -> tuple[Items, list[Scores]]:
    points = Points(data.shape, data.deviation, data.length, recipe.seed)
    _see_that_labels_are_there(recipe, points.classes, f"{data.shape} has")
    real = sample(data.shape, recipe.validation.items, recipe.seed, data.deviation)
    return points, [PointScores(real, modes(data.shape), data.deviation)]


def _pictures(recipe: SynthesisRecipe, data: PictureData) -> tuple[Items, list[Scores]]:
    pictures = build_pictures(data, recipe.seed)
    _see_that_labels_are_there(recipe, pictures.classes, f"{data.folder} has")
    see_that_pictures_fit(pictures, data.folder, "generator", recipe.generator)
    real = np.stack([pictures.item(0, place)["real"] for place in _evenly(pictures, recipe.validation.items)])
    columns = max(recipe.classes, round(recipe.validation.shown**0.5))
    return pictures, [PictureScores(real, recipe.validation.shown, columns)]


def _sounds(recipe: SynthesisRecipe, data: SoundData) -> tuple[Items, list[Scores]]:
    assert recipe.sample_rate is not None
    sounds = build_sounds(data, recipe.sample_rate, recipe.seed)
    _see_that_labels_are_there(recipe, sounds.classes, f"{data.folder} has")
    held_out, compared = recipe.validation.folder, sounds
    if held_out is not None:
        compared = build_sounds(data, recipe.sample_rate, recipe.seed, held_out, sounds.labels or None)
    places = _evenly(compared, recipe.validation.items)
    real = np.stack([compared.item(0, place)["real"] for place in places])
    label = np.stack([compared.item(0, place)["label"] for place in places]) if recipe.classes else None
    return sounds, [SoundScores(real, recipe.sample_rate, recipe.validation.shown, label)]


def _evenly(items: Items, count: int) -> list[int]:
    """The places of so many items, evenly over the folder, so that every label is there."""
    places: list[int] = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int).tolist()
    return places


def _see_that_labels_are_there(recipe: SynthesisRecipe, found: int, whose: str) -> None:
    if recipe.classes and found != recipe.classes:
        labels = f"{found} labels" if found else "no labels"
        raise AudioganError(
            f"generator.classes: the networks are asked for {recipe.classes} classes and {whose} {labels}. "
            + (f"Set classes to {found}." if found else "Give labelled data, or leave classes out.")
        )

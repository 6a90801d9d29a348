"""From a recipe for synthesis to its task and data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import audiogan.networks
from audiogan.components import build
from audiogan.data.batches import Items
from audiogan.data.points import Points, modes, sample
from audiogan.data.settings import PictureData, PointData, SoundData
from audiogan.data.sound_store import Decoding
from audiogan.data.sounds import Sounds
from audiogan.errors import AudioganError
from audiogan.recipe.game_building import build_game, build_steadying
from audiogan.recipe.pictures_building import build_pictures, see_that_pictures_fit
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
    return Growth(levels, recipe.growth.fading, recipe.growth.stable) if recipe.growth else None


def build_synthesis(recipe: SynthesisRecipe) -> Synthesis:
    """The recipe's task."""
    generator = build(recipe.generator, audiogan.networks)
    return Synthesis(
        generator=generator,
        discriminator=build(recipe.discriminator, audiogan.networks),
        game=build_game(recipe),
        latent=build_latent(recipe),
        classes=recipe.classes,
        steadying=build_steadying(recipe),
        growth=build_growth(recipe, getattr(generator, "levels", 0)),
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
    real = _evenly(pictures, recipe.validation.items)
    columns = max(recipe.classes, round(recipe.validation.shown**0.5))
    return pictures, [PictureScores(real, recipe.validation.shown, columns)]


def _sounds(recipe: SynthesisRecipe, data: SoundData) -> tuple[Items, list[Scores]]:
    sounds = _build_sounds(recipe, data, data.folder)
    _see_that_labels_are_there(recipe, sounds.classes, f"{data.folder} has")
    options = recipe.generator.arguments()
    wanted = (options["channels"], options["samples"])
    if sounds.shape != wanted:
        found, asked = (" × ".join(map(str, shape)) for shape in (sounds.shape, wanted))
        raise AudioganError(
            f"generator: {recipe.generator.name} makes sounds of {asked} (channels, samples) and data.channels and "
            f"data.samples say {found}. Give both the same."
        )
    held_out = recipe.validation.folder
    compared = sounds if held_out is None else _build_sounds(recipe, data, held_out, sounds.labels or None)
    real = _evenly(compared, recipe.validation.items)
    assert recipe.sample_rate is not None
    return sounds, [SoundScores(real, recipe.sample_rate, recipe.validation.shown)]


def _build_sounds(
    recipe: SynthesisRecipe, data: SoundData, folder: Path, labels: Sequence[str] | None = None
) -> Sounds:
    assert recipe.sample_rate is not None
    decoding = Decoding(recipe.sample_rate, data.channels, data.trim_db, data.level_db)
    own = folder == data.folder
    return Sounds(
        folder=folder,
        samples=data.samples,
        decoding=decoding,
        slices=data.slices,
        hop=data.hop,
        short=data.short,
        seed=recipe.seed,
        packed_in=data.packed if own else None,
        label_table=data.labels if own else None,
        labels=labels,
    )


def _evenly(items: Items, count: int) -> np.ndarray:
    """So many real samples, evenly over the folder, so that every label is there."""
    places = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int)
    return np.stack([items.item(0, int(place))["real"] for place in places])


def _see_that_labels_are_there(recipe: SynthesisRecipe, found: int, whose: str) -> None:
    if recipe.classes and found != recipe.classes:
        labels = f"{found} labels" if found else "no labels"
        raise AudioganError(
            f"generator.classes: the networks are asked for {recipe.classes} classes and {whose} {labels}. "
            + (f"Set classes to {found}." if found else "Give labelled data, or leave classes out.")
        )

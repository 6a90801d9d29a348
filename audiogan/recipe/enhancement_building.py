"""From a recipe for speech enhancement to its task and data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import audiogan.audio.representation
import audiogan.networks
import audiogan.objectives
from audiogan.audio.representation import Representation
from audiogan.chance import generator
from audiogan.components import build
from audiogan.data.batches import Items
from audiogan.data.held_out import FEWEST, split_noises, split_pairs, split_recordings
from audiogan.data.judging import left_out_remark, usable_pairs, usable_recordings
from audiogan.data.manifest import PairRow, read_manifest
from audiogan.data.recordings import lower_rate_remark
from audiogan.data.speech_items import MixedSpeech, PairedSpeech
from audiogan.data.validation_pairs import ValidationPair, held_out_pairs, pairs_of
from audiogan.errors import AudioganError
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.recipe.game_building import build_game, build_steadying
from audiogan.tasks import Enhancement
from audiogan.tasks.game import Weighted
from audiogan.tasks.metric_target import MetricTarget

SAME_NOISE = f"Held-out speech is validated with noises of training, of which there are fewer than {FEWEST}."


def build_representation(recipe: EnhancementRecipe) -> Representation:
    """What the recipe's networks see of sound."""
    return build(recipe.representation, audiogan.audio.representation)


def build_enhancement(recipe: EnhancementRecipe) -> Enhancement:
    """The recipe's task."""
    return Enhancement(
        generator=build(recipe.generator, audiogan.networks),
        discriminator=build(recipe.discriminator, audiogan.networks) if recipe.discriminator else None,
        game=build_game(recipe),
        reconstruction=[
            Weighted(build(part, audiogan.objectives), part.weight, part.on) for part in recipe.reconstruction
        ],
        representation=build_representation(recipe),
        window=recipe.data.window,
        sample_rate=recipe.sample_rate,
        measures=recipe.validation.measures,
        best=recipe.validation.best,
        strength=recipe.strength,
        steadying=build_steadying(recipe),
        metric=_metric_target(recipe),
    )


def _metric_target(recipe: EnhancementRecipe) -> MetricTarget | None:
    metric = recipe.metric
    if metric is None:
        return None
    return MetricTarget(
        metric.measures,
        recipe.sample_rate,
        recipe.data.window,
        build_representation(recipe),
        metric.replay,
        metric.noisy,
        metric.jobs,
        metric.apart,
        metric.pesq_range,
    )


def build_speech(recipe: EnhancementRecipe) -> tuple[Items, list[ValidationPair]]:
    """What is trained on, and the fixed validation pairs.

    Raises:
        AudioganError: folders or manifests that are missing, empty or do not fit the recipe.
    """
    items, validation = _paired(recipe) if recipe.data.pairs else _mixed(recipe)
    if recipe.validation.pairs:
        with _named("validation.pairs"):
            rows = read_manifest(recipe.validation.pairs)
        validation = pairs_of(rows, recipe.validation.items, recipe.sample_rate)
    return items, validation


def _paired(recipe: EnhancementRecipe) -> tuple[Items, list[ValidationPair]]:
    assert recipe.data.pairs is not None
    with _named("data.pairs"):
        rows, left_out = usable_pairs(read_manifest(recipe.data.pairs), recipe.sample_rate)
    split = split_pairs(rows, 0.0 if recipe.validation.pairs else recipe.data.held_out)
    if not split.training:
        raise AudioganError(
            f"data.pairs: {recipe.data.pairs} holds no pairs to train on. Build some by `audiogan prep`."
        )
    items = PairedSpeech(split.training, recipe.data, recipe.sample_rate, recipe.seed)
    items.left_out = left_out
    items.remark = _joined(
        left_out_remark(left_out, len(rows) + len(left_out)),
        split.remark,
        lower_rate_remark(_rates(rows), recipe.sample_rate),
    )
    return items, pairs_of(split.held_out, recipe.validation.items, recipe.sample_rate)


def _mixed(recipe: EnhancementRecipe) -> tuple[Items, list[ValidationPair]]:
    assert recipe.data.clean and recipe.data.noise
    with _named("data.clean"):
        speech, left_out = usable_recordings(recipe.data.clean, recipe.sample_rate)
    with _named("data.noise"):
        noise, noise_left_out = usable_recordings(recipe.data.noise, recipe.sample_rate)
    share = 0.0 if recipe.validation.pairs else recipe.data.held_out
    training, held_out = split_recordings(speech, share)
    if not training:
        raise AudioganError(
            "data.clean: all recordings are held out for validation. Give more, or a lower data.held_out."
        )
    training_noise, held_out_noise = split_noises(noise, share)
    rng = generator(recipe.seed, "validation mixtures")
    items = MixedSpeech(training, training_noise, recipe.data, recipe.sample_rate, recipe.seed)
    rates = {str(recording.path): recording.source_rate for recording in (*speech, *noise)}
    items.left_out = [*left_out, *noise_left_out]
    items.remark = _joined(
        left_out_remark(items.left_out, len(rates) + len(items.left_out)),
        SAME_NOISE if held_out and training_noise == held_out_noise else None,
        lower_rate_remark(rates, recipe.sample_rate),
    )
    return items, held_out_pairs(
        held_out, held_out_noise, recipe.data.snr_db, recipe.validation.items, recipe.sample_rate, rng
    )


def _rates(rows: list[PairRow]) -> dict[str, int | None]:
    """The sample rate of each pair, or of the recording of speech that it was made of where that is lower."""
    sources = ((row, row.speech.source_rate if row.speech else None) for row in rows)
    return {row.id: min(row.sample_rate, rate or row.sample_rate) for row, rate in sources}


def _joined(*remarks: str | None) -> str | None:
    """What is worth saying of the data before training, in one line; None where nothing is."""
    return " ".join(remark for remark in remarks if remark) or None


@contextmanager
def _named(key: str) -> Iterator[None]:
    """A mistake inside is one of this key of the recipe."""
    try:
        yield
    except AudioganError as mistake:
        raise AudioganError(f"{key}: {mistake}") from mistake

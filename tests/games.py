"""Every game, and every part that may go beside one, as small recipes: what several tests play through."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image

Words = dict[str, Any]

SIZE, LABELS = 16, 3  # of the pictures
SAMPLES, RATE = 256, 4000  # of the sounds
STEPS, BATCH = 6, 8

ADAM: Words = {"optimiser": {"name": "Adam", "learning_rate": 0.01, "betas": [0.5, 0.9]}}
RMSPROP: Words = {"optimiser": {"name": "RMSprop", "learning_rate": 0.001}}


def picture_folder(root: Path) -> Path:
    """Four pictures in each of three labelled subfolders: squares, darker and darker, on noise. Sounds beside them."""
    sound_folder(root)
    rng = np.random.default_rng(0)
    for label in range(LABELS):
        for number in range(4):
            pixels = rng.integers(0, 60, (SIZE, SIZE), dtype=np.uint8)
            pixels[4 : 8 + label, 4 : 8 + number] += np.uint8(60 * (LABELS - label))
            path = root / f"label {label}" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    return root


def sound_folder(root: Path) -> Path:
    """Four hits in each of three labelled subfolders: noise and a tone that die away, lower and lower."""
    rng, time = np.random.default_rng(0), np.arange(2 * SAMPLES)
    for label in range(LABELS):
        for number in range(4):
            hit = (rng.standard_normal(len(time)) + np.sin(time / (1 + label))) * np.exp(-time / (20 + 5 * number))
            path = root / f"label {label}" / f"{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, 0.2 * hit, RATE, subtype="FLOAT")
    return root


def points(game: list[Words], generator: Words | None = None, discriminator: Words | None = None, **keys: Any) -> Words:
    """A recipe for points by networks of a handful of weights."""
    return {
        **_common(game),
        "generator": {"name": "PointGenerator", "latent_size": 4, "width": 5, "layers": 1, **(generator or {})},
        "discriminator": {"name": "PointDiscriminator", "width": 6, "layers": 1, **(discriminator or {})},
        "data": {"name": "Points", "shape": "eight_gaussians", "length": 20},
        **keys,
    }


def pictures(
    game: list[Words], generator: Words | None = None, discriminator: Words | None = None, **keys: Any
) -> Words:
    """A recipe for pictures by narrow DCGANs or other networks; `words_of` says where the pictures lie."""
    shape = {"size": SIZE, "channels": 1}
    return {
        **_common(game),
        "generator": {"name": "DCGANGenerator", **shape, "latent_size": 4, **_narrow(generator)},
        "discriminator": {"name": "DCGANDiscriminator", **shape, **_narrow(discriminator)},
        "data": {"name": "Pictures", "folder": "named by words_of"},
        **keys,
    }


def sounds(game: list[Words], generator: Words | None = None, discriminator: Words | None = None, **keys: Any) -> Words:
    """A recipe for sounds by narrow WaveGANs; `words_of` says where the sounds lie."""
    shape = {"samples": SAMPLES, "width": 2, "kernel": 5}
    return {
        **_common(game),
        "generator": {"name": "WaveGANGenerator", **shape, "latent_size": 4, **(generator or {})},
        "discriminator": {"name": "WaveGANDiscriminator", **shape, **(discriminator or {})},
        "data": {"name": "Sounds", "folder": "named by words_of", "samples": SAMPLES, "slices": "random"},
        "sample_rate": RATE,
        **keys,
    }


def words_of(name: str, folder: Path, **groups: Words) -> Words:
    """The recipe of a case on the pictures or sounds in a folder.

    `training={"steps": 3}` changes one of its groups.
    """
    words = copy.deepcopy(CASES[name])
    if "folder" in words["data"]:
        words["data"]["folder"] = str(folder)
    for group, changes in groups.items():
        words[group].update(changes)
    return words


def _seen(representation: Words, of_pictures: Words) -> Words:
    """A recipe for pictures as one for sounds, which its networks see as such pictures."""
    of_sounds = {name: words for name, words in sounds([]).items() if name in ("data", "sample_rate")}
    return {**of_pictures, **of_sounds, "representation": representation}


def _common(game: list[Words]) -> Words:
    return {
        "name": "small",
        "task": "synthesis",
        "game": game,
        "players": {"discriminator": {**RMSPROP, "turns": 2}, "generator": {**ADAM, "clip_gradient": 5.0}},
        "training": {"steps": STEPS, "batch_size": BATCH, "device": "cpu", "threads": 1, "log_every": 4},
    }


def _narrow(network: Words | None) -> Words:
    network = network or {}
    if "name" in network:
        return network
    return {"width": 2, "kernel": 3, **network}


NON_SATURATING: list[Words] = [{"name": "NonSaturating"}]
CRITIC: list[Words] = [{"name": "Wasserstein", "clip": None}, {"name": "GradientPenalty", "weight": 10}]

GAMES: dict[str, list[Words]] = {
    "minimax": [{"name": "Minimax"}],
    "non-saturating": NON_SATURATING,
    "least squares": [{"name": "LeastSquares"}],
    "hinge": [{"name": "Hinge"}],
    "clipped Wasserstein": [{"name": "Wasserstein", "clip": 0.05}],
}
PENALISED: dict[str, list[Words]] = {
    "gradient penalty": CRITIC,
    "one-sided penalty": [
        {"name": "Hinge"},
        {"name": "GradientPenalty", "sided": "one", "target": 0.2, "weight": 3},
    ],
    "R1 and drift": [*NON_SATURATING, {"name": "R1", "weight": 2}, {"name": "Drift", "weight": 0.1}],
}
# Every game, without and with the layers that look across the batch; a penalty wants no batch norm.
GAMES_AND_LAYERS: dict[str, Words] = {
    **{f"{name}, points": points(game) for name, game in {**GAMES, **PENALISED}.items()},
    **{
        f"{name}, minibatch discrimination": points(game, discriminator={"minibatch_discrimination": 3})
        for name, game in {**GAMES, **PENALISED}.items()
    },
    **{f"{name}, batch norm": pictures(game) for name, game in GAMES.items()},
    **{
        f"{name}, virtual batch norm": pictures(game, discriminator={"normalisation": "virtual"})
        for name, game in {**GAMES, **PENALISED}.items()
    },
}

_POINT_AUTOENCODER: Words = {"name": "PointAutoencoderDiscriminator", "code_size": 2}
_SOUND_AUTOENCODER: Words = {"name": "WaveAutoencoderDiscriminator", "code_size": 3}
_OF_PICTURES: Words = {"size": SIZE, "channels": 1}
_BEGAN_PAIR: dict[str, Words] = {
    "generator": {"name": "BEGANGenerator", **_OF_PICTURES, "width": 2},
    "discriminator": {"name": "BEGANDiscriminator", **_OF_PICTURES, "width": 2, "code_size": 3},
}
_ENERGY: list[Words] = [{"name": "EBGAN", "margin": 2.0}, {"name": "PullingAway", "weight": 0.1}]
AUTOENCODERS: dict[str, Words] = {
    "EBGAN, points": points(_ENERGY, discriminator={**_POINT_AUTOENCODER, "error": "square"}),
    "EBGAN, batch norm": pictures(
        _ENERGY, discriminator={"name": "EBGANDiscriminator", "width": 2, **_OF_PICTURES}
    ),
    "BEGAN, points": points(
        [{"name": "BEGAN", "gamma": 0.7, "rate": 0.1}], discriminator=_POINT_AUTOENCODER
    ),
    "BEGAN, no norm": pictures([{"name": "BEGAN", "rate": 0.1}], **_BEGAN_PAIR),
    "BEGAN, batch norm": pictures([{"name": "BEGAN"}], discriminator=_BEGAN_PAIR["discriminator"]),
    "EBGAN, sounds, batch norm": sounds(
        _ENERGY, {"normalisation": "batch"}, {**_SOUND_AUTOENCODER, "normalisation": "batch", "error": "square"}
    ),
}  # fmt: skip

_EIGHT, _THREE = {"classes": 8}, {"classes": LABELS}
_CODES: Words = {
    "latent": {"categories": [3, 2], "continuous": 1},
    "generator": {"latent_size": 9},
    "discriminator": {"codes": 6},
}
_TO_READ: Words = {"name": "MutualInformation", "categories": [3, 2], "continuous": 1, "weight": 0.5}
_GROWING: dict[str, Words] = {
    "generator": {"name": "ProGANGenerator", **_OF_PICTURES, "width": 2, "max_width": 4},
    "discriminator": {"name": "ProGANDiscriminator", **_OF_PICTURES, "width": 2, "max_width": 4},
    "growth": {"fading": 2 * BATCH, "stable": BATCH},
}

_UNNORMALISED: dict[str, Words] = {
    name: {"name": f"DCGAN{name.title()}", **_OF_PICTURES, "width": 2, "kernel": 3, "normalisation": "none"}
    for name in ("generator", "discriminator")
}
_TWO_SIDES: Words = {"size": [32, 8], "channels": 2}

PARTS: dict[str, Words] = {
    "smoothed labels": points([{"name": "LeastSquares", "real_target": 0.9}]),
    "flipped labels": points(NON_SATURATING, flipped_labels=0.3),
    "flipped labels, BEGAN": points([{"name": "BEGAN"}], discriminator=_POINT_AUTOENCODER, flipped_labels=0.3),
    "instance noise": points(CRITIC, instance_noise={"deviation": 0.5, "until": 4}),
    "historical averaging": points(NON_SATURATING, historical_averaging=0.1),
    "feature matching": points([{"name": "Hinge"}, {"name": "FeatureMatching", "weight": 2}]),
    "minibatch deviation": pictures(
        NON_SATURATING, discriminator={"normalisation": "none", "minibatch_deviation": True}
    ),
    "spectral norm, points": points([{"name": "Hinge"}], discriminator={"spectral_norm": True}),
    "spectral norm, pictures": pictures(
        [{"name": "Hinge"}], discriminator={"normalisation": "none", "spectral_norm": True}
    ),
    "uniform latent": points(NON_SATURATING, latent={"distribution": "uniform"}),
    "concatenated": points(NON_SATURATING, _EIGHT, _EIGHT),
    "projected": points([{"name": "Hinge"}], _EIGHT, {**_EIGHT, "condition": "projection"}),
    "auxiliary": points(
        [*NON_SATURATING, {"name": "AuxiliaryClassifier"}], _EIGHT, {**_EIGHT, "condition": "auxiliary"}
    ),
    "concatenated, virtual batch norm": pictures(NON_SATURATING, _THREE, {**_THREE, "normalisation": "virtual"}),
    "projected, spectral norm": pictures(
        CRITIC, _THREE, {**_THREE, "condition": "projection", "normalisation": "none", "spectral_norm": True}
    ),
    "auxiliary, pictures": pictures(
        [*NON_SATURATING, {"name": "AuxiliaryClassifier"}], _THREE, {**_THREE, "condition": "auxiliary"}
    ),
    "InfoGAN": points([*NON_SATURATING, _TO_READ], **_CODES),
    "InfoGAN, clipped": points([{"name": "Wasserstein"}, _TO_READ], **_CODES),
    "InfoGAN, batch norm": pictures([*NON_SATURATING, _TO_READ], **_CODES),
    "fully connected": pictures(
        NON_SATURATING,
        {"name": "FullyConnectedGenerator", "widths": [4], **_THREE},
        {"name": "FullyConnectedDiscriminator", "widths": [5, 4], "minibatch_discrimination": 2, **_THREE},
    ),
    "growing": pictures([*CRITIC, {"name": "Drift", "weight": 0.001}], **_GROWING),
    "growing, auxiliary": pictures(
        [*CRITIC, {"name": "AuxiliaryClassifier"}],
        {**_GROWING["generator"], **_THREE},
        {**_GROWING["discriminator"], **_THREE, "condition": "auxiliary"},
        growth=_GROWING["growth"],
    ),
    "WaveGAN": sounds(CRITIC),
    "WaveGAN, batch norm, nearest, post filter": sounds(
        NON_SATURATING,
        {"normalisation": "batch", "upsampling": "nearest", "post_filter": 9},
        {"normalisation": "batch"},
    ),
    "WaveGAN, clipped, concatenated": sounds([{"name": "Wasserstein"}], _THREE, _THREE),
    "WaveGAN, auxiliary, minibatch discrimination": sounds(
        [*GAMES["least squares"], {"name": "AuxiliaryClassifier"}],
        _THREE,
        {**_THREE, "condition": "auxiliary", "minibatch_discrimination": 2},
    ),
    "BEGAN, sounds": sounds([{"name": "BEGAN", "rate": 0.1}], discriminator=_SOUND_AUTOENCODER),
    "SpecGAN": _seen({"name": "LogMagnitude", "frame_length": 32, "hop_length": 16}, pictures(CRITIC, **_UNNORMALISED)),
    "GANSynth": _seen(
        {"name": "InstantaneousFrequency", "frame_length": 64, "hop_length": 32},
        pictures(
            [*CRITIC, {"name": "AuxiliaryClassifier"}],
            {**_GROWING["generator"], **_THREE, **_TWO_SIDES, "output": "tanh"},
            {**_GROWING["discriminator"], **_THREE, **_TWO_SIDES, "condition": "auxiliary"},
            growth=_GROWING["growth"],
        ),
    ),
    "all at once": pictures(
        [*GAMES["least squares"], {"name": "FeatureMatching"}, {"name": "AuxiliaryClassifier"}, _TO_READ],
        {**_CODES["generator"], **_THREE},
        {**_CODES["discriminator"], **_THREE, "condition": "auxiliary", "minibatch_discrimination": 2},
        latent=_CODES["latent"],
        flipped_labels=0.2,
        instance_noise={"deviation": 0.3, "until": 5},
        historical_averaging=0.01,
    ),
    "classification": {
        "name": "small",
        "task": "classification",
        "classifier": {"name": "PictureClassifier", **_OF_PICTURES, **_THREE, "width": 2, "feature_size": 4},
        "data": {"name": "Pictures", "folder": "named by words_of", "mirrored": True},
        "players": {"classifier": ADAM},
        "training": _common([])["training"],
    },
}
PARTS["averaged weights of both, own schedules"] = points(
    NON_SATURATING,
    players={
        "discriminator": {**RMSPROP, "average_decay": 0.7, "schedule": {"shape": "linear", "warm_up": 2}},
        "generator": {**ADAM, "average_decay": 0.6},
    },
    training={**_common([])["training"], "schedule": {"shape": "halving", "halve_every": 2}},
)
PARTS["lazy R1"] = points([*NON_SATURATING, {"name": "R1", "weight": 2, "every": 3}])
PARTS["lazy gradient penalty, accumulated"] = points(
    [{"name": "Wasserstein", "clip": None}, {"name": "GradientPenalty", "weight": 10, "every": 2}],
    training={**_common([])["training"], "accumulate": 2},
    instance_noise={"deviation": 0.5, "until": 4},
    flipped_labels=0.3,
)
PARTS["BEGAN, accumulated"] = points(
    [{"name": "BEGAN", "rate": 0.1}],
    discriminator=_POINT_AUTOENCODER,
    training={**_common([])["training"], "accumulate": 2},
)
PARTS["growing, optimizers reset"] = pictures(
    CRITIC,
    _GROWING["generator"],
    _GROWING["discriminator"],
    growth={**_GROWING["growth"], "reset_optimizers": True},
)
PARTS["averaged weights"] = pictures(NON_SATURATING, training={**_common([])["training"], "average_decay": 0.8})

GAMES_AND_LAYERS.update(AUTOENCODERS)
CASES: dict[str, Words] = {**GAMES_AND_LAYERS, **PARTS}

"""Recipes for synthesis and classification that make no sense are refused with the reason before anything starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from audiogan.errors import AudioganError
from audiogan.recipe import read_recipe
from audiogan.recipe.reading import as_yaml, check
from audiogan.train import train
from audiogan.training.progress import Progress
from tests.games import CASES, LABELS, Words, picture_folder, words_of
from tests.tiny_runs import tiny_words

CRITIC: list[Words] = [{"name": "Wasserstein", "clip": None}, {"name": "GradientPenalty"}]
AUTOENCODERS = "BEGANDiscriminator, EBGANDiscriminator, PointAutoencoderDiscriminator, WaveAutoencoderDiscriminator"
PROGAN = {"name": "ProGANGenerator", "size": 16, "channels": 1, "width": 2}


# A case of tests/games.py, the groups of keys that are changed in it (replaced, where a class is named), what is said.
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "BEGAN without an autoencoder": (
        "hinge, points",
        {"game": [{"name": "BEGAN"}]},
        "recipe: BEGAN needs a discriminator that is an autoencoder, and PointDiscriminator is none: take one of "
        + AUTOENCODERS,
    ),
    "EBGAN without an autoencoder": (
        "hinge, batch norm",
        {"game": [{"name": "EBGAN"}]},
        "recipe: EBGAN needs a discriminator that is an autoencoder, and DCGANDiscriminator is none: take one of "
        + AUTOENCODERS,
    ),
    "pulling away without an autoencoder": (
        "hinge, points",
        {"game": [{"name": "Hinge"}, {"name": "PullingAway"}]},
        "recipe: PullingAway needs a discriminator that is an autoencoder, and PointDiscriminator is none: take one of "
        + AUTOENCODERS,
    ),
    "an autoencoder in another game": (
        "BEGAN, points",
        {"game": [{"name": "Hinge"}]},
        "recipe: PointAutoencoderDiscriminator scores by its reconstruction error, which Hinge has no use for: take "
        "BEGAN or EBGAN, or another discriminator",
    ),
    "clipping and a penalty": (
        "hinge, points",
        {"game": [{"name": "Wasserstein"}, {"name": "GradientPenalty"}]},
        "recipe: Wasserstein clips the weights and GradientPenalty penalises the gradient, which are two ways to the "
        "same end: take one (clip: null turns clipping off)",
    ),
    "clipping and R1": (
        "hinge, points",
        {"game": [{"name": "R1"}, {"name": "Wasserstein", "clip": 0.1}]},
        "recipe: Wasserstein clips the weights and R1 penalises the gradient, which are two ways to the same end: take "
        "one (clip: null turns clipping off)",
    ),
    "two games": (
        "hinge, points",
        {"game": [{"name": "Hinge"}, {"name": "LeastSquares"}]},
        "recipe: Hinge and LeastSquares are two games: take one",
    ),
    "no game": (
        "hinge, points",
        {"game": []},
        "recipe: a discriminator and a game go together: give both",
    ),
    "penalties and terms only": (
        "hinge, points",
        {"game": [{"name": "R1"}, {"name": "FeatureMatching"}]},
        "recipe: the game holds penalties and terms only: add a game, such as NonSaturating or Hinge",
    ),
    "batch norm under a penalty": (
        "hinge, batch norm",
        {"game": CRITIC},
        "recipe: GradientPenalty bounds the gradient at each candidate alone, which batch norm makes depend on the "
        "others: set discriminator.normalisation to none",
    ),
    "batch norm that no key turns off, under a penalty": (
        "hinge, batch norm",
        {
            "generator": {"size": 32},
            "discriminator": {"name": "EBGANDiscriminator", "size": 32, "channels": 1, "width": 2},
            "data": {"size": 32},
            "game": [{"name": "EBGAN"}, {"name": "GradientPenalty"}],
        },
        "recipe: GradientPenalty bounds the gradient at each candidate alone, which batch norm makes depend on the "
        "others: take another discriminator",
    ),
    "a classifier that is told nothing of": (
        "concatenated",
        {"game": [{"name": "Hinge"}, {"name": "AuxiliaryClassifier"}]},
        "recipe: AuxiliaryClassifier needs a discriminator that tells classes: set discriminator.classes to their "
        "number and discriminator.condition to auxiliary",
    ),
    "a classifier that nothing teaches": (
        "auxiliary",
        {"game": [{"name": "Hinge"}]},
        "recipe: the discriminator's condition is auxiliary and the game has no AuxiliaryClassifier, so nothing would "
        "teach it the classes: add that to the game, or take another condition",
    ),
    "an auxiliary classifier of the wrong size": (
        "auxiliary",
        {"discriminator": {"classes": 9}},
        "recipe: the generator knows 8 classes and the discriminator 9: give both the same number by generator.classes "
        "and discriminator.classes",
    ),
    "labels that only the generator sees": (
        "hinge, points",
        {"generator": {"classes": 8}},
        "recipe: the generator knows 8 classes and the discriminator 0: give both the same number by generator.classes "
        "and discriminator.classes",
    ),
    "codes that nothing reads": (
        "hinge, points",
        {"latent": {"continuous": 2}},
        "recipe: latent codes and the term MutualInformation go together: give both, or neither",
    ),
    "codes that are read and not there": (
        "InfoGAN",
        {"latent": {"categories": [], "continuous": 0}},
        "recipe: latent codes and the term MutualInformation go together: give both, or neither",
    ),
    "codes that are others than those read": (
        "InfoGAN",
        {"latent": {"categories": [6], "continuous": 0}},
        "recipe: MutualInformation reads categories [3, 2] and 1 continuous codes, and the latent has [6] and 0: give "
        "both the same",
    ),
    "a discriminator that estimates too few codes": (
        "InfoGAN",
        {"discriminator": {"codes": 5}},
        "recipe: the latent has 6 numbers of codes and discriminator.codes is 5: set it to 6",
    ),
    "a discriminator that estimates none": (
        "InfoGAN",
        {"discriminator": {"codes": 0}},
        "recipe: MutualInformation needs a discriminator that estimates latent codes: set discriminator.codes to how "
        "many numbers they take",
    ),
    "more codes than latent": (
        "InfoGAN",
        {"generator": {"latent_size": 5}},
        "The latent codes take 6 numbers and generator.latent_size is 5: raise it to as many as you want of noise and "
        "codes together.",
    ),
    "growth without networks that grow": (
        "hinge, batch norm",
        {"growth": {"fading": 8, "stable": 8}},
        "recipe: growth needs two networks that grow, and DCGANGenerator does not: take ProGANGenerator and "
        "ProGANDiscriminator, or two others and no growth",
    ),
    "one network that grows": (
        "hinge, batch norm",
        {"generator": PROGAN},
        "recipe: growth needs two networks that grow, and DCGANDiscriminator does not: take ProGANGenerator and "
        "ProGANDiscriminator, or two others and no growth",
    ),
    "networks that grow and are not told how": (
        "growing",
        {"growth": None},
        "recipe: ProGANGenerator grows: say how by growth.fading and growth.stable",
    ),
    "networks of two sizes": (
        "hinge, batch norm",
        {"discriminator": {"size": 32}},
        "recipe: DCGANGenerator makes pictures of 1 × 16 × 16 (channels, height, width) and DCGANDiscriminator judges "
        "pictures of 1 × 32 × 32 (channels, height, width): take two networks of a kind, with the same size and "
        "channels",
    ),
    "a network for points and one for pictures": (
        "hinge, batch norm",
        {"generator": {"name": "PointGenerator"}},
        "recipe: PointGenerator makes points and DCGANDiscriminator judges pictures of 1 × 16 × 16 (channels, height, "
        "width): take two networks of a kind, with the same size and channels",
    ),
    "points for networks for pictures": (
        "hinge, batch norm",
        {"data": {"name": "Points", "shape": "ring"}},
        "recipe: the data is points and DCGANGenerator makes pictures of 1 × 16 × 16 (channels, height, width): take "
        "networks for points",
    ),
    "pictures for networks for points": (
        "hinge, points",
        {"data": {"name": "Pictures", "folder": "anywhere"}},
        "recipe: the data is pictures and PointGenerator makes points: take networks for pictures",
    ),
    "labels asked of points that have none": (
        "concatenated",
        {"data": {"shape": "swiss_roll"}},
        "generator.classes: the networks are asked for 8 classes and swiss_roll has no labels. Give labelled data, or "
        "leave classes out.",
    ),
    "labels asked of points that have others": (
        "concatenated",
        {"data": {"shape": "twenty_five_gaussians"}},
        "generator.classes: the networks are asked for 8 classes and twenty_five_gaussians has 25 labels. Set classes "
        "to 25.",
    ),
    "sizes that do not halve": (
        "hinge, batch norm",
        {"generator": {"size": 18}, "discriminator": {"size": 18}, "data": {"size": 18}},
        "DCGANGenerator: pictures of 18 pixels do not halve evenly, take 16 or 20. Mend its options in the recipe.",
    ),
}


def words_with(words: Words, changes: Words) -> Words:
    for key, change in changes.items():
        merged = isinstance(change, dict) and isinstance(words.get(key), dict) and "name" not in change
        words[key] = {**words[key], **change} if merged else change
    return words


def refusal(words: Words, folder: Path) -> str:
    """What is said to someone who trains it; nothing was begun."""
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(words))
    with pytest.raises(AudioganError) as raised:
        train(read_recipe(path), folder / "run")
    assert "\n" not in str(raised.value) and not (folder / "run").exists()
    return str(raised.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    case, changes, expected = REFUSED[name]
    assert refusal(words_with(words_of(case, picture_folder(tmp_path / "pictures")), changes), tmp_path) == expected


def test_terms_that_read_codes_are_refused_in_other_tasks(tmp_path: Path) -> None:
    words = words_with(tiny_words(tmp_path), {"game": [{"name": "Hinge"}, {"name": "MutualInformation"}]})
    assert refusal(words, tmp_path) == (
        "recipe: MutualInformation needs a discriminator that estimates latent codes: set discriminator.codes to how "
        "many numbers they take"
    )


def test_pictures_that_do_not_fit(tmp_path: Path) -> None:
    """The folder's own words are tested where it is read."""
    labelled, plain, mixed = (tmp_path / name for name in ("labelled", "plain", "mixed"))
    pictures = sorted(picture_folder(labelled).rglob("*.png"))
    for folder in (plain, mixed):
        folder.mkdir()
        for number, path in enumerate(pictures):
            (folder / f"{number}.png").write_bytes(path.read_bytes())
    Image.new("L", (20, 16)).save(mixed / "wide.png")

    assert refusal(words_of("auxiliary, pictures", plain), tmp_path) == (
        f"generator.classes: the networks are asked for {LABELS} classes and {plain} has no labels. Give labelled "
        "data, or leave classes out."
    )
    of_ten = {"generator": {"classes": 10}, "discriminator": {"classes": 10}}
    assert refusal(words_with(words_of("auxiliary, pictures", labelled), of_ten), tmp_path) == (
        f"generator.classes: the networks are asked for 10 classes and {labelled} has 3 labels. Set classes to 3."
    )
    assert refusal(words_of("hinge, batch norm", labelled, data={"pad": 2}), tmp_path) == (
        f"generator: DCGANGenerator is for pictures of 1 × 16 × 16 (channels, height, width) and those of {labelled} "
        "are 1 × 20 × 20. Change data.size, data.pad and data.channels, or size and channels of the network."
    )
    assert refusal(words_of("hinge, batch norm", labelled, data={"channels": 3}), tmp_path) == (
        f"generator: DCGANGenerator is for pictures of 1 × 16 × 16 (channels, height, width) and those of {labelled} "
        "are 3 × 16 × 16. Change data.size, data.pad and data.channels, or size and channels of the network."
    )
    assert refusal(words_of("hinge, batch norm", mixed), tmp_path).endswith("Set data.size, and all are resized to it.")


def test_pictures_that_cannot_be_read_are_skipped_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = picture_folder(tmp_path / "pictures")
    (folder / "label 1" / "1.png").write_bytes(b"no picture")
    recipe = check(words_of("hinge, batch norm", folder, training={"steps": 1}), "here")
    train(recipe, tmp_path / "run", progress=Progress())
    told = f"{folder}: 1 of 12 pictures cannot be read and are left out, first {folder}/label 1/1.png"
    assert told in capsys.readouterr().err.splitlines()
    train(recipe, tmp_path / "quiet")
    assert capsys.readouterr().err == ""


def test_padding_and_resizing_make_them_fit(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    for data in ({"size": 12, "pad": 2}, {"size": 16}):
        words = words_of("hinge, batch norm", folder, data=data, training={"steps": 1})
        train(check(words, "here"), tmp_path / str(data["size"]))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("latent.distribution=gaussian", "latent.distribution: gaussian is not known (known: normal, uniform)"),
        ("latent.categories=[1]", "latent.categories.0: input should be greater than or equal to 2 (it is 1)"),
        ("flipped_labels=0.5", "flipped_labels: input should be less than 0.5 (it is 0.5)"),
        ("instance_noise.deviaton=1", "instance_noise.deviation: is missing; instance_noise.until: is missing; "
         "instance_noise.deviaton: no such key, did you mean deviation?"),
        ("data.shape=ten_gaussians", "data.shape: ten_gaussians is not known, did you mean eight_gaussians or "
         "twenty_five_gaussians?"),
        ("data.name=Pointe", "data: Pointe is not known, did you mean Points?"),
        ("data.folder=here", "data.folder: no such key, did you mean validation.folder?"),
        ("growth.fading=0", "growth.fading: input should be greater than or equal to 1 (it is 0); growth.stable: is "
         "missing"),
        ("validation.items=1", "validation.items: input should be greater than or equal to 2 (it is 1)"),
        ("reconstruction=[]", "reconstruction: no such key (known: about, data, discriminator and 17 more (`audiogan "
         "recipe schema` lists them))"),
        ("generator.name=SEGANGenerator", "generator: SEGANGenerator is not known, did you mean BEGANGenerator?"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_words(tmp_path: Path, override: str, message: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(CASES["hinge, points"]))
    with pytest.raises(AudioganError) as raised:
        read_recipe(path, [override])
    assert str(raised.value).removeprefix(f"{path}: ") == message


@pytest.mark.parametrize("name", ["all at once", "growing", "swiss roll", "classification"])
def test_shown_with_all_defaults_it_reads_the_same(name: str, tmp_path: Path) -> None:
    roll = {**CASES["hinge, points"], "data": {"name": "Points", "shape": "swiss_roll"}}
    recipe = check(roll if name == "swiss roll" else words_of(name, tmp_path), "here")
    path = tmp_path / "recipe.yaml"
    path.write_text(as_yaml(recipe))
    assert read_recipe(path) == recipe

"""Networks that see sounds as pictures: from the recipe over training and bundles to samples and judgements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from audiogan import Sampler
from audiogan.audio.files import read
from audiogan.audio.sound_pictures import LogMagnitude
from audiogan.bundle import load_model
from audiogan.classify import SoundClassifier
from audiogan.cli import main
from audiogan.data.sound_store import Decoding
from audiogan.data.sounds import Sounds
from audiogan.errors import AudioganError
from audiogan.recipe.reading import check, read_recipe
from tests.games import LABELS, RATE, SAMPLES, pictures, sound_folder, sounds
from tests.tiny_runs import same

# 16 frames of 32 bins, of which the last is left out: 256 samples are a picture of 16 × 16.
REPRESENTATION = {"name": "LogMagnitude", "frame_length": 32, "hop_length": 16, "iterations": 2}
MEL = {"name": "LogMel", "frame_length": 64, "hop_length": 16, "bands": 16}
NAMES = ["label 0", "label 1", "label 2"]


def specgan(**keys: Any) -> dict[str, Any]:
    """A recipe of narrow DCGANs on sounds."""
    of_pictures = pictures([{"name": "Hinge"}], {"classes": LABELS}, {"classes": LABELS})
    of_sounds = sounds([{"name": "Hinge"}])
    networks = {name: of_pictures[name] for name in ("generator", "discriminator")}
    return {**of_sounds, **networks, "representation": REPRESENTATION, **keys}


def classifier(**keys: Any) -> dict[str, Any]:
    """A recipe of a classifier of sounds."""
    of_sounds = sounds([])
    of_sounds["data"]["slices"] = "first"
    return {
        **{name: of_sounds[name] for name in ("name", "training", "data", "sample_rate")},
        "task": "classification",
        "representation": MEL,
        "classifier": {
            "name": "PictureClassifier", "size": 16, "channels": 1, "classes": LABELS, "width": 4, "feature_size": 8,
        },
        "players": {"classifier": {"optimiser": {"name": "Adam", "learning_rate": 0.005}}},
        **keys,
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`data`, `runs/hits`, two steps of the first recipe, and `runs/judge`, a hundred of the second."""
    root = tmp_path_factory.mktemp("sounds")
    data = sound_folder(root / "data")
    for name, steps, words in (("hits", 2, specgan()), ("judge", 100, classifier())):
        words["data"]["folder"] = str(data)
        words["training"]["steps"] = steps
        (root / f"{name}.yaml").write_text(json.dumps({**words, "name": name}))
        assert main(["train", str(root / f"{name}.yaml"), "--run", str(root / "runs" / name), "--quiet"]) == 0
    return root


def training_sounds(folder: Path, slices: Any = "random") -> Sounds:
    return Sounds(folder / "data", SAMPLES, Decoding(RATE), slices)


def test_statistics_are_those_of_the_training_set_and_travel_with_the_model(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder / "runs" / "hits")
    items = training_sounds(folder)
    fitted = LogMagnitude(SAMPLES, RATE, **{k: v for k, v in REPRESENTATION.items() if k != "name"})  # type: ignore[arg-type]
    fitted.fit(torch.from_numpy(items.item(0, n)["real"])[None] for n in range(len(items)))
    assert model.representation is not None
    assert same(dict(model.representation.state_dict()), dict(fitted.state_dict()))
    assert main(["bundle", str(folder / "runs" / "hits"), "-o", str(tmp_path / "bundle")]) == 0
    bundled = load_model(tmp_path / "bundle")
    assert bundled.representation is not None
    assert same(dict(bundled.representation.state_dict()), dict(fitted.state_dict()))


def test_samples_are_what_the_representation_makes_of_the_generator_s_pictures(folder: Path) -> None:
    model = load_model(folder / "runs" / "hits")
    sampler = Sampler.of(model)
    made = sampler.sample(3)
    assert made.shape == (3, 1, SAMPLES)
    latent = torch.from_numpy(sampler.latents(range(3)))
    with torch.inference_mode():
        picture = model.generator(latent, torch.tensor([0, 1, 2]))
        assert model.representation is not None
        np.testing.assert_array_equal(made, model.representation.decode(picture).clamp(-1, 1).numpy())


def test_going_on_keeps_the_statistics_and_is_exact(folder: Path, tmp_path: Path) -> None:
    words = specgan(name="hits")
    words["data"]["folder"] = str(folder / "data")
    words["training"]["steps"] = 2
    recipe = tmp_path / "hits.yaml"
    recipe.write_text(json.dumps(words))
    assert main(["train", str(recipe), "--run", str(tmp_path / "legs"), "--quiet"]) == 0
    longer = ["train", str(recipe), "training.steps=4", "--quiet"]
    assert main([*longer, "--run", str(tmp_path / "legs"), "--resume"]) == 0
    assert main([*longer, "--run", str(tmp_path / "whole")]) == 0
    one, other = (load_model(tmp_path / name) for name in ("legs", "whole"))
    assert one.step == other.step == 4
    assert same(dict(one.generator.state_dict()), dict(other.generator.state_dict()))


def test_labels_have_the_names_of_the_folders(folder: Path, tmp_path: Path) -> None:
    run, out = str(folder / "runs" / "hits"), tmp_path / "made"
    assert read_recipe(folder / "runs" / "hits" / "recipe.yaml").data.label_names == NAMES  # type: ignore[attr-defined]
    assert main(["generate", run, "-n", "4", "-o", str(out)]) == 0
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*.flac")) == [
        "label 0/000000.flac", "label 0/000003.flac", "label 1/000001.flac", "label 2/000002.flac",
    ]  # fmt: skip
    by_name, by_number = Sampler.load(run).sample(2, label=1), tmp_path / "asked"
    assert main(["generate", run, "-n", "2", "--label", "label 1", "-o", str(by_number)]) == 0
    for number, sound in enumerate(by_name):
        read_back, _ = read(by_number / "label 1" / f"{number:06}.flac")
        np.testing.assert_allclose(read_back, sound, atol=2**-15)


def test_labels_in_the_shares_of_a_folder(folder: Path, tmp_path: Path) -> None:
    for name, count in (("label 0", 3), ("label 2", 1)):
        (tmp_path / "some" / name).mkdir(parents=True)
        for number in range(count):
            source = folder / "data" / name / f"{number}.wav"
            (tmp_path / "some" / name / source.name).write_bytes(source.read_bytes())
    out = tmp_path / "made"
    words = ["generate", str(folder / "runs" / "hits"), "-n", "8", "--labels-of", str(tmp_path / "some")]
    assert main([*words, "-o", str(out)]) == 0
    counts = {place.name: len(list(place.glob("*.flac"))) for place in out.iterdir() if place.is_dir()}
    assert counts == {"label 0": 6, "label 2": 2}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--label", "kick"], "The generator knows no label kick. Known: label 0, label 1, label 2."),
        (["--label", "3"], "The generator knows no label 3. Known: label 0, label 1, label 2."),
        (["--labels-of", "data", "--label", "1"], "leave --label and the other ways"),
        (["--truncation", "0"], "The truncation is 0, and must be above 0."),
    ],
)
def test_labels_and_truncations_that_do_not_exist(
    folder: Path, tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", str(folder / "runs" / "hits"), *options, "-o", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_classifier_tells_its_training_sounds_apart(folder: Path) -> None:
    judge = SoundClassifier.load(folder / "runs" / "judge")
    items = training_sounds(folder, "first")
    heard = np.stack([items.item(0, n)["real"] for n in range(len(items))])
    assert judge.labels == NAMES
    found = judge.probabilities(heard, RATE)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == [int(items.item(0, n)["label"]) for n in range(len(items))]).mean() > 0.9
    assert judge.features(heard, RATE).shape == (len(items), 8)


def test_a_classifier_hears_any_rate_length_and_channels(folder: Path) -> None:
    judge = SoundClassifier.load(folder / "runs" / "judge")
    sound = training_sounds(folder, "first").item(0, 0)["real"][None]
    expected = judge.probabilities(sound, RATE)
    padded = np.pad(sound, [(0, 0), (0, 0), (0, 99)])
    np.testing.assert_allclose(judge.probabilities(padded, RATE), expected)
    np.testing.assert_allclose(judge.probabilities(sound.repeat(2, axis=1), RATE), expected, atol=1e-6)
    np.testing.assert_allclose(judge.probabilities(sound[..., :-50], RATE).sum(), 1)
    # At twice the rate the same sound, whose samples are twice as many, is resampled to the same.
    at_twice = np.zeros((1, 1, 2 * SAMPLES), np.float32)
    time = np.arange(2 * SAMPLES) / (2 * RATE)
    at_twice[0, 0] = 0.3 * np.sin(2 * np.pi * 300 * time)
    np.testing.assert_allclose(
        judge.probabilities(at_twice, 2 * RATE), judge.probabilities(at_twice[..., ::2], RATE), atol=0.02
    )


def test_only_classifiers_of_sounds_judge_sounds(folder: Path) -> None:
    with pytest.raises(AudioganError, match="is no classifier of sounds"):
        SoundClassifier.load(folder / "runs" / "hits")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({**pictures([{"name": "Hinge"}]), "representation": REPRESENTATION}, "representation is for sounds"),
        ({**sounds([{"name": "Hinge"}]), "representation": REPRESENTATION}, "take networks for pictures"),
        (
            {k: v for k, v in specgan().items() if k != "representation"},
            "take networks for sounds or a representation that makes pictures of them",
        ),
        (classifier(representation=None), "give all, or none"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(AudioganError, match=said):
        check(words, "here")


def test_pictures_of_another_size_are_refused(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = specgan()
    words["data"]["folder"] = str(folder / "data")
    words["representation"] = {**REPRESENTATION, "hop_length": 8}
    (tmp_path / "odd.yaml").write_text(json.dumps(words))
    assert main(["train", str(tmp_path / "odd.yaml"), "--run", str(tmp_path / "run"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert "DCGANGenerator is for pictures of 1 × 16 × 16 (channels, height, width)" in said
    assert "gives 1 × 16 × 32" in said and not (tmp_path / "run").exists()


def test_held_out_sounds_may_have_labels_that_nobody_asks_for(folder: Path, tmp_path: Path) -> None:
    words = sounds([{"name": "Hinge"}])
    (tmp_path / "flat").mkdir()
    for number, source in enumerate(sorted((folder / "data").rglob("*.wav"))):
        (tmp_path / "flat" / f"{number}.wav").write_bytes(source.read_bytes())
    words["data"]["folder"] = str(tmp_path / "flat")
    words["training"]["steps"] = 1
    words["validation"] = {"every": 1, "items": 8, "folder": str(folder / "data")}
    (tmp_path / "flat.yaml").write_text(json.dumps(words))
    assert main(["train", str(tmp_path / "flat.yaml"), "--run", str(tmp_path / "run"), "--quiet"]) == 0

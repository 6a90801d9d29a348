"""Samples on the page are those of `audiogan generate`."""

from __future__ import annotations

import base64
import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audiogan.audio.files import read
from audiogan.bundle import Model, save_bundle
from audiogan.cli import main
from audiogan.demo.shelf import Shelf
from audiogan.errors import AudioganError
from audiogan.generate import Sampler
from audiogan.recipe.building import build_generator
from audiogan.recipe.reading import find_recipe, read_recipe


def drawn(client: Any, **words: object) -> Any:
    """What the server answers."""
    return client.post("/generate", params={"model": "drums", **words})


def sounds(answer: Any, folder: Path) -> list[np.ndarray]:
    """The waveforms in an answer."""
    assert answer.status_code == 200, answer.text
    found = []
    for sample in answer.json()["samples"]:
        kind, data = sample["data"].split(",")
        assert kind == "data:audio/flac;base64"
        (folder / "one.flac").write_bytes(base64.b64decode(data))
        found.append(read(folder / "one.flac")[0])
    return found


def test_sounds_are_those_of_the_command(drawing: Any, runs: Path, tmp_path: Path) -> None:
    made = sounds(drawn(drawing, count=3, seed=5, truncation=0.5), tmp_path)
    options = ["-n", "3", "--seed", "5", "--truncation", "0.5", "-o", str(tmp_path / "made")]
    assert main(["generate", str(runs / "drums"), *options]) == 0
    files = sorted((tmp_path / "made").rglob("*.flac"), key=lambda path: path.name)
    assert len(made) == len(files) == 3
    for sound, file in zip(made, files, strict=True):
        assert np.array_equal(sound, read(file)[0])


def test_a_walk_goes_from_one_to_the_other(drawing: Any, runs: Path, tmp_path: Path) -> None:
    answer = drawn(drawing, count=4, **{"from": 1, "to": 2})
    made = sounds(answer, tmp_path)
    expected = Sampler.load(runs / "drums").interpolate(1, 2, 4)
    assert np.abs(np.stack(made) - expected).max() < 2**-15
    assert [one["name"].split(",")[0] for one in answer.json()["samples"]] == [f"step {n}" for n in range(4)]


def test_a_label_is_asked_for(drawing: Any) -> None:
    assert [one["name"] for one in drawn(drawing, count=2, label="kick").json()["samples"]] == [
        "sample 0, kick", "sample 1, kick",
    ]  # fmt: skip
    assert "The generator knows no label dog" in drawn(drawing, label="dog").json()["error"]


def test_pictures_are_large_enough_to_be_seen(drawing: Any, runs: Path) -> None:
    samples = drawn(drawing, model="digits", count=2, label="7").json()["samples"]
    assert [one["name"] for one in samples] == ["sample 0, 7", "sample 1, 7"]
    for sample, made in zip(samples, Sampler.load(runs / "digits").sample(2, label=7), strict=True):
        kind, data = sample["data"].split(",")
        assert kind == "data:image/png;base64"
        seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
        times = len(seen) // made.shape[1]
        assert len(seen) >= 128
        assert np.abs(seen[::times, ::times] / 127.5 - 1 - made[0]).max() < 0.01


def test_points_come_as_numbers(drawing: Any, runs: Path) -> None:
    points = drawn(drawing, model="points", count=100, seed=3).json()["points"]
    assert np.allclose(points, Sampler.load(runs / "points").sample(100, 3), atol=1e-4)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"count": 17}, "The number of samples is 17, and can be 1 to 16 here."),
        ({"count": 0}, "The number of samples is 0"),
        ({"count": "many"}, "'many' is no whole number for count."),
        ({"seed": -1}, "The seed is -1"),
        ({"truncation": 0}, "The truncation is 0"),
        ({"count": 1, "from": 0, "to": 1}, "The number of steps is 1"),
        ({"count": 2, "from": -1, "to": 1}, "The number of a sample is -1"),
        ({"model": "drum"}, "This page offers no model drum. Did you mean drums?"),
        ({"model": "enhancer"}, "This page offers no model enhancer."),
    ],
)
def test_what_cannot_be_drawn_is_said(drawing: Any, words: dict[str, object], complaint: str) -> None:
    answer = drawn(drawing, **words)
    assert 400 <= answer.status_code < 500
    assert complaint in answer.json()["error"]


def test_models_of_one_name_are_told_apart(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "points", tmp_path / "other" / "points")
    places = [str(runs / "points"), str(tmp_path / "other" / "points")]
    assert list(Shelf.load([*places, places[0]]).drawers) == places


def test_a_model_that_does_neither_is_refused(tmp_path: Path) -> None:
    recipe = read_recipe(find_recipe("digits/digits_classifier"))
    save_bundle(Model(build_generator(recipe), recipe, 1, tmp_path), tmp_path / "classifier")
    with pytest.raises(AudioganError, match=r"is a model of classification\. The page shows models that enhance"):
        Shelf.load([str(tmp_path / "classifier")])
    with pytest.raises(AudioganError, match=r"There is no model enhanser.* Did you mean enhancer"):
        Shelf.load(["enhanser"])
    with pytest.raises(AudioganError, match="holds no model"):
        Shelf.load([str(tmp_path)])

"""From a run to a bundle and back: the same network, and nothing that could run code."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from audiogan import Enhancer
from audiogan.bundle import FORMAT, load_model, save_bundle
from audiogan.cli import main
from audiogan.errors import AudioganError
from audiogan.recipe.enhancement import EnhancementRecipe
from audiogan.training.checkpoint import load
from tests.stopping import AFTER_CALLS, stopped
from tests.tiny_runs import RATE, speech_like, tiny_recipe


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a best checkpoint at step 2 and a last one at step 3, where Ctrl-C stopped it."""
    root = tmp_path_factory.mktemp("bundle")
    recipe = tiny_recipe(root, training={"average_decay": 0.5}, validation={"every": 2})
    turns = 3 * 3  # of the players, in three steps
    words = ("train", str(recipe), "--run", str(root / "run"), "--quiet")
    code, _, said = stopped(AFTER_CALLS, signal.SIGINT, turns, "audiogan.training.trainer", "average_gradients", *words)
    assert code == 130, said
    return root / "run"


@pytest.fixture
def bundle(run: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tiny"
    save_bundle(load_model(run), folder)
    return folder


def enhanced(path: Path) -> np.ndarray:
    return Enhancer.load(path)(speech_like(RATE), RATE)


def test_a_bundle_sounds_as_the_run_did(run: Path, bundle: Path) -> None:
    assert sorted(path.name for path in bundle.iterdir()) == ["config.json", "model.safetensors"]
    sound = enhanced(run)
    assert np.abs(sound).max() > 0
    np.testing.assert_array_equal(enhanced(bundle), sound)
    np.testing.assert_array_equal(enhanced(run / "checkpoints" / "best.pt"), sound)
    assert not np.array_equal(enhanced(run / "checkpoints" / "step-00000003.pt"), sound)


def test_a_run_s_model_is_the_average_of_its_best_checkpoint_or_of_its_last(run: Path, tmp_path: Path) -> None:
    model = load_model(run)
    assert isinstance(model.recipe, EnhancementRecipe)
    assert (model.step, model.recipe.sample_rate, model.recipe.data.window) == (2, RATE, 256)
    assert model.source == run / "checkpoints" / "best.pt"
    assert not model.generator.training
    average = load(model.source)["average"]
    assert all(torch.equal(value, average[name]) for name, value in model.generator.state_dict().items())
    other = tmp_path / "run"
    shutil.copytree(run, other)
    (other / "checkpoints" / "best.pt").unlink()
    assert load_model(other).step == 3


def test_without_an_average_the_generator_itself_is_used(tmp_path: Path) -> None:
    recipe = tiny_recipe(tmp_path, training={"steps": 1, "average_decay": None})
    assert main(["train", str(recipe), "--run", str(tmp_path / "run"), "--quiet"]) == 0
    model = load_model(tmp_path / "run")
    weights = load(tmp_path / "run" / "checkpoints" / "step-00000001.pt")["task"]
    assert model.generator.state_dict().keys()
    for name, value in model.generator.state_dict().items():
        assert torch.equal(value, weights[f"generator.{name}"])


def test_blended_weights_lie_on_the_line_between_two_models(run: Path) -> None:
    begun, tuned = (load_model(run / "checkpoints" / name) for name in ("best.pt", "step-00000003.pt"))
    before = {name: value.clone() for name, value in tuned.generator.state_dict().items()}
    blended = tuned.blended_with(begun, 0.25)
    assert (blended.step, blended.source) == (3, tuned.source)
    for name, value in blended.generator.state_dict().items():
        mean = 0.75 * before[name].double() + 0.25 * begun.generator.state_dict()[name].double()
        torch.testing.assert_close(value.double(), mean, rtol=0, atol=1e-7)
        assert torch.equal(tuned.generator.state_dict()[name], before[name])
    assert any(not torch.equal(value, before[name]) for name, value in blended.generator.state_dict().items())


def test_only_models_of_one_network_are_blended(run: Path, tmp_path: Path) -> None:
    generator = {"name": "SEGANGenerator", "channels": [4, 6]}
    recipe = tiny_recipe(tmp_path, training={"steps": 1}, generator=generator)
    assert main(["train", str(recipe), "--run", str(tmp_path / "wider"), "--quiet"]) == 0
    with pytest.raises(AudioganError, match="are different networks, so their weights cannot be blended"):
        load_model(run).blended_with(load_model(tmp_path / "wider"), 0.5)
    with pytest.raises(AudioganError, match=r"a share of 1\.5 of .*: give a number from 0 to 1"):
        load_model(run).blended_with(load_model(run), 1.5)


def test_a_bundle_can_be_read_without_audiogan(run: Path, bundle: Path) -> None:
    config = json.loads((bundle / "config.json").read_text())
    assert config["format"] == FORMAT and config["step"] == 2
    # Every key is said, so that a later version's defaults change nothing.
    assert config["recipe"] == load_model(run).recipe.model_dump(mode="json")
    assert config["recipe"]["generator"]["padding"] == "zeros"
    weights = safetensors.torch.load_file(bundle / "model.safetensors")
    assert weights.keys() == load_model(run).generator.state_dict().keys()


def test_a_bundle_of_a_bundle_is_the_same_and_takes_its_place(bundle: Path) -> None:
    before = (bundle / "model.safetensors").read_bytes()
    save_bundle(load_model(bundle), bundle)
    assert (bundle / "model.safetensors").read_bytes() == before
    assert [path.name for path in bundle.parent.iterdir()] == ["tiny"]


def edited(bundle: Path, **changes: Any) -> None:
    config = json.loads((bundle / "config.json").read_text())
    for place, value in changes.items():
        *groups, key = place.split("__")
        here = config
        for group in groups:
            here = here[group]
        if value is None:
            del here[key]
        else:
            here[key] = value
    (bundle / "config.json").write_text(json.dumps(config))


def test_nothing_but_a_network_of_ours_can_be_named(bundle: Path) -> None:
    for name in ("os.system", "torch.nn.Linear", "Judgement", "layers.DownConv", "__import__"):
        edited(bundle, recipe__generator__name=name)
        with pytest.raises(AudioganError, match=f"generator: {name} is not known"):
            load_model(bundle)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": FORMAT + 1, "audiogan": "99.0"}, r"format 2, written by audiogan 99.0.*reads format 1"),
        ({"format": None}, r"not a whole model bundle \('format' is missing\)"),
        ({"recipe": None}, r"not a whole model bundle \('recipe' is missing\)"),
        ({"recipe": "segan"}, "recipe: input should be an object"),
        ({"recipe__sample_rate": None, "recipe__zzz": 1}, "zzz: no such key"),
        ({"recipe__sample_rate": "fast"}, "sample_rate: input should be a valid integer"),
        ({"recipe__generator__channels": [4, 16]}, "weights in .* do not fit its recipe"),
        ({"recipe__generator__stride": 1}, "SEGANGenerator: stride 1 must be at least 2"),
    ],
)
def test_an_edited_config_is_a_sentence(bundle: Path, changes: dict[str, Any], message: str) -> None:
    edited(bundle, **changes)
    with pytest.raises(AudioganError, match=message) as raised:
        load_model(bundle)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff" * 100, None])
def test_a_damaged_bundle_is_a_sentence(bundle: Path, name: str, content: bytes | None) -> None:
    path = bundle / name
    path.write_bytes(path.read_bytes()[:-50] if content is None else content)
    with pytest.raises(AudioganError, match="is not a whole model bundle") as raised:
        load_model(bundle)
    assert "\n" not in str(raised.value)


def test_missing_parts(bundle: Path, tmp_path: Path) -> None:
    (bundle / "model.safetensors").unlink()
    with pytest.raises(AudioganError, match="not a whole model bundle"):
        load_model(bundle)
    with pytest.raises(AudioganError, match=r"There is no model .*nowhere"):
        load_model(tmp_path / "nowhere")
    with pytest.raises(AudioganError, match="holds no model"):
        load_model(tmp_path)
    (tmp_path / "a.pt").write_text("no")
    with pytest.raises(AudioganError, match="is not a checkpoint"):
        load_model(tmp_path / "a.pt")


def test_a_folder_that_holds_something_else_is_left_alone(run: Path, tmp_path: Path) -> None:
    model = load_model(run)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear diary")
    (tmp_path / "file").write_text("x")
    for name in ("mine", "file"):
        with pytest.raises(AudioganError, match=f"{name} is there and is no model bundle"):
            save_bundle(model, tmp_path / name)
    with pytest.raises(AudioganError, match="cannot be written"):
        save_bundle(model, tmp_path / "file" / "below")
    assert (tmp_path / "mine" / "diary.txt").read_text() == "dear diary"
    (tmp_path / "empty").mkdir()
    save_bundle(model, tmp_path / "empty")
    assert load_model(tmp_path / "empty").step == model.step
    assert sorted(os.listdir(tmp_path)) == ["empty", "file", "mine"]


def test_the_recipe_s_strength_is_used_where_none_is_given(run: Path, tmp_path: Path) -> None:
    model = load_model(run)
    mild = model.recipe.model_copy(update={"strength": 0.25})
    save_bundle(replace(model, recipe=mild), tmp_path / "mild")
    sound = speech_like(RATE)
    wanted = 0.25 * Enhancer.load(tmp_path / "mild", strength=1)(sound, RATE) + 0.75 * sound
    np.testing.assert_allclose(Enhancer.load(tmp_path / "mild")(sound, RATE), wanted, atol=1e-6)

"""Bundles of models made for streams: the graph inside, enhancing by it without torch, and the model in the package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import soundfile
import torch

from audiogan import Enhancer
from audiogan.audio.files import read
from audiogan.bundle import PRETRAINED, load_graph, load_model, save_bundle
from audiogan.cli import main
from audiogan.enhance import ENHANCER
from audiogan.errors import AudioganError
from audiogan.streaming.estimators import GraphEstimator
from tests.stream_models import RATE, noise, streaming_bundle, streaming_model

ROOT = Path(__file__).parent.parent
NOT_NEEDED = {"torch", "pydantic", "scipy", "librosa", "soxr", "safetensors", "onnx", "rich", "yaml", "matplotlib"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return streaming_bundle(tmp_path_factory.mktemp("bundle") / "small")


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "small")
    return tmp_path / "small"


def test_graph_and_weights_sound_alike(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(path.name for path in bundle.iterdir()) == ["config.json", "model.onnx", "model.safetensors"]
    sound = noise(2, 30_000)
    by_graph = Enhancer.load(bundle)
    assert isinstance(by_graph.generator, GraphEstimator)
    found = by_graph(sound, 44_100)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # as if it were not installed
    by_weights = Enhancer.load(bundle)
    assert isinstance(by_weights.generator, torch.nn.Module)
    assert np.abs(found - sound).max() > 0.05
    np.testing.assert_allclose(by_weights(sound, 44_100), found, rtol=0, atol=1e-5)


def test_the_recipe_s_strength_is_used_where_none_is_given(tmp_path: Path) -> None:
    save_bundle(streaming_model(strength=0.25), tmp_path / "mild")
    sound = noise(1, 5000)
    wanted = 0.25 * Enhancer.load(tmp_path / "mild", strength=1)(sound, RATE) + 0.75 * sound
    np.testing.assert_allclose(Enhancer.load(tmp_path / "mild")(sound, RATE), wanted, atol=1e-6)


def enhanced_without(bundle: Path, source: Path, *words: str) -> set[str]:
    """The modules that the command loaded, of those it does not need."""
    program = "import sys; from audiogan.cli import main; code = main(sys.argv[1:]); "
    program += "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    command = [sys.executable, "-c", program, "enhance", str(source), "-m", str(bundle), *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert {"onnxruntime", "soundfile"} <= loaded
    return loaded & NOT_NEEDED


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_the_command_loads_no_torch(bundle: Path, tmp_path: Path, rate: int) -> None:
    sound = noise(1, 5 * rate)
    soundfile.write(tmp_path / "noisy.wav", sound[0], rate, subtype="FLOAT")
    assert enhanced_without(bundle, tmp_path / "noisy.wav", "-o", str(tmp_path / "clean.wav")) == set()
    wanted = Enhancer(load_model(bundle).generator, Enhancer.load(bundle).representation, RATE, 4096)(sound, rate)
    np.testing.assert_allclose(read(tmp_path / "clean.wav")[0], wanted, rtol=0, atol=1e-5)


def test_half_precision_halves_the_bundle_and_keeps_the_sound(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = tmp_path / "half"
    assert main(["bundle", str(bundle), "-o", str(half), "--half"]) == 0
    said = float(capsys.readouterr().out.split("changes the sound by ")[1].split()[0])
    assert said < -60
    weights = safetensors.torch.load_file(half / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert all(p.dtype == torch.float32 for p in load_model(half).generator.parameters())
    sound = noise(1, RATE)
    full, rounded = Enhancer.load(bundle)(sound, RATE), Enhancer.load(half)(sound, RATE)
    assert 0 < np.mean((full - rounded) ** 2) < 1e-6 * np.mean(full**2)
    # What half precision cannot hold is refused.
    model = streaming_model()
    assert model.estimator is not None
    rough, change = replace(model, generator=streaming_model(deviation=5.0).generator).in_half_precision()
    assert change > -60 and rough.generator is not model.generator


def test_half_precision_is_for_models_made_for_streams(bundle: Path, tmp_path: Path) -> None:
    model = replace(load_model(bundle), generator=torch.nn.Identity())
    with pytest.raises(AudioganError, match="is not made for streams"):
        model.in_half_precision()


def test_without_the_exporter_it_is_said_what_to_install(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(AudioganError, match=r"pip install 'audiogan\[export\]'"):
        save_bundle(load_model(bundle), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_a_model_that_went_wrong_makes_no_bundle(tmp_path: Path) -> None:
    model = streaming_model()
    with torch.no_grad():
        next(model.generator.parameters()).fill_(float("nan"))
    with pytest.raises(AudioganError, match="its training went wrong"):
        save_bundle(model, tmp_path / "new")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", ["graph", "frames", "state", "format", "damaged"])
def test_a_damaged_bundle_is_a_sentence(bundle: Path, change: str) -> None:
    config = json.loads((bundle / "config.json").read_text())
    if change == "damaged":
        (bundle / "model.onnx").write_bytes((bundle / "model.onnx").read_bytes()[:-5000])
    elif change == "format":
        config["format"] += 1
    elif change == "graph":
        del config["graph"]
    else:
        config["graph"][change] = {"frame": 1}
    (bundle / "config.json").write_text(json.dumps(config))
    with pytest.raises(AudioganError, match=r"by `audiogan bundle`|Use the version that wrote it") as raised:
        Enhancer.load(bundle)
    assert "\n" not in str(raised.value)


def test_the_model_in_the_package_is_the_default(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    soundfile.write("noisy.wav", noise(1, 5000)[0], RATE, subtype="FLOAT")
    monkeypatch.setattr("audiogan.enhance.ENHANCER", tmp_path / "nowhere")
    with pytest.raises(AudioganError, match="no enhancer came with this audiogan"):
        Enhancer.load()
    monkeypatch.setattr("audiogan.enhance.ENHANCER", bundle)
    assert main(["enhance", "noisy.wav", "-o", "clean.wav", "--attenuation-limit", "6"]) == 0
    assert capsys.readouterr().err == ""
    wanted = Enhancer.load(attenuation_limit=6)(read("noisy.wav")[0], RATE)
    np.testing.assert_allclose(read("clean.wav")[0], wanted, rtol=0, atol=1e-6)
    assert main(["enhance", "noisy.wav", "-o", "other.wav", "-m", str(tmp_path / "other")]) == 2
    assert "There is no model" in capsys.readouterr().err and not Path("other.wav").exists()


def test_what_the_package_carries() -> None:
    models = [path.parent for path in PRETRAINED.glob("*/config.json")]
    assert sum(path.stat().st_size for path in PRETRAINED.rglob("*") if path.is_file()) < 5_000_000
    for folder in models:
        assert (folder / "README.md").is_file(), "its card"
        assert load_graph(folder) is not None and load_model(folder).estimator is not None
    assert ENHANCER.parent == PRETRAINED

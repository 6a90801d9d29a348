"""`audiogan enhance` as it is typed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from audiogan.audio.files import describe, read, write
from audiogan.bundle import Model, save_bundle
from audiogan.cli import main
from audiogan.enhance import Enhancer
from audiogan.recipe.building import build_generator
from audiogan.recipe.enhancement import EnhancementRecipe

ROOT = Path(__file__).parent.parent.parent
RATE, WINDOW = 16000, 1024


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a narrow SEGAN with random weights."""
    recipe = EnhancementRecipe.model_validate(
        {
            "name": "tiny",
            "task": "enhancement",
            "sample_rate": RATE,
            "representation": {"name": "PreEmphasis"},
            "generator": {
                "name": "SEGANGenerator",
                "channels": [4, 8],
                "kernel": 15,
                "stride": 4,
                "latent_channels": 2,
            },
            "reconstruction": [{"name": "L1"}],
            "data": {"clean": "speech", "noise": "noise", "window": WINDOW},
            "players": {"generator": {"optimiser": {"name": "RMSprop", "learning_rate": 2e-4}}},
            "training": {"steps": 1, "batch_size": 1},
        }
    )
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("model") / "bundle"
    generator = build_generator(recipe).eval()
    save_bundle(Model(generator, recipe, 1, folder), folder)
    return folder


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    path = tmp_path / "noisy.wav"
    write(path, noise(2, 20_000), RATE, subtype="PCM_24")
    return path


def noise(channels: int, samples: int) -> np.ndarray:
    return (0.2 * np.random.default_rng(0).standard_normal((channels, samples))).clip(-0.95, 0.95)


def pipe_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def typed(*words: object, standard_input: bytes | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "audiogan", "enhance", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, input=standard_input, capture_output=True, cwd=cwd, env=environment)


def fails(capsys: pytest.CaptureFixture[str], *words: object, say: str) -> None:
    """The command ends with 2 and one line on standard error that holds `say`."""
    assert main(["enhance", *map(str, words)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("audiogan enhance: ") and captured.err.count("\n") == 1
    assert say in captured.err


def test_a_file_to_a_file(model: Path, noisy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = tmp_path / "new" / "clean.wav"
    assert main(["enhance", str(noisy), "-o", str(clean), "-m", str(model), "--seed", "3", "--strength", "0.6"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{clean}: 1.2 s of sound enhanced\n" and captured.err == ""
    info = describe(clean)
    assert (info.sample_rate, info.channels, info.samples, info.subtype) == (RATE, 2, 20_000, "PCM_24")
    wanted = Enhancer.load(model, seed=3, strength=0.6)(read(noisy)[0], RATE)
    np.testing.assert_allclose(read(clean)[0], wanted, atol=2**-23)
    assert names(tmp_path) == ["new/clean.wav", "noisy.wav"]


def test_without_an_output_it_lies_beside_the_input(model: Path, noisy: Path, tmp_path: Path) -> None:
    assert main(["enhance", str(noisy), "-m", str(model)]) == 0
    assert names(tmp_path) == ["noisy.enhanced.wav", "noisy.wav"]


def test_an_output_folder_takes_the_name_of_the_file(model: Path, noisy: Path, tmp_path: Path) -> None:
    (tmp_path / "clean").mkdir()
    assert main(["enhance", str(noisy), "-o", str(tmp_path / "clean"), "-m", str(model)]) == 0
    assert names(tmp_path) == ["clean/noisy.wav", "noisy.wav"]


def test_what_lies_above_the_model_s_band_is_said_to_be_lost(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a/1.wav", "a/2.wav"):
        write(tmp_path / name, noise(1, 4000), 48000)
    assert main(["enhance", str(tmp_path / "a"), "-m", str(model)]) == 0
    assert capsys.readouterr().err.count("above 8000 Hz") == 1
    assert names(tmp_path / "a.enhanced") == ["1.wav", "2.wav"]


def test_a_folder_goes_on_past_bad_files_and_lists_them(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = tmp_path / "in", tmp_path / "in" / "out"
    write(source / "one.wav", noise(1, 4000), RATE)
    write(source / "deep" / "two.flac", noise(1, 4000), RATE)
    write(source / "deep" / "silent.wav", np.zeros(100), RATE)
    (source / "broken.wav").write_text("no sound")
    (source / "notes.txt").write_text("notes")
    for more in ([], ["--overwrite"]):  # the second time it does not take its own output for input
        assert main(["enhance", str(source), "-o", str(output), "-m", str(model), *more]) == 3
        captured = capsys.readouterr()
        assert captured.out == f"{output}: 3 of 4 files enhanced\n"
        assert captured.err.splitlines() == [
            "audiogan enhance: 1 of 4 files failed:",
            f"  {source / 'broken.wav'}: cannot be read as sound (Format not recognised). Give a WAV, FLAC, Ogg, MP3 "
            "or AIFF file.",
            "audiogan enhance: 1 other file ignored: notes.txt (not a sound file)",
        ]
        assert names(output) == ["deep/silent.wav", "deep/two.flac", "one.wav"]
        assert not read(output / "deep" / "silent.wav")[0].any()


def test_a_folder_in_which_nothing_could_be_enhanced_leaves_none(model: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "broken.wav").write_text("no sound")
    assert main(["enhance", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "-m", str(model)]) == 2
    assert not (tmp_path / "out").exists()


def test_standard_input_to_standard_output(model: Path, noisy: Path, tmp_path: Path) -> None:
    done = typed("-", "-m", model, standard_input=noisy.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    clean = tmp_path / "clean.wav"
    clean.write_bytes(done.stdout)
    info = describe(clean)
    assert (info.format, info.subtype, info.samples) == ("WAV", "PCM_24", 20_000)
    np.testing.assert_allclose(read(clean)[0], Enhancer.load(model)(read(noisy)[0], RATE), atol=2**-23)


def test_a_pipe_at_one_end(
    model: Path,
    noisy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    clean, other = tmp_path / "clean.wav", tmp_path / "other.flac"
    assert main(["enhance", str(noisy), "-o", str(clean), "-m", str(model)]) == 0
    capsysbinary.readouterr()
    assert main(["enhance", str(noisy), "-o", "-", "-m", str(model)]) == 0
    assert capsysbinary.readouterr().out == clean.read_bytes()
    pipe_in(monkeypatch, noisy.read_bytes())
    assert main(["enhance", "-", "-o", str(other), "-m", str(model)]) == 0
    np.testing.assert_allclose(read(other)[0], read(clean)[0], atol=2**-23)


def test_bad_standard_input(model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"", b"no sound here", b"RIFF"):
        pipe_in(monkeypatch, content)
        fails(capsys, "-", "-m", model, say="audiogan enhance: standard input: ")


def test_the_model_that_the_demo_left(
    model: Path, noisy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("audiogan.enhance.ENHANCER", tmp_path / "none came with the package")
    fails(capsys, noisy, say="with -m, or run `make demo` first")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "demo").symlink_to(model)
    assert main(["enhance", str(noisy), "-o", "clean.wav"]) == 0
    assert "using the model that the demo left in runs/demo" in capsys.readouterr().err


def test_bad_inputs(model: Path, noisy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def made(name: str, sound: np.ndarray, rate: int = RATE) -> Path:
        soundfile.write(tmp_path / name, sound, rate, subtype="FLOAT")
        return tmp_path / name

    text = tmp_path / "text.wav"
    text.write_text("no sound here")
    cut = made("cut.wav", noise(1, 5000)[0])
    cut.write_bytes(cut.read_bytes()[:9000])
    rate = made("rate.wav", noise(1, 100)[0])
    content = bytearray(rate.read_bytes())
    content[24:28] = bytes(4)
    rate.write_bytes(content)
    (tmp_path / "no sound").mkdir()
    before = names(tmp_path)
    for source, say in [
        (tmp_path / "missing.wav", "no such file"),
        (tmp_path / "no sound", "no sound file in this folder"),
        (text, "cannot be read as sound"),
        (cut, "cut short"),
        (made("none.wav", np.zeros(0)), "no samples"),
        (made("nan.wav", np.array([0.1, np.nan])), "sample 1 (0.000 s) is NaN"),
        (rate, "sample rate"),
    ]:
        output = tmp_path / "clean" / ("" if source.is_dir() else "clean.wav")
        fails(capsys, source, "-o", output, "-m", model, say=say)
        assert str(source) not in before or names(tmp_path) == before
    assert not (tmp_path / "clean").exists()


def test_bad_outputs(model: Path, noisy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link.wav").symlink_to(noisy)
    before = names(tmp_path)
    for source, output, say in [
        (noisy, noisy, "the same file"),
        (noisy, tmp_path, "the same file"),
        (noisy, tmp_path / "link.wav", "the same file"),
        (noisy, tmp_path / "file" / "clean.wav", "cannot be written: a part of its path is a file"),
        (noisy, tmp_path / "clean.xyz", "suffix"),
        (tmp_path, tmp_path, "the same folder"),
        (tmp_path, tmp_path / "file", "cannot be written: a part of its path is a file"),
        (tmp_path, "-", "cannot go to standard output"),
    ]:
        fails(capsys, source, "-o", output, "-m", model, say=say)
        assert names(tmp_path) == before


def test_bad_models(model: Path, noisy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.pt").write_text("no checkpoint")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "missing", tmp_path / "text.pt", tmp_path / "empty"):
        fails(capsys, noisy, "-o", tmp_path / "clean.wav", "-m", path, say=str(path))
    fails(capsys, noisy, "-m", model, "--device", "toaster", say="device 'toaster' cannot be used")
    assert not (tmp_path / "clean.wav").exists()


def test_a_full_disk(model: Path, tmp_path: Path) -> None:
    write(tmp_path / "noisy.wav", noise(1, 100_000), RATE)
    # A limit on the size of files, in kilobytes of 1024 bytes, fails a write as a full disk does.
    command = f'ulimit -f 50; "{sys.executable}" -m audiogan enhance noisy.wav -o clean.wav -m "{model}"'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "clean.wav: could not be written to its end" in done.stderr and done.stderr.count("\n") == 1
    assert names(tmp_path) == ["noisy.wav"]


def test_a_batch_size_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["enhance", "noisy.wav", "--batch-size", "0"])
    assert ended.value.code == 2
    assert "'0' is not a number of 1 or more" in capsys.readouterr().err

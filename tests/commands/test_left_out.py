"""What verbs other than `enhance` leave out is named and in the exit code; `-o` means the same everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from audiogan.audio.files import write
from audiogan.cli import main
from tests.tiny_runs import tiny_recipe

RATE = 16000


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`clean` and `noise`, two files each, and next to them one that is not read."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("clean/a.wav", "clean/b.wav", "noise/a.wav", "noise/b.wav"):
        write(name, 0.1 * rng.standard_normal((1, RATE)), RATE)
    Path("clean/LICENSE").write_text("CC0")


def leave_something() -> None:
    Path("clean/tape.dss").write_bytes(bytes(range(256)))


def test_prep(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["prep", "--clean", "clean", "--noise", "noise", "--jobs", "1", "--level", "rms", "-o"]
    assert main([*words, "one"]) == 0
    leave_something()
    assert main([*words, "two"]) == 3
    assert "1 input left out:\n  clean/tape.dss: files of .dss are not read\n" in capsys.readouterr().err


def test_eval(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["eval", "clean", "noise", "--jobs", "1", "--measures", "si_sdr"]
    assert main([*words, "-o", "scores.json", "-o", "page.html", "-o", "all/"]) == 0
    assert sorted(path.name for path in Path("all").iterdir()) == ["scores.csv"]  # the others are named
    assert json.loads(Path("scores.json").read_text()) and Path("page.html").is_file()
    assert main([*words, "-o", "scores.json"]) == 2
    assert "scores.json exists already. --overwrite replaces it" in capsys.readouterr().err
    leave_something()
    assert main([*words, "-o", "scores.json", "--overwrite"]) == 3
    assert "clean/tape.dss: files of .dss are not read" in capsys.readouterr().err
    assert main([*words, "-o", "new"]) == 3
    assert sorted(path.name for path in Path("new").iterdir()) == ["page.html", "scores.csv", "scores.json"]
    assert main([*words, "-o", "scores.txt"]) == 2
    assert "results are .json, .csv or .html files" in capsys.readouterr().err


def test_train(capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tiny_recipe(Path(), training={"steps": 1})
    assert main(["train", "recipe.yaml", "--quiet"]) == 0
    clean = json.loads(recipe.read_text())["data"]["clean"]
    (Path(clean) / "tape.dss").write_bytes(bytes(range(256)))
    capsys.readouterr()
    assert main(["train", "recipe.yaml", "--quiet", "name=again"]) == 3
    assert "tape.dss: files of .dss are not read" in capsys.readouterr().err

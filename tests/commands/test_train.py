"""`audiogan train` as it is typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from audiogan.cli import main
from audiogan.training.checkpoint import load
from tests.tiny_runs import tiny_recipe


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tiny_recipe(tmp_path, training={"steps": 2})


def test_a_run_lies_under_runs_by_the_recipe_s_name(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "recipe.yaml"]) == 0
    output = capsys.readouterr()
    assert output.out == "Trained 2 steps. To use it: audiogan enhance noisy.wav -o clean.wav -m runs/tiny\n"
    assert "step 2/2" in output.err
    assert load(Path("runs/tiny/checkpoints/step-00000002.pt"))["step"] == 2


def test_overrides_may_stand_anywhere_and_quiet_is_quiet(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "recipe.yaml", "training.steps=1", "--quiet", "--run", "here", "about=a b", "seed=3"]
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    kept = load(Path("here/checkpoints/step-00000001.pt"))["recipe"]
    assert (kept["about"], kept["seed"]) == ("a b", 3)


def test_a_shipped_recipe_is_taken_by_name_and_said(
    recipe: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["train", "recipes/segan.yaml", "data.clean=speech/", "data.noise=nowhere/"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Taking the shipped recipe segan.yaml."
    assert lines[1:] == ["audiogan train: data.noise: nowhere: there is no such folder. Check the path."]
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["segna"], "audiogan train: There is no recipe file segna"),
        (["recipe.yaml", "training.step=1"], "training.step: no such key, did you mean steps?"),
        (["recipe.yaml", "--resume"], "holds no checkpoint to go on from"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    recipe: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["train", *words]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_unknown_options_are_refused(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--quit"], ["batch 16"], ["--lr=3"]):
        with pytest.raises(SystemExit) as ended:
            main(["train", "recipe.yaml", "--quiet", *words])
        assert ended.value.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err


def test_help_shows_examples() -> None:
    result = subprocess.run([sys.executable, "-m", "audiogan", "train", "--help"], capture_output=True, text=True)
    assert result.returncode == 0
    assert "training.batch_size=16 data.clean=speech/" in result.stdout and "--resume" in result.stdout

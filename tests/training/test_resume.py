"""A training that is really killed, or interrupted, and goes on, ends as one that never stopped: to the bit."""

from __future__ import annotations

import random
import re
import shlex
import signal
from pathlib import Path

import pytest

from audiogan.cli import main
from audiogan.training.checkpoint import load
from tests.stopping import AT_FILES, stopped
from tests.tiny_runs import same, tiny_recipe

STEPS = 60


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = {"steps": STEPS, "checkpoint_every": 10, "log_every": 7}
    return tiny_recipe(tmp_path_factory.mktemp("resume"), training=options, validation={"every": 20})


@pytest.fixture(scope="module")
def whole(recipe: Path) -> Path:
    """The run that never stopped."""
    folder = recipe.parent / "whole"
    assert main(["train", str(recipe), "--run", str(folder), "--quiet"]) == 0
    return folder


def begin(recipe: Path, folder: Path, how: signal.Signals, count: int, *words: str) -> tuple[int, str, str]:
    """Train until a signal comes at some file of the checkpoints behind that of step 10, of which there are many."""
    command = ["train", str(recipe), *words, "--run", str(folder)]
    return stopped(AT_FILES, how, count, "checkpoints", "step-00000010.pt", *command)


def assert_same_runs(one: Path, other: Path) -> None:
    for name in (f"step-{STEPS:08d}.pt", "best.pt"):
        ours, theirs = (load(folder / "checkpoints" / name) for folder in (one, other))
        assert ours.pop("recipe") and theirs.pop("recipe")  # holds the number of workers
        assert same(ours, theirs), name
    assert (one / "journal.jsonl").read_bytes() == (other / "journal.jsonl").read_bytes()
    assert not list(one.rglob("*.tmp*"))


@pytest.mark.parametrize(("workers", "workers_then"), [(0, 2), (2, 0)])
def test_killed_at_any_instant(recipe: Path, whole: Path, tmp_path: Path, workers: int, workers_then: int) -> None:
    # The first of them is the renaming of step 10's own file, before which there is nothing to resume.
    at = random.randrange(2, 20)
    code, _, errors = begin(recipe, tmp_path / "run", signal.SIGKILL, at, f"training.workers={workers}", "--quiet")
    assert code == -signal.SIGKILL, (at, errors)
    words = ["train", str(recipe), "--run", str(tmp_path / "run"), "--quiet", "--resume"]
    assert main([*words, f"training.workers={workers_then}"]) == 0
    assert_same_runs(tmp_path / "run", whole)


def test_interrupted_it_saves_and_prints_the_command_that_goes_on(
    recipe: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "a run"
    # To the workers too, as a terminal does.
    code, output, errors = begin(recipe, run, signal.SIGINT, 5, "training.workers=2", "data.snr_db=[0, 10]")
    assert code == 130, errors
    assert "Traceback" not in errors
    told = re.fullmatch(r"Stopped and saved at step (\d+)\. To go on: audiogan (train .* --resume)\n", output)
    assert told
    assert (run / "checkpoints" / f"step-{int(told[1]):08d}.pt").exists()
    assert 10 <= int(told[1]) < STEPS
    assert main(shlex.split(told[2])) == 0
    assert "Trained 60 steps" in capsys.readouterr().out
    assert_same_runs(run, whole)


def test_a_run_that_is_done_has_nothing_to_go_on_with(recipe: Path, whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (whole / "checkpoints").iterdir()}
    assert main(["train", str(recipe), "--run", str(whole), "--quiet", "--resume"]) == 0
    assert {path: path.stat().st_mtime_ns for path in (whole / "checkpoints").iterdir()} == before

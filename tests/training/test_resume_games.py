"""Every game and every part, stopped after a random step and gone on with, ends as if it had never stopped: to the bit.

That a real kill leaves what is needed for it is tested in test_resume.py, on one recipe.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from audiogan.recipe.reading import check
from audiogan.train import train
from audiogan.training.checkpoint import load
from tests.games import CASES, STEPS, picture_folder, words_of
from tests.tiny_runs import same

EVERY_STEP = {"checkpoint_every": 1, "keep_checkpoints": STEPS + 1}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("pictures"))


@pytest.mark.parametrize("name", CASES)
def test_stopped_after_any_step_it_ends_as_one_that_never_stopped(name: str, pictures: Path, tmp_path: Path) -> None:
    words = words_of(name, pictures)
    words["training"].update(EVERY_STEP)
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    train(check(words, name), whole)
    stopped_at = random.randrange(1, STEPS)
    checkpoints = [folder / "checkpoints" / f"step-{stopped_at:08d}.pt" for folder in (whole, resumed)]
    checkpoints[1].parent.mkdir(parents=True)
    shutil.copy(*checkpoints)
    shutil.copy(whole / "journal.jsonl", resumed)  # its later lines are cut off
    train(check(words, name), resumed, resume=True)
    ends = [load(folder / "checkpoints" / f"step-{STEPS:08d}.pt") for folder in (whole, resumed)]
    assert same(*ends), f"stopped at step {stopped_at}"
    assert (resumed / "journal.jsonl").read_bytes() == (whole / "journal.jsonl").read_bytes()
    # Not equal because nothing moves: each step changes the weights.
    assert not same(load(checkpoints[0])["task"], ends[0]["task"])


@pytest.mark.parametrize("name", ["projected", "growing"])
def test_so_it_does_with_another_number_of_loading_processes(name: str, pictures: Path, tmp_path: Path) -> None:
    words = words_of(name, pictures)
    words["training"].update(EVERY_STEP, workers=1)
    train(check(words, name), tmp_path / "whole")
    resumed = tmp_path / "resumed" / "checkpoints"
    resumed.mkdir(parents=True)
    shutil.copy(tmp_path / "whole" / "checkpoints" / "step-00000003.pt", resumed)
    words["training"].update(workers=0)
    train(check(words, name), resumed.parent, resume=True)
    ends = [load(tmp_path / run / "checkpoints" / f"step-{STEPS:08d}.pt") for run in ("whole", "resumed")]
    assert ends[0].pop("recipe") != ends[1].pop("recipe")
    assert same(*ends)

"""A batch that is processed in parts: the same training as with the whole batch, or a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from audiogan.errors import AudioganError
from audiogan.recipe.building import build_data, build_plan, build_task
from audiogan.recipe.reading import check
from audiogan.training.journal import read_journal
from audiogan.training.progress import Progress
from audiogan.training.trainer import Trainer
from tests.games import BATCH, CASES, picture_folder, words_of
from tests.tiny_runs import tiny_words
from tests.training.test_several_processes_games import PLAIN, assert_close, in_precision
from tests.training.toy import Linear, trainer

STEPS = 5
IN_PARTS = [
    "minimax, points", "R1 and drift, points", "gradient penalty, points", "clipped Wasserstein, points", "lazy R1",
    "BEGAN, points", "flipped labels, BEGAN", "instance noise", "historical averaging", "InfoGAN", "auxiliary",
    "WaveGAN", "averaged weights of both, own schedules",
]  # fmt: skip
# Several processes gather for these, so one that is added there without a word here is refused by itself.
ACROSS_THE_BATCH = [
    "minimax, minibatch discrimination", "hinge, batch norm", "hinge, virtual batch norm", "feature matching",
    "EBGAN, points", "minibatch deviation", "spectral norm, points", "growing",
]  # fmt: skip


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("pictures"))


def played(name: str, parts: int, pictures: Path, folder: Path) -> dict[str, Any]:
    """The state after some steps in float64, and the journal's rows."""
    folder.mkdir()
    words = words_of(name, pictures, training={"steps": STEPS, "accumulate": parts, "log_every": 2})
    for player in words["players"].values():
        player.update(optimiser=PLAIN)
    recipe = check(words, name)
    stream = in_precision(build_data(recipe)[0], torch.float64)
    task = build_task(recipe).double()
    training = Trainer(task, build_plan(recipe), stream, [], folder, {}, Progress(quiet=True))
    training.run()
    state = training.state()
    rows = {str(number): row for number, row in enumerate(read_journal(folder / "journal.jsonl"))}
    return {**{key: state[key] for key in ("task", "optimisers", "average", "averages")}, "rows": rounded(rows)}


def rounded(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Numbers as tensors, so that they are compared with a tolerance."""
    return {
        number: {name: value if isinstance(value, str) else torch.tensor(value) for name, value in row.items()}
        for number, row in rows.items()
    }


@pytest.mark.parametrize("name", IN_PARTS)
def test_parts_of_a_batch_are_the_whole_batch(name: str, pictures: Path, tmp_path: Path) -> None:
    whole = played(name, 1, pictures, tmp_path / "whole")
    for parts in (2, BATCH):
        found = played(name, parts, pictures, tmp_path / str(parts))
        assert_close({k: v or {} for k, v in found.items()}, {k: v or {} for k, v in whole.items()}, 1e-5, 1e-5)
        assert_close(found["task"], whole["task"], 1e-12)


@pytest.mark.parametrize("name", ACROSS_THE_BATCH)
def test_what_needs_the_whole_batch_is_refused(name: str, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match=r"training\.accumulate: .* needs the whole batch at once"):
        played(name, 2, pictures, tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_every_case_is_one_or_the_other() -> None:
    assert {*IN_PARTS, *ACROSS_THE_BATCH} <= CASES.keys()


@pytest.mark.parametrize(
    ("training", "told"), [({"accumulate": 2}, "a batch of 3 cannot be divided into 2 even parts"),
                           ({"accumulate": 0}, "training.accumulate")],
)  # fmt: skip
def test_parts_that_are_not_even_are_refused(training: dict[str, Any], told: str, tmp_path: Path) -> None:
    words = tiny_words(tmp_path)
    words["training"].update(training)
    with pytest.raises(AudioganError, match=told):
        check(words, "here")


def test_a_player_moves_once_for_all_parts(tmp_path: Path) -> None:
    whole, parts = Linear("a"), Linear("a")
    trainer(whole, tmp_path / "whole", ("a",), batch_size=2).run()
    trainer(parts, tmp_path / "parts", ("a",), batch_size=2, accumulate=2).run()
    assert parts.weights() == whole.weights()
    assert [turn[:3] for turn in parts.turns] == [turn[:3] for turn in whole.turns for _ in range(2)]

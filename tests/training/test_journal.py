"""The journal is every number, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiogan.errors import AudioganError
from audiogan.training.journal import Journal, read_journal


def written(folder: Path, steps: range, after: int = 0) -> str:
    journal = Journal(folder, after)
    for step in steps:
        journal.write(step, "training", {"loss": step / 3})
    journal.close()
    return (folder / "journal.jsonl").read_text()


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    written(tmp_path, range(1, 4))
    assert read_journal(tmp_path / "journal.jsonl") == [
        {"step": step, "kind": "training", "loss": step / 3} for step in (1, 2, 3)
    ]


def test_going_on_drops_what_comes_again(tmp_path: Path) -> None:
    whole = written(tmp_path, range(1, 10))
    assert written(tmp_path, range(6, 10), after=5) == whole


@pytest.mark.parametrize("lost", [1, 2, 20])
def test_a_line_that_was_cut_by_a_kill_is_left_out(tmp_path: Path, lost: int) -> None:
    whole = written(tmp_path, range(1, 10))
    path = tmp_path / "journal.jsonl"
    path.write_text(whole[:-lost])
    assert [row["step"] for row in read_journal(path)] == list(range(1, 10 if lost == 1 else 9))
    assert written(tmp_path, range(9, 10), after=8) == whole


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"step": 1}\nwhat?\n{"step": 2}\n')
    with pytest.raises(AudioganError, match=r"journal\.jsonl, line 2 is not JSON"):
        read_journal(path)


def test_tensorboard_shows_the_same_numbers_each_once(tmp_path: Path) -> None:
    event_accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="an extra", exc_type=ImportError
    )
    written(tmp_path, range(1, 6))
    written(tmp_path, range(3, 8), after=2)
    board = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    assert [(event.step, event.value) for event in board.Scalars("training/loss")] == [
        (step, pytest.approx(step / 3)) for step in range(1, 8)
    ]

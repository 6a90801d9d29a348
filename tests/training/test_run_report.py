"""The report that a run writes of itself: never in the way of the training."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiogan.errors import AudioganError
from audiogan.training.progress import Progress
from audiogan.training.run_report import REPORT, RunReport, run_record
from audiogan.training.schedule import Schedule
from tests.show.pages import read_page
from tests.show.runs import run_folder, words


class Said(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_learning_rates_are_the_schedules(tmp_path: Path) -> None:
    record = run_record(run_folder(tmp_path / "run"), words(), "stopped", {})
    steps, rates = record.rates["generator"]
    schedule = Schedule("linear", 400)
    assert steps[0] == 0 and steps[-1] == 200
    assert list(rates) == pytest.approx([0.001 * schedule.factor(int(step)) for step in steps])
    assert rates[-1] == pytest.approx(0.0005)


def test_a_failure_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    said = Said()
    folder = run_folder(tmp_path / "run")
    (folder / REPORT).mkdir()  # a folder where the page should be
    report = RunReport(folder, words(), {}, said)
    for state in ("goes on", "stopped", "finished"):
        report.write(state)
    assert len(said.lines) == 1 and said.lines[0].startswith("report.html could not be written: ")
    damaged = RunReport(folder, {"players": 3, "training": "x"}, {}, said)  # what no recipe is
    damaged.write("finished")
    assert not list(folder.glob(".audiogan-*"))


def test_it_is_not_written_again_at_once_but_at_the_end(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    report = RunReport(folder, words(), {"device": "cpu"}, Said())
    report.write()
    (folder / REPORT).unlink()
    report.write()
    assert not (folder / REPORT).exists()
    report.write("finished")
    assert "training finished" in read_page((folder / REPORT).read_text()).text


@pytest.mark.parametrize("content", [b"[1, 2]\n", b"\xff\xfe\n", b'{"step": "a", "kind": "training"}\n'])
def test_a_journal_of_something_else_is_refused(content: bytes, tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    (folder / "journal.jsonl").write_bytes(content)
    with pytest.raises(AudioganError, match="is not a journal of audiogan"):
        run_record(folder, words(), "stopped", {})

"""`audiogan report`, run as a user runs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audiogan.cli import main
from tests.show.pages import cells, read_page
from tests.show.runs import put_enhanced, run_folder


def test_a_run_gets_its_page_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_folder(tmp_path / "run")
    put_enhanced(folder, [100])
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}/report.html: by_hand at step 200.\n"
    page = read_page((folder / "report.html").read_text())
    assert "Step 200 of 400; training was under way a few minutes ago." in page.text
    assert len(page.all("audio")) == 3
    os.utime(folder / "journal.jsonl", (1, 1))
    assert main(["report", str(folder), "-o", str(tmp_path / "page.html")]) == 0
    assert "training was stopped here" in (tmp_path / "page.html").read_text()


def test_a_journal_that_is_being_written(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    with (folder / "journal.jsonl").open("a") as journal:
        journal.write('{"step": 300, "kind": "val')
    assert main(["report", str(folder)]) == 0
    assert "Step 200 of 400" in (folder / "report.html").read_text()


def test_several_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = run_folder(tmp_path / "first"), run_folder(tmp_path / "second", seed=2)
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(first), str(second)]) == 0
    page = read_page((tmp_path / "compared.html").read_text())
    assert cells(page, "Keys with other values")[1] == ["seed", "–", "2"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "there is no such folder. Give a run folder"),
        ("file", "is a file. Give the run folder"),
        ("empty", "holds no run: neither recipe.yaml nor journal.jsonl is there. Give a run folder"),
        ("runs", "It holds runs: one."),
        ("damaged", "line 1 is not JSON"),
    ],
)
def test_what_is_no_run(name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    run_folder(tmp_path / "runs" / "one")
    (run_folder(tmp_path / "damaged") / "journal.jsonl").write_text("not\nJSON\n")
    assert main(["report", str(tmp_path / name)]) == 2
    told = capsys.readouterr().err
    assert words in told and len(told.splitlines()) == 1
    assert not list(tmp_path.rglob("*.html"))


def test_a_place_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_folder(tmp_path / "run")
    assert main(["report", str(folder), "-o", str(tmp_path)]) == 2
    assert "this is a folder" in capsys.readouterr().err

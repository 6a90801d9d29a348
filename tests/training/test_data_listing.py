"""Files that were added, removed or changed between the legs of a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audiogan.errors import AudioganError
from audiogan.recipe.data_files import data_paths
from audiogan.recipe.reading import read_recipe
from audiogan.train import train
from audiogan.training.data_listing import differences, list_files, read_listing, write_listing
from tests.tiny_runs import tiny_recipe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "deep/b.wav", "deep/er/c.wav"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "data"


def test_listing_survives_writing_and_equal_listings_do_not_differ(folder: Path, tmp_path: Path) -> None:
    listing = list_files([folder, folder / "a.wav", tmp_path / "missing"])
    assert len(listing) == 3
    write_listing(tmp_path / "list.json", listing)
    assert read_listing(tmp_path / "list.json") == listing
    assert differences(listing, list_files([folder])) is None
    assert read_listing(tmp_path / "none.json") is None


def test_each_kind_of_difference_is_counted_and_named(folder: Path) -> None:
    before = list_files([folder])
    (folder / "a.wav").write_bytes(b"longer than before")
    (folder / "deep" / "b.wav").unlink()
    for number in range(5):
        (folder / f"new{number}.wav").write_bytes(b"")
    said = differences(before, list_files([folder]))
    assert said is not None
    assert said.startswith("5 added (") and "new2.wav, …)" in said and "new3" not in said
    assert "1 removed (" in said and "deep/b.wav" in said and "1 changed (" in said and "a.wav" in said


def test_file_of_the_same_size_written_later_counts_as_changed(folder: Path) -> None:
    before = list_files([folder])
    os.utime(folder / "a.wav", ns=(1, 1))
    assert "1 changed" in (differences(before, list_files([folder])) or "")


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": [1]}', "\x00"])
def test_damaged_listing_is_an_error_for_people(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(AudioganError, match="damaged"):
        read_listing(tmp_path / "list.json")


def test_resume_reports_what_changed_in_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tiny_recipe(tmp_path, training={"steps": 1, "checkpoint_every": 1})
    recipe = read_recipe(path)
    assert {found.name for found in data_paths(recipe)} == {"speech", "noise"}
    run = tmp_path / "run"
    train(recipe, run)
    train(read_recipe(path, ["training.steps=2"]), run, resume=True)
    assert "differs" not in capsys.readouterr().err
    (tmp_path / "speech" / "s0.wav").rename(tmp_path / "speech" / "s99.wav")
    train(read_recipe(path, ["training.steps=3"]), run, resume=True)
    said = capsys.readouterr().err
    assert "1 added" in said and "s99.wav" in said and "1 removed" in said and "not bit for bit" in said
    train(read_recipe(path, ["training.steps=4"]), run, resume=True)
    assert "differs" not in capsys.readouterr().err

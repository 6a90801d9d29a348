"""What is written is there whole or not at all."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.errors import AudioganError
from audiogan.writing import file_name, put_in_place, write_text


def test_a_file_takes_its_place_and_its_parents_are_made(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b.txt", "größer")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "größer".encode()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_fails_leaves_the_old_and_nothing_beside(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    place.write_text("old")
    with pytest.raises(ZeroDivisionError), put_in_place(place) as beside:
        beside.write_text("new") if kind == "file" else (beside / "deep").mkdir(parents=True)
        raise ZeroDivisionError
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_takes_its_place_whole(tmp_path: Path) -> None:
    with put_in_place(tmp_path / "made") as beside:
        beside.mkdir()
        (beside / "one").touch()
        assert not (tmp_path / "made").exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "one"]


def test_a_place_under_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AudioganError, match=r"file/a\.txt: cannot be written .*Choose another place"):
        write_text(tmp_path / "file" / "a.txt", "")


def test_a_mistake_inside_names_the_place_and_not_what_is_beside_it(tmp_path: Path) -> None:
    with pytest.raises(AudioganError) as mistake, put_in_place(tmp_path / "made") as beside:
        raise AudioganError(f"{beside}: of no use")
    assert str(mistake.value) == f"{tmp_path / 'made'}: of no use"


@given(st.text(max_size=400))
def test_any_text_is_one_component_of_a_path(text: str) -> None:
    name = file_name(text)
    assert Path("folder", name).parent == Path("folder") and PureWindowsPath("folder", name).parent.name == "folder"
    assert name.strip(" .") and 0 < len(name.encode()) <= 150 and "\0" not in name


@pytest.mark.parametrize(
    ("text", "name"),
    [("p232_001.wav", "p232_001.wav"), ("größer !", "größer !"), ("../a", ".._a"), ("..", "__"), ("", "_")],
)
def test_ordinary_names_stay_and_hostile_ones_do_not(text: str, name: str) -> None:
    assert file_name(text) == name

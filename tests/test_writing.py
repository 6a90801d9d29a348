"""What is written is there whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.errors import AudioganError, explain_os_error
from audiogan.writing import file_name, put_in_place, remove_stale, temporary_path, write_text
from tests.stale import leave_stale


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
    with pytest.raises(AudioganError, match=r"file/a\.txt: cannot be written: .*Choose another place"):
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


@pytest.mark.parametrize("name", ["a" * 251 + ".txt", "ä" * 125 + ".txt"])
def test_names_of_the_greatest_legal_length_are_written(tmp_path: Path, name: str) -> None:
    assert len(name.encode()) in (254, 255)
    write_text(tmp_path / name, "text")
    with put_in_place(tmp_path / name.replace(".txt", "-dir")) as beside:
        beside.mkdir()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_longer_name_is_refused_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match=r"cannot be written: the name is too long .* Choose a shorter one\."):
        write_text(tmp_path / ("a" * 256), "text")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_replaced_if_asked(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "old").touch()
    for replace in (False, True):
        try:
            with put_in_place(tmp_path / "made", replace_folder=replace) as beside:
                beside.mkdir()
                (beside / "new").touch()
        except AudioganError as error:
            assert "a folder that is not empty" in str(error) and not replace
        assert [path.name for path in (tmp_path / "made").iterdir()] == [("new" if replace else "old")]
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    kill = (
        "import os, signal, sys; from pathlib import Path; from audiogan.writing import put_in_place\n"
        "with put_in_place(Path(sys.argv[1])) as beside:\n"
        "    beside.mkdir(); (beside / 'half').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    for name in ("one", "two"):
        subprocess.run([sys.executable, "-c", kill, str(tmp_path / name)], check=False)
    (left,) = tmp_path.iterdir()  # the second process removed what the first one had left
    assert left.name.startswith(".audiogan-")
    with put_in_place(tmp_path / "alive") as beside:  # what a live process is writing stays
        beside.mkdir()
        remove_stale(tmp_path)
        assert list(tmp_path.iterdir()) == [beside]
    leave_stale(tmp_path)
    remove_stale(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["alive"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which processes have ended")
def test_a_zombie_s_files_are_removed_and_under_a_lock_all_files(tmp_path: Path) -> None:
    write = "import os, sys; open(sys.argv[1].replace('PID', str(os.getpid())), 'w').close()"
    parts = temporary_path(tmp_path / "any").name.split("-")
    name = "-".join([*parts[:2], "PID", *parts[3:]])
    ended = subprocess.Popen([sys.executable, "-c", write, str(tmp_path / name)])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has taken its exit code
    assert len(list(tmp_path.iterdir())) == 1
    remove_stale(tmp_path)
    assert not list(tmp_path.iterdir())
    ended.wait()
    temporary_path(tmp_path / "any").touch()
    remove_stale(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    remove_stale(tmp_path, alone=True)
    assert not list(tmp_path.iterdir())


def test_each_cause_has_its_own_words() -> None:
    def text(number: int) -> str:
        return explain_os_error(OSError(number, os.strerror(number)))

    for number, expected in {
        errno.ENOSPC: "the disk is full",
        errno.EMFILE: "too many files open. Raise the limit (ulimit -n 4096)",
        errno.EROFS: "read-only",
        errno.EACCES: "permission denied",
        errno.ENAMETOOLONG: "the name is too long",
    }.items():
        assert expected in text(number)
        assert ("disk is full" in text(number)) == (number == errno.ENOSPC)
    assert text(errno.ECHILD) == "no child processes."
    assert explain_os_error(OSError("of a kind of its own")) == "of a kind of its own."

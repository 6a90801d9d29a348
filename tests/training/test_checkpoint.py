"""Checkpoints are whole or not there, and carry no code."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from audiogan import __version__
from audiogan.errors import AudioganError
from audiogan.training.checkpoint import FORMAT, CheckpointFolder, load, save
from tests.tiny_runs import same
from tests.training.toy import Linear, trainer

STATE: dict[str, Any] = {
    "step": 7, "task": {"w": torch.randn(1000), "n": torch.tensor(3)}, "average": None, "recipe": {"name": "x"},
}  # fmt: skip


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """What a full disk does to whoever writes, for files of this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.pt"
    save(path, STATE)
    found = load(path)
    assert same({key: found[key] for key in STATE}, STATE)
    assert found["machine"]["audiogan"] == __version__
    assert found["machine"]["threads"] == torch.get_num_threads()
    assert [p.name for p in path.parent.iterdir()] == ["a.pt"]


def test_the_last_few_and_the_best_are_kept(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, keep=2)
    assert folder.last() is None
    folder.save_best(STATE)
    (tmp_path / "step-mine.pt").write_text("somebody's own")
    for step in (5, 10, 99, 100):
        folder.save(step, {**STATE, "step": step})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.pt", "step-00000099.pt", "step-00000100.pt", "step-mine.pt",
    ]  # fmt: skip
    last = folder.last()
    assert last is not None and load(last)["step"] == 100


def test_what_a_killed_run_left_half_written_is_no_checkpoint_and_goes(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, keep=2)
    folder.save(1, STATE)
    (tmp_path / "unfinished.tmp").write_bytes(b"half")
    assert folder.last() == folder.path(1)
    folder.save(2, STATE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000001.pt", "step-00000002.pt"]


def test_a_full_disk_is_a_sentence_and_leaves_earlier_checkpoints_whole(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, keep=1)
    folder.save(1, STATE)
    with (
        files_no_larger_than(3000),
        pytest.raises(AudioganError, match=r"^The checkpoint .*00002.pt could not be written: [^\n]*--resume"),
    ):
        folder.save(2, STATE)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001.pt"]
    assert load(folder.path(1))["step"] == 7


def test_a_full_disk_stops_a_run_with_a_sentence(tmp_path: Path) -> None:
    training = trainer(Linear("a"), tmp_path, ("a",), steps=100_000, log_every=1)
    with (
        files_no_larger_than(2000),
        pytest.raises(AudioganError, match=r"^The journal .*journal.jsonl could not be written: [^\n]*--resume"),
    ):
        training.run()


@pytest.mark.parametrize("kept", [0, 10, 500, -1])
def test_a_damaged_checkpoint_is_a_sentence(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.pt"
    save(path, STATE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(AudioganError, match=r"^[^\n]*a\.pt is not a checkpoint of audiogan, or is damaged[^\n]*$"):
        load(path)


@pytest.mark.parametrize("foreign", [[1, 2], {"model": {}}, {"format": 1}, torch.zeros(3)])
def test_what_others_saved_is_no_checkpoint(tmp_path: Path, foreign: object) -> None:
    path = tmp_path / "a.pt"
    torch.save(foreign, path)
    with pytest.raises(AudioganError, match="is not a checkpoint of audiogan"):
        load(path)


def test_a_missing_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match="There is no checkpoint"):
        load(tmp_path / "a.pt")


def test_another_format_names_the_version_that_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({**STATE, "format": FORMAT + 1, "machine": {"audiogan": "99.1"}}, path)
    with pytest.raises(AudioganError, match=rf"format {FORMAT + 1}, written by audiogan 99.1.*reads format {FORMAT}"):
        load(path)


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def test_a_checkpoint_cannot_run_code(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({**STATE, "format": FORMAT, "machine": {}, "task": Bomb(tmp_path / "boom")}, path)
    with pytest.raises(AudioganError, match="is not a checkpoint"):
        load(path)
    assert not (tmp_path / "boom").exists()
    torch.load(path, weights_only=False)  # the bomb is a real one
    assert (tmp_path / "boom").exists()

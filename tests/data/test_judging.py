"""Recordings that cannot be trained on are left out, named and counted before the first step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.data.judging import LeftOut, usable_pairs, usable_recordings
from audiogan.data.manifest import PairRow
from audiogan.errors import AudioganError
from audiogan.recipe.building import build_data
from audiogan.recipe.reading import read_recipe
from audiogan.train import Outcome, train
from audiogan.training.progress import Progress
from tests.tiny_runs import tiny_recipe

RATE = 8000


def spoil(folder: Path) -> list[str]:
    """Write one recording of each kind that cannot be used; returns their names."""
    good = 0.1 * np.random.default_rng(0).standard_normal(RATE)
    poisoned = good.copy()
    poisoned[RATE // 2] = np.nan
    endless = good.copy()
    endless[-1] = np.inf
    for name, sound in {"silent": 0 * good, "faint": 1e-9 * good, "nan": poisoned, "inf": endless}.items():
        soundfile.write(folder / f"{name}.wav", sound, RATE, subtype="FLOAT")
    whole = (folder / "silent.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    (folder / "text.wav").write_text("not sound")
    return ["silent", "faint", "nan", "inf", "cut", "text"]


def test_what_cannot_be_used_is_left_out_named_and_counted(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "good.wav", 0.1 * np.random.default_rng(1).standard_normal(RATE), RATE)
    names = spoil(tmp_path)
    kept, left = usable_recordings([tmp_path], RATE)
    assert [recording.path.name for recording in kept] == ["good.wav"] and kept[0].samples == RATE
    assert len(left.reasons) == len(names) and left.total == len(names) + 1
    assert all(any(f"{name}.wav" in reason for reason in left.reasons) for name in names)
    assert left.remark is not None and left.remark.startswith("6 of 7 recordings are left out: ")
    assert LeftOut([], 5).remark is None


def test_folder_without_a_usable_recording_is_refused(tmp_path: Path) -> None:
    spoil(tmp_path)
    with pytest.raises(AudioganError, match=r"6 of 6 recordings are left out.*Nothing is left to train on"):
        usable_recordings([tmp_path], RATE)


def test_pairs_are_judged_on_both_sides(tmp_path: Path) -> None:
    spoil(tmp_path)
    soundfile.write(tmp_path / "good.wav", 0.1 * np.random.default_rng(1).standard_normal(RATE), RATE)

    def pair(clean: str, noisy: str) -> PairRow:
        sides = {"clean": tmp_path / f"{clean}.wav", "noisy": tmp_path / f"{noisy}.wav"}
        return PairRow(id=f"{clean}-{noisy}", sample_rate=RATE, samples=RATE, **sides)

    rows = [pair("good", "good"), pair("nan", "good"), pair("good", "silent"), pair("missing", "good")]
    kept, left = usable_pairs(rows, RATE)
    assert kept == rows[:1] and len(left.reasons) == 3


def test_training_goes_on_without_them_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tiny_recipe(tmp_path, training={"steps": 2})
    names = spoil(tmp_path / "speech")
    spoil(tmp_path / "noise")
    batches, _ = build_data(read_recipe(path))
    assert {recording.path.stem for recording in batches.items.speech}.isdisjoint(names)
    assert train(read_recipe(path), tmp_path / "run", progress=Progress()) == Outcome(2, True)
    said = "".join(capsys.readouterr())
    assert "6 of 14 recordings are left out" in said and "silent.wav" in said

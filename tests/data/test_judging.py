"""Recordings that cannot be trained on are left out, named and counted before the first step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.cli import main
from audiogan.data.judging import left_out_remark, usable_pairs, usable_recordings
from audiogan.data.manifest import PairRow
from audiogan.errors import AudioganError
from audiogan.recipe.building import build_data
from audiogan.recipe.reading import read_recipe
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
    assert {entry.path.stem for entry in left} == set(names) and all(entry.reason for entry in left)
    reasons = {entry.path.stem: entry.reason for entry in left}
    assert reasons["silent"] == "silent" and "NaN or infinite" in reasons["nan"] and "cut short" in reasons["cut"]
    remark = left_out_remark(left, 7)
    assert remark is not None and remark.startswith("6 of 7 recordings cannot be used. Left out: ")
    assert all(f"{name}.wav (" in remark for name in names) and left_out_remark([], 5) is None


def test_folder_without_a_usable_recording_is_refused(tmp_path: Path) -> None:
    spoil(tmp_path)
    with pytest.raises(AudioganError, match=r"6 of 6 recordings cannot be used.*Nothing is left to train on"):
        usable_recordings([tmp_path], RATE)


def test_pairs_are_judged_on_both_sides(tmp_path: Path) -> None:
    spoil(tmp_path)
    soundfile.write(tmp_path / "good.wav", 0.1 * np.random.default_rng(1).standard_normal(RATE), RATE)

    def pair(clean: str, noisy: str) -> PairRow:
        sides = {"clean": tmp_path / f"{clean}.wav", "noisy": tmp_path / f"{noisy}.wav"}
        return PairRow(id=f"{clean}-{noisy}", sample_rate=RATE, samples=RATE, **sides)

    rows = [pair("good", "good"), pair("nan", "good"), pair("good", "silent"), pair("missing", "good")]
    kept, left = usable_pairs(rows, RATE)
    assert kept == rows[:1] and [entry.path.stem for entry in left] == ["nan", "silent", "missing"]


def test_training_goes_on_without_them_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tiny_recipe(tmp_path, training={"steps": 2})
    names = spoil(tmp_path / "speech")
    spoil(tmp_path / "noise")
    batches, _ = build_data(read_recipe(path))
    assert {recording.path.stem for recording in batches.items.speech}.isdisjoint(names)
    assert main(["train", str(path), "--run", str(tmp_path / "run")]) == 3
    before, _, after = "".join(capsys.readouterr()).rpartition("12 inputs left out:")
    assert "12 of 23 recordings cannot be used" in before and "silent.wav (silent)" in before
    assert all(f"{name}.wav: " in after for name in names)

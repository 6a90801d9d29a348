"""Recordings of a lower sample rate than the one asked for are counted, in one sentence."""

from __future__ import annotations

from pathlib import Path

from audiogan.data.judging import usable_recordings
from audiogan.data.recordings import lower_rate_remark
from audiogan.data.sound_store import Decoding
from audiogan.data.sounds import Sounds
from tests.tiny_runs import speech_like, write_sound


def test_lower_rate_remark_counts_them_and_names_the_rates() -> None:
    assert lower_rate_remark({"a": 16000, "b": 48000, "c": None}, 16000) is None
    told = lower_rate_remark({"a": 16000, "b": 48000, "c": 8000}, 48000)
    assert told is not None
    assert told.startswith("2 of 3 recordings have a lower sample rate (8000 to 16000 Hz) than the 48000 Hz asked for")


def test_recordings_know_the_rate_of_their_file(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", speech_like(4000, 0, 8000), 8000)
    kept, _ = usable_recordings([tmp_path], 16000)
    assert [recording.source_rate for recording in kept] == [8000]


def test_sounds_of_a_lower_rate_are_told(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", speech_like(4000, 0, 8000), 8000)
    write_sound(tmp_path / "b.wav", speech_like(8000, 1, 16000), 16000)
    remark = Sounds(tmp_path, 4096, Decoding(16000)).remark
    assert remark is not None and "1 of 2 recordings have a lower sample rate (8000 Hz) than the 16000 Hz" in remark
    assert Sounds(tmp_path, 2048, Decoding(8000)).remark is None

"""Sounds of a folder as items: what is cut, padded, trimmed, levelled, left out, packed and labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audiogan.data.sound_store
from audiogan.audio.files import write
from audiogan.audio.level import rms_db
from audiogan.data.sound_store import Decoding
from audiogan.data.sounds import Sounds
from audiogan.errors import AudioganError

RATE = 8000


def ramp(samples: int) -> np.ndarray:
    """A sound in which every sample says where it stood."""
    return (np.arange(1, samples + 1, dtype=np.float32) / 2**12)[None]


def put(path: Path, waveform: np.ndarray, rate: int = RATE) -> Path:
    write(path, waveform, rate, subtype="FLOAT")
    return path


def sounds(folder: Path, samples: int = 100, decoding: dict[str, Any] | None = None, **options: Any) -> Sounds:
    return Sounds(folder, samples, Decoding(RATE, **(decoding or {})), **options)


def items(data: Sounds, epoch: int = 0) -> list[np.ndarray]:
    return [data.item(epoch, n)["real"] for n in range(len(data))]


def test_the_first_slice_is_padded_with_zeros(tmp_path: Path) -> None:
    put(tmp_path / "a.wav", ramp(60))
    put(tmp_path / "b.wav", ramp(250))
    data = sounds(tmp_path)
    short, long = items(data)
    assert data.shape == (1, 100) and data.remark is None and data.classes == 0
    assert np.array_equal(short[:, :60], ramp(60)) and not short[:, 60:].any()
    assert np.array_equal(long, ramp(100)) and long.dtype == np.float32


def test_random_slices_are_everywhere_and_a_function_of_seed_epoch_and_index(tmp_path: Path) -> None:
    put(tmp_path / "a.wav", ramp(103))
    data = sounds(tmp_path, slices="random")
    starts = [round(float(data.item(epoch, 0)["real"][0, 0]) * 2**12) - 1 for epoch in range(80)]
    assert set(starts) == {0, 1, 2, 3}
    again = sounds(tmp_path, slices="random")
    assert all(np.array_equal(data.item(e, 0)["real"], again.item(e, 0)["real"]) for e in range(9))
    other = sounds(tmp_path, slices="random", seed=1)
    assert any(not np.array_equal(data.item(e, 0)["real"], other.item(e, 0)["real"]) for e in range(9))


@pytest.mark.parametrize(
    ("length", "short", "starts"),
    [
        (250, "pad", [0, 50, 100, 150]),
        (250, "drop", [0, 50, 100, 150]),
        (260, "pad", [0, 50, 100, 150, 200]),
        (260, "drop", [0, 50, 100, 150]),
        (100, "pad", [0]),
        (101, "pad", [0, 50]),
        (40, "pad", [0]),
    ],
)
def test_overlapping_slices_hear_every_sample_and_none_is_all_repeated(
    tmp_path: Path, length: int, short: Any, starts: list[int]
) -> None:
    put(tmp_path / "a.wav", ramp(length))
    data = sounds(tmp_path, slices="overlapping", short=short)
    assert [round(float(item[0, 0]) * 2**12) - 1 for item in items(data)] == starts
    if short == "pad":
        assert starts[-1] + 100 >= length


@pytest.mark.parametrize(("length", "starts"), [(140, [0]), (150, [0]), (151, [0, 150]), (320, [0, 150, 300])])
def test_slices_with_gaps_between_them_begin_inside_the_sound(tmp_path: Path, length: int, starts: list[int]) -> None:
    put(tmp_path / "a.wav", ramp(length))
    data = sounds(tmp_path, slices="overlapping", hop=150)
    assert [round(float(item[0, 0]) * 2**12) - 1 for item in items(data)] == starts


def test_a_short_sound_is_dropped_and_said(tmp_path: Path) -> None:
    put(tmp_path / "a.wav", ramp(99))
    put(tmp_path / "b.wav", ramp(100))
    data = sounds(tmp_path, short="drop")
    assert len(data) == 1
    assert data.remark == (
        f"{tmp_path}: 1 of 2 sounds are left out as they are shorter than 100 samples, first {tmp_path / 'a.wav'}"
    )
    (tmp_path / "b.wav").unlink()
    with pytest.raises(AudioganError, match=r"shorter than 100 samples.*data\.short=pad"):
        sounds(tmp_path, short="drop")


def test_what_cannot_be_read_is_silent_or_constant_is_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound")
    put(tmp_path / "b.wav", np.zeros((1, 200), np.float32))
    put(tmp_path / "c.wav", np.full((2, 200), [[0.25], [-0.5]], np.float32), 2 * RATE)
    put(tmp_path / "d.wav", ramp(200))
    data = sounds(tmp_path)
    assert len(data) == 1 and np.array_equal(items(data)[0], ramp(100))
    assert data.remark and data.remark.startswith(
        f"{tmp_path}: 3 of 4 files are left out as they cannot be used, first "
    )
    assert "a.wav: " in data.remark and not data.remark.endswith(".")
    for name, why in (("a", "b.wav: is silent"), ("b", "c.wav: is constant")):
        (tmp_path / f"{name}.wav").unlink()
        remark = sounds(tmp_path).remark
        assert remark and remark.endswith(why)
    (tmp_path / "d.wav").unlink()
    for pack in (None, tmp_path / "pack"):
        with pytest.raises(AudioganError, match=r"is constant. Nothing is left to train on. Give other sounds.$"):
            sounds(tmp_path, packed_in=pack)


def test_a_label_that_lost_its_sounds_is_named(tmp_path: Path) -> None:
    put(tmp_path / "hat" / "a.wav", ramp(50))
    put(tmp_path / "kick" / "a.wav", ramp(100))
    data = sounds(tmp_path, short="drop")
    assert data.labels == ("hat", "kick") and int(data.item(0, 0)["label"]) == 1
    assert data.remark and data.remark.endswith("; no sound is left of hat")
    assert sounds(tmp_path).remark is None
    assert sounds(tmp_path, labels=["crash", "hat", "kick"]).remark is None  # which other folders have


def test_rate_channels_trim_and_level(tmp_path: Path) -> None:
    loud = 0.5 * np.sin(np.arange(8000) * 0.3).astype(np.float32)
    stereo = np.stack([np.pad(loud, 4000), np.pad(loud, 4000)])
    put(tmp_path / "a.wav", stereo, 2 * RATE)
    (whole,) = items(sounds(tmp_path, 8000))
    (trimmed,) = items(sounds(tmp_path, 8000, {"trim_db": 40}))
    assert np.count_nonzero(np.abs(whole) > 0.01) < 4100 and not whole[:, :1500].any()
    assert np.abs(trimmed[:, 200:3800]).max() > 0.45 and 3900 < np.flatnonzero(trimmed)[-1] < 4400
    (levelled,) = items(sounds(tmp_path, 4000, {"trim_db": 40, "level_db": -30.0, "channels": 2}))
    assert levelled.shape == (2, 4000) and rms_db(levelled[0, 1000:3000]) == pytest.approx(-30, abs=1.5)
    (limited,) = items(sounds(tmp_path, 4000, {"level_db": 3.0}))
    assert np.abs(limited).max() <= 1


def test_other_channels_are_left_out(tmp_path: Path) -> None:
    put(tmp_path / "a.wav", np.repeat(ramp(200), 3, axis=0))
    put(tmp_path / "b.wav", ramp(200))
    assert len(sounds(tmp_path)) == 2
    data = sounds(tmp_path, decoding={"channels": 2})
    assert len(data) == 1 and data.remark and data.remark.endswith("a.wav: has 3 channels, and 2 are wanted")


def test_packed_sounds_are_the_same_and_made_anew_only_where_something_changed(tmp_path: Path) -> None:
    folder, pack = tmp_path / "sounds", tmp_path / "pack"
    for n, name in enumerate("abc"):
        put(folder / f"{name}.wav", ramp(150 + 50 * n))
    held, mapped = (sounds(folder, slices="overlapping", packed_in=place) for place in (None, pack))
    assert all(np.array_equal(a, b) for a, b in zip(items(held), items(mapped), strict=True)) and len(held) == 9
    assert isinstance(mapped.sound.base, np.memmap) or isinstance(mapped.sound, np.memmap)
    assert sorted(path.name for path in pack.iterdir()) == ["index.json", "sounds.npy"]
    first = (pack / "sounds.npy").stat().st_mtime_ns
    sounds(folder, packed_in=pack)
    assert (pack / "sounds.npy").stat().st_mtime_ns == first
    put(folder / "d.wav", ramp(120))
    assert len(sounds(folder, packed_in=pack)) == 4 and (pack / "sounds.npy").stat().st_mtime_ns != first
    with pytest.raises(AudioganError, match="holds something else than packed sounds"):
        sounds(folder, packed_in=folder)


def test_packing_goes_on_from_what_an_interruption_or_damage_left(tmp_path: Path) -> None:
    folder, pack = tmp_path / "sounds", tmp_path / "pack"
    put(folder / "a.wav", ramp(150))
    pack.mkdir()
    (pack / ".audiogan-00000000-1-000000-0.raw").write_bytes(b"half")
    assert np.array_equal(items(sounds(folder, packed_in=pack))[0], ramp(100))
    whole = (pack / "sounds.npy").read_bytes()
    for damage in (whole[:200], whole + whole[-4:], b""):
        (pack / "sounds.npy").write_bytes(damage)
        assert np.array_equal(items(sounds(folder, packed_in=pack))[0], ramp(100))
    (pack / "index.json").write_text("[]")
    assert len(sounds(folder, packed_in=pack)) == 1


def test_packed_sounds_are_never_beside_the_index_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, sound in (("a", ramp(150)), ("b", -ramp(150))):
        put(tmp_path / name / "x.wav", sound)
    pack = tmp_path / "pack"
    sounds(tmp_path / "a", packed_in=pack)
    write_index = Path.write_text

    def stopped(path: Path, *arguments: Any, **options: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", stopped)
    with pytest.raises(KeyboardInterrupt):
        sounds(tmp_path / "b", packed_in=pack)
    monkeypatch.setattr(Path, "write_text", write_index)
    assert np.array_equal(items(sounds(tmp_path / "a", packed_in=pack))[0], ramp(100))


def test_too_much_for_memory_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "a.wav", ramp(200))
    monkeypatch.setattr(audiogan.data.sound_store, "MOST_BYTES", 700)
    with pytest.raises(AudioganError, match=r"data\.packed"):
        sounds(tmp_path)
    assert len(sounds(tmp_path, packed_in=tmp_path / "pack")) == 1


def test_labels_by_subfolder_and_by_table(tmp_path: Path) -> None:
    for name in ("snare/a", "kick/b", "kick/c"):
        put(tmp_path / f"{name}.wav", ramp(200))
    data = sounds(tmp_path)
    assert data.labels == ("kick", "snare") and [int(data.item(0, n)["label"]) for n in range(3)] == [0, 0, 1]
    table = tmp_path / "labels.csv"
    lines = "file,label\nkick/b.wav,low\n./kick/c.wav, high\nsnare/a.wav,high\nsnare/a.wav,high\n"
    table.write_text(lines, encoding="utf-8-sig")  # as spreadsheets do
    data = sounds(tmp_path, label_table=table)
    assert data.labels == ("high", "low") and [int(data.item(0, n)["label"]) for n in range(3)] == [1, 0, 0]
    for text, said in [
        ("file,label\nkick/b.wav,low\n", "says no label of kick/c.wav"),
        ("name\nx\n", "has a line `file,label`"),
        ("file;label\nkick/b.wav;low\n", "has a line `file,label`"),
        ("file,label\nkick/b.wav,low\nkick/b.wav,high\n", "says low and high of kick/b.wav"),
    ]:
        table.write_text(text)
        with pytest.raises(AudioganError, match=said):
            sounds(tmp_path, label_table=table)
    with pytest.raises(AudioganError, match="its label, snare, is not known"):
        sounds(tmp_path, labels=["kick"])
    with pytest.raises(AudioganError, match="cannot be read"):
        sounds(tmp_path, label_table=tmp_path / "nothing.csv")

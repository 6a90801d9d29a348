"""The sound in the repository, and the program that made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from demo_sound import FOLDER, LICENCES, TEST_NOISE, TRAIN_NOISE, licence_text, make

from .conftest import deb, tone, wav_bytes

FILES = sorted(FOLDER.rglob("*.flac"))


def test_every_file_is_16_khz_mono_flac_without_clipping() -> None:
    for path in FILES:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.format, info.subtype) == (16000, 1, "FLAC", "PCM_16"), path
        assert np.count_nonzero(np.abs(soundfile.read(path)[0]) > 0.999) < 5, path


def test_it_is_small_and_has_enough() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*")) < 5_000_000
    seconds = {
        folder: sum(soundfile.info(path).duration for path in FILES if folder in str(path.relative_to(FOLDER)))
        for folder in ("train/speech", "train/noise", "test/speech", "test/noise")
    }
    assert seconds["train/speech"] > 150
    assert seconds["test/speech"] > 30
    assert seconds["train/noise"] > 35
    assert seconds["test/noise"] > 7


def test_nothing_in_test_is_in_train() -> None:
    sounds = [soundfile.read(path, dtype="int16")[0].tobytes() for path in FILES]
    assert len(set(sounds)) == len(FILES)
    assert len({path.name for path in FILES}) == len(FILES)
    assert not TRAIN_NOISE.keys() & TEST_NOISE.keys()
    assert not {author for author, _ in TRAIN_NOISE.values()} & {author for author, _ in TEST_NOISE.values()}


def test_the_licences_name_every_noise_and_keep_the_notice_on_the_speech() -> None:
    text = (FOLDER / "LICENCES.md").read_text()
    for path in FILES:
        if path.parent.name == "noise":
            assert f"`{path.relative_to(FOLDER)}`" in text
    for words in (
        "Copyright (c) 2005",
        "Any modifications must be clearly marked",
        "DISCLAIM ALL WARRANTIES",
        "**Modified**",
    ):
        assert words in text


def test_the_notice_is_kept_as_it_stands() -> None:
    notice = "Files: *\nCopyright: someone\n\n"
    assert licence_text(notice + "Files: debian/*\nCopyright: a packager\n") == "Files: *\nCopyright: someone\n"
    assert "{festvox}" in LICENCES


def test_the_program_makes_the_folder_from_the_packages(tmp_path: Path) -> None:
    voice, samples = "usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav", "usr/share/sonic-pi/samples"
    sentences = {f"{voice}/ru_{n:04d}.wav": wav_bytes(tone(4, 200 + n)) for n in (1, 2, 3, 699, 700, 701)}
    sentences[f"{voice}/ru_0004.wav"] = wav_bytes(tone(2, 300))
    deb(
        tmp_path / "festvox-ru_1_all.deb",
        {**sentences, "usr/share/doc/festvox-ru/copyright": b"Notice.\nFiles: debian/*\n"},
    )
    noises = {
        f"{samples}/{name}.flac": wav_bytes(tone(1, 100, 44100), 44100, "FLAC") for name in TRAIN_NOISE | TEST_NOISE
    }
    deb(tmp_path / "sonic-pi-samples_1_all.deb", noises)
    out = tmp_path / "out"
    make(out, tmp_path, tmp_path / "work")
    assert sorted(path.stem for path in out.glob("*/speech/*")) == [
        "ru_0001",
        "ru_0002",
        "ru_0003",
        "ru_0699",
        "ru_0700",
        "ru_0701",
    ]
    assert {path.stem for path in (out / "test").rglob("*.flac")} == {"ru_0700", "ru_0701", *TEST_NOISE}
    assert "```\nNotice.\n```" in (out / "LICENCES.md").read_text()
    # The speech is already at 16 kHz: not a sample of it changes.
    kept = soundfile.read(out / "train" / "speech" / "ru_0001.flac", dtype="int16")[0]
    assert np.abs(kept / 32768 - tone(4, 201)).max() < 1 / 32768
    assert soundfile.info(out / "test" / "noise" / "vinyl_hiss.flac").frames == 16000

"""folders.py and librispeech_demand.py: folders in, folders with a table out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soundfile

from .conftest import Run, tone, wav


def rows_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]


def test_any_folders(run: Run, tmp_path: Path) -> None:
    speech, noise, out = tmp_path / "talk", tmp_path / "din", tmp_path / "out"
    wav(speech / "anna" / "1.wav", tone(1, 300, 44100), 44100)
    wav(speech / "bert" / "1.flac", tone(1, 400))
    wav(speech / "carl" / "deep" / "1.wav", tone(1, 500))
    wav(speech / "carl" / "anna.wav", tone(1, 300, 44100), 44100)
    wav(speech / "loose.wav", tone(1, 600))
    wav(noise / "street" / "1.wav", np.stack([tone(2, 100), -tone(2, 100)], axis=1) + tone(2, 250)[:, None])
    wav(noise / "rain" / "1.wav", tone(2, 200))
    arguments = ("folders", out, "--speech", speech, "--noise", noise, "--licence", "CC0-1.0")
    result = run(*arguments, "--develop", "anna", "street", "--select", "bert")
    assert result.returncode == 0, result.stderr
    found = {
        (split, kind): [(row["source"], row["speaker"]) for row in rows_of(out / split / kind)]
        for split in ("train", "select", "develop")
        for kind in ("speech", "noise")
        if (out / split / kind).exists()
    }
    assert found == {
        # carl/anna.wav is what is held out as anna/1.wav.
        ("train", "speech"): [("talk: carl/deep/1.wav", "talk/carl"), ("talk: loose.wav", "talk")],
        ("select", "speech"): [("talk: bert/1.flac", "talk/bert")],
        ("develop", "speech"): [("talk: anna/1.wav", "talk/anna")],
        ("train", "noise"): [("din: rain/1.wav", None)],
        ("develop", "noise"): [("din: street/1.wav", None)],
    }
    row = rows_of(out / "develop" / "noise")[0]
    samples, rate = soundfile.read(out / "develop" / "noise" / row["path"])
    assert (rate, row["licence"]) == (16000, "CC0-1.0")
    np.testing.assert_allclose(samples, tone(2, 250), atol=2 / 32768)


def test_folders_refuses_what_would_be_lost(run: Run, tmp_path: Path) -> None:
    wav(tmp_path / "a" / "x" / "1.wav", tone(1))
    wav(tmp_path / "b" / "a" / "1.wav", tone(1))
    out = tmp_path / "out"
    for arguments, said in (
        ((), "no folder given"),
        (("--speech", tmp_path / "a", "--develop", "y"), "no subfolder with sound is called y"),
        (("--speech", tmp_path / "a", "--noise", tmp_path / "b" / "a"), "both become a-train"),
        (("--speech", tmp_path / "c"), "no such folder"),
    ):
        result = run("folders", out, *arguments)
        assert (result.returncode, result.stderr.count("\n")) == (2, 1)
        assert said in result.stderr
    assert not out.exists()


def test_librispeech_and_demand(run: Run, tmp_path: Path) -> None:
    speech, noise, out = tmp_path / "LibriSpeech", tmp_path / "demand", tmp_path / "out"
    places = ["train-clean-100/19/198/19-198-0000", "train-clean-100/26/495/26-495-0000"]
    places += ["dev-clean/84/121/84-121-0000", "test-clean/61/7/61-7-0000"]
    for number, place in enumerate(places):
        wav(speech / f"{place}.flac", tone(1, 300 + 50 * number))
        (speech / f"{place}.trans.txt").write_text("WORDS")
    for number, name in enumerate(["NPARK", "DKITCHEN", "OHALLWAY", "TBUS"]):
        for channel in (1, 2):
            wav(noise / name / f"ch{channel:02d}.wav", tone(2, 100 + 40 * number + channel, 48000), 48000)
    result = run("librispeech_demand", speech, noise, out)
    assert result.returncode == 0, result.stderr
    found = {
        split: (
            [row["speaker"] for row in rows_of(out / split / "speech")],
            sorted(row["source"] for row in rows_of(out / split / "noise")),
        )
        for split in ("train", "select", "develop")
    }
    assert found == {
        "train": (["librispeech/19", "librispeech/26"], ["DEMAND: DKITCHEN/ch01.wav", "DEMAND: NPARK/ch01.wav"]),
        "select": (["librispeech/84"], ["DEMAND: OHALLWAY/ch01.wav"]),
        "develop": (["librispeech/61"], ["DEMAND: TBUS/ch01.wav"]),
    }
    assert run("librispeech_demand", speech, noise, out).stdout.count("there already") == 6

    result = run("librispeech_demand", speech / "dev-clean", noise, out)
    assert result.returncode == 2
    assert "Give the folder LibriSpeech itself" in result.stderr

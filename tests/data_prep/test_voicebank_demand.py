from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.data.manifest import read_manifest

from .conftest import Run, tone, wav, wav_bytes

NAMES = {"trainset_28spk": ["p226_001", "p227_001", "p227_002", "p287_003"], "testset": ["p232_001", "p257_001"]}


def recording(name: str, side: str) -> np.ndarray:
    clean = tone(0.5, 200 + 7 * int(name[1:4]) + 13 * int(name[-1]), 48000)
    return clean if side == "clean" else clean + tone(0.5, 3000, 48000, 0.05)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """The publisher's four zip files of 48 kHz and the log files, with a handful of recordings."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for subset, names in NAMES.items():
        for side in ("clean", "noisy"):
            with zipfile.ZipFile(folder / f"{side}_{subset}_wav.zip", "w") as bundle:
                for name in names:
                    bundle.writestr(f"{side}_{subset}_wav/{name}.wav", wav_bytes(recording(name, side), 48000))
                    bundle.writestr(f"__MACOSX/{side}_{subset}_wav/._{name}.wav", b"no sound")
    with zipfile.ZipFile(folder / "logfiles.zip", "w") as bundle:
        bundle.writestr("log_testset.txt", "p232_001 bus 17.5\np257_001 living 2.5\n")
        bundle.writestr("log_trainset_28spk.txt", "p226_001 cafeteria 5\np227_001 ssn 0\n\np287_003 babble 15\n")
    return folder


def test_pairs_and_manifests(run: Run, downloads: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("voicebank_demand", downloads, out, "--jobs", 2)
    assert result.returncode == 0, result.stderr
    rows = {split: read_manifest(out / split / "manifest.jsonl") for split in ("train", "valid", "test")}
    assert {split: [row.id for row in found] for split, found in rows.items()} == {
        "train": ["p227_001", "p227_002"],
        "valid": ["p226_001", "p287_003"],
        "test": ["p232_001", "p257_001"],
    }
    for row in [row for found in rows.values() for row in found]:
        for side, path in (("clean", row.clean), ("noisy", row.noisy)):
            samples, rate = soundfile.read(path)
            assert (rate, len(samples), row.samples) == (16000, 8000, 8000)
            # Tones below 8 kHz are the same sampled at a third of the rate.
            inner = slice(400, -400)
            np.testing.assert_allclose(samples[inner], recording(row.id, side)[::3][inner], atol=2e-4)
        assert row.speech is not None
        assert (row.speech.speaker, row.speech.licence) == (row.id[:4], "CC-BY-4.0")
    assert [(row.noise[0].source, row.snr_db) for row in rows["test"]] == [("bus", 17.5), ("living", 2.5)]
    assert rows["train"][1].snr_db is None
    assert [path.name for path in out.iterdir() if "tmp" in path.name] == []


def test_unpacked_folders_without_logs_do_too_and_it_goes_on(run: Run, downloads: Path, tmp_path: Path) -> None:
    for archive in downloads.glob("*.zip"):
        if archive.stem != "logfiles":
            with zipfile.ZipFile(archive) as bundle:
                bundle.extractall(downloads, [name for name in bundle.namelist() if "MACOSX" not in name])
        archive.unlink()
    out = tmp_path / "out"
    assert run("voicebank_demand", downloads, out, "--valid").returncode == 0
    assert len(read_manifest(out / "train" / "manifest.jsonl")) == 4
    assert not (out / "valid").exists()

    kept = out / "train" / "clean" / "p227_001.wav"
    stamp = kept.stat().st_mtime_ns
    lost = out / "train" / "noisy" / "p227_001.wav"
    lost.unlink()
    assert run("voicebank_demand", downloads, out, "--valid").returncode == 0
    assert lost.is_file()
    assert kept.stat().st_mtime_ns == stamp


def test_errors(run: Run, downloads: Path, tmp_path: Path) -> None:
    (downloads / "noisy_testset_wav.zip").unlink()
    result = run("voicebank_demand", downloads, tmp_path / "out")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "neither noisy_testset_wav.zip" in result.stderr

    wav(downloads / "noisy_testset_wav" / "p232_001.wav", recording("p232_001", "noisy"), 48000)
    result = run("voicebank_demand", downloads, tmp_path / "out")
    assert result.returncode == 2
    assert "1 recordings are clean or noisy only, first p257_001" in result.stderr

    wav(downloads / "noisy_testset_wav" / "p257_001.wav", recording("p257_001", "noisy")[:-1], 48000)
    result = run("voicebank_demand", downloads, tmp_path / "out")
    assert result.returncode == 2
    assert "not as long as its clean side" in result.stderr

    (downloads / "log_trainset_28spk.txt").write_text("p226_001 cafeteria\n")
    result = run("voicebank_demand", downloads, tmp_path / "out")
    assert result.returncode == 2
    assert "log_trainset_28spk.txt, line 1" in result.stderr

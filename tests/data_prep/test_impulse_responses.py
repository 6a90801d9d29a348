from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import soundfile
from impulse_responses import direct_sound_first

from .conftest import Run, deb, wav_bytes


def decay(seconds: float, rate: int, delay: int = 0) -> np.ndarray:
    """A response that begins after `delay` samples and falls by 60 dB in `seconds`."""
    time = np.arange(round(seconds * rate)) / rate
    sound = np.random.default_rng(0).standard_normal(time.size) * 10 ** (-3 * time / seconds)
    sound[0] = 4
    return np.concatenate([np.zeros(delay), 0.1 * sound]).astype(np.float32)


def packages(folder: Path) -> tuple[Path, Path]:
    """Small packages of the shapes of guitarix-common and tunajs."""
    root = "usr/share/gx_head/sounds"
    hall = np.stack([decay(0.5, 48000, 10), np.roll(decay(0.5, 48000, 10), 100)], axis=1)
    files = {
        f"{root}/amps/EVH 5150.wav": wav_bytes(decay(0.1, 44100), 44100),
        f"{root}/bands/Pan.wav": wav_bytes(decay(0.05, 44100), 44100),
        f"{root}/bands/broken.wav": b"RIFF",
        f"{root}/greathall.wav": wav_bytes(hall, 48000),
    }
    deb(folder / "guitarix-common_1_all.deb", files)
    archive = folder / "tunajs-1.1.3.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, seconds in (("impulse_rev", 0.3), ("ir_rev_short", 0.2), ("impulse_guitar", 0.1)):
            content = wav_bytes(decay(seconds, 44100), 44100)
            info = tarfile.TarInfo(f"package/impulses/{name}.wav")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return folder, archive


def test_impulse_responses(run: Run, tmp_path: Path) -> None:
    downloads, archive = packages(tmp_path)
    out = tmp_path / "out"
    arguments = (out, "--downloads", downloads, "--archive", archive)
    result = run("impulse_responses", *arguments)
    assert result.returncode == 0, result.stderr
    folder = out / "train" / "responses"
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    assert [row["corpus"] for row in rows] == ["loudspeakers"] * 2 + ["rooms"] * 4
    assert all(row["kind"] == "responses" and row["licence"] for row in rows)
    assert "1 not readable" in result.stdout
    for row in rows:
        sound, rate = soundfile.read(folder / row["path"])
        assert rate == 16000 and sound.ndim == 1
        assert np.abs(sound).max() > 0.98 and np.abs(sound[:20]).argmax() < 20
    assert run("impulse_responses", *arguments).stdout.count("there already") == 2


def test_impulse_responses_damaged(run: Run, tmp_path: Path) -> None:
    deb(tmp_path / "guitarix-common_1_all.deb", {"usr/share/doc": b""})
    result = run("impulse_responses", tmp_path / "out", "--downloads", tmp_path)
    assert result.returncode == 2 and result.stderr.startswith("impulse_responses: loudspeakers: not one clip")


def test_direct_sound_first() -> None:
    response = np.zeros(100, np.float32)
    response[[20, 30, 35, 60]] = 0.001, 0.004, -0.2, 0.1
    trimmed = direct_sound_first(response)
    assert trimmed.size == 70 and np.allclose(trimmed[[0, 5, 30]], np.array([0.02, -1, 0.5]) * 0.99)

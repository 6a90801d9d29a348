"""The enhancer on files: rate, channels, format, subtype and length stay, and memory does not grow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from torch import Tensor, nn

from audiogan.audio.files import describe, read, write
from audiogan.audio.representation import PreEmphasis, Waveform
from audiogan.audio.streams import SoundWriter
from audiogan.enhance import Enhancer
from audiogan.errors import AudioganError

ROOT = Path(__file__).parent.parent
RATE, WINDOW = 16000, 16384
STEPS = {
    "PCM_U8": 2**-7,
    "PCM_S8": 2**-7,
    "PCM_16": 2**-15,
    "PCM_24": 2**-23,
    "PCM_32": 0.0,
    "FLOAT": 0.0,
    "DOUBLE": 0.0,
}


def identity() -> Enhancer:
    return Enhancer(nn.Identity(), PreEmphasis(), RATE, WINDOW)


def noise(channels: int, samples: int) -> np.ndarray:
    return (0.2 * np.random.default_rng(0).standard_normal((channels, samples))).clip(-0.95, 0.95).astype(np.float32)


def comes_back(source: Path, destination: Path, subtype: str) -> None:
    before, after = describe(source), describe(destination)
    for name in ("sample_rate", "channels", "samples", "format", "subtype", "endian"):
        assert getattr(before, name) == getattr(after, name)
    assert before.subtype == subtype
    step = STEPS[subtype] + 1e-6  # the step of the subtype, or 1e-6 where that is smaller
    assert np.abs(read(source)[0] - read(destination)[0]).max() <= step


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("samples", [1, 100, 16383, 16384, 16385])
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_identity_gives_the_file_back(tmp_path: Path, subtype: str, samples: int, channels: int) -> None:
    source, destination = tmp_path / "a.wav", tmp_path / "b.wav"
    write(source, noise(channels, samples), RATE, subtype=subtype)
    identity().enhance_file(source, destination)
    comes_back(source, destination, subtype)


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_identity_gives_a_long_file_back(tmp_path: Path, channels: int) -> None:
    source, destination = tmp_path / "a.wav", tmp_path / "b.wav"
    write(source, noise(channels, 1_000_003), RATE, subtype="PCM_24")
    identity().enhance_file(source, destination)
    comes_back(source, destination, "PCM_24")


@pytest.mark.parametrize(
    ("suffix", "format", "subtype", "endian"),
    [
        ("wav", "WAV", "PCM_U8", "FILE"),
        ("wav", "WAVEX", "PCM_16", "FILE"),
        ("wav", "WAV", "PCM_16", "BIG"),
        ("wav", "RF64", "PCM_24", "FILE"),
        ("wav", "WAV", "PCM_32", "FILE"),
        ("wav", "WAV", "DOUBLE", "FILE"),
        ("flac", "FLAC", "PCM_16", "FILE"),
        ("flac", "FLAC", "PCM_24", "FILE"),
        ("aiff", "AIFF", "PCM_16", "LITTLE"),
        ("aiff", "AIFF", "PCM_S8", "FILE"),
        ("au", "AU", "FLOAT", "FILE"),
        ("w64", "W64", "PCM_16", "FILE"),
        ("caf", "CAF", "PCM_16", "FILE"),
    ],
)
def test_format_subtype_and_byte_order_stay(
    tmp_path: Path, suffix: str, format: str, subtype: str, endian: str
) -> None:
    source, destination = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    with SoundWriter(source, RATE, 2, format, subtype, endian) as writer:
        writer.write(noise(2, 5000))
    identity().enhance_file(source, destination)
    comes_back(source, destination, subtype)


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate"), [("mp3", "MPEG_LAYER_III", 44100), ("ogg", "VORBIS", 22050), ("opus", "OPUS", 48000)]
)
def test_lossy_formats_go_in_and_come_out(tmp_path: Path, suffix: str, subtype: str, rate: int) -> None:
    source, destination = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    write(source, 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate), rate)
    identity().enhance_file(source, destination)
    before, after = describe(source), describe(destination)
    assert (after.sample_rate, after.samples, after.subtype) == (rate, before.samples, subtype)
    inside = slice(rate // 10, -rate // 10)
    assert np.abs(read(source)[0] - read(destination)[0])[:, inside].max() < 0.02


@pytest.mark.parametrize(
    ("name", "subtype", "wanted"),
    [
        ("b.flac", "PCM_24", ("FLAC", "PCM_24")),
        ("b.flac", "FLOAT", ("FLAC", "PCM_24")),
        ("b.mp3", "PCM_16", ("MP3", "MPEG_LAYER_III")),
        ("b.opus", "PCM_16", ("OGG", "OPUS")),
    ],
)
def test_another_suffix_is_another_format(tmp_path: Path, name: str, subtype: str, wanted: tuple[str, str]) -> None:
    write(tmp_path / "a.wav", noise(1, 3000), RATE, subtype=subtype)
    identity().enhance_file(tmp_path / "a.wav", tmp_path / name)
    info = describe(tmp_path / name)
    assert (info.format, info.subtype) == wanted


def test_what_is_too_loud_is_clipped_not_wrapped(tmp_path: Path) -> None:
    class Louder(nn.Module):
        def forward(self, noisy: Tensor) -> Tensor:
            return 4 * noisy

    sine = 0.5 * np.sin(2 * np.pi * 100 * np.arange(1600) / RATE)
    write(tmp_path / "a.wav", sine, RATE)
    Enhancer(Louder(), Waveform(), RATE, WINDOW).enhance_file(tmp_path / "a.wav", tmp_path / "b.wav")
    np.testing.assert_allclose(read(tmp_path / "b.wav")[0][0], (4 * sine).clip(-1, 1), atol=5 * 2**-15)


def test_progress_tells_seconds(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(1, 80_000), 8000)
    done: list[float] = []
    assert identity().enhance_file(tmp_path / "a.wav", tmp_path / "b.wav", done.append).seconds == 10
    assert len(done) > 1 and sum(done) == pytest.approx(10)


@pytest.mark.parametrize("link", [os.link, os.symlink, None])
def test_output_equal_to_input_is_refused(tmp_path: Path, link: object) -> None:
    source, destination = tmp_path / "a.wav", tmp_path / "b.wav"
    write(source, noise(1, 1000), RATE)
    if callable(link):
        link(source, destination)
    else:
        (tmp_path / "folder").mkdir()
        destination = tmp_path / "folder" / ".." / "a.wav"
    before = source.read_bytes()
    with pytest.raises(AudioganError, match="the same file"):
        identity().enhance_file(source, destination)
    assert source.read_bytes() == before


@pytest.mark.parametrize("where", [10, 200_000])
def test_a_bad_sample_anywhere_leaves_nothing(tmp_path: Path, where: int) -> None:
    sound = noise(1, 200_001)
    sound[0, where] = np.nan
    soundfile.write(tmp_path / "a.wav", sound.T, RATE, subtype="FLOAT")
    with pytest.raises(AudioganError, match=f"sample {where} "):
        identity().enhance_file(tmp_path / "a.wav", tmp_path / "new" / "b.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_memory_does_not_grow_with_the_file() -> None:
    command = [sys.executable, str(ROOT / "eval" / "long_file_memory.py"), "--seconds", "10", "600"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert float(done.stdout.split("ratio:")[1].split()[0]) < 1.05

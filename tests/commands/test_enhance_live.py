"""`audiogan enhance --stream` and `--live` as they are typed."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from audiogan.cli import main
from audiogan.enhance import Enhancer
from tests.stream_models import RATE, noise, streaming_bundle

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 500


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return streaming_bundle(tmp_path_factory.mktemp("live") / "bundle")


def begun(model: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "audiogan", "enhance", "--stream", "-m", str(model), *words]
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, env=environment)


def read_at_least(stream: object, size: int) -> bytes:
    data, until = b"", time.monotonic() + PATIENCE_S
    while len(data) < size and time.monotonic() < until:
        if select.select([stream], [], [], 1)[0]:
            data += os.read(stream.fileno(), 1 << 20)  # type: ignore[attr-defined]
    return data


@pytest.mark.parametrize("channels", ["together", "apart"])
def test_sound_comes_out_while_more_is_awaited_and_is_that_of_the_whole(
    model: Path, channels: Literal["together", "apart"]
) -> None:
    sound = (0.1 * noise(2, 3 * RATE)).astype("<f4")
    words = ("--channels", "2", "--channels", channels)
    process = begun(model, "--sample-rate", str(RATE), *words, "--pcm", "f32le")
    assert process.stdin and process.stdout and process.stderr
    latency = int(re.search(rb"latency (\d+) samples", process.stderr.readline())[1])  # type: ignore[index]
    found, given = b"", 0
    for size in (RATE, 1, 999, RATE):
        process.stdin.write(sound.T[given : given + size].tobytes())
        process.stdin.flush()
        given += size
        found += read_at_least(process.stdout, 8 * (given - latency) - len(found))
        assert 8 * (given - latency) <= len(found) <= 8 * given
    rest, said = process.communicate(sound.T[given:].tobytes(), timeout=PATIENCE_S)
    assert process.returncode == 0 and said == b""
    enhanced = np.frombuffer(found + rest, "<f4").reshape(-1, 2).T
    np.testing.assert_allclose(enhanced, Enhancer.load(model, channels=channels)(sound, RATE), rtol=0, atol=1e-4)


def test_who_goes_away_ends_it_in_a_sentence(model: Path) -> None:
    process = begun(model, "--sample-rate", str(RATE))
    assert process.stdin and process.stdout and process.stderr
    process.stdout.close()
    process.stderr.readline()
    process.stdin.write(bytes(2 * RATE))
    process.stdin.close()
    assert process.wait(PATIENCE_S) == 0
    assert process.stderr.read() == b"audiogan enhance: who read the samples went away, so the stream ends here\n"


def test_a_file_in_the_pipe_is_told_of(model: Path) -> None:
    process = begun(model, "--sample-rate", str(RATE))
    out, said = process.communicate(b"RIFF\0\0\0\0WAVEfmt ", timeout=PATIENCE_S)
    assert (process.returncode, out) == (2, b"")
    assert said.count(b"\n") == 2 and b"is a WAV file, not raw samples" in said


@pytest.mark.parametrize(("words", "complaint"), [
    ([], "give sound files, folders of them"),
    (["noisy.wav", "--sample-rate", "8000"], "--sample-rate has no meaning for files"),
    (["noisy.wav", "--pcm", "f32le"], "--pcm has no meaning for files"),
    (["--live", "--pcm", "f32le"], "--pcm has no meaning with --live"),
    (["--stream", "--input-device", "x", "--sample-rate", "1"], "--input-device has no meaning with --stream"),
    (["--stream"], "raw samples do not say their rate"),
    (["noisy.wav", "--stream", "--sample-rate", "1"], "--stream goes from standard input to standard output"),
    (["--live", "-o", "clean.wav"], "--live goes from the microphone to the speakers: leave clean.wav"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enhance", *words]) == 2
    assert capsys.readouterr().err.startswith(f"audiogan enhance: {complaint}")


def test_live_without_its_package(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert main(["enhance", "--live", "-m", str(model)]) == 2
    assert "pip install 'audiogan[live]'" in capsys.readouterr().err

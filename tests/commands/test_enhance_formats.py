"""`audiogan enhance` on a phone's recording, on files that are too loud or damaged, and from a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audiogan.audio.files import describe, write
from audiogan.audio.tags import read_tags
from tests.audio.media_files import encode, packets, speechlike

ROOT = Path(__file__).parent.parent.parent


def typed(*words: object, standard_input: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "audiogan", "enhance", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, input=standard_input, capture_output=True, env=environment)


def test_a_memo_becomes_an_episode(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the memo is made by PyAV")
    encode(tmp_path / "a.m4a", speechlike(4, 44100), 44100, "aac", "ipod", 64_000, tags={"title": "First"})
    done = typed(tmp_path / "a.m4a", "-o", tmp_path / "b.mp3", "--loudness", -23, "--quality", "96k", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["files"][0]
    assert told["loudness"] == pytest.approx(-23, abs=0.5) and told["clipped"] == 0
    assert b"LUFS" in done.stderr
    assert dict(read_tags(tmp_path / "b.mp3").fields)["title"] == "First"
    assert (tmp_path / "b.mp3").stat().st_size * 8 / 4 == pytest.approx(96_000, rel=0.1)


def test_a_video_through_a_pipe_and_as_a_file(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the video is made by PyAV")
    encode(tmp_path / "a.mp4", speechlike(2, 48000), 48000, "aac", "mp4", 64_000, picture=True)
    assert typed(tmp_path / "a.mp4", "-o", tmp_path / "b.mp4").returncode == 0
    assert packets(tmp_path / "b.mp4", "video") == packets(tmp_path / "a.mp4", "video")
    done = typed("-", "-o", tmp_path / "c.wav", standard_input=(tmp_path / "a.mp4").read_bytes())
    assert done.returncode == 0 and describe(tmp_path / "c.wav").samples == describe(tmp_path / "a.mp4").samples


def test_clipping_and_salvage_are_said_in_one_line(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", 8 * speechlike(2, 16000), 16000, subtype="FLOAT")
    done = typed(tmp_path / "a.wav", "-o", tmp_path / "b.flac", "--strength", 0)
    assert done.returncode == 0 and done.stderr.count(b"\n") == 1 and b"beyond full scale" in done.stderr
    content = (tmp_path / "b.flac").read_bytes()
    (tmp_path / "b.flac").write_bytes(content[: len(content) // 2])
    assert typed(tmp_path / "b.flac", "-o", tmp_path / "c.flac").returncode == 2
    done = typed(tmp_path / "b.flac", "-o", tmp_path / "c.flac", "--salvage")
    assert done.returncode == 0 and b"of 2.00 s can be read" in done.stderr
    assert np.isclose(describe(tmp_path / "c.flac").seconds, 1, atol=0.5)


@pytest.mark.parametrize("words", [("--loudness", "3"), ("--quality", "best")])
def test_options_out_of_range(tmp_path: Path, words: tuple[str, str]) -> None:
    write(tmp_path / "a.wav", speechlike(1, 16000), 16000)
    done = typed(tmp_path / "a.wav", "-o", tmp_path / "b.wav", *words)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and not (tmp_path / "b.wav").exists()

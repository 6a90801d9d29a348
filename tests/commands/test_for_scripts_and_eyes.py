"""What verbs say to scripts, as JSON, and to who sits at a terminal, as a bar."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audiogan.audio.files import write
from audiogan.cli import main
from audiogan.commands.outcome import PARTIAL
from tests.stream_models import RATE, noise, streaming_bundle

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return streaming_bundle(tmp_path_factory.mktemp("model") / "bundle")


def test_what_was_enhanced(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "in" / "one.wav", 0.1 * noise(2, RATE), RATE)
    (tmp_path / "in" / "two.wav").write_text("no sound")
    one = {
        "input": str(tmp_path / "in" / "one.wav"), "output": str(tmp_path / "clean.wav"), "seconds": 1.0,
        "sample_rate": RATE, "channels": 2, "output_rate": RATE, "clipped": 0, "loudness": None, "notes": [],
    }  # fmt: skip
    command = ["enhance", "-m", str(model), "--strength", "0.5", "--json"]
    assert main([*command, one["input"], "-o", one["output"]]) == 0  # type: ignore[list-item]
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "strength": 0.5, "attenuation_limit": None, "files": [one], "failed": [], "left_out": [], "skipped": []
    }  # fmt: skip
    assert main([*command, str(tmp_path / "in"), "-o", str(tmp_path / "out")]) == PARTIAL
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [one | {"output": str(tmp_path / "out" / "one.wav")}]
    assert len(told["failed"]) == 1 and "two.wav" in told["failed"][0]


def test_scores_on_standard_output_stand_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side in ("clean", "enhanced"):
        write(tmp_path / side / "a.wav", 0.1 * noise(1, RATE, seed=len(side)), RATE)
    command = ["eval", str(tmp_path / "clean"), str(tmp_path / "enhanced"), "--measures", "si_sdr", "--jobs", "1"]
    assert main([*command, "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [item["name"] for item in told["files"]] == ["a"]
    assert main([*command, "--csv", "-"]) == 0
    assert capsys.readouterr().out.count("\n") == 2
    assert main([*command, "--csv", "-", "--json", "-"]) == 2
    assert "Name a file" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["-", "--json"], ["--json", "--stream", "--sample-rate", "16000"]])
def test_a_pipe_has_no_room_for_json(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enhance", *words]) == 2
    assert "--json is for files" in capsys.readouterr().err


@pytest.mark.parametrize("on_terminal", [True, False])
def test_a_long_file_has_a_bar_on_a_terminal(on_terminal: bool, model: Path, tmp_path: Path) -> None:
    write(tmp_path / "long.wav", 0.1 * noise(1, 61 * RATE), RATE)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "audiogan", "enhance", "long.wav", "-m", str(model)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    error = theirs if on_terminal else subprocess.PIPE
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=error, cwd=tmp_path, env=environment, check=True)
    os.close(theirs)
    assert done.stdout == b"long.enhanced.wav: 61.0 s of sound enhanced\n"
    if on_terminal:
        seen = os.read(ours, 1 << 16)
        assert b"enhancing" in seen and b"100%" in seen
    else:
        assert done.stderr == b""
    os.close(ours)

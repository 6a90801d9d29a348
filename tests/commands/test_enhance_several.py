"""`audiogan enhance` for several files, as it is typed, with the enhancer that came with audiogan."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from audiogan.audio.files import read, write
from audiogan.cli import main

pytest.importorskip("onnxruntime")
RATE = 16000


def sound(path: Path, seconds: float = 0.2, seed: int = 0) -> Path:
    write(path, 0.1 * np.random.default_rng(seed).standard_normal((1, int(seconds * RATE))), RATE)
    return path


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "audiogan", *words], capture_output=True, text=True)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))


def test_files_folders_and_patterns_go_into_one_folder(capsys: pytest.CaptureFixture[str]) -> None:
    for number, name in enumerate(("one.wav", "two.flac", "week/mon.wav", "week/late/tue.wav", "more/x1.wav")):
        sound(Path(name), seed=number)
    assert main(["enhance", "one.wav", "two.flac", "week", "more/*.wav", "one.wav", "-o", "out/", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert names(Path("out")) == ["one.wav", "two.flac", "week/late/tue.wav", "week/mon.wav", "x1.wav"]
    assert len(result["files"]) == 5 and result["failed"] == result["left_out"] == result["skipped"] == []
    assert main(["enhance", "week/**/*.wav", "-o", "flat"]) == 0
    assert names(Path("flat")) == ["mon.wav", "tue.wav"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a/x.wav", "b/x.wav", "-o", "out"], "a/x.wav and b/x.wav would both be written to out/x.wav"),
        (["a/x.wav", "b/y.wav", "-o", "all.wav"], "several inputs need an output folder"),
        (["a/x.wav", "none/*.wav", "-o", "out"], "none/*.wav: no file matches this pattern"),
        (["a/x.wav", "-", "-o", "out"], "standard input goes alone"),
        (["a/x.wav", "b/y.wav", "-o", "-"], "2 inputs cannot go to standard output"),
        (["a/x.wav", "b/y.wav", "-o", "a"], "output and input are the same file"),
        (["a/x.wav", "b/x.wav", "-o", "a/x.wav"], "several inputs need an output folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a/x.wav", "b/x.wav", "b/y.wav"):
        sound(Path(name))
    assert main(["enhance", *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert names(Path()) == ["a/x.wav", "b/x.wav", "b/y.wav"]


def test_what_is_left_out_of_a_folder_is_named_and_in_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    sound(Path("in/one.wav"))
    sound(Path("in/.hidden/two.wav"))
    Path("in/notes.txt").write_text("notes")
    assert main(["enhance", "in", "-o", "out"]) == 0
    assert "2 other files ignored: .hidden (a hidden folder), notes.txt (not a sound file)" in capsys.readouterr().err
    Path("in/tape.dss").write_bytes(bytes(range(256)))
    Path("in/untitled").write_bytes(bytes(range(256)))
    Path("in/gone.wav").symlink_to("nowhere.wav")
    assert main(["enhance", "in", "-o", "out", "--overwrite", "--json"]) == 3
    captured = capsys.readouterr()
    assert "3 inputs left out:" in captured.err
    reasons = {Path(entry["path"]).name: entry["reason"] for entry in json.loads(captured.out)["left_out"]}
    assert reasons == {
        ".hidden": "a hidden folder",
        "notes.txt": "not a sound file",
        "tape.dss": "files of .dss are not read",
        "untitled": "it has no suffix, which tells the format",
        "gone.wav": "a link that leads nowhere",
    }
    assert names(Path("out")) == ["one.wav"]


def test_existing_outputs_are_refused_replaced_or_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("in/one.wav", "in/two.wav"):
        sound(Path(name))
    Path("out").mkdir()
    Path("out/one.wav").write_text("mine")
    assert main(["enhance", "in", "-o", "out"]) == 2
    assert "out/one.wav exists already (1 of 2 outputs exist). --overwrite" in capsys.readouterr().err
    assert names(Path("out")) == ["one.wav"]
    assert main(["enhance", "in", "-o", "out", "--skip-existing"]) == 0
    assert capsys.readouterr().out == "out: 1 of 1 files enhanced, 1 skipped as their outputs exist\n"
    assert Path("out/one.wav").read_text() == "mine"
    assert main(["enhance", "in", "-o", "out", "--overwrite"]) == 0
    assert read("out/one.wav")[0].shape == (1, 3200)
    assert main(["enhance", "in/one.wav", "-o", "out/"]) == 2
    assert main(["enhance", "in/one.wav", "-o", "new/"]) == 0  # a folder that is made
    assert names(Path("new")) == ["one.wav"]


def test_results_of_an_earlier_run_are_no_inputs() -> None:
    sound(Path("one.wav"))
    sound(Path("two.wav"))
    for _ in range(2):
        assert main(["enhance", "*.wav", "--overwrite"]) == 0
    assert names(Path()) == ["one.enhanced.wav", "one.wav", "two.enhanced.wav", "two.wav"]


def test_names_of_255_bytes_are_enhanced(capsys: pytest.CaptureFixture[str]) -> None:
    name = "ü" * 125 + "a.wav"
    sound(Path("in") / name)
    assert len(name.encode()) == 255
    assert main(["enhance", "in", "-o", "out"]) == 0
    assert names(Path("out")) == [name]
    capsys.readouterr()
    assert main(["enhance", f"in/{name}"]) == 2  # with .enhanced it is longer
    assert "the name is too long" in capsys.readouterr().err
    assert main(["enhance", "a" * 300 + ".wav"]) == 2
    assert "the name is too long" in capsys.readouterr().err


@pytest.mark.parametrize(("suffix", "subtype"), [("wav", "PCM_16"), ("wav", "FLOAT"), ("flac", "PCM_24")])
def test_silence_comes_back(suffix: str, subtype: str) -> None:
    write(f"silent.{suffix}", np.zeros((2, 30_000)), 44100, subtype=subtype)
    assert main(["enhance", f"silent.{suffix}", "-o", f"out.{suffix}"]) == 0
    waveform, rate = read(f"out.{suffix}")
    assert (waveform.shape, rate) == ((2, 30_000), 44100) and not waveform.any()


def test_processes_give_the_same_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        sound(Path(f"in/{number}.wav"), seed=number)
    Path("in/broken.wav").write_bytes(b"RIFF")
    for jobs in ("1", "2"):
        done = typed("enhance", "in", "-o", f"out{jobs}", "--jobs", jobs)
        assert done.returncode == 3 and "4 of 5 files enhanced" in done.stdout, done.stderr
    for number in range(4):
        assert Path(f"out1/{number}.wav").read_bytes() == Path(f"out2/{number}.wav").read_bytes()


def started(*words: str) -> subprocess.Popen[str]:
    """A run in a session of its own whose processes are at work: unfinished files are there."""
    for number in range(3):
        sound(Path(f"in/{number}.wav"), seconds=900, seed=number)
    command = [sys.executable, "-m", "audiogan", "enhance", "in", "-o", "out", *words]
    run = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size > 10_000 for path in Path("out").glob(".audiogan-*")):
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    return run


def wait_until_all_ended(session: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(session, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.killpg(session, signal.SIGKILL)
    raise AssertionError("processes outlived the command")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_signal_ends_all_and_leaves_nothing_unfinished(number: int, code: int, jobs: str) -> None:
    run = started("--jobs", jobs)
    os.kill(run.pid, number)
    _, said = run.communicate(timeout=60)
    assert run.returncode == code and "Traceback" not in said, said
    wait_until_all_ended(run.pid)
    assert not list(Path("out").glob(".audiogan-*"))


def test_killed_it_ends_its_processes_and_the_next_run_cleans_up_and_goes_on() -> None:
    run = started("--jobs", "2")
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    wait_until_all_ended(run.pid)
    alone = started("--jobs", "1", "--skip-existing")
    alone.kill()
    alone.communicate()
    assert len(list(Path("out").glob(".audiogan-*"))) == 1
    sound(Path("short.wav"))
    assert main(["enhance", "short.wav", "-o", "out/", "--skip-existing"]) == 0
    assert names(Path("out")) == ["short.wav"]


def test_a_full_output_has_its_true_cause() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    sound(Path("one.wav"))
    for words in (["enhance", "one.wav", "-o", "-"], ["models"], ["recipe", "schema"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "audiogan", *words], stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert done.returncode == 2, done.stderr
        assert done.stderr == (
            f"audiogan {words[0]}: standard output: cannot be written: the disk is full. Free some space, or choose "
            "another place.\n"
        )

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.audio.files import write
from tests.stopping import AFTER_CALLS, stopped

COMMAND = [sys.executable, "-m", "audiogan", "prep"]
MANY = ("--count", "240", "--level", "rms")


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    for number in range(6):
        write(here / "clean" / f"{number}.wav", 0.1 * rng.standard_normal(12_000), 16000)
    write(here / "noise" / "n.wav", 0.1 * rng.standard_normal(50_000), 16000)
    return here


def arguments(sounds: Path, out: Path, *more: str) -> list[str]:
    folders = ["--clean", str(sounds / "clean"), "--noise", str(sounds / "noise"), "-o", str(out)]
    return [*COMMAND, *folders, *more]


def prep(sounds: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments(sounds, out, *more), capture_output=True, text=True, timeout=250)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def never_stopped(sounds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "out"
    prep(sounds, out, *MANY, "--jobs", "1")
    return out


def test_the_command_makes_pairs_and_prints_how_fast(sounds: Path, tmp_path: Path) -> None:
    done = prep(sounds, tmp_path / "out", "--snr", "-5", "5", "--every-snr", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path}/out/manifest.jsonl: 12 pairs\n" in done.stdout
    assert "× real time per core" in done.stdout
    assert "7 recordings of unknown licence" in done.stderr
    assert len(list((tmp_path / "out" / "noisy").iterdir())) == 12


def test_recordings_of_a_lower_rate_are_counted_in_one_line_and_stand_in_the_manifest(
    sounds: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = prep(sounds, out, "--rate", "48000", "--jobs", "1", "--count", "2")
    told = [line for line in done.stderr.splitlines() if "lower sample rate" in line]
    rows = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    used = {part["source"]: part["source_rate"] for row in rows for part in (row["speech"], *row["noise"])}
    assert {path: soundfile.info(path).samplerate for path in used} == used
    assert len(told) == 1 and told[0].startswith(f"{len(used)} of {len(used)} recordings have a lower sample rate (")
    assert "than the 48000 Hz asked for" in told[0]


AT_THE_FIFTH_ROW = (AFTER_CALLS, "audiogan.data.building", "_append")  # of the list of finished pairs


def stopped_prep(
    sounds: Path, out: Path, how: signal.Signals, prepare: Callable[[], None] | None = None
) -> tuple[int, str]:
    """The exit code and errors of a run of two processes that a signal reaches at its fifth pair."""
    program, *where = AT_THE_FIFTH_ROW
    words = arguments(sounds, out, *MANY, "--jobs", "2")[len(COMMAND) - 1 :]
    code, _, said = stopped(program, how, 5, *where, *words, prepare=prepare)
    return code, said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_stopped_goes_on_and_equals_one_that_never_stopped(
    sounds: Path, never_stopped: Path, tmp_path: Path, how: signal.Signals
) -> None:
    out = tmp_path / "out"
    code, said = stopped_prep(sounds, out, how)
    assert not (out / "manifest.jsonl").exists()
    assert (out / "unfinished.jsonl").read_text().count("\n") == 5
    if how == signal.SIGINT:
        assert code == 130
        assert said.count("\n") == 1
        assert "goes on where it stopped" in said
    else:
        assert code == -signal.SIGKILL
    again = prep(sounds, out, *MANY, "--jobs", "1")
    assert again.returncode == 0, again.stderr
    assert "of them kept from before" in again.stdout
    assert contents(out) == contents(never_stopped)


def test_ctrl_c_that_the_caller_ignores_stays_ignored(sounds: Path, never_stopped: Path, tmp_path: Path) -> None:
    """As for a background job of a script."""
    out = tmp_path / "out"

    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    code, said = stopped_prep(sounds, out, signal.SIGINT, prepare=ignore)
    assert code == 0, said
    assert contents(out) == contents(never_stopped)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--clean", "missing"), "missing: there is no such folder"),
        (("--noise", "{empty}"), "no sound file in this folder"),
        (("--snr", "nan"), "an SNR of nan dB"),
        (("--snr", "200"), "from -60 to 100"),
        (("--jobs", "0"), "0 processes"),
        (("-o", "/proc/nowhere"), "cannot be written"),
        (("-o", "{clean}"), "would mix"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    sounds: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    before = contents(sounds)
    places = {"empty": str(tmp_path / "empty"), "clean": str(sounds / "clean")}
    done = prep(sounds, tmp_path / "out", *(word.format(**places) for word in more))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
    assert contents(sounds) == before


def test_a_full_disk_is_told_in_a_line_and_leaves_no_half_file(sounds: Path, tmp_path: Path) -> None:
    def no_file_over_10_kb() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    out = tmp_path / "out"
    done = subprocess.run(
        arguments(sounds, out, "--level", "rms", "--jobs", "2"),
        capture_output=True,
        text=True,
        preexec_fn=no_file_over_10_kb,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "could not be written to its end: the file would be larger than" in done.stderr
    assert "(ulimit -f)" in done.stderr
    assert "disk is full" not in done.stderr  # the limit is the cause
    assert not [name for name in contents(out) if name.startswith(("clean/", "noisy/")) or ".audiogan-" in name]

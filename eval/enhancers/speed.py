"""How fast a system is, how long its command takes from a standing start, and what a long file costs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from running import SHOWN, Machine, file_command, run_adapter, run_measured
from systems import System

from audiogan.audio.files import read
from audiogan.audio.streams import SoundWriter
from audiogan.data.manifest import PairRow

SHORT_SECONDS, TIMED_SECONDS = 5, 10
REPEATS, STARTS = 5, 3


@dataclass(frozen=True)
class Speed:
    """What one system costs. A number is None where it could not be had.

    Args:
        real_time_factor: wall-clock seconds for a second of sound, one thread, after loading; median of several.
        processor_factor: the same in seconds of processor time, which other work on the machine changes less.
        cold_start: seconds from the start of the command to the end, on a file of 5 seconds; median of several.
        long_seconds: length of the long file.
        long_factor: wall-clock seconds for a second of the long file, loading counted.
        long_megabytes: peak resident memory of the largest process on the long file.
        long_outcome: "done", "failed", "time" or "memory": whether it came to its end, or which limit it reached.
        remarks: what failed.
    """

    real_time_factor: float | None
    processor_factor: float | None
    cold_start: float | None
    long_seconds: float
    long_factor: float | None
    long_megabytes: float | None
    long_outcome: str
    remarks: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """As JSON wants it."""
        return {**asdict(self), "remarks": list(self.remarks)}


def measure(system: System, sounds: dict[float, Path], long_seconds: float, machine: Machine) -> Speed:
    """Measure a system that can be run (it has an adapter, a model or a command).

    Args:
        system: which one.
        sounds: files of 5, 10 and `long_seconds` seconds, by length; see `write_sounds`.
        long_seconds: which of them is the long one.
        machine: limits of time and memory.
    """
    remarks = []
    factors: tuple[float | None, float | None] = (None, None)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        out = place / "out.wav"
        if system.adapter is not None or system.model is not None:
            told, said = run_adapter(system, [(sounds[TIMED_SECONDS], out)], REPEATS, machine)
            if told and "error" not in told[0]:
                seconds = told[0]["sound_seconds"]
                factors = median(told[0]["wall_seconds"]) / seconds, median(told[0]["processor_seconds"]) / seconds
            else:
                remarks.append(f"not timed: {told[0]['error'] if told else said}")
        starts = [_once(system, sounds[SHORT_SECONDS], out, machine, place) for _ in range(STARTS)]
        done = [start["wall_seconds"] for start in starts if start["outcome"] == "done"]
        if not done:
            remarks.append(f"the command on {SHORT_SECONDS} s: {starts[0]['outcome']} ({starts[0]['said'][-SHOWN:]})")
        long = _once(system, sounds[long_seconds], out, machine, place)
        if long["outcome"] == "failed":
            remarks.append(f"the long file: {long['said'][-SHOWN:]}")
        finished = long["outcome"] == "done"
    return Speed(
        *factors,
        cold_start=median(done) if done else None,
        long_seconds=long_seconds,
        long_factor=long["wall_seconds"] / long_seconds if finished else None,
        long_megabytes=long.get("peak_megabytes"),
        long_outcome=long["outcome"],
        remarks=tuple(remarks),
    )


def write_sounds(rows: Sequence[PairRow], folder: Path, long_seconds: float) -> dict[float, Path]:
    """Files of 5, 10 and `long_seconds` seconds: the noisy sounds again and again, 16 bit, one channel."""
    made = {}
    for seconds in sorted({float(SHORT_SECONDS), float(TIMED_SECONDS), long_seconds}):
        made[seconds] = folder / f"noisy_{seconds:g}_s.wav"
        if made[seconds].exists():
            continue
        rate = rows[0].sample_rate
        left = round(seconds * rate)
        with SoundWriter(made[seconds], rate, 1, subtype="PCM_16") as writer:
            while left > 0:
                for row in rows:
                    block = read(row.noisy)[0].mean(axis=0, keepdims=True)[:, :left]
                    writer.write(block)
                    left -= block.shape[1]
    return made


def _once(system: System, source: Path, out: Path, machine: Machine, place: Path) -> dict[str, Any]:
    out.unlink(missing_ok=True)
    told = run_measured(file_command(system, source, out, machine, place), machine)
    if told["outcome"] == "done" and not out.exists():
        report = place / "report.jsonl"
        said = report.read_text(encoding="utf-8") if report.exists() else told["said"]
        return {**told, "outcome": "failed", "said": f"no file was made: {said.strip()}"}
    return told

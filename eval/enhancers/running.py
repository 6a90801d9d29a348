"""Running systems: over the files of a set, and once on a file while time and memory are measured."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from systems import HERE, System, child_environment, interpreter

from audiogan.audio.files import find_sounds
from audiogan.data.manifest import PairRow
from audiogan.errors import AudioganError

SHOWN = 200  # characters of what a failing system said


@dataclass(frozen=True)
class Machine:
    """What systems are given.

    Args:
        environments: folder of the packages' environments.
        seconds: how long one run may take.
        megabytes: how much memory it may hold; 0 for no limit.
    """

    environments: Path
    seconds: float
    megabytes: float


def enhance_set(system: System, rows: Sequence[PairRow], folder: Path, machine: Machine) -> dict[str, str]:
    """Make `folder/ID.wav` for each pair that has none yet.

    Returns:
        Why a pair's file could not be made, by its id.

    Raises:
        AudioganError: the packages cannot be installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left = [row for row in rows if not (folder / f"{row.id}.wav").exists()]
    if not left:
        return {}
    print(f"{system.name}: enhancing {len(left)} files", flush=True)
    if system.adapter is None and system.model is None:
        return _by_command(system, left, folder, machine)
    told, said = run_adapter(system, [(row.noisy, folder / f"{row.id}.wav") for row in left], 1, machine)
    by_file = {line["file"]: line.get("error") for line in told}
    missing = [row for row in left if not (folder / f"{row.id}.wav").exists()]
    return {row.id: by_file.get(str(row.noisy)) or f"the adapter ended before it: {said}" for row in missing}


def found_in_folder(folder: Path, rows: Sequence[PairRow]) -> dict[str, Path]:
    """The file of each pair in a folder, by the pair's id: called as the pair, the noisy or the clean file.

    Raises:
        AudioganError: there is no such folder, no sound in it, or no pair's file.
    """
    by_stem = {path.stem: path for path in find_sounds(folder)}
    found = {}
    for row in rows:
        name = next((stem for stem in (row.id, row.noisy.stem, row.clean.stem) if stem in by_stem), None)
        if name is not None:
            found[row.id] = by_stem[name]
    if not found:
        raise AudioganError(f"{folder}: no file in it is called as a pair, for instance {rows[0].id}.wav.")
    return found


def run_adapter(
    system: System, files: Sequence[tuple[Path, Path]], repeat: int, machine: Machine
) -> tuple[list[dict[str, Any]], str]:
    """Run a system's adapter, or audiogan's for a model, over files; what it told of each, and its last words."""
    with tempfile.TemporaryDirectory() as place:
        job, report = Path(place) / "job.json", Path(place) / "report.jsonl"
        command = adapter_command(system, job, report, files, repeat, machine)
        measured = run_measured(command, Machine(machine.environments, 10 * machine.seconds, machine.megabytes))
        lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    return [json.loads(line) for line in lines], str(measured["said"])[-SHOWN:] or str(measured["outcome"])


def adapter_command(
    system: System, job: Path, report: Path, files: Sequence[tuple[Path, Path]], repeat: int, machine: Machine
) -> list[str]:
    """Write a job for `adapter.py`; the command that does it."""
    options = {} if system.model is None else {"model": str(Path(system.model).absolute())}
    told = {
        "options": options,
        "repeat": repeat,
        "files": [[str(source), str(destination)] for source, destination in files],
        "report": str(report),
    }
    job.write_text(json.dumps(told), encoding="utf-8")
    python = interpreter(system, machine.environments)
    return [str(python), str(HERE / "adapter.py"), system.adapter or "audiogan", str(job)]


def file_command(system: System, source: Path, destination: Path, machine: Machine, place: Path) -> list[str]:
    """The command that enhances one file as people would: the system's own, else its adapter in a new process."""
    if system.command is not None:
        binaries = interpreter(system, machine.environments).parent if "{bin}" in system.command else Path()
        values = {"in": str(source.absolute()), "out": str(destination.absolute()), "bin": str(binaries)}
        return [_filled(word, values) for word in shlex.split(system.command)]
    if system.model is not None:
        model = ["-m", str(Path(system.model).absolute())]
        return [sys.executable, "-m", "audiogan", "enhance", str(source), "-o", str(destination), "--overwrite", *model]
    return adapter_command(system, place / "job.json", place / "report.jsonl", [(source, destination)], 1, machine)


def run_measured(command: Sequence[str], machine: Machine) -> dict[str, Any]:
    """Run a command to its end or to a limit; `outcome`, seconds, memory and last words, as `measured.py` says."""
    limits = [str(machine.seconds), str(machine.megabytes)]
    done = subprocess.run(
        [sys.executable, str(HERE / "measured.py"), *limits, *command],
        capture_output=True, text=True, env=child_environment(), check=True,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _by_command(system: System, rows: Sequence[PairRow], folder: Path, machine: Machine) -> dict[str, str]:
    failed = {}
    for row in rows:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            made = Path(place) / "out.wav"
            told = run_measured(file_command(system, row.noisy, made, machine, Path(place)), machine)
            if told["outcome"] == "done" and made.exists():
                made.replace(folder / f"{row.id}.wav")
            else:
                failed[row.id] = f"the command {_why(told['outcome'])}: {told['said'][-SHOWN:]}"
    return failed


def _why(outcome: str) -> str:
    words = {"time": "took too long", "memory": "took too much memory", "done": "left no file", "failed": "failed"}
    return words[outcome]


def _filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word

"""From a run folder to its report, while the run goes and afterwards."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from audiogan.errors import AudioganError
from audiogan.show.report import run_page
from audiogan.show.run_record import RunRecord, group
from audiogan.training.journal import read_journal
from audiogan.training.progress import Progress
from audiogan.training.run_facts import read_facts
from audiogan.training.settings import ScheduleSettings
from audiogan.writing import write_text

REPORT = "report.html"
RATE_POINTS = 200
QUIET_TIMES = 50  # how many times as long as a report took is at least between two, so that it slows nothing


def run_record(folder: Path, recipe: Mapping[str, Any], state: str, machine: Mapping[str, Any]) -> RunRecord:
    """What is known of a run.

    Args:
        folder: the run folder.
        recipe: the resolved recipe, as plain words.
        state: "goes on", "finished", "stopped" or what else is known.
        machine: what it runs on; if nothing is said, what the run folder says.

    Raises:
        AudioganError: the journal is damaged before its last line.
    """
    journal = folder / "journal.jsonl"
    try:
        rows = read_journal(journal) if journal.exists() else []
    except UnicodeDecodeError as problem:
        raise AudioganError(f"{journal} is not a journal of audiogan: it is no text.") from problem
    if not all(isinstance(row, dict) and isinstance(row.get("step"), int) and "kind" in row for row in rows):
        raise AudioganError(f"{journal} is not a journal of audiogan: its lines have no step and kind.")
    step = max((row["step"] for row in rows), default=0)
    written = time.strftime("%Y-%m-%d %H:%M:%S")
    facts = read_facts(folder)
    return RunRecord(
        folder,
        recipe,
        rows,
        state,
        machine or facts.get("machine") or {},
        _rates(recipe, step),
        written,
        facts.get("parameters") or {},
        (facts["step"], facts["seconds"]) if facts.get("step") and facts.get("seconds") is not None else None,
    )


def machine_in_words(machine: Mapping[str, Any], device: object) -> dict[str, Any]:
    """What the report tells of the machine that trains here."""
    told = {"device": device, "Python": platform.python_version(), "system": platform.system()}
    return {**machine, **told}


class RunReport:
    """Writes `report.html` in a run folder again and again; a mistake of its own is told once and stops nothing.

    Args:
        folder: the run folder.
        recipe: the resolved recipe, as plain words.
        machine: what it runs on.
        progress: is told of a failure.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any], machine: Mapping[str, Any], progress: Progress) -> None:
        self._folder, self._recipe, self._machine, self._progress = folder, recipe, machine, progress
        self._told = False
        self._not_before = 0.0

    def write(self, state: str = "goes on") -> None:
        """Write it, if the last one was long enough ago for what it cost or the run has ended."""
        started = time.monotonic()
        if state == "goes on" and started < self._not_before:
            return
        try:
            write_text(self._folder / REPORT, run_page(run_record(self._folder, self._recipe, state, self._machine)))
        except Exception as problem:  # whatever it is, the training is worth more than its report
            if not self._told:
                self._progress.say(f"{REPORT} could not be written: {problem} The training continues without it.")
            self._told = True
        ended = time.monotonic()
        self._not_before = ended + QUIET_TIMES * (ended - started)


def _rates(recipe: Mapping[str, Any], step: int) -> dict[str, tuple[list[float], list[float]]]:
    """Player → steps and learning rates until a step."""
    training = group(recipe, "training")
    try:
        schedule = ScheduleSettings(**group(training, "schedule")).over(int(training["steps"]))
    except (KeyError, TypeError, ValidationError):
        return {}
    steps = sorted({round(n * step / RATE_POINTS) for n in range(RATE_POINTS + 1)})
    rates = {}
    for player, settings in group(recipe, "players").items():
        rate = group(settings, "optimiser").get("learning_rate")
        if isinstance(rate, int | float):
            rates[player] = ([float(at) for at in steps], [rate * schedule.factor(at) for at in steps])
    return rates

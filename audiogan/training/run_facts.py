"""What a run is beside its recipe and its numbers: how large its networks are, on which machine, for how long.

It stands in `run.json`, not in the journal: two runs of one recipe have the same journal, and not the same clock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiogan.writing import write_text

FACTS = "run.json"


class RunFacts:
    """Keeps `run.json` in a run folder.

    Args:
        folder: the run folder.
        machine: what it runs on.
        parameters: how many weights each player steps.
    """

    def __init__(self, folder: Path, machine: Mapping[str, Any], parameters: Mapping[str, int]) -> None:
        self._path = folder / FACTS
        self._facts = {"machine": dict(machine), "parameters": dict(parameters)}
        self._before: float | None = 0.0
        self._started = time.monotonic()

    def begin(self, step: int) -> None:
        """Training begins at a step; what earlier legs took is added, and nothing is told where that is not known."""
        self._before = read_facts(self._path.parent).get("seconds") if step else 0.0
        self._started = time.monotonic()
        self.save(step)

    def save(self, step: int) -> None:
        """Write down the time in training until a step that has been saved.

        Raises:
            AudioganError: it cannot be written.
        """
        known = self._before is not None
        seconds = round((self._before or 0.0) + time.monotonic() - self._started, 1) if known else None
        facts = {**self._facts, "machine": {name: str(value) for name, value in self._facts["machine"].items()}}
        write_text(self._path, json.dumps({"step": step, "seconds": seconds, **facts}, indent=2) + "\n")


def read_facts(folder: Path) -> dict[str, Any]:
    """What `run.json` of a run folder says; nothing where there is none, or none that can be read."""
    try:
        found = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

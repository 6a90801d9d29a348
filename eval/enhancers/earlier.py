"""Results of an earlier run, so that a system is put beside others without running them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment import Alignment
from scoring import FAILED, NOISY, Result, Scores
from speed import Speed

from audiogan.data.manifest import PairRow
from audiogan.errors import AudioganError
from audiogan.metrics.measures import Score
from audiogan.metrics.pairs import NotMeasurable

KEYS = {"command", "implementations", "summary", "files", "alignment", "speed", "absent", "pairs_sha256"}


@dataclass(frozen=True)
class Earlier:
    """What an OUT.json tells.

    Args:
        path: the file.
        told: what it holds.
    """

    path: Path
    told: dict[str, Any]

    @property
    def measures(self) -> list[str]:
        """The measures that it has, in its order."""
        return list(self.told["implementations"])

    def rows_of(self, rows: Sequence[PairRow]) -> list[PairRow]:
        """The pairs that it is about, in its order.

        Raises:
            AudioganError: the manifest has not all of them, or not the same.
        """
        known = {row.id: row for row in rows}
        names = [file["name"] for file in self.told["files"]]
        chosen = [known[name] for name in names if name in known]
        if len(chosen) != len(names) or pairs_sha256(chosen) != self.told["pairs_sha256"]:
            raise AudioganError(f"{self.path}: its pairs are not those of the manifest. Compare on the same pairs.")
        return chosen

    def with_new(
        self,
        results: Sequence[Result],
        speeds: dict[str, Speed],
        absent: dict[str, str],
        command: str,
        measures: Sequence[str],
    ) -> tuple[list[Result], dict[str, Speed], dict[str, str], str]:
        """Its systems and new ones together, a new one in the place of its namesake; and both commands.

        Raises:
            AudioganError: a measure is wanted that it lacks.
        """
        if lacking := [name for name in measures if name not in self.measures]:
            raise AudioganError(f"{self.path} has no {', '.join(lacking)}. Leave --measures, or run all systems again.")
        new = {result.name: result for result in results}
        noisy, *others = [name for name in self.told["summary"] if name not in new]
        assert noisy == NOISY
        kept = [self._result(name, measures) for name in others]
        kept_speeds = {
            name: Speed(**{**speed, "remarks": tuple(speed["remarks"])}) for name, speed in self.told["speed"].items()
        }
        kept_absent = {name: why for name, why in self.told["absent"].items() if name not in new}
        return (
            [self._result(NOISY, measures), *new.values(), *kept],
            {**speeds, **{name: speed for name, speed in kept_speeds.items() if name not in speeds}},
            {**kept_absent, **absent},
            f"{self.told['command']} && {command}",
        )

    def _result(self, name: str, measures: Sequence[str]) -> Result:
        scores: Scores = {}
        failed: dict[str, str] = {}
        for file in self.told["files"]:
            reasons = file["not_measurable"].get(name, {})
            of: dict[str, Score] = {
                measure: NotMeasurable(reasons[measure]) if measure in reasons else file["scores"][name][measure]
                for measure in measures
            }
            why = next((reason for reason in reasons.values() if reason.startswith(FAILED)), None)
            if why is None:
                scores[file["name"]] = of
            else:
                failed[file["name"]] = why.removeprefix(FAILED)
        found = self.told["alignment"].get(name)
        alignment = Alignment(**{**found, "rates": tuple(found["rates"])}) if found else None
        return Result(name, scores, alignment, tuple(failed.items()))


def read_earlier(path: Path) -> Earlier:
    """An OUT.json of run.py.

    Raises:
        AudioganError: it cannot be read, or is no such file.
    """
    return Earlier(path, read_json(path, KEYS))


def read_json(path: Path, keys: set[str]) -> dict[str, Any]:
    """A JSON file with these keys, and others.

    Raises:
        AudioganError: it cannot be read, or lacks one.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AudioganError(f"{path}: cannot be read ({error.strerror}).") from None
    except ValueError:
        told = None
    if not isinstance(told, dict) or not keys <= told.keys():
        raise AudioganError(f"{path}: not the JSON that this program writes.")
    return told


def pairs_sha256(rows: Sequence[PairRow]) -> str:
    """A checksum of pairs: their names and the checksums of their sounds."""
    told = [[row.id, row.clean_sha256, row.noisy_sha256] for row in rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()

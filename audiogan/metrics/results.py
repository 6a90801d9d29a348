"""The scores as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from audiogan.metrics.measures import Score
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.table import Mean, Scored, by_snr, implementations, summarise


def as_json(scored: Sequence[Scored], measures: Sequence[str], command: str, remarks: Sequence[str]) -> str:
    """Everything that was measured, as strict JSON (what has no number is null, with its reason beside it).

    Keys: `command`, `implementations` (measure → package and version), `remarks`, `summary` (row → measure → mean, low,
    high, files, not_measurable), `by_snr` (the same per SNR in dB) and `files` (name, snr_db, scores, not_measurable).
    """
    return json.dumps(
        {
            "command": command,
            "implementations": implementations(measures),
            "remarks": list(remarks),
            "summary": _plain(summarise(scored, measures)),
            "by_snr": {f"{snr:g}": _plain(table) for snr, table in by_snr(scored, measures).items()},
            "files": [_file(item) for item in scored],
        },
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
    )


def as_csv(scored: Sequence[Scored], measures: Sequence[str]) -> str:
    """A line for each file and row: name, snr_db, row, a column a measure (empty: not measurable), and the reasons."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["name", "snr_db", "row", *measures, "not_measurable"])
    for item in scored:
        for row, scores in item.scores.items():
            numbers = [_number(scores[name]) for name in measures]
            reasons = "; ".join(f"{name}: {why}" for name, why in _reasons(scores).items())
            lines.writerow([item.name, item.snr_db, row, *numbers, reasons])
    return text.getvalue()


def _plain(table: dict[str, dict[str, Mean]]) -> dict[str, Any]:
    return {row: {name: asdict(mean) for name, mean in means.items()} for row, means in table.items()}


def _file(item: Scored) -> dict[str, Any]:
    return {
        "name": item.name,
        "snr_db": item.snr_db,
        "scores": {row: {name: _number(score) for name, score in of.items()} for row, of in item.scores.items()},
        "not_measurable": {row: _reasons(of) for row, of in item.scores.items() if _reasons(of)},
    }


def _number(score: Score) -> float | None:
    return None if isinstance(score, NotMeasurable) else score


def _reasons(scores: dict[str, Score]) -> dict[str, str]:
    return {name: score.reason for name, score in scores.items() if isinstance(score, NotMeasurable)}

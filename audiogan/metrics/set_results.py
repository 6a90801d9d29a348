"""The figures of sets of sounds as JSON, as CSV and as a table in Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from audiogan.metrics.set_measures import SET_MEASURES
from audiogan.metrics.sound_sets import DRAWS, HALVES, Figure, SetTable, implementations


def as_json(table: SetTable, command: str = "", remarks: Sequence[str] = ()) -> str:
    """Everything that was measured, as strict JSON (what has no number is null, with its reason beside it).

    Keys: `command`, `remarks`, `implementations` (measure → package and version), the fields of `SetTable`, of which
    `rows` is row → measure → mean, deviation, not_measurable, and `axes`.
    """
    told = {
        "command": command,
        "remarks": list(remarks),
        "implementations": implementations(table.measures),
        **asdict(table),
        "axes": table.axes,
    }
    return json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)


def as_csv(table: SetTable) -> str:
    """A line for each row and measure: row, measure, mean, deviation, not_measurable."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["row", "measure", "mean", "deviation", "not_measurable"])
    for row, figures in table.rows.items():
        for measure, figure in figures.items():
            lines.writerow([row, measure, figure.mean, figure.deviation, figure.not_measurable])
    return text.getvalue()


def as_markdown(table: SetTable) -> str:
    """Measures downwards, sets across."""
    lines = [f"| measure | {' | '.join(table.rows)} |", f"|---|{'---:|' * len(table.rows)}"]
    for measure in table.measures:
        cells = (cell(row, figures[measure]) for row, figures in table.rows.items())
        lines.append(f"| {title(measure)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def title(measure: str) -> str:
    """How a table calls a measure, with which way is better."""
    return f"{SET_MEASURES[measure].title} {SET_MEASURES[measure].better}"


def cell(row: str, figure: Figure) -> str:
    """A figure, of real halves with its deviation over the draws; a dash where there is none."""
    if figure.mean is None:
        return "–"
    return number(figure.mean) + (f" ± {number(figure.deviation)}" if row == HALVES and figure.deviation else "")


def number(value: float) -> str:
    """A number in few digits, as many for small ones as they need."""
    size = abs(value)
    if size >= 1000:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if size >= 0.01 or size == 0 else f"{value:.1g}"


def conditions(table: SetTable) -> list[str]:
    """What a table's figures must stand with, in sentences."""
    few = f", below 256, so Fréchet distances are on {table.axes} principal axes of the real side" if table.axes else ""
    sizes = ", ".join(f"{name} {size}" for name, size in {**table.sizes, "reference": table.reference}.items())
    several = [row for row, draws in table.draws.items() if draws > 1]
    seconds = table.samples / table.sample_rate
    return [
        f"Each figure holds {table.number} sounds against {table.number}{few}; drawn from: {sizes}.",
        f"Figures of {', '.join(several)} are means of {DRAWS} random draws of that number, ± their deviation.",
        f"Sounds are {table.samples} samples ({seconds:.3f} s) at {table.sample_rate} Hz. log-mel: means and "
        f"deviations over time of 64 log-mel bands, standardised, as all embeddings are, by the "
        f"{table.standardised_by}.",
    ]

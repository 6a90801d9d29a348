"""Several runs side by side: their scores in one table, curves of the same measure over each other, other keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audiogan.progress import duration
from audiogan.show.chart import Curve, curves
from audiogan.show.clips import strip
from audiogan.show.page import Html, folded, grid_of, page, section, shown, table, tag
from audiogan.show.report_samples import last_samples
from audiogan.show.report_words import NOISY, VALIDATION, measure_title
from audiogan.show.run_record import RunRecord, best_of, flat

SAMPLES_EACH = 6
MOST_KEYS = 40  # that differ before they are folded away
NOT_TOLD = ("name", "about")


def comparison_page(records: Sequence[RunRecord]) -> str:
    """The page of two or more runs."""
    names = labels(records)
    return page(
        f"{len(records)} runs side by side",
        _runs(records, names),
        section("Scores", *_scores(records, names)),
        section("Validation", *_overlaid(records, names, "validation")),
        section("Training", *_overlaid(records, names, "training")),
        section("Last samples", *_samples(records, names)),
        section("Where the recipes differ", *_differences(records, names)),
        tag("p", f"Written {records[0].written}." if records[0].written else "", class_="soft"),
    )


def labels(records: Sequence[RunRecord]) -> list[str]:
    """What each run is called: its folder's name, and where two are alike the whole path."""
    short = [record.folder.name for record in records]
    return [str(r.folder) if short.count(name) > 1 else name for r, name in zip(records, short, strict=True)]


def _runs(records: Sequence[RunRecord], names: Sequence[str]) -> Html:
    rows = [
        (name, f"{record.step:,}", f"{record.steps:,}" if record.steps else "–", record.state,
         duration(record.time[1]) if record.time else "–",
         " + ".join(f"{count:,}" for count in record.parameters.values()) or "–",
         "; ".join(str(row["concern"]) for row in record.open_concerns()) or "–", str(record.recipe.get("about", "")))
        for record, name in zip(records, names, strict=True)
    ]  # fmt: skip
    return table("The runs", ("run", "step", "of", "training", "time", "parameters", "to worry about", "about"), rows)


def _scores(records: Sequence[RunRecord], names: Sequence[str]) -> list[Html]:
    found = [record.series("validation") for record in records]
    measures = [n for n in dict.fromkeys(name for each in found for name in each) if not n.endswith(NOISY)]
    if not measures:
        return [tag("p", "None of the runs was validated yet.")]
    last = [
        [measure_title(name), *(shown(each[name][1][-1]) if name in each else "–" for each in found)]
        for name in measures
    ]
    best = []
    for name in measures:
        every = [best_of(name, *each[name]) if name in each else None for each in found]
        if any(every):
            best.append([measure_title(name), *(f"{shown(b[1])} ({b[0]:,})" if b else "–" for b in every)])
        noisy = [each.get(name + NOISY) for each in found]
        if any(noisy):
            row = [f"{measure_title(name)}, unprocessed", *(shown(n[1][-1]) if n else "–" for n in noisy)]
            last.append(row)
    shared = any(sum(name in each for each in found) > 1 for name in measures)
    advice = (
        "Compare only what was validated on the same items."
        if shared
        else "These runs share no measure, so nothing here says which is better."
    )
    return [
        table("Last validation", ("measure", *names), last),
        table("Best validation of each measure, and its step", ("measure", *names), best) if best else Html(""),
        tag("p", f"↑ higher is better, ↓ lower is better. {advice}", class_="soft"),
    ]


def _overlaid(records: Sequence[RunRecord], names: Sequence[str], kind: str) -> list[Html]:
    """A figure for each number that the runs have; those that only one of them has are folded away."""
    found = [record.series(kind) for record in records]
    shared: list[Html] = []
    single: list[Html] = []
    for measure in dict.fromkeys(name for each in found for name in each):
        if measure.endswith(NOISY):
            continue
        having = [(name, each[measure]) for name, each in zip(names, found, strict=True) if measure in each]
        lines = [Curve(name, *series) for name, series in having]
        title = measure_title(measure) if kind == "validation" else measure.replace("_", " ")
        (shared if len(having) > 1 else single).append(curves(title, lines, VALIDATION.get(measure, "")))
    parts = [grid_of(shared)] if shared else []
    if single:
        parts.append(folded("Numbers that only one of the runs has", grid_of(single)))
    return parts


def _samples(records: Sequence[RunRecord], names: Sequence[str]) -> list[Html]:
    parts: list[Html] = []
    for record, name in zip(records, names, strict=True):
        figures = last_samples(record, SAMPLES_EACH)
        if figures:
            parts += [tag("h3", name), strip(figures)]
    return parts


def _differences(records: Sequence[RunRecord], names: Sequence[str]) -> list[Html]:
    recipes = [flat(dict(record.recipe)) for record in records]
    keys = dict.fromkeys(key for recipe in recipes for key in recipe if key not in NOT_TOLD)
    rows = [
        [key, *(_word(recipe, key) for recipe in recipes)]
        for key in keys
        if len({_word(recipe, key) for recipe in recipes}) > 1
    ]
    if not rows:
        return [tag("p", "Nowhere: these runs have the same recipe.")]
    whole = table("Keys with other values", ("key", *names), rows)
    return [whole if len(rows) <= MOST_KEYS else folded(f"{len(rows)} keys, for these are other experiments", whole)]


def _word(recipe: dict[str, Any], key: str) -> str:
    return str(recipe[key]) if key in recipe else "–"

"""Scores of systems, kept from run to run, and the differences between systems on the same pairs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alignment import Alignment

from audiogan.data.manifest import PairRow
from audiogan.metrics.measures import MEASURES, Score
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.table import Item, Mean, Scored, mean_of, score_items, summarise
from audiogan.writing import write_text

AT_ONCE = 16  # pairs whose scores may be lost when the program is stopped
NOISY = "noisy"
MOST_COLUMNS = 8
FAILED = "the system failed: "

Scores = dict[str, dict[str, Score]]  # pair's id -> measure -> score


@dataclass(frozen=True)
class Result:
    """What is known of one system: its scores by pair, how it was aligned, why files failed."""

    name: str
    scores: Scores
    alignment: Alignment | None = None
    failed: tuple[tuple[str, str], ...] = ()


def score(
    name: str, files: dict[str, Path], rows: Sequence[PairRow], measures: Sequence[str], jobs: int, kept: Path, key: Any
) -> Scores:
    """The scores of a system's aligned files; those that `kept` holds for the same `key` are not computed again.

    Args:
        name: of the system, for progress.
        files: the system's file by the pair's id.
        rows: the pairs; one without a file gets no scores.
        measures: names of MEASURES.
        jobs: number of processes.
        kept: file of the scores so far.
        key: anything that JSON holds; scores of another key are dropped.
    """
    known: Scores = {}
    if kept.exists():
        told = json.loads(kept.read_text(encoding="utf-8"))
        if told["key"] == key:
            known = {id: {m: from_plain(v) for m, v in scores.items()} for id, scores in told["scores"].items()}
    # Composite scores need PESQ: what is missing of a pair is computed in one go, so that nothing is computed twice.
    wanted = [(row, tuple(m for m in measures if m not in known.get(row.id, {}))) for row in rows if row.id in files]
    for missing in dict.fromkeys(m for _, m in wanted if m):
        left = [row for row, m in wanted if m == missing]
        print(f"{name}: scoring {len(left)} files", flush=True)
        for first in range(0, len(left), AT_ONCE):
            items = [
                Item(row.id, row.clean, {name: files[row.id]}, row.snr_db) for row in left[first : first + AT_ONCE]
            ]
            for scored in score_items(items, missing, jobs):
                known[scored.name] = {**known.get(scored.name, {}), **scored.scores[name]}
            plain = {id: {m: to_plain(v) for m, v in scores.items()} for id, scores in known.items()}
            write_text(kept, json.dumps({"key": key, "scores": plain}))
    return {row.id: {m: known[row.id][m] for m in measures} for row in rows if row.id in files}


def to_plain(value: Score) -> Any:
    """A score as JSON wants it: a number, or the reason why there is none."""
    return {"reason": value.reason} if isinstance(value, NotMeasurable) else value


def from_plain(value: Any) -> Score:
    """What `to_plain` was given."""
    return NotMeasurable(value["reason"]) if isinstance(value, dict) else float(value)


def together(results: Sequence[Result], rows: Sequence[PairRow], measures: Sequence[str]) -> list[Scored]:
    """All systems' scores as `audiogan.metrics.table` wants them; a pair that a system failed on is not measurable."""
    failed = {result.name: dict(result.failed) for result in results}
    scored = []
    for row in rows:
        of: dict[str, dict[str, Score]] = {}
        for result in results:
            reason = NotMeasurable(f"{FAILED}{failed[result.name].get(row.id, 'no file')}")
            of[result.name] = result.scores.get(row.id) or dict.fromkeys(measures, reason)
        scored.append(Scored(row.id, row.snr_db, of))
    return scored


def paired_differences(scored: Sequence[Scored], ours: str, measures: Sequence[str]) -> dict[str, dict[str, Mean]]:
    """Other system → measure → mean of `ours` less the other over the pairs that both could be measured on."""
    others = [name for name in scored[0].scores if name != ours] if scored else []
    return {
        other: {
            name: mean_of(_less(item.scores[ours][name], item.scores[other][name]) for item in scored)
            for name in measures
        }
        for other in others
    }


def verdict(difference: Mean, measure: str) -> str:
    """ "better" or "worse" where the interval of a difference excludes zero, else "open"."""
    if difference.low is None or difference.high is None or difference.low <= 0 <= difference.high:
        return "open"
    return "better" if (difference.low > 0) == MEASURES[measure].higher_is_better else "worse"


def in_steps(scored: Sequence[Scored]) -> tuple[list[Scored], bool]:
    """The same with SNRs rounded to 5 dB where they are more than a table has room for, and whether they are."""
    if len({item.snr_db for item in scored}) <= MOST_COLUMNS:
        return list(scored), False
    rounded = [replace(i, snr_db=None if i.snr_db is None else 5.0 * round(i.snr_db / 5)) for i in scored]
    return rounded, True


def by_condition(
    scored: Sequence[Scored], conditions: dict[str, dict[str, str]], measures: Sequence[str]
) -> dict[str, dict[str, dict[str, dict[str, Mean]]]]:
    """Condition → its value → row → measure → mean over the pairs of that value; conditions of one value are left out.

    Args:
        scored: the scores.
        conditions: what the manifest says of a pair, by the pair's id.
        measures: names of MEASURES.
    """
    values: dict[str, dict[str, list[Scored]]] = {}
    for item in scored:
        for condition, value in conditions.get(item.name, {}).items():
            values.setdefault(condition, {}).setdefault(value, []).append(item)
    return {
        condition: {value: summarise(groups[value], measures) for value in sorted(groups)}
        for condition, groups in values.items()
        if len(groups) > 1
    }


def _less(one: Score, other: Score) -> Score:
    for value in (one, other):
        if isinstance(value, NotMeasurable):
            return value
    return float(one) - float(other)  # type: ignore[arg-type]

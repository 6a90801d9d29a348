"""Scores of many pairs, and their means with a confidence interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from audiogan.chance import generator
from audiogan.errors import AudioganError
from audiogan.metrics.measures import MEASURES, Score, score_pair
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.parallel import run_all

RESAMPLES = 2000
CONFIDENCE = 0.95
SEED = 0


@dataclass(frozen=True)
class Item:
    """One clean file and what is compared with it.

    Args:
        name: how it is called in the table.
        clean: the reference's file.
        rows: the file of each row ("noisy", "enhanced").
        snr_db: at what SNR it was mixed, if that is known.
    """

    name: str
    clean: Path
    rows: dict[str, Path]
    snr_db: float | None = None


@dataclass(frozen=True)
class Scored:
    """The scores of an item: row → measure → score. `unread` says which files could not be read."""

    name: str
    snr_db: float | None
    scores: dict[str, dict[str, Score]]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mean:
    """A mean over files.

    Args:
        mean: over the files that could be measured; None if there is none.
        low: lower end of the 95 % bootstrap interval of the mean; None below two files.
        high: its upper end.
        files: how many entered the mean.
        not_measurable: how many did not, by reason.
    """

    mean: float | None
    low: float | None
    high: float | None
    files: int
    not_measurable: dict[str, int] = field(default_factory=dict)


def score_items(
    items: Sequence[Item],
    measures: Sequence[str],
    jobs: int = 1,
    progress: Callable[[], None] = lambda: None,
) -> list[Scored]:
    """The scores of many items, in their order, whatever the number of processes.

    A file that cannot be read, or that kills the process scoring it, is not measurable; the rest goes on.

    Args:
        items: what to score.
        measures: names of MEASURES.
        jobs: number of processes, 1 or more. More than one needs a main module that can be imported
            (`if __name__ == "__main__":`).
        progress: called after each item.
    """
    done: dict[int, Scored] = {}
    lost = partial(_lost, measures=tuple(measures))
    for index, scored in run_all(partial(score_item, measures=tuple(measures)), items, jobs, lost):
        done[index] = scored
        progress()
    return [done[index] for index in range(len(items))]


def score_item(item: Item, measures: Sequence[str]) -> Scored:
    """The scores of one item; see `score_items`."""
    from audiogan.audio.files import read

    unread: list[str] = []

    def opened(path: Path):  # type: ignore[no-untyped-def]
        try:
            return read(path)
        except AudioganError as error:
            unread.append(str(error))
            return NotMeasurable(f"a file cannot be read: {error}")

    clean = opened(item.clean)
    scores: dict[str, dict[str, Score]] = {}
    for row, path in item.rows.items():
        sound = opened(path)
        bad = next((side for side in (clean, sound) if isinstance(side, NotMeasurable)), None)
        if bad is None and clean[1] != sound[1]:
            bad = NotMeasurable(f"the sample rates differ: {row} {sound[1]} Hz, clean {clean[1]} Hz")
        scores[row] = dict.fromkeys(measures, bad) if bad else score_pair(sound[0], clean[0], clean[1], measures)
    return Scored(item.name, item.snr_db, scores, tuple(unread))


def summarise(scored: Sequence[Scored], measures: Sequence[str]) -> dict[str, dict[str, Mean]]:
    """Row → measure → mean.

    Where there are a "noisy" and an "enhanced" row, a row "difference" holds the mean of enhanced less noisy over the
    files that have both: a file that only one of them could be measured on favours neither.
    """
    rows = {row: None for item in scored for row in item.scores}
    table = {
        row: {name: mean_of(item.scores[row][name] for item in scored if row in item.scores) for name in measures}
        for row in rows
    }
    if {"noisy", "enhanced"} <= rows.keys():
        both = [item.scores for item in scored if {"noisy", "enhanced"} <= item.scores.keys()]
        table["difference"] = {
            name: mean_of(_difference(scores["enhanced"][name], scores["noisy"][name]) for scores in both)
            for name in measures
        }
    return table


def by_snr(scored: Sequence[Scored], measures: Sequence[str]) -> dict[float, dict[str, dict[str, Mean]]]:
    """SNR in dB → what `summarise` says of the items mixed at it, from the lowest SNR up; empty if none is known."""
    known = sorted({item.snr_db for item in scored if item.snr_db is not None})
    return {snr: summarise([item for item in scored if item.snr_db == snr], measures) for snr in known}


def mean_of(scores: Iterable[Score]) -> Mean:
    """The mean of what could be measured, with its 95 % percentile bootstrap interval (2000 resamples, seeded)."""
    values: list[float] = []
    reasons: Counter[str] = Counter()
    for score in scores:
        if isinstance(score, NotMeasurable):
            reasons[score.kind] += 1
        else:
            values.append(score)
    mean = float(np.mean(values)) if values else None
    low, high = bootstrap_interval(values) if len(values) > 1 else (None, None)
    return Mean(mean, low, high, len(values), dict(reasons.most_common()))


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float]:
    """The percentile bootstrap interval of a mean: where the means of resamples with replacement lie, 95 % of them.

    Source: Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. The same values give the same
    interval.

    Args:
        values: two or more.
    """
    sample = np.asarray(values, dtype=np.float64)
    means = [
        sample[generator(SEED, "bootstrap", number).integers(0, sample.size, (100, sample.size))].mean(axis=1)
        for number in range(RESAMPLES // 100)
    ]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)


def implementations(measures: Sequence[str]) -> dict[str, str]:
    """What a figure must stand with: measure → packages and their versions, and what it is true to."""
    return {
        name: f"{' with '.join(map(package_in_words, MEASURES[name].packages))}, {MEASURES[name].follows}"
        for name in measures
    }


def package_in_words(name: str) -> str:
    """A package and its version; "audiogan" is this one."""
    if name == "audiogan":
        from audiogan import __version__

        return f"audiogan {__version__}"
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} (version not known)"


def _difference(enhanced: Score, noisy: Score) -> Score:
    for score in (enhanced, noisy):
        if isinstance(score, NotMeasurable):
            return score
    return float(enhanced) - float(noisy)  # type: ignore[arg-type]


def _lost(item: Item, measures: Sequence[str]) -> Scored:
    reason = NotMeasurable("the process that scored it died")
    return Scored(item.name, item.snr_db, {row: dict.fromkeys(measures, reason) for row in item.rows})

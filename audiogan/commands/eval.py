"""`audiogan eval`: how good enhanced sound is, beside the noisy sound it was made from."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.errors import AudioganError
from audiogan.writing import write_text

if TYPE_CHECKING:
    from rich.console import Console

    from audiogan.metrics.table import Item, Mean, Scored

# A table with intervals fits beside this; on a narrower terminal they go below their means.
WIDE = 118
MOST_UNREAD_SHOWN = 20


def add_parser(subparsers: Any) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "eval",
        help="measure enhanced sound against clean sound",
        description="Scores enhanced sound against its clean reference, and the noisy sound beside it. Files pair by "
        "name: the path below the folder, without its suffix. Several channels are scored one by one and averaged. "
        "Clean and enhanced must have the same rate and length. What a measure cannot judge is counted with its reason "
        "and enters no mean.",
    )
    parser.add_argument("clean", type=Path, help="folder of clean sound, or one file")
    parser.add_argument("enhanced", type=Path, help="folder of enhanced sound, or one file")
    parser.add_argument("--noisy", type=Path, metavar="DIR", help="folder (or file) of the noisy sound")
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="manifest of 'audiogan prep': adds means by SNR")
    parser.add_argument(
        "--measures", default="default", metavar="LIST",
        help="separated by commas: pesq_wide, pesq_narrow, stoi, estoi, si_sdr, segmental_snr, log_spectral_distance, "
        "multi_resolution_stft_distance, csig, cbak, covl (these are the default), llr, wss, dnsmos, all",
    )  # fmt: skip
    parser.add_argument("--per-file", action="store_true", help="also print the scores of each file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write means, intervals and the scores of each file")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the scores of each file")
    parser.add_argument("--jobs", type=int, metavar="N", help="number of processes (one a core)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score, print the table, write what was asked for. 0 if every file could be read, else 2."""
    from audiogan.metrics.matching import match_by_name
    from audiogan.metrics.measures import measures_named
    from audiogan.metrics.parallel import available_cores
    from audiogan.metrics.results import as_csv, as_json
    from audiogan.metrics.table import score_items

    jobs = available_cores() if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise AudioganError(f"--jobs {jobs}: give 1 or more processes")
    measures = measures_named([name.strip() for name in arguments.measures.split(",") if name.strip()])
    for path in (arguments.json, arguments.csv):
        _check_place(path)
    matched = match_by_name(arguments.clean, arguments.enhanced, arguments.noisy)
    items, remarks = matched.items, list(matched.remarks)
    if arguments.manifest:
        items = _with_snr(items, arguments.manifest, remarks)
    with _progress(len(items)) as progress:
        scored = score_items(items, measures, jobs, progress)
    _check_measured(scored)

    command = _command(arguments)
    if arguments.json:
        write_text(arguments.json, as_json(scored, measures, command, remarks) + "\n")
    if arguments.csv:
        write_text(arguments.csv, as_csv(scored, measures))
    _print(scored, measures, arguments.per_file, command)
    for remark in remarks:
        print(f"audiogan eval: {remark}", file=sys.stderr)
    return _tell_unread(scored)


def _with_snr(items: list[Item], manifest: Path, remarks: list[str]) -> list[Item]:
    from audiogan.data.manifest import read_manifest

    rows = read_manifest(manifest)
    by_id = {row.id: row.snr_db for row in rows}
    by_file = {row.clean.resolve(): row.snr_db for row in rows}
    known = [replace(item, snr_db=by_file.get(item.clean.resolve(), by_id.get(item.name))) for item in items]
    unknown = sum(item.snr_db is None for item in known)
    if unknown:
        remarks.append(f"{unknown} of {len(items)} pairs have no SNR in {manifest}")
    return known


def _check_measured(scored: Sequence[Scored]) -> None:
    from audiogan.metrics.pairs import NotMeasurable

    every = [score for item in scored for of in item.scores.values() for score in of.values()]
    reasons = [score.reason for score in every if isinstance(score, NotMeasurable)]
    if len(reasons) == len(every):
        raise AudioganError(f"nothing could be measured in {_counted(len(scored), 'pair')}, for instance: {reasons[0]}")


def _tell_unread(scored: Sequence[Scored]) -> int:
    unread = [line for item in scored for line in item.unread]
    if not unread:
        return 0
    print(f"audiogan eval: {_counted(len(unread), 'file')} could not be read:", file=sys.stderr)
    for line in unread[:MOST_UNREAD_SHOWN]:
        print(f"  {line}", file=sys.stderr)
    if len(unread) > MOST_UNREAD_SHOWN:
        print(f"  … and {len(unread) - MOST_UNREAD_SHOWN} more", file=sys.stderr)
    return 2


def _print(scored: Sequence[Scored], measures: Sequence[str], per_file: bool, command: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    from audiogan.metrics.measures import MEASURES
    from audiogan.metrics.table import by_snr, implementations, summarise

    console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
    if per_file:
        _print_files(console, scored, measures)
    means = summarise(scored, measures)
    _print_means(console, means, measures, len(scored))
    groups = by_snr(scored, measures)
    if groups:
        _print_by_snr(console, groups, measures)
    _print_not_measurable(console, means, measures)
    console.print("[bold]Implementations[/bold]")
    shared: dict[str, list[str]] = {}
    for name, text in implementations(measures).items():
        shared.setdefault(text, []).append(MEASURES[name].title)
    for text, titles in shared.items():
        console.print(f"  {', '.join(titles)}: {escape(text)}")
    console.print("In brackets: 95 % bootstrap interval of the mean. ↑ higher is better, ↓ lower is better.")
    console.print(f"Made by: {escape(command)}", soft_wrap=True)


def _print_means(
    console: Console, means: dict[str, dict[str, Mean]], measures: Sequence[str], files: int
) -> None:  # fmt: skip
    from rich.table import Table

    between = " " if console.width >= WIDE else "\n"
    table = Table("measure", title=f"Means over {_counted(files, 'pair')}", title_justify="left")
    for row in means:
        table.add_column(row, justify="right")
    table.add_column("files", justify="right")
    for name in measures:
        counts = dict.fromkeys(str(means[row][name].files) for row in means if row != "difference")
        table.add_row(_title(name), *(_cell(means[row][name], between) for row in means), " / ".join(counts))
    console.print(table)


def _print_by_snr(
    console: Console, groups: dict[float, dict[str, dict[str, Mean]]], measures: Sequence[str]
) -> None:  # fmt: skip
    from rich.table import Table

    rows = [row for row in ("noisy", "enhanced") if all(row in means for means in groups.values())]
    table = Table("measure", title=f"By SNR: {' → '.join(rows)}", title_justify="left")
    for snr in groups:
        table.add_column(f"{snr:g} dB", justify="right")
    for name in measures:
        table.add_row(_title(name), *(_arrow([means[row][name] for row in rows]) for means in groups.values()))
    console.print(table)


def _print_files(console: Console, scored: Sequence[Scored], measures: Sequence[str]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("file", "SNR, dB", "row", *(_title(name) for name in measures))
    for item in scored:
        snr = "" if item.snr_db is None else f"{item.snr_db:g}"
        for row, scores in item.scores.items():
            numbers = [score if isinstance(score, float) else None for score in (scores[name] for name in measures)]
            table.add_row(escape(item.name), snr, row, *map(_number, numbers))
    console.print(table)


def _print_not_measurable(console: Console, means: dict[str, dict[str, Mean]], measures: Sequence[str]) -> None:
    from rich.markup import escape

    found: dict[tuple[str, str, int], list[str]] = {}
    for row in (row for row in means if row != "difference"):
        for name in measures:
            for reason, count in means[row][name].not_measurable.items():
                found.setdefault((row, reason, count), []).append(name)
    if found:
        console.print("[bold]Not measurable[/bold] (in no mean)")
    for (row, reason, count), names in found.items():
        by = "any measure" if len(names) == len(measures) else ", ".join(_title(name) for name in names)
        console.print(f"  {_counted(count, f'{row} file')} by {by}: {escape(reason)}")


def _title(name: str) -> str:
    from audiogan.metrics.measures import MEASURES

    return f"{MEASURES[name].title} {'↑' if MEASURES[name].higher_is_better else '↓'}"


def _cell(mean: Mean, between: str) -> str:
    interval = "" if mean.low is None else f"{between}\\[{_number(mean.low)}, {_number(mean.high)}]"
    return _number(mean.mean) + interval


def _arrow(means: Sequence[Mean]) -> str:
    return " → ".join(_number(mean.mean) for mean in means)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _command(arguments: argparse.Namespace) -> str:
    words = ["audiogan", "eval", str(arguments.clean), str(arguments.enhanced)]
    for option in ("noisy", "manifest"):
        if getattr(arguments, option):
            words += [f"--{option}", str(getattr(arguments, option))]
    if arguments.measures != "default":
        words += ["--measures", arguments.measures]
    return shlex.join(words)


def _check_place(path: Path | None) -> None:
    """Find out before an hour of scoring that its result has no place."""
    if path is None:
        return
    if path.is_dir():
        raise AudioganError(f"{path}: this is a folder. Give the name of the file to write.")
    if not path.parent.is_dir():
        raise AudioganError(f"{path.parent}: there is no such folder to write {path.name} in. Make it first.")
    if not os.access(path.parent, os.W_OK):
        raise AudioganError(f"{path.parent}: nothing can be written in this folder. Choose another place.")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scoring", total=total)
        yield lambda: bar.advance(task)

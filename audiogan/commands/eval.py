"""`audiogan eval`: how good enhanced sound is, beside the noisy sound it was made from; or sets of sounds."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.commands.eval_sets import SETS_ONLY, add_sets, run_sets
from audiogan.commands.eval_shared import STANDARD_OUTPUT, WIDE, check_place, report_unread, write_result
from audiogan.commands.outcome import EXIT_CODES, counted
from audiogan.commands.outputs import add_existing, is_folder
from audiogan.errors import AudioganError, explain_os_error
from audiogan.progress import bar
from audiogan.writing import write_text

if TYPE_CHECKING:
    from rich.console import Console

    from audiogan.metrics.table import Item, Mean, Scored

ABOUT = """Scores enhanced sound against its clean reference, and the noisy sound beside it; or, with
--reference and --generated, sets of generated sounds against real ones. What a measure
cannot judge is told with its reason and enters no mean."""
ABOUT_PAIRS = """Files pair by name: the path below the folder, without its suffix. Several channels are
scored one by one and averaged. Clean and enhanced must have the same rate and length."""
ABOUT_SETS = """Every figure stands beside that of two halves of real sounds, of the training set and of
shaped noise, with the same number of sounds on both sides. Channels are averaged."""
EXAMPLES = f"""examples:
  audiogan eval clean/ enhanced/ --noisy noisy/ --report page.html
  audiogan eval --reference held_out/ --training train/ --generated out/ --classifier RUN
  audiogan eval --reference held_out/ --training train/ --generated first=out1/ second=out2/
  audiogan eval clean/ enhanced/ -o scores.json -o page.html

{EXIT_CODES}"""
BY_SUFFIX = {".json": "json", ".csv": "csv", ".html": "report", ".htm": "report"}
PAIRS_ONLY = ("noisy", "manifest", "per_file", "jobs")


def add_parser(subparsers: Any) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "eval",
        help="measure enhanced sound against clean sound, or a set of generated sounds against real ones",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_pairs(parser.add_argument_group("pairs of files", ABOUT_PAIRS))
    add_sets(parser.add_argument_group("sets of sounds", ABOUT_SETS))
    parser.add_argument(
        "--measures", default="default", metavar="LIST",
        help="separated by commas. Of pairs: pesq_wide, pesq_narrow, stoi, estoi, si_sdr, segmental_snr, "
        "log_spectral_distance, multi_resolution_stft_distance, csig, cbak, covl (these are the default), llr, wss, "
        "dnsmos, all. Of sets: default (all but DNSMOS, of what is given), dnsmos, all, or single ones by the names "
        "that --json writes",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", action="append", default=[], metavar="OUT",
        help="write results by the suffix: .json, .csv or .html; a folder gets all three, - is JSON on standard "
        "output; can be given again",
    )  # fmt: skip
    add_existing(parser)
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write all figures, and of pairs the scores by file; - for standard output, without the table",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a line for each file, or for each figure")
    parser.add_argument(
        "--report", type=Path, metavar="FILE",
        help="write a page (HTML, one file) with the figures, how they spread, and files to listen to",
    )  # fmt: skip
    parser.set_defaults(run=run)


def _add_pairs(group: argparse._ArgumentGroup) -> None:
    group.add_argument("clean", type=Path, nargs="?", help="folder of clean sound, or one file")
    group.add_argument("enhanced", type=Path, nargs="?", help="folder of enhanced sound, or one file")
    group.add_argument("--noisy", type=Path, metavar="DIR", help="folder (or file) of the noisy sound")
    group.add_argument("--manifest", type=Path, metavar="FILE", help="manifest of 'audiogan prep': adds means by SNR")
    group.add_argument("--per-file", action="store_true", help="also print the scores of each file")
    group.add_argument("--jobs", type=int, metavar="N", help="number of processes (one a core)")


def run(arguments: argparse.Namespace) -> int:
    """Score, print the table, write the results; the exit code is 0 if every file could be read, else 3."""
    _place_outputs(arguments)
    pairs, sets = (arguments.clean, arguments.enhanced), (arguments.reference, arguments.generated)
    if not (all(pairs) and not any(sets)) and not (all(sets) and not any(pairs)):
        raise AudioganError(
            "give CLEAN and ENHANCED, two folders whose files are pairs, or --reference and --generated, two folders "
            "of sounds; not both."
        )
    form = "sets" if all(sets) else "pairs"
    for option in PAIRS_ONLY if form == "sets" else SETS_ONLY:
        if getattr(arguments, option) not in (None, False):
            raise AudioganError(f"--{option.replace('_', '-')} has no meaning for {form}: leave it.")
    for path in (arguments.json, arguments.csv, arguments.report):
        check_place(path, arguments.overwrite)
    if arguments.report == STANDARD_OUTPUT or arguments.json == arguments.csv == STANDARD_OUTPUT:
        raise AudioganError("- is for one of --json and --csv, which then takes standard output. Name a file.")
    if form == "pairs":
        return _run_pairs(arguments)
    return run_sets(arguments)


def _run_pairs(arguments: argparse.Namespace) -> int:
    from audiogan.metrics.matching import match_by_name
    from audiogan.metrics.measures import measures_named
    from audiogan.metrics.parallel import available_cores
    from audiogan.metrics.results import as_csv, as_json
    from audiogan.metrics.table import score_items

    jobs = available_cores() if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise AudioganError(f"--jobs {jobs}: give 1 or more processes")
    measures = measures_named([name.strip() for name in arguments.measures.split(",") if name.strip()])
    matched = match_by_name(arguments.clean, arguments.enhanced, arguments.noisy)
    items, remarks = matched.items, list(matched.remarks)
    if arguments.manifest:
        items = _with_snr(items, arguments.manifest, remarks)
    with bar("scoring", len(items)) as shown:
        scored = score_items(items, measures, jobs, shown.advance)
    _check_measured(scored)

    command = _command(arguments)
    write_result(arguments.json, as_json(scored, measures, command, remarks) + "\n")
    write_result(arguments.csv, as_csv(scored, measures))
    if arguments.report:
        from audiogan.show.report_scores import scores_page

        write_text(arguments.report, scores_page(items, scored, measures, command, remarks))
    if STANDARD_OUTPUT not in (arguments.json, arguments.csv):
        _print(scored, measures, arguments.per_file, command)
    for remark in remarks:
        print(f"audiogan eval: {remark}", file=sys.stderr)
    folders = (arguments.clean, arguments.enhanced, arguments.noisy)
    return report_unread([line for item in scored for line in item.unread], folders)


def _place_outputs(arguments: argparse.Namespace) -> None:
    """Set `json`, `csv` and `report` by what `-o` names."""
    for word in arguments.output:
        if word == str(STANDARD_OUTPUT):
            arguments.json = STANDARD_OUTPUT
        elif is_folder(word):
            try:
                Path(word).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise AudioganError(f"{word}: cannot be written: {explain_os_error(error)}") from None
            for option, name in (("json", "scores.json"), ("csv", "scores.csv"), ("report", "page.html")):
                setattr(arguments, option, getattr(arguments, option) or Path(word) / name)
        elif (named := BY_SUFFIX.get(Path(word).suffix.lower())) is not None:
            setattr(arguments, named, Path(word))
        else:
            raise AudioganError(f"{word}: results are .json, .csv or .html files. Change the suffix, or name a folder.")


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
        raise AudioganError(f"nothing could be measured in {counted(len(scored), 'pair')}, for instance: {reasons[0]}")


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

    # Where intervals do not fit beside their means they go below.
    between = " " if console.width >= WIDE else "\n"
    table = Table("measure", title=f"Means over {counted(files, 'pair')}", title_justify="left")
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
        console.print(f"  {counted(count, f'{row} file')} by {by}: {escape(reason)}")


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


def _command(arguments: argparse.Namespace) -> str:
    words = ["audiogan", "eval", str(arguments.clean), str(arguments.enhanced)]
    for option in ("noisy", "manifest"):
        if getattr(arguments, option):
            words += [f"--{option}", str(getattr(arguments, option))]
    if arguments.measures != "default":
        words += ["--measures", arguments.measures]
    return shlex.join(words)

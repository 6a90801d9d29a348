"""`audiogan report`: a page about a run, or about several side by side."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.commands.outputs import add_existing
from audiogan.errors import AudioganError
from audiogan.progress import bar
from audiogan.writing import write_text

if TYPE_CHECKING:
    from audiogan.show.run_record import RunRecord

ABOUT = """Writes one file that opens without a network: what was trained, how it went, samples to play, scores,
and what to do with the result. Training writes it by itself as report.html in the run folder."""
EXAMPLES = """examples:
  audiogan report runs/segan_mini
  audiogan report runs/first runs/second -o compared.html"""
COMPARED = Path("compared.html")
FRESH_S = 600  # a journal that was written to so lately may still be


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "report",
        help="a page about a run, or several side by side",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE",
        help=f"the page (default: report.html in the run folder; of several runs {COMPARED})",
    )  # fmt: skip
    add_existing(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    from audiogan.commands.eval_shared import check_place
    from audiogan.show.report import run_page
    from audiogan.show.report_compare import comparison_page
    from audiogan.training.run_report import REPORT

    check_place(arguments.output, arguments.overwrite)  # the page in the run's folder is written again by itself
    folders: Sequence[Path] = list(dict.fromkeys(arguments.runs))
    records = [_record(folder) for folder in folders]
    place = arguments.output or (folders[0] / REPORT if len(records) == 1 else COMPARED)
    with bar("writing"):
        page = run_page(records[0]) if len(records) == 1 else comparison_page(records)
    write_text(place, page)
    told = ", ".join(f"{record.name} at step {record.step}" for record in records)
    print(f"{place}: {told}.")
    return 0


def _record(folder: Path) -> RunRecord:
    """A run as its folder tells it.

    Raises:
        AudioganError: no folder, or one that holds no run.
    """
    from audiogan.recipe.reading import parse_yaml
    from audiogan.training.run_report import run_record

    if folder.is_file():
        raise AudioganError(f"{folder} is a file. Give the run folder, as `audiogan train` made it.")
    if not folder.is_dir():
        raise AudioganError(f"{folder}: there is no such folder. Give a run folder, as `audiogan train` made it.")
    recipe, journal = folder / "recipe.yaml", folder / "journal.jsonl"
    if not recipe.exists() and not journal.exists():
        runs = sorted(path.parent.name for path in folder.glob("*/journal.jsonl"))[:5]
        hint = f" It holds runs: {', '.join(runs)}." if runs else ""
        raise AudioganError(
            f"{folder} holds no run: neither recipe.yaml nor journal.jsonl is there.{hint} Give a run folder, as "
            "`audiogan train` made it."
        )
    words = parse_yaml(recipe) if recipe.exists() else {}
    record = run_record(folder, words, "", _machine(folder))
    return run_record(folder, words, _state(record, journal), record.machine)


def _state(record: RunRecord, journal: Path) -> str:
    if record.steps and record.step >= record.steps:
        return "finished"
    if journal.exists() and time.time() - journal.stat().st_mtime < FRESH_S:
        return "was under way a few minutes ago"
    return "was stopped here" if record.rows else "has not begun, or was stopped before its first line"


def _machine(folder: Path) -> dict[str, Any]:
    """What the run, or else its last checkpoint, tells of the machine; nothing where there is none."""
    from audiogan.training.checkpoint import CheckpointFolder, load
    from audiogan.training.run_facts import read_facts

    if told := read_facts(folder).get("machine"):
        return dict(told)
    last = CheckpointFolder(folder / "checkpoints", 1).last()
    try:
        return dict(load(last)["machine"]) if last else {}
    except AudioganError:
        return {}

"""`audiogan eval --reference … --generated …`: how good sets of generated sounds are, beside real ones."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audiogan.commands.eval_shared import STANDARD_OUTPUT, WIDE, report_unread, write_result
from audiogan.errors import AudioganError
from audiogan.progress import bar
from audiogan.writing import write_text

if TYPE_CHECKING:
    from audiogan.classify import SoundClassifier
    from audiogan.metrics.sound_sets import SetTable

SETS_ONLY = ("training", "classifier", "sample_rate", "samples", "level_db", "trim_db", "seed")


def add_sets(group: argparse._ArgumentGroup) -> None:
    """The arguments of this form."""
    group.add_argument("--reference", type=Path, metavar="DIR", help="real sounds that no generator was trained on")
    group.add_argument(
        "--generated", nargs="+", action="extend", metavar="[NAME=]DIR",
        help="generated sounds; several folders are rows of one table",
    )  # fmt: skip
    group.add_argument(
        "--training", type=Path, metavar="DIR",
        help="the real sounds that the generators were trained on: is anything copied? It also standardises features, "
        "and lets all of the reference be compared, where else one half is held against the other",
    )  # fmt: skip
    group.add_argument(
        "--classifier", metavar="RUN",
        help="a run, checkpoint or bundle of a classifier of sounds: adds its features, the inception score, and, "
        "where generated sounds lie in subfolders by class (by name, or by number as 'audiogan generate' has them), "
        "whether they are of the class asked for",
    )  # fmt: skip
    group.add_argument("--sample-rate", type=int, metavar="HZ", help="of all sounds (default: the generated ones')")
    group.add_argument(
        "--samples", type=int, metavar="N",
        help="length of all sounds: they are cut, or padded with zeros (default: the generated ones')",
    )  # fmt: skip
    group.add_argument(
        "--level-db", type=float, metavar="DB",
        help="bring real sounds to this RMS, as the recipe's data.level_db did for training (default: leave it)",
    )  # fmt: skip
    group.add_argument(
        "--trim-db", type=float, metavar="DB",
        help="cut the ends of real sounds that are quieter by this, as data.trim_db did (default: leave them)",
    )  # fmt: skip
    group.add_argument("--seed", type=int, metavar="N", help="of draws, bins and noise (default: 0)")


def run_sets(arguments: argparse.Namespace) -> int:
    """Score, print the table, write the results; the exit code is 0 if every file could be read, else 3."""
    from audiogan.commands.eval_sounds import classes_asked, form_of, load, named_folders
    from audiogan.metrics.set_measures import set_measures_named
    from audiogan.metrics.set_results import as_csv, as_json
    from audiogan.metrics.sound_sets import NOISE, TRAINING, score_sound_sets

    if (arguments.seed or 0) < 0:
        raise AudioganError(f"--seed is {arguments.seed}, and can be 0 or more.")
    words = [name.strip() for name in arguments.measures.split(",") if name.strip()]
    set_measures_named(words, [name for name in ("training", "classifier") if getattr(arguments, name)])
    folders = named_folders(arguments.generated)
    classifier = _classifier(arguments.classifier) if arguments.classifier else None
    form = form_of(folders, arguments.sample_rate, arguments.samples, arguments.trim_db, arguments.level_db)
    generated = {name: load(folder, name, form.of_generated) for name, folder in folders.items()}
    reference = load(arguments.reference, "reference", form)
    training = load(arguments.training, "training set", form) if arguments.training else None
    asked, own = {}, None
    if classifier is not None:
        names = reference.labels[1]
        own = classes_asked(reference, names, classifier.labels)
        labelled = generated | ({TRAINING: training} if training else {})
        told = {name: classes_asked(each, names, classifier.labels) for name, each in labelled.items()}
        asked = {name: labels for name, labels in told.items() if labels is not None}
    with bar("scoring", len(folders) + (3 if training else 2)) as shown:
        table = score_sound_sets(
            {name: each.sounds for name, each in generated.items()},
            reference.sounds,
            form.sample_rate,
            training=training.sounds if training else None,
            classifier=classifier,
            asked=asked,
            reference_asked=own,
            measures=words,
            seed=arguments.seed or 0,
            progress=shown.advance,
        )
    sets = [*generated.values(), reference, *([training] if training else [])]
    remarks = [f"the classifier is {arguments.classifier}, {classifier.name}"] if classifier else []
    remarks += [remark for each in sets for remark in each.remarks]
    if NOISE not in table.rows:
        remarks.append("there is no row of shaped noise: the real sounds are silent")
    command = _command(arguments)
    write_result(arguments.json, as_json(table, command, remarks) + "\n")
    write_result(arguments.csv, as_csv(table))
    if arguments.report:
        from audiogan.show.report_sets import sets_page

        real = {"reference": reference.paths} | ({"training set": training.paths} if training else {})
        sounds = {name: each.paths for name, each in generated.items()} | real
        write_text(arguments.report, sets_page(table, sounds, command, remarks))
    if STANDARD_OUTPUT not in (arguments.json, arguments.csv):
        _print(table, remarks, command)
    return report_unread([line for each in sets for line in each.unread], [each.folder for each in sets])


def _classifier(path: str) -> SoundClassifier:
    from audiogan.classify import SoundClassifier

    return SoundClassifier.load(path)


def _print(table: SetTable, remarks: Sequence[str], command: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from audiogan.metrics.set_results import cell, conditions, title
    from audiogan.metrics.sound_sets import implementations

    console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
    shown = Table("measure", title=f"{table.number} sounds against {table.number}", title_justify="left")
    for row in table.rows:
        shown.add_column(escape(row), justify="right")
    for name in table.measures:
        shown.add_row(title(name), *(cell(row, figures[name]) for row, figures in table.rows.items()))
    console.print(shown)
    for (row, reason), names in _not_measurable(table).items():
        by = ", ".join(title(name) for name in names)
        console.print(f"Not measurable, {escape(row)}, by {by}: {escape(reason)}")
    for line in conditions(table) + [f"{remark[0].upper()}{remark[1:]}." for remark in remarks]:
        console.print(escape(line))
    console.print("[bold]Implementations[/bold]")
    shared: dict[str, list[str]] = {}
    for name, text in implementations(table.measures).items():
        shared.setdefault(text, []).append(title(name)[:-2])
    for text, titles in shared.items():
        console.print(f"  {'; '.join(titles)}: {escape(text)}")
    console.print("↑ higher is better, ↓ lower is better, ≈ best as the real sounds have it.")
    console.print(f"Made by: {escape(command)}", soft_wrap=True)


def _not_measurable(table: SetTable) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for row, figures in table.rows.items():
        for name, figure in figures.items():
            if figure.not_measurable is not None:
                found.setdefault((row, figure.not_measurable), []).append(name)
    return found


def _command(arguments: argparse.Namespace) -> str:
    words = ["audiogan", "eval", "--reference", str(arguments.reference), "--generated", *arguments.generated]
    for option in SETS_ONLY:
        if getattr(arguments, option) is not None:
            words += [f"--{option.replace('_', '-')}", str(getattr(arguments, option))]
    if arguments.measures != "default":
        words += ["--measures", arguments.measures]
    return shlex.join(words)

"""Labels of files: the names of their subfolders, or what a table says of them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from audiogan.errors import AudioganError
from audiogan.suggest import did_you_mean


def labels_of(
    files: Sequence[Path], folder: Path, table: Path | None = None, known: Sequence[str] | None = None
) -> tuple[dict[Path, str], tuple[str, ...]]:
    """The label of each file, "" for none, and all labels in the order of their numbers.

    Args:
        files: in `folder` or its subfolders.
        folder: the first subfolder's name is the label of what lies in it.
        table: a CSV file with the columns `file` (its path in the folder) and `label` that says the labels instead.
        known: the labels in their order, where another folder has said them; left out, they are sorted.

    Raises:
        AudioganError: some files have a label and some have none, a label is not among `known`, or the table cannot be
            read, lacks a file or says two labels of one.
    """
    said = {path: _subfolder(path, folder) for path in files} if table is None else _from_table(files, folder, table)
    labels = tuple(sorted({name for name in said.values() if name}) if known is None else known)
    for path, name in said.items():
        if labels and not name:
            raise AudioganError(f"{path}: lies in no subfolder, whose name would be its label. Move it into one.")
        if name and name not in labels:
            raise AudioganError(
                f"{path}: its label, {name}, is not known. {did_you_mean(name, labels) or 'There are none.'} "
                "Give a folder with these labels."
            )
    return said, labels


def _subfolder(path: Path, folder: Path) -> str:
    inner = path.relative_to(folder).parts
    return inner[0] if len(inner) > 1 else ""


def _from_table(files: Sequence[Path], folder: Path, table: Path) -> dict[Path, str]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:  # spreadsheets put a mark before the first line
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AudioganError(f"{table}: the table of labels cannot be read ({error}).") from None
    if not rows or not {"file", "label"} <= rows[0].keys():
        raise AudioganError(f"{table}: a table of labels has a line `file,label` and then a line a file.")
    of: dict[Path, str] = {}
    for row in rows:
        name, label = (row["file"] or "").strip(), (row["label"] or "").strip()
        if name and label and of.setdefault(folder / name, label) != label:
            raise AudioganError(f"{table}: says {of[folder / name]} and {label} of {name}. Leave one of the lines.")
    for path in files:
        if path not in of:
            raise AudioganError(f"{table}: says no label of {path.relative_to(folder)}. Add a line for it.")
    return {path: of[path] for path in files}

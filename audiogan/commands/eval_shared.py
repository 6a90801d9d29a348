"""What both forms of `audiogan eval` share: places of results, and what is told at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from audiogan.commands.outcome import PARTIAL, counted, left_out_of, print_list, report_left_out
from audiogan.commands.outputs import check_free
from audiogan.errors import AudioganError
from audiogan.writing import write_text

# A table fits beside this where nothing says how wide the terminal is.
WIDE = 118
STANDARD_OUTPUT = Path("-")


def check_place(path: Path | None, overwrite: bool = True) -> None:
    """Find out before an hour of scoring that its result cannot be written, or exists and is not to be replaced."""
    if path is None or path == STANDARD_OUTPUT:
        return
    if path.is_dir():
        raise AudioganError(f"{path}: this is a folder. Give the name of the file to write.")
    if not path.parent.is_dir():
        raise AudioganError(f"{path.parent}: there is no such folder to write {path.name} in. Make it first.")
    if not os.access(path.parent, os.W_OK):
        raise AudioganError(f"{path.parent}: nothing can be written in this folder. Choose another place.")
    check_free([path], overwrite)


def write_result(path: Path | None, text: str) -> None:
    """Write figures where they were asked for: in a file, on standard output, or nowhere."""
    if path == STANDARD_OUTPUT:
        print(text, end="")
    elif path is not None:
        write_text(path, text)


def report_unread(unread: Sequence[str], folders: Iterable[Path | None]) -> int:
    """Print which files could not be read or were left out of the folders; return the exit code, 0 or 3."""
    code = report_left_out("eval", left_out_of(folder for folder in folders if folder))
    if not unread:
        return code
    print_list("eval", f"{counted(len(unread), 'file')} could not be read:", unread)
    return PARTIAL

"""What both forms of `audiogan eval` share: places of results, and what is told at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from audiogan.errors import AudioganError
from audiogan.writing import write_text

# A table fits beside this where nothing says how wide the terminal is.
WIDE = 118
STANDARD_OUTPUT = Path("-")
MOST_UNREAD_SHOWN = 20


def check_place(path: Path | None) -> None:
    """Find out before an hour of scoring that its result has no place."""
    if path is None or path == STANDARD_OUTPUT:
        return
    if path.is_dir():
        raise AudioganError(f"{path}: this is a folder. Give the name of the file to write.")
    if not path.parent.is_dir():
        raise AudioganError(f"{path.parent}: there is no such folder to write {path.name} in. Make it first.")
    if not os.access(path.parent, os.W_OK):
        raise AudioganError(f"{path.parent}: nothing can be written in this folder. Choose another place.")


def write_result(path: Path | None, text: str) -> None:
    """Write figures where they were asked for: in a file, on standard output, or nowhere."""
    if path == STANDARD_OUTPUT:
        print(text, end="")
    elif path is not None:
        write_text(path, text)


def tell_unread(unread: Sequence[str]) -> int:
    """Say which files could not be read; the exit code, 0 or 2."""
    if not unread:
        return 0
    print(f"audiogan eval: {counted(len(unread), 'file')} could not be read:", file=sys.stderr)
    for line in unread[:MOST_UNREAD_SHOWN]:
        print(f"  {line}", file=sys.stderr)
    if len(unread) > MOST_UNREAD_SHOWN:
        print(f"  … and {len(unread) - MOST_UNREAD_SHOWN} more", file=sys.stderr)
    return 2


def counted(number: int, thing: str) -> str:
    """A number of things."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"

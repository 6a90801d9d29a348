"""What both forms of `audiogan eval` share: places of results, a bar, and what is told at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from audiogan.errors import AudioganError

# A table fits beside this where nothing says how wide the terminal is.
WIDE = 118
MOST_UNREAD_SHOWN = 20


def check_place(path: Path | None) -> None:
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
def progress_bar(total: int) -> Iterator[Callable[[], None]]:
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

"""What `-o` means in every verb, and what happens to outputs that exist.

A name with a suffix is that file. A name without one, with a slash at its end, or of a folder that exists is a folder;
folders are made. What exists is not replaced unless `--overwrite` is given.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from audiogan.commands.outcome import counted
from audiogan.errors import AudioganError

STANDARD_OUTPUT = "-"


def add_existing(parser: argparse.ArgumentParser, *, skip: bool = False) -> None:
    """Add `--overwrite`, and `--skip-existing` where a verb writes several outputs."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--overwrite", action="store_true", help="replace outputs that exist (default: refuse)")
    if skip:
        group.add_argument("--skip-existing", action="store_true", help="leave outputs that exist, and make the others")


def is_folder(output: str | Path) -> bool:
    """Whether `-o` names a folder: it exists as one, ends in a slash, or has no suffix."""
    text = str(output)
    return os.path.isdir(text) or text.endswith(("/", os.sep)) or not Path(text).suffix


def check_free(outputs: Sequence[Path], overwrite: bool, skip: bool = False) -> None:
    """Refuse to replace outputs that exist; an empty folder counts as free.

    Args:
        outputs: files and folders that are to be written.
        overwrite: whether `--overwrite` was given.
        skip: whether the verb has `--skip-existing`, which the message then mentions.

    Raises:
        AudioganError: some exist.
    """
    taken = [] if overwrite else [path for path in outputs if exists(path)]
    if taken:
        which = f" ({len(taken)} of {counted(len(outputs), 'output')} exist)" if len(outputs) > 1 else ""
        rest = ", --skip-existing leaves it" if skip else ""
        raise AudioganError(
            f"{taken[0]} exists already{which}. --overwrite replaces it{rest}; or choose another output with -o."
        )


def exists(path: Path) -> bool:
    """Whether something is there other than an empty folder."""
    if os.path.isdir(path):
        return any(os.scandir(path))
    return os.path.lexists(path)

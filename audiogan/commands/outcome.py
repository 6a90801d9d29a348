"""Exit codes of all verbs, and the report of what was left out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiogan.audio.survey import LeftOut

SUCCESS = 0
USER_ERROR = 2  # nothing was done, or not even a part of what was asked for
PARTIAL = 3  # the rest is done; inputs failed or were left out
INTERRUPTED = 130

MOST_SHOWN = 20

EXIT_CODES = f"""exit codes: {SUCCESS} success; {USER_ERROR} user error, nothing done; {PARTIAL} done, but inputs
failed or were left out (they are listed); {INTERRUPTED} interrupted."""


def report_left_out(verb: str, left_out: Sequence[LeftOut]) -> int:
    """Print which inputs were left out, with reasons, to standard error.

    Returns:
        PARTIAL if any of them may contain sound, else SUCCESS: hidden files, text and pictures are named in one line
        and are no failure.
    """
    missed = [entry for entry in left_out if entry.may_be_sound]
    others = [entry for entry in left_out if not entry.may_be_sound]
    if missed:
        print_list(verb, f"{counted(len(missed), 'input')} left out:", [f"{e.path}: {e.reason}" for e in missed])
    if others:
        names = ", ".join(f"{e.path.name} ({e.reason})" for e in others[:3]) + (", …" if len(others) > 3 else "")
        print(f"audiogan {verb}: {counted(len(others), 'other file')} ignored: {names}", file=sys.stderr)
    return PARTIAL if missed else SUCCESS


def left_out_of(folders: Iterable[Path]) -> list[LeftOut]:
    """Return what is left out of folders of sounds, without the text and pictures that corpora have next to them."""
    from audiogan.audio.files import survey_sounds
    from audiogan.errors import AudioganError

    left_out: list[LeftOut] = []
    for folder in dict.fromkeys(folders):
        if folder.is_dir():
            try:
                left_out += survey_sounds(folder).left_out
            except AudioganError:
                continue  # reported by what reads the folder
    return [entry for entry in left_out if entry.may_be_sound or entry.path.name.startswith(".")]


def print_list(verb: str, title: str, lines: Sequence[str]) -> None:
    """Print a title and at most twenty lines to standard error."""
    print(f"audiogan {verb}: {title}", file=sys.stderr)
    for line in lines[:MOST_SHOWN]:
        print(f"  {line}", file=sys.stderr)
    if len(lines) > MOST_SHOWN:
        print(f"  … and {len(lines) - MOST_SHOWN} more", file=sys.stderr)


def counted(number: int, thing: str) -> str:
    """Return a number of things, such as "2 files"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"

"""The files that a run was started with, to notice on `--resume` that some were added, removed or changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from audiogan.errors import AudioganError
from audiogan.writing import write_text

Listing = dict[str, tuple[int, int]]  # path -> size in bytes and time of last change in ns

NAMED = 3  # files that a message names


def list_files(paths: Iterable[Path]) -> Listing:
    """Return all files of some folders, searched with their subfolders, and the files among the paths themselves.

    Paths that do not exist are left out: reading them fails elsewhere, with a better message.
    """
    listing: Listing = {}
    for path in paths:
        if path.is_file():
            listing[path.as_posix()] = _state(path)
        for folder, _, names in os.walk(path):
            for name in names:
                file = Path(folder) / name
                if file.is_file():
                    listing[file.as_posix()] = _state(file)
    return listing


def write_listing(path: Path, listing: Listing) -> None:
    """Write a listing as JSON."""
    write_text(path, json.dumps(listing, indent=0, ensure_ascii=False) + "\n")


def read_listing(path: Path) -> Listing | None:
    """Return a listing that `write_listing` wrote; None where there is none, as in runs of earlier versions.

    Raises:
        AudioganError: the file is damaged.
    """
    try:
        rows: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {name: (int(size), int(changed)) for name, (size, changed) in rows.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        raise AudioganError(
            f"{path}: the list of the run's data files is damaged. Delete it: the run resumes without comparing them."
        ) from None


def differences(before: Listing, now: Listing) -> str | None:
    """Return in words which files were added, removed or changed; None where nothing was."""
    added = [name for name in now if name not in before]
    removed = [name for name in before if name not in now]
    changed = [name for name in now if name in before and now[name] != before[name]]
    parts = [
        f"{len(names)} {what} ({', '.join(sorted(names)[:NAMED])}{', …' if len(names) > NAMED else ''})"
        for names, what in ((added, "added"), (removed, "removed"), (changed, "changed"))
        if names
    ]
    return ", ".join(parts) or None


def _state(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns

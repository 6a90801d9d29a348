"""Recordings in folders, and what stands beside them about their licence and speaker."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from audiogan.audio.files import find_sounds
from audiogan.errors import AudioganError, explain_os_error

CORPUS_TABLE = "corpus.jsonl"
LICENCE_FILES = ("LICENSE", "LICENCE", "LICENSE.txt", "LICENCE.txt")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Source:
    """A recording that pairs are made of.

    Args:
        path: the file.
        name: its path from the folder that was searched, with forward slashes.
        licence: from the corpus's table, else the first line of a licence file beside or above it, else "unknown".
        speaker: from the corpus's table.
        band_hz: from the corpus's table: the highest frequency with content; None where nothing is known.
    """

    path: Path
    name: str
    licence: str = UNKNOWN
    speaker: str | None = None
    band_hz: float | None = None


@dataclass(frozen=True)
class _Row:
    """What a table says of a recording."""

    licence: str | None = None
    speaker: str | None = None
    band_hz: float | None = None


def find_sources(folders: list[Path], licence: str | None = None) -> list[Source]:
    """The sound files in some folders, sorted within each, with what `corpus.jsonl` or a licence file says of them.

    A `corpus.jsonl` has one JSON object a line, with `path` (relative to its folder), `licence`, and optionally
    `speaker` and `band_hz`. It is looked for in a recording's folder and those above it, up to the one that holds the
    folder given; licence files up to the folder given.

    Args:
        folders: each is searched with its subfolders.
        licence: of recordings about which nothing is found.

    Raises:
        AudioganError: a folder is missing or without sound, or a table cannot be read.
    """
    _corpus.cache_clear()
    _licence_file.cache_clear()
    sources = []
    for folder in folders:
        for path in find_sounds(folder):
            said = _said_of(path, folder)
            sources.append(
                Source(
                    path=path,
                    name=path.relative_to(folder).as_posix(),
                    licence=said.licence or _licence_file(path.parent, folder) or licence or UNKNOWN,
                    speaker=said.speaker,
                    band_hz=said.band_hz,
                )
            )
    return sources


def fingerprint(sources: list[Source]) -> str:
    """A checksum over the names and sizes of recordings, in their order: another set of them has another one."""
    listing = "".join(f"{source.name}\t{source.path.stat().st_size}\n" for source in sources)
    return hashlib.sha256(listing.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        AudioganError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise AudioganError(f"{path}: cannot be read: {explain_os_error(error)}") from None
    return digest.hexdigest()


def _said_of(path: Path, top: Path) -> _Row:
    for folder in _upwards(path.parent, top):
        row = _corpus(folder / CORPUS_TABLE).get(path.relative_to(folder).as_posix())
        if row is not None:
            return row
    return _Row()


def _upwards(folder: Path, top: Path) -> list[Path]:
    """A folder and those above it, up to `top` and the one that holds it: a corpus may be given by a part of it."""
    levels = [folder, *folder.parents]
    return levels[: levels.index(top) + 2]


@cache
def _corpus(table: Path) -> dict[str, _Row]:
    if not table.is_file():
        return {}
    rows = {}
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            band = row.get("band_hz")
            rows[str(row["path"])] = _Row(row.get("licence"), row.get("speaker"), None if band is None else float(band))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise AudioganError(
                f"{table}, line {number}: not a row of a corpus. A JSON object with 'path' and 'licence' is wanted."
            ) from None
    return rows


@cache
def _licence_file(folder: Path, top: Path) -> str | None:
    for level in _upwards(folder, top)[:-1]:
        for name in LICENCE_FILES:
            if (level / name).is_file():
                text = (level / name).read_text(encoding="utf-8", errors="replace")
                return next((line.strip()[:100] for line in text.splitlines() if line.strip()), None)
    return None

"""The manifest of a set of noisy/clean pairs: JSONL, one pair a line, with all that is known of how it was made."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audiogan.errors import AudioganError, explain_os_error
from audiogan.writing import write_text


class Ingredient(BaseModel):
    """A recording that went into a pair."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(description="the recording's file, as it was found")
    offset: int = Field(0, ge=0, description="where its excerpt begins, in samples at the pair's rate")
    gain: float | None = Field(None, description="factor on its samples")
    licence: str = Field("unknown", description="licence of the recording")
    speaker: str | None = Field(None, description="who speaks, where that is known")
    sha256: str | None = Field(None, description="checksum of the recording's file")
    source_rate: int | None = Field(None, gt=0, description="Hz of the recording's file, before it was resampled")
    start: int | None = Field(None, ge=0, description="where in the pair it begins, in samples, if it follows another")


class PairRow(BaseModel):
    """One noisy/clean pair. `clean` and `noisy` are relative to the manifest in the file, and whole paths once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, description="name of the pair; no other pair of the manifest has it")
    clean: Path
    noisy: Path
    sample_rate: int = Field(gt=0, description="Hz, of both files")
    samples: int = Field(gt=0, description="length of both files")
    snr_db: float | None = Field(None, description="level of the speech less RMS level of the noise")
    level: str | None = Field(None, description="how the speech's level was measured: p56 or rms")
    speech_level_db: float | None = Field(None, description="that level in the clean file, dB re full scale")
    speech: Ingredient | None = None
    joined: list[Ingredient] | None = Field(None, description="what follows the speech, where several were joined")
    noise: list[Ingredient] = Field(default_factory=list)
    conditions: dict[str, str] | None = Field(None, description="what results may be told by: name to value, any names")
    clean_sha256: str | None = Field(None, description="checksum of the clean file")
    noisy_sha256: str | None = Field(None, description="checksum of the noisy file")


def read_manifest(path: str | os.PathLike[str]) -> list[PairRow]:
    """The pairs of a manifest, their paths resolved against its folder.

    Raises:
        AudioganError: it is missing, empty, a line is not a pair (named by its number), or two pairs have one id.
    """
    manifest = Path(path)
    rows = read_rows(manifest)
    if not rows:
        raise AudioganError(f"{manifest}: no pairs in it. Make them with 'audiogan prep'.")
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        if row.id in seen:
            raise AudioganError(f"{manifest}, pair {number}: its id {row.id!r} is that of pair {seen[row.id]} too.")
        seen[row.id] = number
    return rows


def read_rows(path: Path, skip_broken_end: bool = False) -> list[PairRow]:
    """The rows of a JSONL file of pairs, which may be empty.

    Args:
        path: the file.
        skip_broken_end: leave out a last line without its end, as a program that was killed leaves it.

    Raises:
        AudioganError: it is missing or a line is not a pair.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise AudioganError(f"{path}: there is no such manifest. Check the path.") from None
    except OSError as error:
        raise AudioganError(f"{path}: cannot be read: {explain_os_error(error)}") from None
    except UnicodeDecodeError:
        raise AudioganError(f"{path}: not a manifest (it is not text). A manifest.jsonl is wanted here.") from None
    if skip_broken_end:
        lines.pop()
    return [_row(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def write_manifest(path: str | os.PathLike[str], rows: Iterable[PairRow]) -> None:
    """Write a manifest beside its place, then rename it; the pairs' paths are made relative to its folder.

    Raises:
        AudioganError: the place cannot be written.
    """
    manifest = Path(path)
    write_text(manifest, "".join(row_line(row, manifest.parent) for row in rows))


def row_line(row: PairRow, folder: Path) -> str:
    """The line of a pair in a manifest that lies in `folder`."""
    relative = {side: Path(os.path.relpath(getattr(row, side), folder)) for side in ("clean", "noisy")}
    return row.model_copy(update=relative).model_dump_json(exclude_none=True) + "\n"


def _row(path: Path, number: int, line: str) -> PairRow:
    try:
        row = PairRow.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AudioganError(f"{path}, line {number}: {where + ': ' if where else ''}{first['msg']}.") from None
    return row.model_copy(update={"clean": path.parent / row.clean, "noisy": path.parent / row.noisy})

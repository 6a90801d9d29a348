"""Leaving out recordings that cannot be trained on, before training starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audiogan.audio.files import read_mono
from audiogan.audio.level import rms_db
from audiogan.audio.survey import LeftOut, left_out_text
from audiogan.data.manifest import PairRow
from audiogan.data.recordings import SILENCE_DB, Recording, recording_of
from audiogan.data.sources import find_sources
from audiogan.errors import AudioganError

NAMED = 10  # recordings that a remark names


def left_out_remark(left_out: Sequence[LeftOut], total: int) -> str | None:
    """Return one sentence with the count and the first reasons; None where nothing was left out."""
    if not left_out:
        return None
    return f"{len(left_out)} of {total} recordings cannot be used. {left_out_text(list(left_out), NAMED)}."


def usable_recordings(folders: list[Path], sample_rate: int) -> tuple[list[Recording], list[LeftOut]]:
    """Return the recordings in some folders that can be trained on, and those that cannot.

    Args:
        folders: searched with their subfolders.
        sample_rate: Hz at which the recordings will be read; each is decoded once.

    Raises:
        AudioganError: a folder is missing or without sound, or no recording can be used.
    """
    kept: list[Recording] = []
    left_out: list[LeftOut] = []
    for source in find_sources(folders):
        if reason := reason_against(source.path, sample_rate):
            left_out.append(LeftOut(source.path, reason))
        else:
            kept.append(recording_of(source, sample_rate))
    _check_some_left(kept, left_out)
    return kept, left_out


def usable_pairs(rows: Sequence[PairRow], sample_rate: int) -> tuple[list[PairRow], list[LeftOut]]:
    """Return the pairs of which both files can be used, and the files for which the others are left out.

    Raises:
        AudioganError: no pair can be used.
    """
    kept: list[PairRow] = []
    left_out: list[LeftOut] = []
    for row in rows:
        reasons = ((path, reason_against(path, sample_rate)) for path in (row.clean, row.noisy))
        bad = next((LeftOut(path, reason) for path, reason in reasons if reason), None)
        if bad is None:
            kept.append(row)
        else:
            left_out.append(bad)
    _check_some_left(kept, left_out)
    return kept, left_out


def reason_against(path: Path, sample_rate: int) -> str | None:
    """Return why a recording cannot be trained on, None if it can: unreadable, not finite, empty, or silent."""
    try:
        sound = read_mono(path, sample_rate)
    except AudioganError as error:
        return str(error).removeprefix(f"{path}: ").removesuffix(".")
    if not np.isfinite(sound).all():
        return "NaN or infinite samples"
    if sound.size == 0 or rms_db(sound) < SILENCE_DB:
        return "silent"
    return None


def _check_some_left(kept: Sequence[object], left_out: Sequence[LeftOut]) -> None:
    if not kept:
        raise AudioganError(f"{left_out_remark(left_out, len(left_out))} Nothing is left to train on.")

"""Leaving out recordings that cannot be trained on, before training starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audiogan.audio.files import read_mono
from audiogan.audio.level import rms_db
from audiogan.data.manifest import PairRow
from audiogan.data.recordings import SILENCE_DB, Recording, recording_of
from audiogan.data.sources import find_sources
from audiogan.errors import AudioganError

NAMED = 10  # recordings that a remark names


@dataclass(frozen=True)
class LeftOut:
    """Recordings that are not trained on: how many of how many, and why each of them."""

    reasons: list[str]
    total: int

    @property
    def remark(self) -> str | None:
        """One sentence with the count and the first reasons; None where nothing was left out."""
        if not self.reasons:
            return None
        named = "; ".join(self.reasons[:NAMED]) + ("; …" if len(self.reasons) > NAMED else "")
        return f"{len(self.reasons)} of {self.total} recordings are left out: {named}."


def usable_recordings(folders: list[Path], sample_rate: int) -> tuple[list[Recording], LeftOut]:
    """Return the recordings in some folders that can be trained on, and what was left out.

    Args:
        folders: searched with their subfolders.
        sample_rate: Hz at which the recordings will be read; each is decoded once.

    Raises:
        AudioganError: a folder is missing or without sound, or no recording can be used.
    """
    kept, reasons = [], []
    for source in find_sources(folders):
        if reason := reason_against(source.path, sample_rate):
            reasons.append(reason)
        else:
            kept.append(recording_of(source, sample_rate))
    left = LeftOut(reasons, len(kept) + len(reasons))
    if not kept:
        raise AudioganError(f"{left.remark} Nothing is left to train on.")
    return kept, left


def usable_pairs(rows: Sequence[PairRow], sample_rate: int) -> tuple[list[PairRow], LeftOut]:
    """Return the pairs of which both files can be used, and what was left out; a noisy side may not be silent either.

    Raises:
        AudioganError: none is left.
    """
    reasons = [reason_against(row.clean, sample_rate) or reason_against(row.noisy, sample_rate) for row in rows]
    left = LeftOut([reason for reason in reasons if reason], len(reasons))
    kept = [row for row, reason in zip(rows, reasons, strict=True) if reason is None]
    if not kept:
        raise AudioganError(f"{left.remark} Nothing is left to train on.")
    return kept, left


def reason_against(path: Path, sample_rate: int) -> str | None:
    """Return why a recording cannot be trained on, None if it can: unreadable, not finite, empty, or silent."""
    try:
        sound = read_mono(path, sample_rate)
    except AudioganError as error:
        return str(error).removesuffix(".")
    if not np.isfinite(sound).all():
        return f"{path}: NaN or infinite samples"
    if sound.size == 0 or rms_db(sound) < SILENCE_DB:
        return f"{path}: silent"
    return None

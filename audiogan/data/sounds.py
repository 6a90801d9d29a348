"""Sounds of any folder as training items of one length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from audiogan.audio.files import describe, find_sounds
from audiogan.audio.survey import LeftOut
from audiogan.chance import generator
from audiogan.data.labels import labels_of
from audiogan.data.recordings import lower_rate_remark
from audiogan.data.sound_store import Decoding, Sound, in_memory, packed, sounding
from audiogan.errors import AudioganError

Slices = Literal["first", "random", "overlapping"]
Short = Literal["pad", "drop"]


class Sounds:
    """Slices of the sounds of a folder; item i of epoch e is a function of (seed, e, i).

    The subfolders' names are the labels, numbered in their sorted order; a folder without subfolders has none. Files
    are known by their suffix. What cannot be read, is silent or constant is left out, and `remark` says so.

    Args:
        folder: searched with its subfolders.
        samples: of an item, at the rate of `decoding`.
        decoding: how files become sounds.
        slices: "first": the beginning of each sound; "random": another place of each in every epoch; "overlapping":
            all of each, in items that begin `hop` samples after each other.
        hop: of overlapping slices; left out, half of `samples`.
        short: what becomes of a slice that its sound does not fill: "pad" with zeros behind it, or "drop".
        seed: of the run.
        packed_in: a folder that the decoded sounds are kept in and mapped from; left out, they are held in memory.
        label_table: a CSV file of labels, see `audiogan.data.labels`; left out, the subfolders' names.
        labels: the names in the order of their numbers, where another folder has said them.

    Raises:
        AudioganError: no folder, no sound in it, none that can be read and is long enough, more than memory should
            hold, or labels that do not agree.
    """

    def __init__(
        self,
        folder: Path,
        samples: int,
        decoding: Decoding,
        slices: Slices = "first",
        hop: int | None = None,
        short: Short = "pad",
        seed: int = 0,
        packed_in: Path | None = None,
        label_table: Path | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        found = find_sounds(folder)
        label_of, self.labels = labels_of(found, folder, label_table, labels)
        stored = in_memory(found, decoding) if packed_in is None else packed(found, decoding, packed_in)
        self.sound, self.samples, self.slices, self.seed = stored.samples, samples, slices, seed
        starts = np.cumsum([0, *stored.lengths[:-1]])
        self.places = [
            (number, int(start) + offset, length - offset)
            for number, (start, length) in enumerate(zip(starts, stored.lengths, strict=True))
            for offset in _offsets(length, samples, slices, hop or max(1, samples // 2), short)
        ]
        """For each item the number of its file, where it begins in `sound`, and how many samples follow in its file."""
        used = {number for number, _, _ in self.places}
        unheard = [path for n, path in enumerate(found) if not stored.lengths[n]]
        self.left_out = [LeftOut(path, _why_not(path, decoding).removeprefix(f"{path}: ")) for path in unheard]
        """Files that cannot be used."""
        remarks = [
            _unheard(unheard, len(found), decoding),
            _short([path for n, path in enumerate(found) if stored.lengths[n] and n not in used], len(found), samples),
            lower_rate_remark(
                {str(path): describe(path).sample_rate for n, path in enumerate(found) if stored.lengths[n]},
                decoding.sample_rate,
            ),
            _lost({label_of[path] for path in found} - {label_of[found[n]] for n in used}) if used else None,
        ]
        self.remark = f"{folder}: {'; '.join(said)}" if (said := [remark for remark in remarks if remark]) else None
        """What was left out or has a lower sample rate, in a sentence; None where nothing."""
        if not self.places:
            remedy = "Give other sounds, or data.short=pad." if any(stored.lengths) else "Give other sounds."
            raise AudioganError(f"{self.remark}. Nothing is left to train on. {remedy}")
        self.numbers = np.array([self.labels.index(label_of[path]) for path in found]) if self.labels else None

    def __len__(self) -> int:
        return len(self.places)

    @property
    def classes(self) -> int:
        """How many labels there are; 0 where sounds have none."""
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int]:
        """Channels and samples of an item."""
        return self.sound.shape[0], self.samples

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        """`real`, float32 `[channels, samples]` in [-1, 1], and where there are labels `label`, int64 `[]`."""
        file, start, rest = self.places[index]
        if self.slices == "random" and rest > self.samples:
            start += int(generator(self.seed, "slice", epoch, index).integers(rest - self.samples, endpoint=True))
        piece = self.sound[:, start : start + min(rest, self.samples)]
        real: Sound = np.zeros(self.shape, np.float32)
        real[:, : piece.shape[1]] = piece
        return {"real": real} if self.numbers is None else {"real": real, "label": self.numbers[file, ...]}


def _offsets(length: int, samples: int, slices: Slices, hop: int, short: Short) -> range:
    """Where the items of a sound begin."""
    if not length or (short == "drop" and length < samples):
        return range(0)
    if slices != "overlapping":
        return range(1)
    last = length - samples if short == "drop" else max(0, length - 1 - max(0, samples - hop))
    return range(0, last + 1, hop)


def _unheard(left: list[Path], of: int, decoding: Decoding) -> str | None:
    if not left:
        return None
    return f"{len(left)} of {of} files are left out as they cannot be used, first {_why_not(left[0], decoding)}"


def _short(left: list[Path], of: int, samples: int) -> str | None:
    if not left:
        return None
    return f"{len(left)} of {of} sounds are left out as they are shorter than {samples} samples, first {left[0]}"


def _lost(labels: set[str]) -> str | None:
    return f"no sound is left of {', '.join(sorted(labels))}" if labels else None


def _why_not(path: Path, decoding: Decoding) -> str:
    """Why a file is not among the sounds."""
    try:
        sounding(path, decoding)
    except AudioganError as reason:
        return str(reason).removesuffix(".")
    return str(path)  # it has become readable since

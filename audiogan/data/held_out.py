"""Which recordings validate a run: whole speakers, sentences and noises are on one side only."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from audiogan.data.manifest import Ingredient, PairRow
from audiogan.data.recordings import Recording

FEWEST = 20  # speakers or noise recordings; of fewer none is held out, since one would be more than 5 % of the data


@dataclass(frozen=True)
class Split:
    """Pairs divided between training and validation.

    Args:
        training: pairs without any recording of `held_out`.
        held_out: pairs made of held-out recordings only.
        dropped: pairs that mix both, and so belong to neither side.
    """

    training: list[PairRow]
    held_out: list[PairRow]
    dropped: list[PairRow]

    @property
    def remark(self) -> str | None:
        """One sentence on the pairs that neither train nor validate; None where there are none."""
        if not self.dropped:
            return None
        return (
            f"{len(self.dropped)} pairs are left out of training: they contain speech or noise of the "
            f"{len(self.held_out)} held-out pairs."
        )


def is_held_out(name: str, share: float) -> bool:
    """Return whether a recording belongs to the held-out share.

    The name alone decides, so the answer stays the same when recordings are added.
    """
    return _place(name) < share


def split_recordings(recordings: Sequence[Recording], share: float) -> tuple[list[Recording], list[Recording]]:
    """Return which recordings of speech are trained on and which are held out.

    Whole speakers are held out where 20 or more are known, so that no voice is on both sides, else single files.

    Args:
        recordings: of speech.
        share: of the recordings to hold out, 0 to 1.
    """
    names = [recording.path.name for recording in recordings]
    if len({recording.speaker for recording in recordings} - {None}) >= FEWEST:
        names = [recording.speaker or recording.path.name for recording in recordings]
    return _divided(recordings, names, {name for name in names if is_held_out(name, share)})


def split_noises(noises: Sequence[Recording], share: float) -> tuple[list[Recording], list[Recording]]:
    """Return which recordings of noise are trained on and which validate: at least one of 20 or more.

    Of fewer than 20, and with a share of 0, all are trained on and all validate.
    """
    names = [noise.path.name for noise in noises]
    if share == 0 or len(set(names)) < FEWEST:
        return list(noises), list(noises)
    chosen = {name for name in names if is_held_out(name, share)} or {min(names, key=_place)}
    return _divided(noises, names, chosen)


def _divided(
    recordings: Sequence[Recording], names: Sequence[str], held_out: set[str]
) -> tuple[list[Recording], list[Recording]]:
    named = list(zip(recordings, names, strict=True))
    return [r for r, name in named if name not in held_out], [r for r, name in named if name in held_out]


def split_pairs(rows: Sequence[PairRow], share: float) -> Split:
    """Divide written pairs by the recordings that they were made of.

    Noise recordings are held out first, until their pairs are the share; the pairs made of them alone validate, and
    no other pair of the same speech or of these noises is trained on. With fewer than 20 noise recordings, or where
    they are not known, pairs are divided by their speech alone: by speaker where 20 or more are known, else by
    recording.

    Args:
        rows: of one manifest.
        share: of the pairs, 0 to 1; with 0 all pairs are trained on.
    """
    if share == 0:
        return Split(list(rows), [], [])
    noises = _held_out_noises(rows, share)
    if noises:
        held_out = [row for row in rows if _noise_of(row) and _noise_of(row) <= noises]
        speech = set[str]().union(*(_speech_of(row) for row in held_out))
    else:
        by_speaker = len({_speaker_of(row) for row in rows} - {None}) >= FEWEST
        held_out = [row for row in rows if is_held_out((by_speaker and _speaker_of(row)) or _name_of(row), share)]
        speech = set[str]().union(*(_speech_of(row) for row in held_out))
    kept = {row.id for row in held_out}
    training = [row for row in rows if not (_noise_of(row) & noises or _speech_of(row) & speech)]
    trained = {row.id for row in training}
    return Split(training, held_out, [row for row in rows if row.id not in kept | trained])


def _held_out_noises(rows: Sequence[PairRow], share: float) -> set[str]:
    """The noise recordings that validate: in the order of their names' checksums, until the share is reached."""
    names = sorted(set[str]().union(*(_noise_of(row) for row in rows)), key=_place)
    chosen: set[str] = set()
    if len(names) < FEWEST:
        return chosen
    for name in names[: len(names) // 2]:
        chosen.add(name)
        if sum(1 for row in rows if _noise_of(row) and _noise_of(row) <= chosen) >= share * len(rows):
            break
    return chosen


def _speech_of(row: PairRow) -> set[str]:
    """The recordings of speech in a pair; its clean file where the manifest does not name them."""
    named = [part for part in (row.speech, *(row.joined or ())) if part is not None]
    return {_identity(part) for part in named} or {row.clean_sha256 or row.clean.name}


def _name_of(row: PairRow) -> str:
    """The name that decides for a pair: its first recording of speech."""
    return _identity(row.speech) if row.speech else min(_speech_of(row))


def _speaker_of(row: PairRow) -> str | None:
    return row.speech.speaker if row.speech else None


def _noise_of(row: PairRow) -> set[str]:
    """The recordings of noise in a pair; synthesized noise has no checksum."""
    return {_identity(part) for part in row.noise if part.sha256 is not None}


def _identity(part: Ingredient) -> str:
    """A recording by its content where that is known: a copy under another name is the same recording."""
    return part.sha256 or part.source


def _place(name: str) -> float:
    """A name's place from 0 to 1."""
    return zlib.crc32(name.encode()) / 2**32

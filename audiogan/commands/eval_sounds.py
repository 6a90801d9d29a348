"""The sounds of folders as `audiogan eval` compares sets of them: at one rate, of one length, in one channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import describe, find_sounds
from audiogan.audio.resample import resampled_length
from audiogan.audio.streams import SoundInfo
from audiogan.data.clips import is_silent
from audiogan.data.labels import labels_of
from audiogan.data.sound_store import MOST_BYTES, Decoding, decode
from audiogan.errors import AudioganError
from audiogan.progress import each
from audiogan.suggest import did_you_mean


@dataclass(frozen=True)
class Form:
    """What all sounds are brought to.

    Args:
        sample_rate: in Hz.
        samples: their length.
        trim_db, level_db: of real sounds, see `Decoding`.
        silent: whether silent sounds stay. Of real ones none does, for no recipe trains on them.
    """

    sample_rate: int
    samples: int
    trim_db: float | None = None
    level_db: float | None = None
    silent: bool = False

    @property
    def of_generated(self) -> Form:
        """The same for generated sounds, which are taken as they are: a generator answers for level and silence."""
        return replace(self, trim_db=None, level_db=None, silent=True)


@dataclass(frozen=True)
class LoadedSet:
    """The sounds of a folder.

    Args:
        sounds: float32 `[N, 1, samples]`.
        folder: where they lie.
        paths: of each sound.
        remarks: what was done to them, a sentence each.
        unread: a line for each file that cannot be read.
    """

    sounds: NDArray[np.float32]
    folder: Path
    paths: list[Path]
    remarks: list[str]
    unread: list[str]

    @property
    def labels(self) -> tuple[list[str], tuple[str, ...]]:
        """The first subfolder of each sound, "" for none, and all of them, sorted.

        Raises:
            AudioganError: some lie in a subfolder and some do not.
        """
        said, every = labels_of(self.paths, self.folder)
        return [said[path] for path in self.paths], every


def named_folders(words: Sequence[str]) -> dict[str, Path]:
    """Folders by the name of their row: NAME=DIR, or "generated" for the only one, or a folder's own name.

    Raises:
        AudioganError: two have one name.
    """
    folders: dict[str, Path] = {}
    for word in words:
        name, equals, place = word.partition("=")
        if not equals or Path(word).exists():
            place = word
            name = "generated" if len(words) == 1 else Path(word).resolve().name
        if not name or not place:
            raise AudioganError(f"--generated {word}: a name and a folder are wanted, as in first=out/.")
        if name in folders:
            raise AudioganError(f"two generated sets are called {name!r}: name them, as in first=out1/ second=out2/.")
        folders[name] = Path(place)
    return folders


def form_of(
    generated: Mapping[str, Path],
    sample_rate: int | None,
    samples: int | None,
    trim_db: float | None,
    level_db: float | None,
) -> Form:
    """What all sounds are brought to: what is asked for, else the form of the generated ones.

    Of several rates it is the lowest, and of several sets the one whose longest sound is the shortest: no generator is
    judged by what another could not make.

    Raises:
        AudioganError: a folder holds no sound that can be read, or what is asked for cannot be.
    """
    for what, value in (("--sample-rate", sample_rate), ("--samples", samples), ("--trim-db", trim_db)):
        if value is not None and value <= 0:
            raise AudioganError(f"{what} is {value:g}, and must be above 0.")
    infos = {name: _described(folder) for name, folder in generated.items()}
    rate = sample_rate or min(info.sample_rate for each in infos.values() for info in each)
    length = samples or min(
        max(resampled_length(info.samples, info.sample_rate, rate) for info in each) for each in infos.values()
    )
    return Form(rate, length, trim_db, level_db)


def load(folder: Path, name: str, form: Form) -> LoadedSet:
    """All sounds of a folder in that form; what cannot be read is listed.

    Raises:
        AudioganError: the folder holds no sound, none can be read, or they take more memory than they should.
    """
    found = find_sounds(folder)
    if len(found) * form.samples * 4 > MOST_BYTES:
        raise AudioganError(
            f"{folder}: {len(found)} sounds of {form.samples} samples take more than {MOST_BYTES / 2**30:g} GiB of "
            "memory. Give fewer or shorter ones, with --samples."
        )
    decoding = Decoding(form.sample_rate, 1, form.trim_db, form.level_db)
    sounds: list[NDArray[np.float32]] = []
    paths, unread, longer, shorter, silent = [], [], 0, 0, 0
    rates: Counter[int] = Counter()
    for path in each(found, f"reading {name}"):
        try:
            rate, sound = describe(path).sample_rate, decode(path, decoding)
        except AudioganError as mistake:
            unread.append(str(mistake))
            continue
        if not form.silent and is_silent(sound):
            silent += 1
            continue
        rates[rate] += 1
        longer += sound.shape[1] > form.samples
        shorter += sound.shape[1] < form.samples
        fitted = np.zeros((1, form.samples), np.float32)
        fitted[:, : min(sound.shape[1], form.samples)] = sound[:, : form.samples]
        sounds.append(fitted)
        paths.append(path)
    if not sounds:
        why = f"can be read, for instance: {unread[0]}" if unread else "is louder than -60 dB: they are silent."
        raise AudioganError(f"{folder}: none of its {len(found)} sounds {why}")
    done = [(count, f"resampled from {rate} Hz") for rate, count in rates.most_common() if rate != form.sample_rate]
    done += [(longer, "cut"), (shorter, "padded with zeros"), (silent, "silent and left out")]
    told = ", ".join(f"{count} {what}" for count, what in done if count)
    return LoadedSet(
        np.stack(sounds), folder, paths, [f"{name}: of {len(paths) + silent} sounds {told}"] if told else [], unread
    )


def classes_asked(loaded: LoadedSet, of_reference: Sequence[str], known: Sequence[str]) -> NDArray[np.int64] | None:
    """The number among a classifier's classes that each sound was asked for, by its subfolder; None without subfolders.

    A subfolder is called as a class, or by a number: that of the reference's subfolder in sorted order, or where it has
    none of the classifier's class. -1 stands for a class of the reference that the classifier does not know.

    Args:
        loaded: the sounds.
        of_reference: names of the reference's subfolders, sorted.
        known: the classifier's classes.

    Raises:
        AudioganError: a subfolder is neither, or some sounds lie in none.
    """
    labels, every = loaded.labels
    if not every:
        return None
    numbered = list(of_reference) or list(known)
    number_of = {}
    for name in every:
        meant = name
        if name not in known and name not in of_reference and name.isdecimal() and int(name) < len(numbered):
            meant = numbered[int(name)]
        if meant not in known and meant not in of_reference:
            raise AudioganError(
                f"{loaded.folder / name}: is no class that the classifier or the reference knows, nor its number. "
                f"{did_you_mean(name, [*known, *of_reference])}"
            )
        number_of[name] = list(known).index(meant) if meant in known else -1
    return np.array([number_of[name] for name in labels])


def _described(folder: Path) -> list[SoundInfo]:
    infos, mistakes = [], []
    for path in find_sounds(folder):
        try:
            infos.append(describe(path))
        except AudioganError as mistake:
            mistakes.append(str(mistake))
    if not infos:
        raise AudioganError(f"{folder}: none of its {len(mistakes)} sounds can be read, for instance: {mistakes[0]}")
    return infos

"""The sounds of a folder, decoded once: in memory, or packed into one file that is mapped into it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import read
from audiogan.audio.level import gain_for, rms_db
from audiogan.audio.resample import resample
from audiogan.data.clips import is_silent
from audiogan.errors import AudioganError
from audiogan.writing import TEMPORARY, put_in_place

Sound = NDArray[np.float32]

MOST_BYTES = 4 * 2**30
"""How much memory the sounds of a folder may take where they are not packed."""

PACKED, INDEX = "sounds.npy", "index.json"
FORMAT = 2
FRAME_S = 0.02  # over which loudness is told when ends are trimmed
AT_ONCE = 64  # files decoded ahead of what is stored


@dataclass(frozen=True)
class Decoding:
    """How files become sounds.

    Args:
        sample_rate: in Hz.
        channels: 1 averages those of a file; 2 doubles a file's only one.
        trim_db: what is quieter than the loudest frame by more than this is cut off at both ends; None cuts nothing.
        level_db: RMS in dB below full scale that each sound is brought to, less where its peak would pass full scale;
            None leaves levels as they are.
    """

    sample_rate: int
    channels: int = 1
    trim_db: float | None = None
    level_db: float | None = None


@dataclass(frozen=True)
class Stored:
    """Decoded sounds, one behind the other.

    Args:
        samples: float32 `[channels, all samples]`.
        lengths: of each sound, in samples; 0 for a file that `sounding` refuses.
    """

    samples: Sound
    lengths: list[int]


def decode(path: Path, decoding: Decoding) -> Sound:
    """A file as float32 `[channels, samples]`.

    Raises:
        AudioganError: it cannot be read, or has other channels than are wanted.
    """
    sound, rate = read(path)
    return _formed(sound, rate, decoding, path)


def sounding(path: Path, decoding: Decoding) -> Sound:
    """A file as `decode` gives it, if anything is heard in it.

    Raises:
        AudioganError: as `decode`; also a file that is silent, or constant, which is silence too.
    """
    sound, rate = read(path)
    formed = _formed(sound, rate, decoding, path)
    if is_silent(formed):
        raise AudioganError(f"{path}: is silent.")
    if is_silent(sound - sound.mean(axis=1, keepdims=True)):  # of the file: resampled, its ends would not be constant
        raise AudioganError(f"{path}: is constant.")
    return formed


def _formed(sound: Sound, rate: int, decoding: Decoding, path: Path) -> Sound:
    if decoding.channels == 1:
        sound = sound.mean(axis=0, keepdims=True, dtype=np.float32)
    elif sound.shape[0] == 1:
        sound = sound.repeat(decoding.channels, axis=0)
    if sound.shape[0] != decoding.channels:
        raise AudioganError(f"{path}: has {sound.shape[0]} channels, and {decoding.channels} are wanted.")
    sound = resample(sound, rate, decoding.sample_rate)
    if decoding.trim_db is not None:
        from librosa.effects import trim

        frame = max(4, round(FRAME_S * decoding.sample_rate))
        sound = trim(sound, top_db=decoding.trim_db, frame_length=frame, hop_length=frame // 4)[0]
    if decoding.level_db is not None and not is_silent(sound):
        sound = sound * np.float32(gain_for(decoding.level_db - rms_db(sound)))
        sound = sound / max(np.float32(1), np.abs(sound).max())
    return np.ascontiguousarray(sound, np.float32)


def in_memory(paths: Sequence[Path], decoding: Decoding) -> Stored:
    """The sounds of these files, held in memory.

    Raises:
        AudioganError: they would take more than `MOST_BYTES`.
    """
    kept, room = [], MOST_BYTES
    for path, sound in zip(paths, _decoded(paths, decoding), strict=True):
        kept.append(sound)
        room -= sound.nbytes
        if room < 0:
            raise AudioganError(
                f"{path.parent}: the sounds take more than {MOST_BYTES / 2**30:g} GiB of memory. Name a folder by "
                "data.packed, and they are mapped from the disk."
            )
    lengths = [sound.shape[1] for sound in kept]
    stop = sum(lengths)
    samples = np.empty((decoding.channels, stop), np.float32)
    while kept:  # each is let go before the next is copied: all of them twice may be more than there is
        sound = kept.pop()
        samples[:, stop - sound.shape[1] : stop] = sound
        stop -= sound.shape[1]
    return Stored(samples, lengths)


def packed(paths: Sequence[Path], decoding: Decoding, folder: Path) -> Stored:
    """The sounds of these files, mapped from a folder that was packed before from the same files, or is packed now.

    Raises:
        AudioganError: the folder holds something else, or cannot be written.
    """
    wanted = {"format": FORMAT, **asdict(decoding), "files": [_identity(path) for path in paths]}
    return _unpacked(folder, wanted) or _pack(paths, decoding, folder, wanted)


def _unpacked(folder: Path, wanted: dict[str, object]) -> Stored | None:
    """What was packed; None where it is of something else, or damaged."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        stored = Stored(np.load(folder / PACKED, mmap_mode="r"), index.pop("lengths"))
        whole = index == wanted and stored.samples.shape == (wanted["channels"], sum(stored.lengths))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return stored if whole else None


def _pack(paths: Sequence[Path], decoding: Decoding, folder: Path, wanted: dict[str, object]) -> Stored:
    if folder.exists() and not (folder.is_dir() and all(map(_is_of_a_pack, folder.iterdir()))):
        raise AudioganError(f"{folder} holds something else than packed sounds. Name another folder by data.packed.")
    with put_in_place(folder / PACKED) as beside:
        lengths = []
        with beside.with_name(beside.name + ".raw").open("wb") as raw:
            try:
                for sound in _decoded(paths, decoding):
                    raw.write(sound.T.tobytes())
                    lengths.append(sound.shape[1])
                raw.flush()
                shape = (sum(lengths), decoding.channels)
                flat = np.memmap(raw.name, np.float32, "r", shape=shape) if sum(lengths) else np.zeros(shape, "f4")
                with beside.open("wb") as file:
                    np.save(file, flat.T, allow_pickle=False)
            finally:
                Path(raw.name).unlink()
        # Interrupted from here on, the sounds lie there without an index, never beside that of others.
        (folder / INDEX).unlink(missing_ok=True)
    with put_in_place(folder / INDEX) as beside:
        beside.write_text(json.dumps({**wanted, "lengths": lengths}) + "\n", encoding="utf-8")
    return Stored(np.load(folder / PACKED, mmap_mode="r"), lengths)


def _is_of_a_pack(path: Path) -> bool:
    """Also what an interrupted program left."""
    return path.name in (PACKED, INDEX) or TEMPORARY.match(path.name) is not None


def _identity(path: Path) -> list[object]:
    """What changes where a file is another."""
    seen = path.stat()
    return [str(path), seen.st_size, seen.st_mtime_ns]


def _decoded(paths: Sequence[Path], decoding: Decoding) -> Iterator[Sound]:
    """Every file in turn; of no samples where `sounding` refuses it."""
    # libsndfile and soxr work outside of Python's lock.
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(paths), AT_ONCE):
            yield from pool.map(partial(_decoded_or_none, decoding=decoding), paths[start : start + AT_ONCE])


def _decoded_or_none(path: Path, decoding: Decoding) -> Sound:
    try:
        return sounding(path, decoding)
    except AudioganError:
        return np.zeros((decoding.channels, 0), np.float32)

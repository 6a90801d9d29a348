"""Reading and writing whole sound files, and finding them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.formats import FORMATS, PathLike, SoundInfo, format_for
from audiogan.audio.media import MEDIA
from audiogan.audio.streams import BLOCK, SoundReader, SoundWriter
from audiogan.audio.survey import Survey, left_out_text, survey
from audiogan.errors import AudioganError

__all__ = [
    "SOUND_SUFFIXES", "SoundInfo", "check", "describe", "find_sounds", "is_silent", "keeps_subtype", "read",
    "read_mono", "survey_sounds", "write",
]  # fmt: skip

SOUND_SUFFIXES = frozenset(FORMATS) | frozenset(MEDIA)


def describe(path: PathLike) -> SoundInfo:
    """The header of a sound file, checked.

    Raises:
        AudioganError: it is missing, a folder, not sound, cut short, of zero samples, or of a rate outside of 1 to
            768 kHz.
    """
    with SoundReader(path) as reader:
        return reader.info


def check(path: PathLike, salvage: bool = False) -> SoundInfo:
    """The header of a sound file that was read to its end, in constant memory.

    Args:
        path: the file.
        salvage: accept a file that is cut short or damaged, as far as it can be read.

    Raises:
        AudioganError: as `describe`; also damaged further on, or NaN or infinite samples.
    """
    with SoundReader(path, salvage) as reader:
        for _ in reader.blocks():
            pass
        return reader.info


def is_silent(path: PathLike) -> bool:
    """Whether every sample of a file is zero; it is read to its first other one.

    Raises:
        AudioganError: as `check`.
    """
    with SoundReader(path) as reader:
        return not any(block.any() for block in reader.blocks())


def read(path: PathLike, start: int = 0, samples: int | None = None) -> tuple[NDArray[np.float32], int]:
    """Samples of a file, and its sample rate.

    Args:
        path: the file.
        start: first sample.
        samples: how many; all that follow if None, fewer where the file ends.

    Returns:
        float32 `[channels, samples]`, integer formats scaled to [-1, 1), and the rate in Hz.

    Raises:
        AudioganError: as `describe`; also NaN or infinite samples.
    """
    with SoundReader(path) as reader:
        blocks = list(reader.blocks(start=start, samples=samples))
        if not blocks:
            return np.zeros((reader.info.channels, 0), np.float32), reader.info.sample_rate
        return np.concatenate(blocks, axis=1), reader.info.sample_rate


def read_mono(path: PathLike, sample_rate: int, start: int = 0, samples: int | None = None) -> NDArray[np.float32]:
    """Samples of a file at another rate, its channels averaged.

    Args:
        path: the file.
        sample_rate: the rate wanted, in Hz.
        start: first sample, counted at `sample_rate`.
        samples: how many, counted at `sample_rate`; all that follow if None, fewer where the file ends.

    Returns:
        float32 `[samples]`: what the same slice of the whole file, resampled, would hold.

    Raises:
        AudioganError: as `read`.
    """
    from audiogan.audio.resample import resample, resampled_length

    info = describe(path)
    if info.sample_rate == sample_rate:
        return _averaged(path, start, samples)
    total = resampled_length(info.samples, info.sample_rate, sample_rate)
    stop = total if samples is None else min(total, start + samples)
    if start >= stop:
        return np.zeros(0, np.float32)
    # Begin at an instant that both rates sample, far enough before `start` for the filter to have settled.
    common = int(np.gcd(info.sample_rate, sample_rate))
    step_in, step_out = info.sample_rate // common, sample_rate // common
    margin = info.sample_rate // 10
    first = max(0, (start * step_in // step_out - margin) // step_in) * step_in
    last = min(info.samples, stop * step_in // step_out + margin)
    part = _averaged(path, first, last - first)
    skipped = first // step_in * step_out
    return resample(part, info.sample_rate, sample_rate)[start - skipped : stop - skipped]


def write(
    path: PathLike,
    waveform: NDArray[Any],
    sample_rate: int,
    format: str | None = None,
    subtype: str | None = None,
) -> None:
    """Write a sound file: beside its place, then renamed, so that it is whole or not there. Makes the parent folder.

    Args:
        path: the file; its suffix gives the format if `format` is None.
        waveform: `[channels, samples]` or `[samples]`; values beyond ±1 are clipped in all but floating-point subtypes.
        sample_rate: in Hz.
        format: libsndfile's name of the container.
        subtype: libsndfile's name of the sample format; the format's usual one if None.

    Raises:
        AudioganError: the suffix or combination is not known, or the place cannot be written.
    """
    sound = np.atleast_2d(waveform)
    with SoundWriter(path, sample_rate, sound.shape[0], format, subtype) as writer:
        for start in range(0, sound.shape[1], BLOCK):
            writer.write(sound[:, start : start + BLOCK])


def keeps_subtype(path: PathLike, subtype: str) -> bool:
    """Whether the format that a file's suffix names can hold a subtype.

    Raises:
        AudioganError: the suffix is not known.
    """
    import soundfile

    return bool(soundfile.check_format(format_for(Path(path), None, subtype)[0], subtype))


def find_sounds(folder: PathLike) -> list[Path]:
    """All sound files in a folder and its subfolders, sorted.

    Raises:
        AudioganError: the folder is missing, is not a folder, or holds no sound.
    """
    return survey_sounds(folder).sounds


def survey_sounds(folder: PathLike, outside: Path | None = None) -> Survey:
    """Search a folder and its subfolders for sound files, and say what is left out and why.

    Args:
        folder: where to search; hidden files and folders are left out.
        outside: a folder that is not searched, such as one of earlier results.

    Raises:
        AudioganError: as `find_sounds`.
    """
    found = survey(folder, SOUND_SUFFIXES, outside)
    if not found.sounds:
        kinds = " ".join(sorted(SOUND_SUFFIXES))
        there = f" {left_out_text(found.left_out)}." if found.left_out else ""
        raise AudioganError(f"{folder}: no sound file in this folder.{there} Files are known by their suffix: {kinds}.")
    return found


def _averaged(path: PathLike, start: int, samples: int | None) -> NDArray[np.float32]:
    return np.asarray(read(path, start, samples)[0].mean(axis=0, dtype=np.float32))

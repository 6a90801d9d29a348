"""Files of sound as a source of windows for training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import describe, read_mono
from audiogan.audio.resample import resampled_length
from audiogan.data.augmentation import faster
from audiogan.data.sources import Source, find_sources

Waveform = NDArray[np.float32]

# Quieter than this over a whole window, a recording is silent there.
SILENCE_DB = -80.0
# How often another excerpt is tried where one was silent.
DRAWS = 20


@dataclass(frozen=True)
class Recording:
    """A recording to draw windows from.

    Args:
        path: the file.
        samples: its length at the rate it is read at.
        band_hz: the highest frequency with content, as `corpus.jsonl` has it; None where it is not limited.
        speaker: as `corpus.jsonl` has it.
        source_rate: Hz of the file; None where it is not known.
    """

    path: Path
    samples: int
    band_hz: float | None = None
    speaker: str | None = None
    source_rate: int | None = None


def recordings(folders: list[Path], sample_rate: int) -> list[Recording]:
    """The sound files in some folders, with their lengths at `sample_rate` and their bands.

    Raises:
        AudioganError: a folder is missing or holds no sound, or its `corpus.jsonl` cannot be read.
    """
    return [recording_of(source, sample_rate) for source in find_sources(folders)]


def recording_of(source: Source, sample_rate: int) -> Recording:
    """Return a source as a recording of its length at `sample_rate`.

    Raises:
        AudioganError: its header cannot be read.
    """
    info = describe(source.path)
    samples = resampled_length(info.samples, info.sample_rate, sample_rate)
    return Recording(source.path, samples, source.band_hz, source.speaker, info.sample_rate)


def lower_rate_remark(rates: Mapping[str, int | None], sample_rate: int) -> str | None:
    """Return one sentence with the count of recordings below a sample rate; None where there are none.

    Args:
        rates: Hz by recording; None where it is not known.
        sample_rate: Hz that was asked for.
    """
    lower = sorted(rate for rate in rates.values() if rate is not None and rate < sample_rate)
    if not lower:
        return None
    span = f"{lower[0]} Hz" if lower[0] == lower[-1] else f"{lower[0]} to {lower[-1]} Hz"
    return (
        f"{len(lower)} of {len(rates)} recordings have a lower sample rate ({span}) than the {sample_rate} Hz asked "
        "for: above half of their own rate they hold nothing."
    )


def windows_of(samples: list[int], window: int, hop: int) -> list[tuple[int, int]]:
    """The items of recordings of these lengths: (recording, start); a short recording is one item."""
    places = []
    for number, length in enumerate(samples):
        places += [(number, start) for start in range(0, max(1, min(length, length - window + hop)), hop)]
    return places


def draw_speed(bounds: tuple[float, float], window: int, rng: np.random.Generator) -> tuple[float, int]:
    """A drawn speed, and how many samples played at it fill a window."""
    speed = rng.uniform(*bounds)
    return speed, int(np.ceil(window * speed))


def read_from(recording: Recording, start: int, samples: int, sample_rate: int) -> Waveform:
    """So many samples from `start` on; moved back at the recording's end, fewer if it is shorter than that."""
    start = max(0, min(start, recording.samples - samples))
    return read_mono(recording.path, sample_rate, start, samples)


def played(part: Waveform, speed: float, window: int) -> Waveform:
    """A stretch of sound at another speed, cut or padded to a window."""
    part = faster(part, speed)[:window]
    return np.pad(part, (0, window - part.size))

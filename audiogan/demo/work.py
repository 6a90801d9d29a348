"""What the server does for a request, in a thread of its own: enhance, turn into WAV, draw samples."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import SoundInfo, describe, write
from audiogan.audio.streams import SoundReader, SoundWriter
from audiogan.demo.limits import Limits
from audiogan.demo.shelf import Drawer
from audiogan.enhance import Enhancer
from audiogan.errors import AudioganError
from audiogan.show.grid import grid_picture

SUFFIXES = {"sounds": ".flac", "pictures": ".png"}
MEDIA = {"sounds": "audio/flac", "pictures": "image/png"}
SMALLEST_PICTURE = 128  # pixels of a side, to which smaller ones are magnified


class AbandonedError(Exception):
    """Nobody waits for the work any more."""


@dataclass
class Job:
    """One request's work, as far as others may know of it.

    Args:
        seconds: of sound that there are; 0 as long as nobody knows.
        done: of them.
        abandoned: set from outside, it ends the work at its next block.
    """

    seconds: float = 0.0
    done: float = 0.0
    abandoned: bool = False

    @property
    def share(self) -> float:
        """From 0 to 1, how much is done."""
        return min(1.0, self.done / self.seconds) if self.seconds else 0.0

    def advance(self, seconds: float) -> None:
        """Count what is done.

        Raises:
            AbandonedError: nobody waits for it.
        """
        if self.abandoned:
            raise AbandonedError("The work was given up.")
        self.done += seconds


def enhance(enhancer: Enhancer, source: Path, limits: Limits, job: Job) -> tuple[Path, SoundInfo]:
    """Enhance a file as `audiogan enhance` does, into the same folder.

    Raises:
        RefusedError: it is no sound, or more than the limits allow.
        AudioganError: it is damaged, silent or holds NaN.
        AbandonedError: nobody waits for it any more.
    """
    job.seconds = limits.see_that_sound_fits(source).seconds
    destination = source.with_name(f"enhanced{source.suffix}")
    enhancer.enhance_file(source, destination, job.advance)
    return destination, describe(destination)


def as_wav(source: Path, limits: Limits, job: Job) -> tuple[Path, SoundInfo]:
    """The same sound as a WAV file in the same folder, for browsers that do not know its format.

    Raises:
        RefusedError, AudioganError, AbandonedError: as of `enhance`.
    """
    info = limits.see_that_sound_fits(source)
    job.seconds = info.seconds
    destination = source.with_name("heard.wav")
    with SoundReader(source) as reader, SoundWriter(destination, info.sample_rate, info.channels) as writer:
        for block in reader.blocks():
            writer.write(block)
            job.advance(block.shape[1] / info.sample_rate)
    return destination, describe(destination)


@dataclass(frozen=True)
class Wish:
    """Which samples are wanted.

    Args:
        count: samples 0 to `count` - 1 of the seed, or steps of the walk.
        seed: of the latents.
        label: a name or number; None for all in turn.
        truncation: how far latents reach; None for as far as in training.
        walk: from the sample of one number to that of another; None for no walk.
    """

    count: int
    seed: int = 0
    label: str | None = None
    truncation: float | None = None
    walk: tuple[int, int] | None = None


def draw(drawer: Drawer, wish: Wish, folder: Path) -> dict[str, Any]:
    """Draw samples as `audiogan generate` does.

    Args:
        drawer: the model.
        wish: which.
        folder: for files that are made on the way.

    Returns:
        "points": `[[x, y], …]`; or "samples": for each its name, its file's name and the file as a data URI, FLAC for
        sounds and PNG for pictures.

    Raises:
        AudioganError: more samples than may be drawn at once, or numbers, a label or a truncation out of range.
    """
    if not 1 <= wish.count <= drawer.most:
        raise AudioganError(f"The number of samples is {wish.count}, and can be 1 to {drawer.most} here.")
    sampler = drawer.truncated(wish.truncation)
    label = None if wish.label is None else sampler.number_of(wish.label)
    if wish.walk:
        samples = sampler.interpolate(*wish.walk, wish.count, wish.seed, label)
        labels = [sampler.label_of(wish.walk[0], label)] * wish.count
    else:
        samples = sampler.sample(wish.count, wish.seed, label)
        labels = [sampler.label_of(number, label) for number in range(wish.count)]
    if drawer.kind == "points":
        return {"points": samples.round(4).tolist()}
    place = "step" if wish.walk else "sample"
    named = [None if one is None else sampler.name_of(one) for one in labels]
    return {
        "samples": [
            {
                "name": f"{place} {number}" if word is None else f"{place} {number}, {word}",
                "file": f"{drawer.name}-{wish.seed}-{place}-{number}{SUFFIXES[drawer.kind]}",
                "data": _as_file(sample, drawer, folder),
            }
            for number, (sample, word) in enumerate(zip(samples, named, strict=True))
        ]
    }


def _as_file(sample: NDArray[np.float32], drawer: Drawer, folder: Path) -> str:
    place = folder / f"sample{SUFFIXES[drawer.kind]}"
    if drawer.kind == "sounds":
        assert drawer.sample_rate is not None
        write(place, sample, drawer.sample_rate, subtype="PCM_16")
    else:
        grid_picture(place, sample[None], 1, -(-SMALLEST_PICTURE // sample.shape[-1]))
    return f"data:{MEDIA[drawer.kind]};base64,{base64.b64encode(place.read_bytes()).decode()}"

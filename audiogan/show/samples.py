"""The fixed validation samples, kept for ears and eyes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audiogan.audio.files import write
from audiogan.show.grid import grid_picture
from audiogan.show.points import points_picture
from audiogan.show.sheet import sheet_picture
from audiogan.show.spectrogram import spectrogram_picture
from audiogan.tasks.task import PictureSample, PointSample, Sample, SoundSample, SoundsSample
from audiogan.writing import file_name

SEEN_WIDTH = 512
"""Grids of fewer pixels are magnified up to this width."""


def write_samples(folder: Path, step: int, samples: Sequence[Sample]) -> None:
    """Keep samples under `folder/step-…/`, a picture of each; sounds as well, those given once in `folder` itself."""
    here = folder / f"step-{step:08d}"
    for sample in samples:
        picture = here / f"{file_name(sample.name)}.png"
        match sample:
            case SoundSample():
                _write_sounds(folder, here, sample)
                sounds = {**sample.given, **sample.made}
                spectrogram_picture(picture, [(title, sound, sample.sample_rate) for title, sound in sounds.items()])
            case SoundsSample():
                for number, sound in enumerate(sample.sounds):
                    write(here / f"{number:03}.flac", sound, sample.sample_rate)
                sheet_picture(picture, sample.sounds, sample.sample_rate, title=f"step {step:,}")
            case PictureSample():
                width = sample.columns * sample.pictures.shape[3]
                grid_picture(picture, sample.pictures, sample.columns, max(1, SEEN_WIDTH // width))
            case PointSample():
                title = f"step {step:,}"
                points_picture(picture, sample.real, sample.made, sample.extent, sample.field, title)


def _write_sounds(folder: Path, here: Path, sample: SoundSample) -> None:
    for place, sounds in ((folder, sample.given), (here, sample.made)):
        for title, waveform in sounds.items():
            path = place / f"{file_name(sample.name)}.{title}.flac"
            if place == here or not path.exists():
                write(path, waveform, sample.sample_rate)

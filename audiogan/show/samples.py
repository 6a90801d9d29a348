"""The fixed validation samples, kept as sound and picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from audiogan.audio.files import write
from audiogan.show.spectrogram import spectrogram_picture

if TYPE_CHECKING:
    from audiogan.tasks import SoundSample


def write_samples(folder: Path, step: int, samples: list[SoundSample]) -> None:
    """Keep samples under `folder`: what was given once, what was made of it under `step-…/` with a picture of both."""
    here = folder / f"step-{step:08d}"
    for sample in samples:
        for place, sounds in ((folder, sample.given), (here, sample.made)):
            for title, waveform in sounds.items():
                path = place / f"{sample.name}.{title}.flac"
                if place == here or not path.exists():
                    write(path, waveform, sample.sample_rate)
        rows = [(title, waveform, sample.sample_rate) for title, waveform in {**sample.given, **sample.made}.items()]
        spectrogram_picture(here / f"{sample.name}.png", rows)

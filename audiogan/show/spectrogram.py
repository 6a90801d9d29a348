"""Spectrograms of several sounds in one picture, to compare by eye what was done to a recording."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.spectrogram import spectrogram
from audiogan.errors import AudioganError
from audiogan.writing import write_bytes

FRAME_S = 0.032
FRAMES = 1500  # about as many as the picture has columns
RANGE_DB = 80.0
COLOURS = "magma"


def spectrogram_picture(
    path: str | os.PathLike[str], sounds: Sequence[tuple[str, NDArray[Any], int]], title: str | None = None
) -> None:
    """Write a PNG with one spectrogram above the other, all on the same scales of level, time and frequency.

    The colours span the 80 dB below the loudest point of all. Makes the parent folder.

    Args:
        path: the picture.
        sounds: for each a title, the waveform `[samples]` or `[channels, samples]` (averaged), and its rate in Hz.
        title: above them all.

    Raises:
        AudioganError: no sounds, a sound without samples, or the place cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not sounds:
        raise AudioganError(f"{path}: no sound to show.")
    drawn = [spectrogram(_mono(waveform), rate, *_lengths(waveform.shape[-1], rate)) for _, waveform, rate in sounds]
    loudest = max(float(spectrum.level_db.max()) for spectrum in drawn)
    figure = Figure(figsize=(10, 1.2 + 2.3 * len(sounds)), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(sounds), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axis, (name, _, _), spectrum in zip(axes, sounds, drawn, strict=True):
        image = axis.pcolormesh(
            spectrum.times,
            spectrum.frequencies,
            spectrum.level_db,
            vmin=loudest - RANGE_DB,
            vmax=loudest,
            cmap=COLOURS,
            shading="nearest",
            rasterized=True,
        )
        axis.set_title(name, loc="left", fontsize=10)
        axis.set_ylabel("frequency (Hz)")
    axes[-1].set_xlabel("time (s)")
    axes[-1].set_xlim(0, max(w.shape[-1] / rate for _, w, rate in sounds))
    axes[-1].set_ylim(0, max(rate for _, _, rate in sounds) / 2)
    figure.colorbar(image, ax=list(axes), label="level (dB, full-scale sine = 0)", pad=0.01)
    if title:
        figure.suptitle(title)
    picture = BytesIO()
    figure.savefig(picture, format="png")
    write_bytes(Path(path), picture.getvalue())


def _mono(waveform: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(waveform if waveform.ndim == 1 else waveform.mean(axis=0))


def _lengths(samples: int, sample_rate: int) -> tuple[int, int]:
    """Frame and hop length in samples: frames of 32 ms, no more of them than can be seen."""
    frame = max(2, round(FRAME_S * sample_rate))
    return frame, max(frame // 4, samples // FRAMES)

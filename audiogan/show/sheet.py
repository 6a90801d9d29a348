"""A sheet of spectrograms: many short sounds side by side, to see at a glance what a generator makes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.spectrogram import spectrogram
from audiogan.errors import AudioganError
from audiogan.writing import write_bytes

COLUMNS = 8
RANGE_DB = 80.0
FRAME_S, FRAMES = 0.032, 64  # of each small picture
COLOURS = "magma"


def sheet_picture(
    path: Path,
    sounds: NDArray[np.float32],
    sample_rate: int,
    columns: int = COLUMNS,
    names: list[str] | None = None,
    title: str | None = None,
) -> None:
    """Write a PNG with the spectrogram of each sound, in reading order, all on the same scales.

    Time goes to the right and frequency up to half the rate; the colours span the 80 dB below the loudest point of all.
    Makes the parent folder.

    Args:
        path: the PNG.
        sounds: `[N, channels, samples]`, whose channels are averaged.
        sample_rate: in Hz.
        columns: sounds in a row.
        names: what stands above each; left out, nothing does.
        title: above them all.

    Raises:
        AudioganError: no sounds, or the place cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if sounds.ndim != 3 or not sounds.size:
        raise AudioganError(f"{path}: sounds [N, channels, samples] are wanted, not {list(sounds.shape)}.")
    frame = max(16, round(FRAME_S * sample_rate))
    hop = max(1, sounds.shape[2] // FRAMES)
    levels = [spectrogram(sound.mean(axis=0), sample_rate, frame, hop).level_db for sound in sounds]
    loudest = max(float(level.max()) for level in levels)
    rows = -(-len(sounds) // columns)
    figure = Figure(figsize=(1.3 * columns, 1.1 * rows + 0.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, level in zip(axes, levels, strict=False):
        axis.imshow(level, origin="lower", aspect="auto", vmin=loudest - RANGE_DB, vmax=loudest, cmap=COLOURS)
    for axis, name in zip(axes, names or [], strict=False):
        axis.set_title(name, fontsize=7)
    for axis in axes:
        axis.set_axis_off()
    seconds = sounds.shape[2] / sample_rate
    scale = f"each {seconds:.2f} s and 0 to {sample_rate / 2000:g} kHz"
    figure.suptitle(f"{title}; {scale}" if title else scale, fontsize=9)
    file = BytesIO()
    figure.savefig(file, format="png")
    write_bytes(path, file.getvalue())

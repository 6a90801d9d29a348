"""Pictures in rows and columns, pixel by pixel."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError
from audiogan.writing import write_bytes


def grid_picture(path: Path, pictures: NDArray[np.float32], columns: int, magnification: int = 1) -> None:
    """Write a PNG of pictures side by side without gaps, in reading order; what stays free in the last row is black.

    Picture n's pixels are exactly the grid's from row `n // columns * height` and column `n % columns * width` on,
    times the magnification. Makes the parent folder.

    Args:
        path: the PNG.
        pictures: `[N, channels, height, width]` in [-1, 1], of 1 channel (grey) or 3 (colours); values beyond are cut.
        columns: pictures in a row.
        magnification: how many pixels wide and high a pixel becomes.

    Raises:
        AudioganError: nothing to show, channels that are neither 1 nor 3, or the place cannot be written.
    """
    from PIL import Image

    if pictures.ndim != 4 or not pictures.size or pictures.shape[1] not in (1, 3):
        raise AudioganError(
            f"{path}: pictures [N, 1 or 3, height, width] are wanted, not {list(pictures.shape)}. Nothing was drawn."
        )
    tiled = _tiled(_eight_bits(pictures), columns).repeat(magnification, axis=1).repeat(magnification, axis=2)
    colours = tiled[0] if len(tiled) == 1 else np.moveaxis(tiled, 0, 2)
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(colours)).save(file, format="png")
    write_bytes(path, file.getvalue())


def _eight_bits(pictures: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint((np.clip(pictures, -1, 1) + 1) * 127.5).astype(np.uint8)


def _tiled(pixels: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """`[N, channels, height, width]` as one picture `[channels, rows · height, columns · width]`."""
    count, channels, height, width = pixels.shape
    rows = -(-count // columns)
    full = np.zeros((rows * columns, channels, height, width), np.uint8)
    full[:count] = pixels
    cells = full.reshape(rows, columns, channels, height, width).transpose(2, 0, 3, 1, 4)
    return cells.reshape(channels, rows * height, columns * width)

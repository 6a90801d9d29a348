"""Grids of pictures, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audiogan.errors import AudioganError
from audiogan.show.grid import grid_picture

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("magnification", [1, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixel_is_at_its_place(tmp_path: Path, channels: int, magnification: int) -> None:
    pixels = RNG.integers(0, 256, (5, channels, 4, 6), dtype=np.uint8)
    path = tmp_path / "made" / "grid.png"
    grid_picture(path, pixels.astype(np.float32) / 127.5 - 1, columns=2, magnification=magnification)
    with Image.open(path) as picture:
        assert (picture.format, picture.mode) == ("PNG", "L" if channels == 1 else "RGB")
        assert picture.size == (2 * 6 * magnification, 3 * 4 * magnification)
        seen = np.asarray(picture).reshape(3 * 4 * magnification, 2 * 6 * magnification, channels)
    for row in range(seen.shape[0]):
        for column in range(seen.shape[1]):
            y, x = row // magnification, column // magnification
            number = y // 4 * 2 + x // 6
            expected = pixels[number, :, y % 4, x % 6] if number < 5 else np.zeros(channels)
            np.testing.assert_array_equal(seen[row, column], expected)
    assert list(path.parent.iterdir()) == [path]


def test_values_are_rounded_and_cut_at_the_ends(tmp_path: Path) -> None:
    values = np.array([-7, -1, -1 + 0.9 / 255, -1 + 1.1 / 255, 0.999, 1, 7], np.float32)
    grid_picture(tmp_path / "a.png", values.reshape(1, 1, 1, -1), columns=1)
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture).tolist() == [[0, 0, 0, 1, 255, 255, 255]]


def test_more_columns_than_pictures(tmp_path: Path) -> None:
    grid_picture(tmp_path / "a.png", np.ones((1, 1, 2, 2), np.float32), columns=3)
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture).tolist() == [[255, 255, 0, 0, 0, 0]] * 2


@pytest.mark.parametrize("shape", [(0, 1, 2, 2), (1, 2, 2, 2), (1, 2, 2)])
def test_what_is_no_picture(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioganError, match="are wanted, not"):
        grid_picture(tmp_path / "a.png", np.zeros(shape, np.float32), columns=1)
    assert not any(tmp_path.iterdir())

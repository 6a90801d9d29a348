"""The picture of spectrograms, looked at as pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from audiogan.errors import AudioganError
from audiogan.show.spectrogram import spectrogram_picture


def bright(picture: np.ndarray) -> np.ndarray:
    """Where the picture has the colour of the loudest level, in the part that holds the spectrograms."""
    red, green, blue = np.moveaxis(picture[:, : int(0.88 * picture.shape[1]), :3], 2, 0)
    return (red > 0.9) & (green > 0.7) & (blue < 0.85) & (green - blue > 0.1)


def test_a_sine_is_a_line_at_its_frequency_and_a_quieter_one_is_darker(tmp_path: Path) -> None:
    rate = 16000
    sine = np.sin(2 * np.pi * 2000 * np.arange(2 * rate) / rate)
    path = tmp_path / "made" / "picture.png"
    spectrogram_picture(path, [("loud", sine, rate), ("quiet", np.stack([sine, sine]) / 1000, rate)], "two sines")
    picture = imread(path)
    rows = np.flatnonzero(bright(picture).mean(axis=1) > 0.5)
    assert rows.size and rows.max() < picture.shape[0] / 2  # in the upper panel alone: the colours have one scale
    assert np.ptp(rows) < 20
    assert list(path.parent.iterdir()) == [path]


def test_sounds_of_other_rates_and_lengths_share_a_picture(tmp_path: Path) -> None:
    sounds = [("short", np.ones(1), 8000), ("long", np.random.default_rng(0).standard_normal(48000 * 60), 48000)]
    spectrogram_picture(tmp_path / "a.png", sounds)
    assert imread(tmp_path / "a.png").shape[1] == 1500


def test_what_cannot_be_shown_or_written(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match="no sound to show"):
        spectrogram_picture(tmp_path / "a.png", [])
    with pytest.raises(AudioganError, match="shape"):
        spectrogram_picture(tmp_path / "a.png", [("none", np.zeros(0), 8000)])
    (tmp_path / "file").touch()
    with pytest.raises(AudioganError, match="cannot be written"):
        spectrogram_picture(tmp_path / "file" / "a.png", [("one", np.ones(10), 8000)])

"""Validation samples of every kind, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from audiogan.show.samples import write_samples
from audiogan.tasks.task import PictureSample, PointSample, SoundSample

RNG = np.random.default_rng(0)


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_sounds_given_are_kept_once_and_sounds_made_at_every_step(tmp_path: Path) -> None:
    given, first, second = ((0.1 * RNG.standard_normal((1, 4000))).astype(np.float32) for _ in range(3))
    for step, made in ((10, first), (20, second)):
        write_samples(tmp_path, step, [SoundSample("one", {"noisy": given}, {"enhanced": made}, 8000)])
    folders = ("step-00000010", "step-00000020")
    assert below(tmp_path) == {
        "one.noisy.flac", *(f"{f}/one.{ending}" for f in folders for ending in ("enhanced.flac", "png"))
    }  # fmt: skip
    for folder, made in zip(folders, (first, second), strict=True):
        samples, rate = soundfile.read(tmp_path / folder / "one.enhanced.flac")
        assert rate == 8000
        np.testing.assert_allclose(samples, made[0], atol=2e-5)


def test_pictures_are_a_grid_magnified_by_whole_pixels(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (6, 1, 28, 28), dtype=np.uint8)
    wide = RNG.integers(0, 256, (2, 3, 4, 600), dtype=np.uint8)
    samples = [
        PictureSample("digits", pixels.astype(np.float32) / 127.5 - 1, columns=3),
        PictureSample("wide", wide.astype(np.float32) / 127.5 - 1, columns=1),
    ]
    write_samples(tmp_path, 7, samples)
    assert below(tmp_path) == {"step-00000007/digits.png", "step-00000007/wide.png"}
    with Image.open(tmp_path / "step-00000007" / "digits.png") as picture:
        times = 512 // 84
        assert picture.size == (84 * times, 56 * times)
        small = np.asarray(picture)[::times, ::times]
    rows = [np.concatenate(list(pixels[start : start + 3, 0]), axis=1) for start in (0, 3)]
    np.testing.assert_array_equal(small, np.concatenate(rows))
    with Image.open(tmp_path / "step-00000007" / "wide.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture)[:4], np.moveaxis(wide[0], 0, 2))


def test_points_are_drawn_with_and_without_a_field(tmp_path: Path) -> None:
    points = RNG.standard_normal((50, 2)).astype(np.float32)
    extent = (-3.0, 3.0, -3.0, 3.0)
    samples = [
        PointSample("plain", points, points, None, extent),
        PointSample("field", points, points, np.eye(9, dtype=np.float32), extent),
    ]
    write_samples(tmp_path, 1, samples)
    contents = [np.asarray(Image.open(tmp_path / "step-00000001" / f"{name}.png")) for name in ("plain", "field")]
    assert contents[0].shape == contents[1].shape
    assert not np.array_equal(*contents)


def test_a_name_of_a_manifest_stays_in_the_folder(tmp_path: Path) -> None:
    sound = np.full((1, 4000), 0.1, np.float32)
    sample = SoundSample(f"../..{tmp_path}/evil", {"noisy": sound}, {"enhanced": sound}, 8000)
    write_samples(tmp_path / "run" / "samples", 1, [sample])
    assert len(below(tmp_path / "run" / "samples")) == len(below(tmp_path)) == 3

"""Folders of pictures, written by Pillow and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import audiogan.data.pictures
from audiogan.data.batches import BatchStream
from audiogan.data.pictures import Pictures, read_picture
from audiogan.errors import AudioganError

RNG = np.random.default_rng(0)


def pixels_of(height: int = 5, width: int = 4, colours: bool = False) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3) if colours else (height, width), dtype=np.uint8)


def written(path: Path, pixels: np.ndarray | None = None) -> np.ndarray:
    pixels = pixels_of() if pixels is None else pixels
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def spoilt(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n and no more")


def reals(pictures: Pictures, epoch: int = 0) -> np.ndarray:
    return np.stack([pictures.item(epoch, index)["real"] for index in range(len(pictures))])


def test_grey_values_come_back_exactly_from_minus_one_to_one(tmp_path: Path) -> None:
    every = written(tmp_path / "every.png", np.arange(256, dtype=np.uint8).reshape(8, 32))
    (item,) = (Pictures(tmp_path).item(0, 0),)
    assert item.keys() == {"real"}
    assert (item["real"].dtype, item["real"].shape) == (np.float32, (1, 8, 32))
    assert (item["real"].min(), item["real"].max()) == (-1, 1)
    np.testing.assert_array_equal(np.rint((item["real"][0] + 1) * 127.5), every)
    assert np.ptp(np.diff(item["real"].ravel())) < 1e-6


def test_colours_come_first_and_either_kind_becomes_the_other(tmp_path: Path) -> None:
    colours = written(tmp_path / "a.png", pixels_of(colours=True))
    grey = written(tmp_path / "b.bmp")
    both = np.rint((reals(Pictures(tmp_path, channels=3)) + 1) * 127.5)
    np.testing.assert_array_equal(both[0], np.moveaxis(colours, 2, 0))
    np.testing.assert_array_equal(both[1], np.stack([grey] * 3))
    seen = np.rint((reals(Pictures(tmp_path))[0, 0] + 1) * 127.5)
    np.testing.assert_allclose(seen, colours @ [0.299, 0.587, 0.114], atol=1)  # ITU-R BT.601 luma


def test_subfolders_are_the_labels_in_sorted_order(tmp_path: Path) -> None:
    expected = {}
    for name, label in (("cat", 0), ("ant/young", 1), ("bee", 2)):
        for number in range(2):
            expected[written(tmp_path / name / f"{number}.png").tobytes()] = label
    (tmp_path / "empty").mkdir()
    written(tmp_path / ".thumbnails" / "0.png")
    (tmp_path / "cat" / "notes.txt").write_text("no picture")
    order = ["cat", "ant", "bee"]
    for given, names in ((None, sorted(order)), (order, order)):
        pictures = Pictures(tmp_path, labels=given)
        assert (pictures.labels, pictures.classes, len(pictures), pictures.remark) == (tuple(names), 3, 6, None)
        found = {
            np.rint((item["real"] + 1) * 127.5).astype(np.uint8).tobytes(): names[item["label"]]
            for item in (pictures.item(0, index) for index in range(6))
        }
        assert found == {content: order[label] for content, label in expected.items()}


def test_batches_of_labelled_pictures(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(tmp_path / name / "0.png")
    batch = next(BatchStream(Pictures(tmp_path), 4, 0)(0))
    assert {key: (tuple(value.shape), str(value.dtype)) for key, value in batch.items()} == {
        "real": ((4, 1, 5, 4), "torch.float32"),
        "label": ((4,), "torch.int64"),
    }
    assert sorted(batch["label"].tolist()) == [0, 0, 1, 1]


def test_labels_that_cannot_be(tmp_path: Path) -> None:
    written(tmp_path / "a" / "0.png")
    with pytest.raises(AudioganError, match=r"0.png: its label, a, is not known\. Known: b, c\."):
        Pictures(tmp_path, labels=["b", "c"])
    written(tmp_path / "astray.png")
    with pytest.raises(AudioganError, match=r"astray.png: lies in no subfolder"):
        Pictures(tmp_path)


def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    kept = [written(tmp_path / name / "2.png") for name in ("a", "b")]
    spoilt(tmp_path / "a" / "1.png")
    cut = tmp_path / "b" / "3.png"
    written(cut, pixels_of(64, 64))
    cut.write_bytes(cut.read_bytes()[:2000])
    (tmp_path / "b" / "4.jpg").touch()
    pictures = Pictures(tmp_path)
    assert pictures.remark == (
        f"{tmp_path}: 3 of 5 pictures cannot be read and are left out, first {tmp_path / 'a' / '1.png'}"
    )
    np.testing.assert_array_equal(pictures.pixels[:, 0], kept)
    assert [int(pictures.item(0, index)["label"]) for index in range(2)] == [0, 1]


def test_folders_without_anything_to_read(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match="no such folder"):
        Pictures(tmp_path / "nowhere")
    with pytest.raises(AudioganError, match=r"no picture in this folder.*\.png"):
        Pictures(tmp_path)
    spoilt(tmp_path / "a.png")
    spoilt(tmp_path / "b.png")
    with pytest.raises(AudioganError, match=r"a\.png: cannot be read as a picture, nor can any other of the 2"):
        Pictures(tmp_path)
    with pytest.raises(AudioganError, match="this is a file"):
        Pictures(tmp_path / "a.png")


def test_pictures_of_two_sizes_want_one(tmp_path: Path) -> None:
    written(tmp_path / "a.png")
    written(tmp_path / "b.png", pixels_of(7, 6))
    with pytest.raises(AudioganError, match=r"b\.png has 6 × 7 pixels and .*a\.png has 4 × 5.*data\.size"):
        Pictures(tmp_path)
    assert Pictures(tmp_path, size=6).shape == (1, 6, 6)


def test_more_than_memory_should_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        written(tmp_path / f"{number}.png")
    monkeypatch.setattr(audiogan.data.pictures, "MOST_BYTES", 3 * 20)
    assert len(Pictures(tmp_path)) == 3
    monkeypatch.setattr(audiogan.data.pictures, "MOST_BYTES", 3 * 20 - 1)
    with pytest.raises(AudioganError, match=r"3 pictures of 4 × 5 pixels take more than .*smaller data\.size"):
        Pictures(tmp_path)


def test_resizing_takes_the_middle_square_and_keeps_what_fits(tmp_path: Path) -> None:
    wide = np.zeros((8, 24), np.uint8)
    wide[:, 8:16] = 200  # the middle square, of one value
    written(tmp_path / "wide.png", wide)
    exact = written(tmp_path / "exact.png", pixels_of(4, 4))
    np.testing.assert_array_equal(read_picture(tmp_path / "wide.png", size=4), np.full((1, 4, 4), 200))
    np.testing.assert_array_equal(read_picture(tmp_path / "exact.png", size=4)[0], exact)


def test_padding_is_black_and_leaves_the_picture_in_the_middle(tmp_path: Path) -> None:
    pixels = written(tmp_path / "a.png", pixels_of(28, 28))
    pictures = Pictures(tmp_path, pad=2)
    real = pictures.item(0, 0)["real"]
    assert pictures.shape == real.shape == (1, 32, 32)
    np.testing.assert_array_equal(np.rint((real[0, 2:-2, 2:-2] + 1) * 127.5), pixels)
    assert (real.sum() - real[0, 2:-2, 2:-2].sum()) == pytest.approx(-(32**2 - 28**2), rel=1e-4)


def test_sixteen_bits_and_turned_photographs_are_seen_as_they_are_meant(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 128 * 257, 65535]], np.uint16)).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "deep.png"), [[[0, 128, 255]]])
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation: to be turned a quarter clockwise
    pixels = pixels_of()
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=turned)
    np.testing.assert_array_equal(read_picture(tmp_path / "turned.png")[0], np.rot90(pixels, -1))


def test_half_of_mirrored_items_are_flipped_as_seed_epoch_and_index_say(tmp_path: Path) -> None:
    for number in range(10):
        written(tmp_path / f"{number}.png")
    plain = reals(Pictures(tmp_path))
    one, same, other = (Pictures(tmp_path, mirrored=True, seed=seed) for seed in (1, 1, 2))
    flipped = []
    for epoch in range(40):
        seen = reals(one, epoch)
        is_flipped = np.array([np.array_equal(a[:, :, ::-1], b) for a, b in zip(plain, seen, strict=True)])
        np.testing.assert_array_equal(np.where(is_flipped[:, None, None, None], plain[:, :, :, ::-1], plain), seen)
        flipped.append(is_flipped)
    assert np.mean(flipped) == pytest.approx(0.5, abs=4.5 * 0.5 / 400**0.5)
    np.testing.assert_array_equal(reals(one, 3), reals(same, 3))
    assert len({tuple(row) for row in flipped}) > 30
    assert any(not np.array_equal(reals(one, epoch), reals(other, epoch)) for epoch in range(3))

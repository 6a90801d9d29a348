"""Pictures of any folder as training items."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.survey import LeftOut
from audiogan.chance import generator
from audiogan.data.labels import labels_of
from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURE_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})

MOST_BYTES = 4 * 2**30
"""How much memory the pictures of a folder may take."""

Channels = Literal[1, 3]
Pixels = NDArray[np.uint8]


class Pictures:
    """The pictures of a folder, read once and held in memory; item i of epoch e is a function of (seed, e, i).

    The subfolders' names are the labels, numbered in their sorted order; a folder without subfolders has none. Files
    are known by their suffix. What cannot be read is left out, and `remark` says so.

    Args:
        folder: searched with its subfolders; names that begin with a dot are passed over.
        size: pixels of a side: the middle square of every picture is resized to it. Left out, pictures stay as they
            are, and all must have one size.
        channels: 1 for grey, 3 for colours.
        pad: black pixels added on every side, after resizing.
        mirrored: whether half of the items, others in every epoch, are flipped left to right.
        seed: of the run.
        labels: the names in the order of their numbers, where another folder has said them; left out, the subfolders'.

    Raises:
        AudioganError: no folder, no picture or none that can be read; pictures of several sizes and no `size`; more
            than memory should hold; pictures beside subfolders of pictures; a subfolder that is not among `labels`.
    """

    def __init__(
        self,
        folder: Path,
        size: int | None = None,
        channels: Channels = 1,
        pad: int = 0,
        mirrored: bool = False,
        seed: int = 0,
        labels: Sequence[str] | None = None,
    ) -> None:
        found = find_pictures(folder)
        label_of, self.labels = labels_of(found, folder, known=labels)
        read = _read_all(found, size, channels)
        unread = [path for path in found if path not in read]
        self.left_out = [LeftOut(path, "cannot be read as a picture") for path in unread]
        """Files that cannot be used."""
        self.remark = _left_out(unread, len(found), folder)
        """What was left out, in a sentence; None where nothing was."""
        self.pixels = np.pad(np.stack(list(read.values())), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        """uint8 `[pictures, channels, height, width]`."""
        self.numbers = np.array([self.labels.index(label_of[path]) for path in read]) if self.labels else None
        """The labels' numbers, int64 `[pictures]`; None where pictures have no labels."""
        self.mirrored = mirrored
        self.seed = seed

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def classes(self) -> int:
        """How many labels there are; 0 where pictures have none."""
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an item."""
        return self.pixels.shape[1:]

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        """`real`, float32 `[channels, height, width]` in [-1, 1], and where there are labels `label`, int64 `[]`."""
        pixels = self.pixels[index]
        if self.mirrored and generator(self.seed, "mirrored", epoch, index).random() < 0.5:
            pixels = pixels[:, :, ::-1]
        real = pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)
        return {"real": real} if self.numbers is None else {"real": real, "label": self.numbers[index, ...]}


def find_pictures(folder: Path) -> list[Path]:
    """All pictures in a folder and its subfolders, sorted.

    Raises:
        AudioganError: the folder is missing, is not a folder, or holds no picture.
    """
    if not folder.is_dir():
        what = "a folder of pictures is wanted here, and this is a file" if folder.exists() else "no such folder"
        raise AudioganError(f"{folder}: {what}. Check the path.")
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PICTURE_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not found:
        kinds = " ".join(sorted(PICTURE_SUFFIXES))
        raise AudioganError(f"{folder}: no picture in this folder. Files are known by their suffix: {kinds}.")
    return found


def read_picture(path: Path, size: int | None = None, channels: Channels = 1) -> Pixels:
    """A picture as uint8 `[channels, height, width]`, turned upright; transparency is dropped.

    Args:
        path: the file.
        size: pixels of a side that the middle square is resized to (Lanczos); a picture that has it stays exact.
        channels: 1 for grey, 3 for colours.

    Raises:
        AudioganError: it cannot be read.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as file:
            picture = _eight_bits(ImageOps.exif_transpose(file)).convert("L" if channels == 1 else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise AudioganError(f"{path}: not a picture that can be read ({error}).") from error
    if size is not None:
        picture = _middle_square(picture).resize((size, size), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture)
    return pixels[None] if channels == 1 else np.ascontiguousarray(np.moveaxis(pixels, 2, 0))


def _eight_bits(picture: Image) -> Image:
    """Pillow cuts grey values of 16 bits off at 255 where it should scale them."""
    from PIL import Image

    if not picture.mode.startswith("I;16"):
        return picture
    return Image.fromarray((np.asarray(picture).astype(np.uint32) // 257).astype(np.uint8))


def _middle_square(picture: Image) -> Image:
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    return picture.crop((left, top, left + side, top + side))


def _read_all(paths: list[Path], size: int | None, channels: Channels) -> dict[Path, Pixels]:
    """Every picture that can be read, in the order of their paths."""
    read: dict[Path, Pixels] = {}
    room = MOST_BYTES
    # Pillow decodes outside of Python's lock.
    with ThreadPoolExecutor() as pool:
        try:
            decoded = pool.map(partial(_read_or_none, size=size, channels=channels), paths)
            for path, pixels in zip(paths, decoded, strict=True):
                if pixels is None:
                    continue
                read[path] = pixels
                _refuse_two_sizes(read, path)
                room -= pixels.nbytes
                if room < 0:
                    raise AudioganError(
                        f"{path.parent}: {len(paths)} pictures of {_size(pixels)} pixels take more than "
                        f"{MOST_BYTES / 2**30:g} GiB of memory. Set a smaller data.size, or give fewer."
                    )
        finally:
            pool.shutdown(cancel_futures=True)
    if not read:
        raise AudioganError(
            f"{paths[0]}: cannot be read as a picture, nor can any other of the {len(paths)} here. Check the files."
        )
    return read


def _read_or_none(path: Path, size: int | None, channels: Channels) -> Pixels | None:
    try:
        return read_picture(path, size, channels)
    except AudioganError:
        return None


def _refuse_two_sizes(read: dict[Path, Pixels], last: Path) -> None:
    first = next(iter(read))
    if read[first].shape != read[last].shape:
        raise AudioganError(
            f"{last} has {_size(read[last])} pixels and {first} has {_size(read[first])}. "
            "Set data.size, and all are resized to it."
        )


def _size(pixels: Pixels) -> str:
    return f"{pixels.shape[2]} × {pixels.shape[1]}"


def _left_out(unread: list[Path], count: int, folder: Path) -> str | None:
    if not unread:
        return None
    return f"{folder}: {len(unread)} of {count} pictures cannot be read and are left out, first {unread[0]}"

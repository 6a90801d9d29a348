"""SC09, the ten digit words of Speech Commands that WaveGAN was published with, to folders for training.

    python data_prep/sc09.py speech_commands_v0.02.tar.gz data/sc09

takes the archive as its publisher ships it, or the folder that it was unpacked to: a folder a word, validation_list.txt
and testing_list.txt. It makes data/sc09/{train,validation,test}/{zero..nine}/*.wav by the publisher's two lists, in
which no speaker is in two parts; what neither names is train. `data: {name: Sounds, folder: data/sc09/train}` in a
recipe takes them. Recordings of a folder are hard-linked where the disk allows it, and copied where not. The folder
appears whole or not at all.

The recordings, about one second at 16 kHz, are under the licence CC-BY-4.0: name Warden, "Speech Commands: A Dataset
for Limited-Vocabulary Speech Recognition" (arXiv:1804.03209, 2018), which says where the archives of versions 0.01 and
0.02 are found; either will do. Tested on a small tree of the same shape, not on the real download.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from labelled_folders import is_to_be_made, sounds_by_label

from audiogan.data.archives import unpack
from audiogan.errors import AudioganError
from audiogan.writing import put_in_place

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LISTS = {"validation": "validation_list.txt", "test": "testing_list.txt"}
SPLITS = ("train", *LISTS)


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the publisher's archive, or its folder")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the sounds, new or empty")
    arguments = parser.parse_args()
    try:
        if is_to_be_made(arguments.out, SPLITS, "SC09"):
            prepare(arguments.source, arguments.out.resolve())
        report(arguments.out)
    except AudioganError as error:
        print(f"sc09: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(source: Path, out: Path) -> None:
    """Make the folder of words, which appears whole or not at all."""
    with put_in_place(out) as made, tempfile.TemporaryDirectory(prefix="sc09-", dir=out.parent) as work:
        if not source.is_dir():
            unpack(source, Path(work, "unpacked"), wanted)
        root = root_of(Path(work, "unpacked") if not source.is_dir() else source, source)
        split_of = {name: split for split, listing in LISTS.items() for name in names_in(root / listing)}
        for word in WORDS:
            for split in SPLITS:
                (made / split / word).mkdir(parents=True)
            for path in recordings(root, word, source):
                link_or_copy(path, made / split_of.get(f"{word}/{path.name}", "train") / word / path.name)
        for text in ("LICENSE", "README.md"):
            if (root / text).is_file():
                link_or_copy(root / text, made / text)


def wanted(name: str) -> bool:
    """Whether a member of the archive is a recording of a digit, a list or a text about them."""
    return Path(name).parent.name in WORDS or Path(name).name in (*LISTS.values(), "LICENSE", "README.md")


def root_of(folder: Path, source: Path) -> Path:
    """The folder that the lists lie in: this one, or a folder in it.

    Raises:
        AudioganError: they are not there.
    """
    for root in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        if all((root / listing).is_file() for listing in LISTS.values()):
            return root
    raise AudioganError(f"{source}: {' and '.join(LISTS.values())} are not in it, so it is not Speech Commands.")


def names_in(listing: Path) -> list[str]:
    """The recordings that a list names, `zero/0a7c2a8d_nohash_0.wav`."""
    return listing.read_text(encoding="utf-8").split()


def recordings(root: Path, word: str, source: Path) -> list[Path]:
    """All recordings of a word.

    Raises:
        AudioganError: there are none.
    """
    if not (found := sorted((root / word).glob("*.wav"))):
        raise AudioganError(f"{source}: holds no recordings of the word {word}. Fetch it again.")
    return found


def link_or_copy(path: Path, place: Path) -> None:
    """Have a file at another place too, without its taking room twice where the disk allows it."""
    try:
        os.link(path.resolve(), place)
    except OSError:
        shutil.copyfile(path, place)


def report(out: Path) -> None:
    """Print how many sounds there are."""
    for split in SPLITS:
        counts = {word: len(sounds) for word, sounds in sounds_by_label(out / split).items()}
        each = ", ".join(f"{word}: {counts.get(word, 0)}" for word in WORDS)
        print(f"{out / split}: {sum(counts.values())} sounds ({each})")


if __name__ == "__main__":
    sys.exit(main())

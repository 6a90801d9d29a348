"""Impulse responses of loudspeakers and rooms for training, from Debian's guitarix-common and npm's tunajs.

    python data_prep/impulse_responses.py corpora

makes corpora/train/responses/{loudspeakers,rooms}/*.wav (16 kHz, mono, 16 bits, peak at 0.99, beginning with the direct
sound) and beside them corpus.jsonl, in the form of debian_corpora.py's. loudspeakers: 90 cabinets of guitar amplifiers,
to colour speech as microphones and small loudspeakers do; rooms: a hall of 2.2 s and two of tunajs's, each channel by
itself. Interrupted, the same command goes on. The recordings keep their licences: guitarix's GPL-2+, tunajs's MIT.

Needs Debian or a system derived from it (apt-get, no root), and npm or --archive.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from corpus_folders import SAMPLE_RATE, Clip, Corpus, write_corpus
from debian_corpora import find_package
from labelled_folders import npm_pack
from numpy.typing import NDArray

from audiogan.audio.files import read
from audiogan.audio.resample import resample
from audiogan.data.archives import unpack
from audiogan.data.clips import to_pcm16
from audiogan.errors import AudioganError

GUITARIX = "guitarix-common"
TUNAJS = "tunajs@1.1.3"
CABINETS = "*/sounds/amps/*.wav", "*/sounds/bands/*.wav"
HALL = ("*/sounds/greathall.wav",)
TUNAJS_ROOMS = "package/impulses/impulse_rev.wav", "package/impulses/ir_rev_short.wav"
# Raised when other clips are made of the same files.
VERSION = "1"
PEAK = 0.99
DIRECT_SOUND_DB = -40.0


def main() -> int:
    """The program; exit code 2 and one line for user errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the corpora")
    parser.add_argument("--downloads", type=Path, help="folder of Debian packages (OUT/downloads)")
    parser.add_argument("--archive", type=Path, metavar="FILE.tgz", help="tunajs's archive, instead of npm's download")
    arguments = parser.parse_args()
    downloads = arguments.downloads or arguments.out / "downloads"
    try:
        prepare(arguments.out, downloads, arguments.archive)
    except AudioganError as error:
        print(f"impulse_responses: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(out: Path, downloads: Path, archive: Path | None) -> None:
    """Make both folders, unless they are there from this version.

    Raises:
        AudioganError: a package cannot be fetched, is damaged, or lacks the responses.
    """

    def loudspeakers(folder: Path) -> Iterator[Clip]:
        return responses(find_package(GUITARIX, downloads), CABINETS, GUITARIX, folder)

    def rooms(folder: Path) -> Iterator[Clip]:
        yield from responses(find_package(GUITARIX, downloads), HALL, GUITARIX, folder / "guitarix")
        with tempfile.TemporaryDirectory() as work:
            packed = archive or npm_pack(TUNAJS, Path(work))
            yield from responses(packed, TUNAJS_ROOMS, TUNAJS, folder / "tunajs")

    write_corpus(out, Corpus("loudspeakers", "train", "responses", "GPL-2+"), VERSION, loudspeakers)
    licence = "guitarix GPL-2+; tunajs MIT, which does not tell where the recordings come from"
    write_corpus(out, Corpus("rooms", "train", "responses", licence), VERSION, rooms)


def responses(archive: Path, patterns: Iterable[str], package: str, folder: Path) -> Iterator[Clip]:
    """The responses in an archive whose names fit a pattern, one clip for each channel."""
    files = unpack(archive, folder, lambda name: any(fnmatchcase(name, pattern) for pattern in patterns))
    for path in files:
        source = f"{package}: {path.relative_to(folder)}"
        try:
            sound, rate = read(path)
        except AudioganError:
            yield Clip(source, None, None, "not readable")
            continue
        for number, channel in enumerate(sound):
            name = source if len(sound) == 1 else source.replace(".wav", f"-{number}.wav")
            yield Clip(name, None, to_pcm16(direct_sound_first(resample(channel, rate, SAMPLE_RATE))))


def direct_sound_first(response: NDArray[np.float32]) -> NDArray[np.float32]:
    """A response `[samples]` from its first sample within 40 dB of the peak on, scaled to a peak of 0.99."""
    level = np.abs(response)
    start = int(np.argmax(level >= level.max() * 10 ** (DIRECT_SOUND_DB / 20)))
    return response[start:] * np.float32(PEAK / max(float(level.max()), 1e-9))


if __name__ == "__main__":
    sys.exit(main())

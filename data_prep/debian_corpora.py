"""Speech and noise for training, from Debian's packages: downloads, unpacks, decodes, sorts out, says what it left out.

    python data_prep/debian_corpora.py corpora

makes corpora/{train,select,develop}/{speech,noise}/CORPUS/*.wav (16 kHz, mono, 16 bits) and beside the folders of each
kind a corpus.jsonl with one row a clip: path, corpus, licence, speaker, kind, seconds, sha256 (of the samples), source.
What is downloaded (1.8 GB) and which files are taken stands in debian_corpora.yaml. Whole speakers and whole packages
of noise are held out for choosing (select) and for scoring (develop). Interrupted, the same command goes on.

The recordings keep their licences, several of them GPL or CC-BY-SA: every row of corpus.jsonl names its own; name them
where you publish what was trained on them, and do not pass the recordings on under other terms.

Needs Debian or a system derived from it (apt-get, no root) and `pip install audiogan[corpora]`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import yaml
from corpus_folders import SAMPLE_RATE, Clip, Corpus, Recording, decode_all, write_corpus
from numpy.typing import NDArray

from audiogan.audio.files import SOUND_SUFFIXES, read_mono
from audiogan.chance import generator
from audiogan.data.archives import unpack
from audiogan.data.clips import FEW_AT_FULL_SCALE, to_pcm16
from audiogan.errors import AudioganError

TABLE = Path(__file__).with_suffix(".yaml")
SUFFIXES = SOUND_SUFFIXES | {".g722"}
TYPING_CLIPS = 12
TYPING_SECONDS = 10.0
# Raised when other clips are made of the same files, so that corpora made before are made again.
VERSION = 2


@dataclass(frozen=True)
class DebianCorpus(Corpus):
    """One entry of debian_corpora.yaml, where the fields are explained."""

    package: str
    take: list[str]
    leave: list[str] = field(default_factory=list)
    inside: str | None = None
    speaker: str | None = None
    loudest: int = FEW_AT_FULL_SCALE
    typing: bool = False

    def definition(self) -> str:
        """A checksum of the entry: tells whether a corpus made before is what the table says now."""
        values = {item.name: (getattr(self, item.name), item.default) for item in fields(self)}
        said = {name: value for name, (value, default) in values.items() if value != default}
        return hashlib.sha256(json.dumps([VERSION, said], sort_keys=True).encode()).hexdigest()

    def wants(self, name: str) -> bool:
        """Whether a file of the package (or of the archive inside it) belongs to the corpus."""
        return any(fnmatchcase(name, p) for p in self.take) and not any(fnmatchcase(name, p) for p in self.leave)

    def speaker_of(self, name: str) -> str | None:
        """The speaker of a file; None where nobody speaks."""
        if self.kind != "speech":
            return None
        found = re.search(self.speaker, name) if self.speaker else None
        return f"{self.name}/{found[1]}" if found else self.name


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the corpora")
    parser.add_argument("--downloads", type=Path, help="folder of the packages; those there are used (OUT/downloads)")
    parser.add_argument("--packages", nargs="+", metavar="PACKAGE", help="only the corpora of these packages")
    parser.add_argument("--jobs", type=int, default=1, help="recordings decoded at a time (1)")
    arguments = parser.parse_args()
    downloads = arguments.downloads or arguments.out / "downloads"
    try:
        for corpus in chosen(read_table(TABLE), arguments.packages):
            prepare(corpus, arguments.out, downloads, arguments.jobs)
    except AudioganError as error:
        print(f"debian_corpora: {error}", file=sys.stderr)
        return 2
    return 0


def read_table(path: Path) -> list[DebianCorpus]:
    """The corpora of debian_corpora.yaml, in its order."""
    return [DebianCorpus(**entry) for entry in yaml.safe_load(path.read_text())]


def chosen(corpora: list[DebianCorpus], packages: list[str] | None) -> list[DebianCorpus]:
    """The corpora of some packages, or all.

    Raises:
        AudioganError: a package is not in the table.
    """
    known = {corpus.package for corpus in corpora}
    if unknown := set(packages or ()) - known:
        raise AudioganError(f"--packages: {', '.join(sorted(unknown))} not known. Known: {', '.join(sorted(known))}.")
    return [corpus for corpus in corpora if packages is None or corpus.package in packages]


def prepare(corpus: DebianCorpus, out: Path, downloads: Path, jobs: int) -> None:
    """Make one corpus, downloading its package if need be; nothing if it is there as the table has it now."""

    def make_clips(folder: Path) -> Iterator[Clip]:
        archive = find_package(corpus.package, downloads)
        if corpus.inside:
            unpack(archive, folder / "package", lambda name: name == corpus.inside)
            archive = folder / "package" / corpus.inside
        root = folder / "files"
        files = [path for path in unpack(archive, root, corpus.wants) if path.suffix in SUFFIXES]
        if corpus.typing:
            return typing(files, corpus.package)
        return decode_all(recordings(corpus, files, root), corpus.kind, jobs, corpus.loudest)

    write_corpus(out, corpus, corpus.definition(), make_clips)


def find_package(package: str, downloads: Path) -> Path:
    """The package's file in `downloads`, fetched by apt-get if it is not there yet."""
    downloads.mkdir(parents=True, exist_ok=True)
    if not (found := sorted(downloads.glob(f"{package}_*.deb"))):
        print(f"{package}: downloading", flush=True)
        try:
            result = subprocess.run(["apt-get", "download", package], cwd=downloads, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise AudioganError(
                f"{package}: this system has no apt-get. Put {package}_*.deb into {downloads} by hand."
            ) from error
        found = sorted(downloads.glob(f"{package}_*.deb"))
        if result.returncode or not found:
            said = (result.stderr.strip().splitlines() or ["nothing said"])[-1]
            raise AudioganError(f"{package}: apt-get download failed ({said}). Try 'apt-get update' first.")
    return found[-1]


def recordings(corpus: DebianCorpus, files: list[Path], root: Path) -> list[Recording]:
    """What is to be decoded; `root` is where the files were unpacked.

    Raises:
        AudioganError: it needs a decoder that is not installed.
    """
    if any(path.suffix == ".g722" for path in files) and importlib.util.find_spec("av") is None:
        raise AudioganError(f"{corpus.name}: its recordings are G.722; 'pip install audiogan[corpora]' to decode them.")
    names = [(path, str(path.relative_to(root))) for path in files]
    return [Recording(path, f"{corpus.package}: {name}", corpus.speaker_of(name)) for path, name in names]


def typing(strokes: list[Path], package: str) -> Iterator[Clip]:
    """Clips of typing from recordings of single keys going down (`NN-1.wav`) and up (`NN-0.wav`)."""
    keys = []
    for down in (path for path in strokes if path.stem.endswith("-1")):
        up = down.with_name(down.name.replace("-1.", "-0."))
        if up in strokes:
            keys.append((read_mono(down, SAMPLE_RATE), read_mono(up, SAMPLE_RATE)))
    if keys:
        for number in range(TYPING_CLIPS):
            sound = typed(keys, generator(0, "typing", number))
            yield Clip(f"{package}: typing-{number:02d}", None, to_pcm16(sound))


def typed(keys: list[tuple[NDArray[np.float32], NDArray[np.float32]]], rng: np.random.Generator) -> NDArray[np.float32]:
    """Ten seconds of typing: about 70 words a minute, a pause now and then, keys held for a tenth of a second."""
    sound = np.zeros(int(TYPING_SECONDS * SAMPLE_RATE), np.float32)
    instant = next_stroke(0.0, rng)
    while instant < TYPING_SECONDS:
        down_and_up = keys[rng.integers(len(keys))]
        gain = np.float32(10 ** (rng.uniform(-6, 0) / 20))
        for stroke, when in zip(down_and_up, (instant, instant + rng.uniform(0.06, 0.15)), strict=True):
            start = min(int(when * SAMPLE_RATE), len(sound))
            piece = stroke[: len(sound) - start]
            sound[start : start + len(piece)] += gain * piece
        instant = next_stroke(instant, rng)
    return sound


def next_stroke(instant: float, rng: np.random.Generator) -> float:
    """When the next key goes down, in seconds."""
    return instant + rng.lognormal(np.log(0.15), 0.5) + (rng.exponential(0.6) if rng.random() < 0.1 else 0.0)


if __name__ == "__main__":
    sys.exit(main())

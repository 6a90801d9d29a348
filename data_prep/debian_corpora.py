"""Speech and noise for training, from Debian's packages: downloads, unpacks, decodes, sorts out, says what it left out.

    python data_prep/debian_corpora.py corpora

makes corpora/{train,select,develop,strangers}/{speech,noise}/CORPUS/*.wav (16 kHz, mono, 16 bits) and next to the
folders of each kind a corpus.jsonl with one row a clip: path, corpus, licence, speaker, kind, seconds, sha256 (of the
samples), source, and for narrow recordings band_hz, the highest frequency with content. debian_corpora.yaml lists what
is downloaded (6.2 GB) and which files are taken. Whole speakers and whole packages of noise are held out for choosing
(select) and for scoring (develop); strangers, scored too, has packages that nothing in train comes from. At the end the
program checks that no recording and no speaker is in two splits. Interrupted, the same command goes on.

The recordings keep their licences, several of them GPL or CC-BY-SA; those of the games Beneath a Steel Sky and Flight
of the Amazon Queen may be passed on with their readme and not be sold by themselves. Every row of corpus.jsonl names
its own; name them where you publish what was trained on them, and do not pass the recordings on under other terms.

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

import yaml
from corpus_folders import Clip, Corpus, Recording, decode_all, write_corpus
from game_archives import read_archives
from typing_sounds import typing_of_keyboards, typing_of_pairs

from audiogan.audio.files import SOUND_SUFFIXES
from audiogan.data.archives import unpack
from audiogan.data.clips import FEW_AT_FULL_SCALE
from audiogan.errors import AudioganError

TABLE = Path(__file__).with_suffix(".yaml")
SUFFIXES = SOUND_SUFFIXES | {".g722"}
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
    reader: str = "archive"
    pypi: str | None = None
    least_snr_db: float | None = None

    def definition(self) -> str:
        """A checksum of the entry: tells whether a corpus made before is what the table says now."""
        values = {item.name: (getattr(self, item.name), item.default) for item in fields(self)}
        del values["band_hz"]  # a remark on clips that are the same without it
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
        check_splits(arguments.out)
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
        archive = (
            find_wheel(corpus.package, corpus.pypi, downloads)
            if corpus.pypi
            else find_package(corpus.package, downloads)
        )
        root = folder / "files"
        if corpus.inside:
            pattern = corpus.inside
            archives = unpack(archive, folder / "package", lambda name: fnmatchcase(name, pattern))
            found = read_archives(corpus.reader, archives, root, corpus.wants)
        else:
            found = unpack(archive, root, corpus.wants)
        files = [path for path in found if path.suffix in SUFFIXES]
        if corpus.typing:
            make_typing = typing_of_keyboards if corpus.pypi else typing_of_pairs
            return make_typing(files, corpus.package)
        return decode_all(recordings(corpus, files, root), corpus.kind, jobs, corpus.loudest, corpus.least_snr_db)

    write_corpus(out, corpus, corpus.definition(), make_clips)


def check_splits(out: Path) -> None:
    """Check that no recording and no speaker is in two splits, by all `corpus.jsonl` below `out`.

    Raises:
        AudioganError: one is.
    """
    owners: dict[tuple[str, str | None], str] = {}
    for table in sorted(out.glob("*/*/corpus.jsonl")):
        split = table.parts[-3]
        for row in map(json.loads, table.read_text().splitlines()):
            for key in (("recording", row.get("sha256")), ("speaker", row.get("speaker"))):
                if key[1] and owners.setdefault(key, split) != split:
                    raise AudioganError(
                        f"{out}: the {key[0]} {row['path']} ({key[1]}) is both in {owners[key]} and {split}. "
                        "Remove both corpora and their files in prepared/, and make them again."
                    )


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


def find_wheel(package: str, version: str, downloads: Path) -> Path:
    """The wheel of a Python package in `downloads`, fetched by pip if it is not there yet."""
    downloads.mkdir(parents=True, exist_ok=True)
    pattern = f"{package}-{version}-*.whl"
    if not (found := sorted(downloads.glob(pattern))):
        print(f"{package}: downloading", flush=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{package}=={version}"]
        result = subprocess.run(command, cwd=downloads, capture_output=True, text=True)
        found = sorted(downloads.glob(pattern))
        if result.returncode or not found:
            said = (result.stderr.strip().splitlines() or ["nothing said"])[-1]
            raise AudioganError(f"{package}: pip download failed ({said}). Put {pattern} into {downloads} by hand.")
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


if __name__ == "__main__":
    sys.exit(main())

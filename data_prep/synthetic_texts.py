"""Sentences to be spoken, from text files of Debian packages."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from audiogan.data.archives import unpack
from audiogan.errors import AudioganError

# About 3 to 10 s of speech.
CHARACTERS = (48, 150)
LEAST_SENTENCES = 10
# Indices; offensive fortunes, which are encrypted by rot13.
LEFT_OUT = ("*.dat", "*.u8", "*/off/*")
# One language's letters, spaces and the punctuation that a voice can follow; no digits, brackets or quotes.
SENTENCE = re.compile(r"[¿¡]?[^\W\d_](?:[^\W\d_]|[ ,;:'’\-])*[.!?]")
ABBREVIATION = re.compile(r"\b[^\W\d_a-zà-ÿ]{2,}\b|[.:;,]\S")


@dataclass(frozen=True)
class Sentence:
    """A sentence.

    Args:
        text: in one line.
        source: `PACKAGE: FILE`.
    """

    text: str
    source: str


def read_sentences(packages: dict[Path, list[str]], work: Path) -> list[Sentence]:
    """Return the sentences of some packages, each once, sorted by text.

    Args:
        packages: Debian packages and shell patterns of their text files (plain or gz).
        work: a folder to unpack into; what is there already is used.

    Raises:
        AudioganError: a package cannot be unpacked, or there are under 10 sentences.
    """
    found: dict[str, str] = {}
    for package, patterns in packages.items():
        folder = work / package.stem
        if not folder.is_dir():
            unpack(package, folder, partial(_is_text, patterns=patterns))
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            source = f"{package.name.partition('_')[0]}: {path.relative_to(folder).as_posix()}"
            for text in split_sentences(_read(path)):
                found.setdefault(text, source)
    if len(found) < LEAST_SENTENCES:
        names = ", ".join(path.name for path in packages)
        raise AudioganError(
            f"{names}: {len(found)} sentences found, {LEAST_SENTENCES} are needed. Fetch the packages again."
        )
    return [Sentence(text, source) for text, source in sorted(found.items())]


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text that can be read aloud in about 3 to 10 s; others are left out.

    Paragraphs end at empty lines and at the lines `%` of fortune files.
    """
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("…", "...")
    sentences = []
    for paragraph in re.split(r"\n[ \t]*\n|\n%+[^\n]*\n|\n\s*--", text):
        for sentence in re.split(r"(?<=[.!?])\s+", " ".join(paragraph.split())):
            if (
                CHARACTERS[0] <= len(sentence) <= CHARACTERS[1]
                and SENTENCE.fullmatch(sentence)
                and sentence.lstrip("¿¡")[0].isupper()
                and not ABBREVIATION.search(sentence)
            ):
                sentences.append(sentence)
    return sentences


def _is_text(name: str, patterns: list[str]) -> bool:
    if any(fnmatchcase(name, pattern) for pattern in LEFT_OUT):
        return False
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _read(path: Path) -> str:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")

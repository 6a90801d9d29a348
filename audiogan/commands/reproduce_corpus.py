"""Checking that a corpus on disk has the shape of the one that published figures are of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from audiogan.data.manifest import PairRow
    from audiogan.recipe.published import Corpus

MOST_NAMED = 3


@dataclass
class Shape:
    """What a corpus on disk has.

    Args:
        lines: what was found, a sentence a part.
        missing: what is missing or wrong: nothing can be trained or scored so.
        other: counts that differ from the published ones: figures are not comparable so.
    """

    lines: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


def check_corpus(corpus: Corpus, root: Path) -> Shape:
    """Return what a corpus has, compared with the published one; reads headers and manifests only."""
    shape = Shape()
    for name, part in corpus.parts.items():
        count = 0
        for folder in part.folders:
            found = _pairs if corpus.kind == "pairs" else _sounds
            count += found(root / folder, corpus, shape)
        unit = "pairs" if corpus.kind == "pairs" else "sounds"
        told = f"{count} {unit} for {name} in {' and '.join(str(root / folder) for folder in part.folders)}"
        shape.lines.append(told)
        if part.items is not None and count != part.items and not shape.missing:
            shape.other.append(f"{told}, where the published corpus has {part.items}")
    return shape


def _pairs(folder: Path, corpus: Corpus, shape: Shape) -> int:
    from audiogan.data.manifest import read_manifest

    try:
        rows = read_manifest(folder / "manifest.jsonl")
    except AudioganError as error:
        shape.missing.append(str(error))
        return 0
    lost = [path for row in rows for path in (row.clean, row.noisy) if not path.is_file()]
    if lost:
        shape.missing.append(f"{folder}: {len(lost)} files of the manifest are not there, such as {lost[0].name}.")
    _check_rates(folder, {row.sample_rate for row in rows}, corpus, shape)
    return len(rows)


def _sounds(folder: Path, corpus: Corpus, shape: Shape) -> int:
    from audiogan.audio.files import describe, find_sounds

    if not folder.is_dir():
        shape.missing.append(f"{folder}: there is no such folder.")
        return 0
    labels = sorted(one.name for one in folder.iterdir() if one.is_dir())
    if len(labels) != corpus.labels:
        shape.missing.append(
            f"{folder}: {corpus.labels} subfolders, one a label, are expected, and it has {len(labels)}."
        )
        return 0
    try:
        paths = find_sounds(folder)
        rates = {describe(path).sample_rate for path in paths}
    except AudioganError as error:
        shape.missing.append(str(error))
        return 0
    _check_rates(folder, rates, corpus, shape)
    return len(paths)


def _check_rates(folder: Path, rates: set[int], corpus: Corpus, shape: Shape) -> None:
    others = sorted(rates - {corpus.sample_rate})
    if others:
        told = ", ".join(map(str, others[:MOST_NAMED]))
        shape.missing.append(f"{folder}: sound at {told} Hz, where {corpus.sample_rate} Hz is expected.")


def test_rows(corpus: Corpus, root: Path) -> list[PairRow]:
    """Return the pairs of the test part."""
    from audiogan.data.manifest import read_manifest

    return [row for folder in corpus.parts["test"].folders for row in read_manifest(root / folder / "manifest.jsonl")]

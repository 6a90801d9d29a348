"""The inputs of `audiogan enhance`: files, folders and patterns, each with the output that it is written to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from audiogan.commands.outputs import is_folder
from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from audiogan.audio.survey import LeftOut


@dataclass
class Plan:
    """What is to be done.

    Args:
        files: input and output of each file.
        left_out: files of folders that are not sound.
        several: whether a folder or several inputs were given, so that failures do not end the run.
        root: the output folder of the only input, where that is a folder and no output was named.
    """

    files: list[tuple[Path, Path]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    several: bool = False
    root: Path | None = None


def plan(inputs: Sequence[str], output: str | None) -> Plan:
    """Find all inputs and decide where each is written.

    One file goes to the file or into the folder that `output` names. Of one folder, the files keep their place below
    it. Of several inputs, files go into the output folder, and folders keep their name in it. Without an output, a file
    `a.wav` goes to `a.enhanced.wav` and a folder `a` to `a.enhanced`.

    Raises:
        AudioganError: an input is missing, a pattern matches nothing, two inputs would write the same output, an output
            is an input, or the output cannot be a folder and has to be one.
    """
    given = [path for word in inputs for path in _expand(word)]
    found = Plan(several=len(given) > 1 or given[0].is_dir())
    if found.several and output is not None and not os.path.isdir(output) and _is_sound_name(output):
        raise AudioganError(
            f"{output}: several inputs need an output folder, and this is the name of a file. Give a folder with -o."
        )
    for path in given:
        if path.is_dir():
            _add_folder(found, path, output, keep_name=len(given) > 1)
        else:
            found.files.append((path, _output_of(path, output, found.several)))
    _drop_results(found)
    _check_distinct(found)
    return found


def _expand(word: str) -> list[Path]:
    """Return the path of an input, or those that match it where it is a pattern and no path."""
    if word == "-":
        raise AudioganError("-: standard input goes alone. Give - as the only input, or leave it.")
    if os.path.lexists(word) or not has_magic(word):
        return [Path(word)]
    matches = [Path(path) for path in sorted(glob(word, recursive=True)) if not os.path.isdir(path) or "**" not in word]
    if not matches:
        raise AudioganError(f"{word}: no file matches this pattern. Check the path.")
    return matches


def _add_folder(found: Plan, folder: Path, output: str | None, keep_name: bool) -> None:
    from audiogan.audio.files import survey_sounds

    root = Path(output) if output is not None else Path(f"{str(folder).rstrip('/')}.enhanced")
    if output is not None and keep_name:
        root /= folder.resolve().name
    if output is None and not keep_name:
        found.root = root
    if root.resolve() == folder.resolve():
        raise AudioganError(f"{root}: output and input are the same folder. Choose another output.")
    # An output folder inside the input one contains what an earlier run made.
    files = survey_sounds(folder, Path(output) if output is not None else root)
    found.left_out += files.left_out
    found.files += [(path, root / path.relative_to(folder)) for path in files.sounds]


def _output_of(path: Path, output: str | None, several: bool) -> Path:
    if output is None:
        return path.with_name(f"{path.stem}.enhanced{path.suffix}")
    return Path(output) / path.name if several or is_folder(output) else Path(output)


def _drop_results(found: Plan) -> None:
    """Leave out inputs that are outputs of other inputs: `*.wav` matches what an earlier run wrote next to them."""
    outputs = {os.path.realpath(output) for _, output in found.files}
    if len(found.files) > 1:
        kept = [pair for pair in found.files if os.path.realpath(pair[0]) not in outputs or _same(*pair)]
        found.files = kept or found.files


def _check_distinct(found: Plan) -> None:
    writers: dict[str, Path] = {}
    kept = []
    for source, output in found.files:
        if _same(source, output):
            raise AudioganError(f"{output}: output and input are the same file. Choose another output.")
        other = writers.setdefault(os.path.realpath(output), source)
        if other is source:
            kept.append((source, output))
        elif not _same(other, source):
            raise AudioganError(
                f"{other} and {source} would both be written to {output}. Rename one, or enhance them one by one."
            )
    found.files = kept
    inputs = {os.path.realpath(source): source for source, _ in kept}
    for source, output in kept:
        if os.path.realpath(output) in inputs:
            raise AudioganError(f"{output}: the output of {source} is an input too. Choose another output.")


def _same(one: Path, other: Path) -> bool:
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def _is_sound_name(name: str) -> bool:
    from audiogan.audio.files import SOUND_SUFFIXES

    return not name.endswith(("/", os.sep)) and Path(name).suffix.lower() in SOUND_SUFFIXES

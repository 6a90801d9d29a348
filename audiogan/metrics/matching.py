"""Which files belong together: by name, never by order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audiogan.errors import AudioganError
from audiogan.metrics.table import Item

SHOWN = 5


@dataclass(frozen=True)
class Matched:
    """What was found.

    Args:
        items: one a name that `clean` and `enhanced` share, sorted.
        remarks: a line each about what was left out.
    """

    items: list[Item]
    remarks: list[str]


def match_by_name(clean: Path, enhanced: Path, noisy: Path | None = None) -> Matched:
    """Pairs the files of folders that have the same name: the path below the folder, without its suffix.

    Single files may stand for folders; they belong together whatever their names.

    Args:
        clean: folder or file of the references.
        enhanced: folder or file of what is judged.
        noisy: folder or file of what was enhanced, if it is to be judged too.

    Raises:
        AudioganError: something is missing, files and folders are mixed, or no name is shared.
    """
    places = {"clean": clean, "enhanced": enhanced} | ({"noisy": noisy} if noisy else {})
    for row, place in places.items():
        if not place.exists():
            raise AudioganError(f"{place}: there is no such file or folder of {row} sound. Check the path.")
        if place.is_dir() != clean.is_dir():
            raise AudioganError(f"{clean} and {place}: one is a folder, one a file. Give folders or files only.")
    rows = {row: place for row, place in places.items() if row != "clean"}
    if not clean.is_dir():
        order = sorted(rows, reverse=True)
        return Matched([Item(enhanced.stem, clean, {row: rows[row] for row in order})], [])
    return _match_folders(places)


def _match_folders(places: dict[str, Path]) -> Matched:
    remarks: list[str] = []
    named = {row: _by_name(row, place, remarks) for row, place in places.items()}
    clean, enhanced = named["clean"], named["enhanced"]
    shared = sorted(clean.keys() & enhanced.keys())
    if not shared:
        raise AudioganError(
            f"no name is in both {places['clean']} (it has {_some(clean)}) and {places['enhanced']} (it has "
            f"{_some(enhanced)}). Pairs are matched by their path below the folder, without its suffix."
        )
    _remark(remarks, "clean files have no enhanced partner", clean.keys() - enhanced.keys())
    _remark(remarks, "enhanced files have no clean partner", enhanced.keys() - clean.keys())
    if "noisy" in named:
        _remark(remarks, "pairs have no noisy file", set(shared) - named["noisy"].keys())
    order = [row for row in ("noisy", "enhanced") if row in named]
    items = [Item(name, clean[name], {row: named[row][name] for row in order if name in named[row]}) for name in shared]
    return Matched(items, remarks)


def _by_name(row: str, folder: Path, remarks: list[str]) -> dict[str, Path]:
    from audiogan.audio.files import find_sounds

    found: dict[str, list[Path]] = {}
    for path in find_sounds(folder):
        found.setdefault(path.relative_to(folder).with_suffix("").as_posix(), []).append(path)
    _remark(remarks, f"{row} names stand for several files", (n for n, paths in found.items() if len(paths) > 1))
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}


def _remark(remarks: list[str], what: str, names: Iterable[str]) -> None:
    left_out = sorted(names)
    if left_out:
        remarks.append(f"{len(left_out)} {what}: {_some(left_out)}")


def _some(names: Iterable[str]) -> str:
    every = sorted(names)
    return ", ".join(every[:SHOWN]) + (", …" if len(every) > SHOWN else "")

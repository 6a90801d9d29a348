"""The files that a recipe reads its data from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from audiogan.data.manifest import read_manifest
from audiogan.errors import AudioganError
from audiogan.recipe.recipe import Recipe

WRITTEN = {"packed"}  # keys of folders that a run writes itself


def data_paths(recipe: Recipe) -> list[Path]:
    """Return the folders and files that the groups `data` and `validation` name, and the sound files of manifests."""
    paths: list[Path] = []
    for group in (getattr(recipe, "data", None), recipe.validation):
        for path in _paths_in(group):
            paths += [path, *_files_of_manifest(path)]
    return paths


def _paths_in(value: Any) -> Iterator[Path]:
    if isinstance(value, BaseModel):
        for name, item in value:
            if name not in WRITTEN:
                yield from _paths_in(item)
    elif isinstance(value, Path):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _paths_in(item)


def _files_of_manifest(path: Path) -> list[Path]:
    if path.suffix != ".jsonl" or not path.is_file():
        return []
    try:
        return [file for row in read_manifest(path) for file in (row.clean, row.noisy)]
    except AudioganError:  # reported when the data is built
        return []

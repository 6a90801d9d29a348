"""The models at hand: those that came with audiogan, and bundles and runs on disk.

Nothing here loads a network: what is told stands in `config.json` of a bundle and `recipe.yaml` of a run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audiogan.bundle import CARD, CONFIG, PRETRAINED
from audiogan.errors import AudioganError
from audiogan.hub import fetch, stand_in
from audiogan.suggest import did_you_mean

RUNS = Path("runs")
ON_HUB = "hub:"


@dataclass(frozen=True)
class Found:
    """A model, as far as its folder tells.

    Args:
        name: of its folder.
        kind: "bundled" (came with audiogan), "bundle", "run" or "hub".
        path: the folder.
        task: what it does: enhancement, synthesis or classification.
        about: what its recipe says that it is.
        sample_rate: in Hz; None for points and pictures.
        step: how many steps it was trained.
        size: of the files that using it reads, in bytes.
    """

    name: str
    kind: str
    path: Path
    task: str
    about: str
    sample_rate: int | None
    step: int
    size: int

    @property
    def card(self) -> Path | None:
        """The file that tells its data, licences, scores and limits."""
        return self.path / CARD if (self.path / CARD).is_file() else None


def bundled() -> list[Found]:
    """The models that came with audiogan."""
    return _in_folder(PRETRAINED, "bundled")


def on_disk(places: Iterable[Path] = (RUNS,)) -> list[Found]:
    """The models in folders: each a bundle, a run, or a folder of such.

    A run without a checkpoint is none yet and is left out, and so is what cannot be read.

    Raises:
        AudioganError: a folder is not there, other than `runs/`, which no run may have made yet.
    """
    found = []
    for place in places:
        if not place.is_dir():
            if place == RUNS:
                continue
            raise AudioganError(f"There is no folder {place}. Name a bundle, a run, or a folder of such.")
        itself = _model(place)
        found += [itself] if itself else _in_folder(place)
    return found


def on_hub() -> list[Found]:
    """The models that are known on the hub, by the names that `find` takes.

    Those of the folder that stands in for it; the hub itself holds none of audiogan's own, and is not asked.
    """
    folder = stand_in()
    owners = [place for place in sorted(folder.iterdir()) if place.is_dir()] if folder else []
    models = [(owner.name, model) for owner in owners for model in _in_folder(owner, "hub")]
    return [replace(model, name=f"{ON_HUB}{owner}/{model.name}") for owner, model in models]


def find(name: str) -> Path:
    """Where the model is that `name` means: a path, one that came with audiogan, a run in `runs/`, or one on the hub.

    Args:
        name: those on the hub are written hub:OWNER/NAME; see `audiogan.hub`.

    Raises:
        AudioganError: there is none; the message names the nearest ones.
    """
    if name.startswith(ON_HUB):
        return fetch(name.removeprefix(ON_HUB))
    if Path(name).exists():
        return Path(name)
    known = {model.name: model.path for model in [*on_disk(), *bundled()]}
    if name in known:
        return known[name]
    hint = did_you_mean(Path(name).name, sorted(known), "audiogan models")
    hint = hint or "No model came with audiogan, and runs/ holds none."
    raise AudioganError(f"There is no model {name}. Give a run folder, a checkpoint, a bundle or a name. {hint}")


def _in_folder(folder: Path, kind: str | None = None) -> list[Found]:
    places = sorted(place for place in folder.iterdir() if place.is_dir()) if folder.is_dir() else []
    return [model for model in (_model(place, kind) for place in places) if model]


def _model(folder: Path, kind: str | None = None) -> Found | None:
    try:
        if (folder / CONFIG).is_file():
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            files = [folder / CONFIG, *folder.glob("model.*")]
            return _found(folder, kind or "bundle", config["recipe"], config["step"], files)
        checkpoints = sorted(folder.glob("checkpoints/step-*.pt"))
        if not checkpoints:
            return None
        best = folder / "checkpoints" / "best.pt"
        step = int(re.sub(r"\D", "", checkpoints[-1].stem))
        return _found(folder, "run", _recipe_of(folder), step, [best if best.is_file() else checkpoints[-1]])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # damaged, or being written: whoever loads it is told why


def _recipe_of(run: Path) -> dict[str, Any]:
    import yaml

    words = yaml.safe_load((run / "recipe.yaml").read_text(encoding="utf-8"))
    if not isinstance(words, dict):
        raise ValueError
    return words


def _found(folder: Path, kind: str, recipe: dict[str, Any], step: int, files: list[Path]) -> Found:
    return Found(
        name=folder.resolve().name,
        kind=kind,
        path=folder,
        task=str(recipe["task"]),
        about=str(recipe.get("about") or ""),
        sample_rate=recipe.get("sample_rate"),
        step=int(step),
        size=sum(file.stat().st_size for file in files),
    )

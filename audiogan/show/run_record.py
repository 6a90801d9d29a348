"""What is known of a training run: its recipe and the lines of its journal, in the order of steps."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audiogan.show.report_words import NOISY, better_way


@dataclass(frozen=True)
class RunRecord:
    """One run as its report tells it.

    Args:
        folder: the run folder.
        recipe: the resolved recipe; what is not in it is not told.
        rows: the journal's lines, `{"step", "kind", …}`.
        state: a word or two: "goes on", "finished", "stopped".
        machine: what it runs on, name → version or number.
        rates: player → steps and learning rates over them.
        written: when the report was, in words.
        parameters: how many weights each player steps.
        time: the seconds in training, legs together, until a step; None where nobody has counted them.
    """

    folder: Path
    recipe: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    state: str
    machine: Mapping[str, Any] = field(default_factory=dict)
    rates: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)
    written: str = ""
    parameters: Mapping[str, int] = field(default_factory=dict)
    time: tuple[int, float] | None = None

    @property
    def name(self) -> str:
        """Of the recipe, or of the folder."""
        return str(self.recipe.get("name") or self.folder.name)

    @property
    def step(self) -> int:
        """The last one that is written down."""
        return max((int(row["step"]) for row in self.rows), default=0)

    @property
    def steps(self) -> int | None:
        """How many it is to have."""
        return group(self.recipe, "training").get("steps")

    @property
    def players(self) -> list[str]:
        """Those of the recipe."""
        return list(group(self.recipe, "players"))

    def series(self, kind: str) -> dict[str, tuple[list[int], list[float]]]:
        """The finite numbers of the journal's lines of a kind: name → steps and values, in the order of appearance."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for row in self.rows:
            if row["kind"] != kind:
                continue
            for name, value in row.items():
                if name not in ("step", "kind") and isinstance(value, int | float) and math.isfinite(value):
                    steps, values = found.setdefault(name, ([], []))
                    steps.append(row["step"])
                    values.append(value)
        return found

    def concerns(self) -> list[Mapping[str, Any]]:
        """What the trainer noticed, line by line."""
        return [row for row in self.rows if row["kind"] == "health"]

    def open_concerns(self) -> list[Mapping[str, Any]]:
        """The concerns that have not ended."""
        last = {row["concern"]: row for row in self.concerns()}
        return [row for row in last.values() if row["state"] == "begins"]

    def checkpoints(self) -> list[Path]:
        """The step checkpoints there are."""
        return sorted((self.folder / "checkpoints").glob("step-*.pt"))

    def sample_steps(self) -> dict[int, Path]:
        """The steps whose samples were kept, with their folders."""
        found = {}
        for path in sorted((self.folder / "samples").glob("step-*")):
            number = path.name.removeprefix("step-")
            if path.is_dir() and number.isdecimal():
                found[int(number)] = path
        return found

    def commands(self) -> list[tuple[str, str]]:
        """What can be done with it: purpose and command line."""
        if not self.checkpoints():
            return []
        folder = str(self.folder)
        task = self.recipe.get("task")
        lines = []
        if self.state != "finished":
            again = ["audiogan", "train", str(self.folder / "recipe.yaml"), "--run", folder, "--resume"]
            lines.append(("Go on with the training, exactly", again))
        if task == "enhancement":
            lines.append(("Clean a recording", ["audiogan", "enhance", "noisy.wav", "-o", "clean.wav", "-m", folder]))
        elif task == "synthesis":
            lines.append(("Generate samples", ["audiogan", "generate", folder]))
        elif task == "classification":
            use = ["audiogan", "eval", "--reference", "REAL", "--generated", "MADE", "--classifier", folder]
            lines.append(("Judge generated sounds by its classes", use))
        lines.append(("Make a bundle to give away", ["audiogan", "bundle", folder, "-o", f"models/{self.name}"]))
        lines.append(("Write this page anew", ["audiogan", "report", folder]))
        return [(what, shlex.join(words)) for what, words in lines]


def group(recipe: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A recipe's group of keys; empty where there is none."""
    found = recipe.get(name)
    return dict(found) if isinstance(found, Mapping) else {}


def best_of(name: str, steps: Sequence[int], values: Sequence[float]) -> tuple[int, float] | None:
    """Step and value of a measure's best; None where no way is better."""
    way = better_way(name.removesuffix(NOISY))
    if not way:
        return None
    index = max(range(len(values)), key=lambda at: way * values[at])
    return steps[index], values[index]


def flat(words: Any, prefix: str = "") -> dict[str, Any]:
    """Nested keys as paths: `players.generator.turns`; of lists of named things the place is part of the path."""
    if isinstance(words, Mapping) and words:
        return {key: value for name in words for key, value in flat(words[name], f"{prefix}{name}.").items()}
    if isinstance(words, list) and words and all(isinstance(item, Mapping) for item in words):
        named = {f"{number}": item for number, item in enumerate(words, 1)}
        return flat(named, prefix)
    return {prefix.rstrip("."): words}

"""Every toy recipe over several seeds: which modes each game covers, and its picture for the docs.

    python eval/toy_games.py --seeds 3 -o eval/results/toy_games --pictures docs/pictures

Runs lie in runs/toy and are not trained again where they are finished.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from audiogan.errors import AudioganError
from audiogan.recipe.reading import read_recipe, shipped_recipes
from audiogan.train import train
from audiogan.training.journal import read_journal
from audiogan.training.progress import Progress

FOLDER = Path("runs/toy")


@dataclass(frozen=True)
class Trained:
    """A finished run: its last validation, and how long it took where it was trained just now."""

    recipe: str
    seed: int
    numbers: dict[str, Any]
    seconds: float | None


def trained(job: tuple[str, int]) -> Trained:
    """Train a toy recipe from a seed, or read what it found before."""
    name, seed = job
    folder = FOLDER / f"{name}-{seed}"
    recipe = read_recipe(shipped_recipes() / "toy" / f"{name}.yaml", [f"seed={seed}"])
    seconds = None
    if not (folder / "checkpoints" / f"step-{recipe.training.steps:08d}.pt").exists():
        shutil.rmtree(folder, ignore_errors=True)
        started = time.monotonic()
        train(recipe, folder, progress=Progress(quiet=True))
        seconds = time.monotonic() - started
    rows = [row for row in read_journal(folder / "journal.jsonl") if row["kind"] == "validation"]
    print(f"{name}, seed {seed}: {rows[-1]}" + (f", {seconds:.0f} s" if seconds else ""), file=sys.stderr, flush=True)
    return Trained(name, seed, rows[-1], seconds)


def table(runs: Iterable[Trained]) -> str:
    """A row a recipe: every seed's figures."""
    by_recipe: dict[str, list[Trained]] = {}
    for run in runs:
        by_recipe.setdefault(run.recipe, []).append(run)
    lines = ["| recipe | modes covered | good samples | within 3 · 0.02 |", "|---|---|---|---|"]
    for name, seeds in by_recipe.items():
        if "modes" not in seeds[0].numbers:
            continue
        modes = ", ".join(f"{run.numbers['modes']:.0f}" for run in seeds)
        good = ", ".join(f"{100 * run.numbers['good']:.0f} %" for run in seeds)
        narrow = ", ".join(f"{100 * run.numbers['good_within_0.02']:.0f} %" for run in seeds)
        lines.append(f"| `{name}` | {modes} | {good} | {narrow} |")
    return "\n".join(lines)


def keep_picture(folder: Path, run: Trained) -> None:
    """The last validation's picture, as FOLDER/RECIPE.png."""
    found = sorted((FOLDER / f"{run.recipe}-{run.seed}" / "samples").glob("step-*/*.png"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found[-1], folder / f"{run.recipe}.png")


def main() -> int:
    """Train, print the table, keep the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", help="names under recipes/toy (default: all)")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("-o", "--out", type=Path, help="OUT.md and OUT.json are written")
    parser.add_argument("--pictures", type=Path, help="folder for the picture of each recipe's first seed")
    arguments = parser.parse_args()
    names = arguments.recipes or sorted(path.stem for path in (shipped_recipes() / "toy").glob("*.yaml"))
    jobs = [(name, seed) for name in names for seed in range(arguments.seeds)]
    try:
        with ProcessPoolExecutor(arguments.jobs) as pool:
            runs = list(pool.map(trained, jobs))
    except AudioganError as mistake:
        print(f"toy_games: {mistake}", file=sys.stderr)
        return 2
    page = table(runs)
    print(page)
    if arguments.pictures:
        list(map(partial(keep_picture, arguments.pictures), (run for run in runs if run.seed == 0)))
    if arguments.out:
        arguments.out.with_suffix(".md").write_text(page + "\n", encoding="utf-8")
        found = [{"recipe": run.recipe, "seed": run.seed, **run.numbers} for run in runs]
        arguments.out.with_suffix(".json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

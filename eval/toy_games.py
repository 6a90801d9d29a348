"""Every toy recipe over several seeds: which modes each game covers, and pictures of them for the docs.

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
    """A finished run: its last validation, its seconds of a CPU, and what the trainer was worried by at the end."""

    recipe: str
    seed: int
    numbers: dict[str, Any]
    seconds: float
    concerns: list[str]


def trained(job: tuple[str, int]) -> Trained:
    """Train a toy recipe from a seed, or read what it found before."""
    name, seed = job
    folder = FOLDER / f"{name}-{seed}"
    recipe = read_recipe(shipped_recipes() / "toy" / f"{name}.yaml", [f"seed={seed}"])
    taken = folder / "seconds.txt"
    if not taken.exists():
        shutil.rmtree(folder, ignore_errors=True)
        started = time.process_time()
        train(recipe, folder, progress=Progress(quiet=True))
        taken.write_text(f"{time.process_time() - started:.1f}\n", encoding="utf-8")
    rows = read_journal(folder / "journal.jsonl")
    last = [row for row in rows if row["kind"] == "validation"][-1]
    worried = {row["concern"]: row["state"] == "begins" for row in rows if row["kind"] == "health"}
    run = Trained(
        name, seed, last, float(taken.read_text(encoding="utf-8")), [concern for concern, on in worried.items() if on]
    )
    print(f"{name}, seed {seed}: {last}, {run.seconds:.0f} s", file=sys.stderr, flush=True)
    return run


def table(runs: Iterable[Trained]) -> str:
    """A row a recipe: every seed's figures."""
    by_recipe: dict[str, list[Trained]] = {}
    for run in runs:
        by_recipe.setdefault(run.recipe, []).append(run)
    lines = [
        "| recipe | modes covered | good samples | within 3 · 0.02 | CPU seconds | the trainer said |",
        "|---|---|---|---|---|---|",
    ]
    for name, seeds in by_recipe.items():
        cells = [
            each(seeds, "modes", "{:.0f}"),
            each(seeds, "good", "{:.0%}"),
            each(seeds, "good_within_0.02", "{:.0%}"),
            ", ".join(f"{run.seconds:.0f}" for run in seeds),
            "; ".join(sorted({concern for run in seeds for concern in run.concerns})) or "–",
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def each(seeds: list[Trained], number: str, form: str) -> str:
    """A number of every seed, or a dash where the shape has no such number."""
    return ", ".join(form.format(run.numbers[number]) for run in seeds if number in run.numbers) or "–"


def keep_picture(folder: Path, run: Trained) -> None:
    """The last validation's picture, as FOLDER/RECIPE.png."""
    found = sorted((FOLDER / f"{run.recipe}-{run.seed}" / "samples").glob("step-*/*.png"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found[-1], folder / f"{run.recipe}.png")


def outputs_picture(path: Path, names: Iterable[str]) -> None:
    """What the discriminator says of real and generated points, step by step, in each run of seed 0 that tells it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), dpi=100, layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for axis, of in zip(axes, ("of_real", "of_fake"), strict=True):
        for name in names:
            rows = [row for row in read_journal(FOLDER / f"{name}-0" / "journal.jsonl") if row["kind"] == "training"]
            key = next((key for key in rows[0] if key.endswith(f".{of}")), None)
            if key:
                axis.plot([row["step"] for row in rows], [row[key] for row in rows], label=name)
        axis.axhline(0.5, color="black", linewidth=0.8, linestyle=":")
        axis.set(xlabel="step", title="D of real points" if of == "of_real" else "D of generated points", ylim=(0, 1))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(path)


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
        outputs_picture(arguments.pictures / "discriminator_outputs.png", names)
    if arguments.out:
        arguments.out.with_suffix(".md").write_text(page + "\n", encoding="utf-8")
        found = [
            {"recipe": run.recipe, "seed": run.seed, "seconds": run.seconds, "concerns": run.concerns, **run.numbers}
            for run in runs
        ]
        arguments.out.with_suffix(".json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

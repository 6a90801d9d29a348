"""`audiogan reproduce`: train a published recipe on its corpus, and print measured figures next to published ones."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from audiogan.recipe.published import Published

ABOUT = """Trains a recipe that follows a paper on the paper's corpus, scores it, and prints the measured figures next
to the published ones. It downloads nothing: it checks that the corpus is there and complete, and says how to get it."""

EXAMPLES = """examples:
  audiogan reproduce segan --check
  audiogan reproduce cmgan --data data/voicebank_demand --seeds 0 1 2
  audiogan reproduce segan training.steps=2000 --partial --data my_pairs -o segan.json"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "reproduce",
        help="train a published recipe and print its figures next to the published ones",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", help="a built-in recipe that follows a paper")
    parser.add_argument("overrides", nargs="*", metavar="key.path=value", help="what to change in the recipe")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="the corpus (default: where the recipe looks for it)"
    )
    parser.add_argument("--check", action="store_true", help="only check the corpus")
    parser.add_argument(
        "--partial", action="store_true", help="train on a corpus of another size; figures are not comparable then"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="a run for each (default: 0)")
    parser.add_argument(
        "--run", dest="folder", type=Path, metavar="FOLDER", help="holds the runs (default: runs/reproduce/RECIPE)"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.json", help="write the figures there too")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, train, score and print; the exit code is 0, or 130 after Ctrl-C."""
    from audiogan.recipe.published import PUBLISHED

    if arguments.recipe not in PUBLISHED:
        raise AudioganError(f"no figures were published of {arguments.recipe}: choose one of {', '.join(PUBLISHED)}.")
    published = PUBLISHED[arguments.recipe]
    root = arguments.data or Path(published.corpus.folder)
    _check(published, root, arguments)
    if arguments.check:
        print("The corpus is complete." if not arguments.partial else "The corpus can be trained on.")
        return 0
    folder = arguments.folder or Path("runs") / "reproduce" / arguments.recipe
    measured: dict[int, dict[str, float]] = {}
    for seed in arguments.seeds:
        scores = _trained_and_scored(arguments, published, root, folder / f"seed_{seed}", seed)
        if scores is None:
            print(f"Stopped and saved in {folder / f'seed_{seed}'}. The same command goes on.")
            return 130
        measured[seed] = scores
    print(table(published, measured), end="")
    if arguments.output:
        from audiogan.writing import write_text

        told = {"recipe": arguments.recipe, "source": published.source, "overrides": arguments.overrides}
        figures = [{"title": one.title, "value": one.value, "note": one.comparable} for one in published.figures]
        words = {**told, "partial": arguments.partial, "published": figures, "measured": measured}
        write_text(arguments.output, json.dumps(words, indent=2, ensure_ascii=False) + "\n")
    return 0


def _check(published: Published, root: Path, arguments: argparse.Namespace) -> None:
    from audiogan.commands.reproduce_corpus import check_corpus

    corpus = published.corpus
    shape = check_corpus(corpus, root)
    if shape.missing:
        raise AudioganError(
            f"{corpus.name} is not complete in {root}: {' '.join(shape.missing)} To get it, {corpus.prepare}; another "
            "place is named by --data."
        )
    for line in shape.lines:
        print(f"{line}.", file=sys.stderr)
    if shape.other and not arguments.partial:
        raise AudioganError(
            f"{'; '.join(shape.other)}. To get the whole of it, {corpus.prepare}. With --partial this one is trained "
            "on; the figures are not comparable then."
        )


def _trained_and_scored(
    arguments: argparse.Namespace, published: Published, root: Path, folder: Path, seed: int
) -> dict[str, float] | None:
    """Return the scores of a seed's run, which is trained, or gone on with, first; None where it was stopped."""
    from audiogan.recipe.reading import find_recipe, read_recipe
    from audiogan.train import train
    from audiogan.training.checkpoint import CheckpointFolder
    from audiogan.training.progress import Progress

    train_part = root / "train"
    where = (
        f"data.pairs={train_part / 'manifest.jsonl'}"
        if published.corpus.kind == "pairs"
        else f"data.folder={train_part}"
    )
    recipe = read_recipe(find_recipe(arguments.recipe), [where, *arguments.overrides, f"seed={seed}"])
    begun = CheckpointFolder(folder / "checkpoints", recipe.training.keep_checkpoints).last() is not None
    outcome = train(recipe, folder, resume=begun, progress=Progress(arguments.quiet, recipe.smaller))
    if not outcome.finished:
        return None
    return _scores_of_pairs(published, root, folder) if published.corpus.kind == "pairs" else _last_validation(folder)


def _scores_of_pairs(published: Published, root: Path, folder: Path) -> dict[str, float]:
    """Return the means over the test pairs, enhanced and (under NAME_noisy) as they were."""
    from audiogan.audio.files import read
    from audiogan.commands.reproduce_corpus import test_rows
    from audiogan.enhance import Enhancer
    from audiogan.metrics.measures import score_pair
    from audiogan.metrics.table import mean_of

    names = [figure.measure for figure in published.figures if figure.measure]
    enhancer = Enhancer.load(folder)
    scores: dict[str, list[Any]] = {}
    for row in test_rows(published.corpus, root):
        clean, noisy = read(row.clean)[0], read(row.noisy)[0]
        for ending, sound in (("", enhancer(noisy, row.sample_rate)), ("_noisy", noisy)):
            for name, score in score_pair(sound, clean, row.sample_rate, names).items():
                scores.setdefault(name + ending, []).append(score)
    means = {name: mean_of(ones).mean for name, ones in scores.items()}
    return {name: mean for name, mean in means.items() if mean is not None}


def _last_validation(folder: Path) -> dict[str, float]:
    """Return the numbers of a run's last validation."""
    from audiogan.training.journal import read_journal

    rows = [row for row in read_journal(folder / "journal.jsonl") if row["kind"] == "validation"]
    last = rows[-1] if rows else {}
    return {name: value for name, value in last.items() if isinstance(value, float)}


def table(published: Published, measured: dict[int, dict[str, float]]) -> str:
    """Return the published and the measured figures as a Markdown table, a column a seed."""
    seeds = [f"seed {seed}" for seed in measured]
    input_columns = ["noisy, published", "noisy, measured"] if published.input else []
    lines = [
        f"Published: {published.source}. {published.protocol}",
        "",
        "| | " + " | ".join(["published", *seeds, *input_columns]) + " |",
        "|---" * (2 + len(seeds) + len(input_columns)) + "|",
    ]
    first: dict[str, float] = next(iter(measured.values()), {})
    for figure in published.figures:
        mark = " (1)" if figure.comparable else ""
        cells = [f"{figure.value:.2f}{mark}", *(_cell(scores, figure.measure) for scores in measured.values())]
        if input_columns:
            cells += [_cell(published.input, figure.measure), _cell(first, f"{figure.measure}_noisy")]
        lines.append(f"| {figure.title} | " + " | ".join(cells) + " |")
    told = {figure.measure for figure in published.figures}
    for name in first:
        if name not in told and not name.endswith("_noisy"):
            cells = ["–", *(_cell(scores, name) for scores in measured.values()), *["–"] * len(input_columns)]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    notes = dict.fromkeys(figure.comparable for figure in published.figures if figure.comparable)
    lines += ["", *(f"(1) Not comparable: {note}." for note in notes)]
    return "\n".join(lines).rstrip() + "\n"


def _cell(scores: dict[str, float], name: str) -> str:
    return f"{scores[name]:.2f}" if name in scores else "–"

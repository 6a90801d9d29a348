"""`audiogan train`: train from a recipe."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from audiogan.commands.outcome import EXIT_CODES, INTERRUPTED, SUCCESS, left_out_of, report_left_out

if TYPE_CHECKING:
    from audiogan.recipe.recipe import Recipe
    from audiogan.train import Outcome

ABOUT = """Trains as a recipe says, into a folder that keeps the recipe, a journal, samples and checkpoints.
Ctrl-C saves and stops; --resume goes on exactly where it was."""

EXAMPLES = f"""examples:
  audiogan train recipes/segan_mini.yaml
  audiogan train recipes/segan.yaml training.batch_size=16 data.clean=speech/ data.noise=noise/
  audiogan train recipes/segan_mini.yaml --resume

{EXIT_CODES}
Several processes under torchrun end with 0 where one ends with 3."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "train",
        help="train from a recipe",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", help="a YAML file, or the name of a shipped recipe")
    parser.add_argument("overrides", nargs="*", metavar="key.path=value", help="what to change in the recipe")
    parser.add_argument(
        # torchrun takes --run for a start of its own option --run-path, hence the second spelling.
        "--run", "--folder", dest="folder", type=Path, metavar="FOLDER",
        help="the run folder (default: runs/ and its name)",
    )  # fmt: skip
    parser.add_argument("--resume", action="store_true", help="go on, exactly, from the run folder's last checkpoint")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train; the exit code is 0 at the last step, 3 if files were left out of the data, 130 after Ctrl-C."""
    from audiogan.processes import count, joined, rank
    from audiogan.recipe.reading import find_recipe, read_recipe
    from audiogan.train import train
    from audiogan.training.agreement import agreed, told_once
    from audiogan.training.precision import device_of
    from audiogan.training.progress import Progress

    with told_once():
        path = find_recipe(arguments.recipe)
        recipe = read_recipe(path, arguments.overrides)
        device = device_of(recipe.training.device)
    code, several = SUCCESS, False
    with joined(str(device)), agreed():
        several = count() > 1  # whose launcher would take another code than 0 for a crash
        if rank() == 0 and not Path(arguments.recipe).is_file():
            print(f"Taking the shipped recipe {path.name}.", file=sys.stderr)
        folder = arguments.folder or Path("runs") / recipe.name
        progress = Progress(arguments.quiet, recipe.smaller)
        outcome = train(recipe, folder, resume=arguments.resume, progress=progress)
        if rank() == 0:
            _say_how_it_ended(outcome, recipe.task, folder, arguments)
            code = _report_left_out(recipe, outcome)
    if not outcome.finished:
        return INTERRUPTED
    return SUCCESS if several else code


def _report_left_out(recipe: Recipe, outcome: Outcome) -> int:
    from audiogan.recipe.data_files import data_paths

    sounds = getattr(recipe, "sample_rate", None) is not None  # else points or pictures
    of_folders = left_out_of(data_paths(recipe)) if sounds else []
    return report_left_out("train", [*of_folders, *outcome.left_out])


def _say_how_it_ended(outcome: Outcome, task: str, folder: Path, arguments: argparse.Namespace) -> None:
    from audiogan.processes import count

    if outcome.finished:
        use = {
            "enhancement": ["audiogan", "enhance", "noisy.wav", "-o", "clean.wav", "-m", str(folder)],
            "synthesis": ["audiogan", "generate", str(folder)],
        }.get(task)
        print(f"Trained {outcome.step} steps. " + (f"To use it: {shlex.join(use)}" if use else f"It is in {folder}."))
        return
    several = count() > 1
    start = ["torchrun", "--nproc-per-node", str(count()), "-m", "audiogan"] if several else ["audiogan"]
    place = ["--folder" if several else "--run", str(folder)] if arguments.folder else []
    again = shlex.join([*start, "train", arguments.recipe, *arguments.overrides, *place, "--resume"])
    print(f"Stopped and saved at step {outcome.step}. To go on: {again}")

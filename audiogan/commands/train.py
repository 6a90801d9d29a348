"""`audiogan train`: train from a recipe."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

EXAMPLES = """examples:
  audiogan train recipes/segan_mini.yaml
  audiogan train recipes/segan.yaml training.batch_size=16 data.clean=speech/ data.noise=noise/
  audiogan train recipes/segan_mini.yaml --resume"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "train", help="train from a recipe", epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", help="a YAML file, or the name of a shipped recipe")
    parser.add_argument("overrides", nargs="*", metavar="key.path=value", help="what to change in the recipe")
    parser.add_argument(
        "--run", dest="folder", type=Path, metavar="FOLDER", help="the run folder (default: runs/ and its name)"
    )
    parser.add_argument("--resume", action="store_true", help="go on, exactly, from the run folder's last checkpoint")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train; the exit code is 0 at the last step, 130 after Ctrl-C."""
    from audiogan.recipe.reading import find_recipe, read_recipe
    from audiogan.train import train
    from audiogan.training.progress import Progress

    path = find_recipe(arguments.recipe)
    if not Path(arguments.recipe).is_file():
        print(f"Taking the shipped recipe {path.name}.", file=sys.stderr)
    recipe = read_recipe(path, arguments.overrides)
    folder = arguments.folder or Path("runs") / recipe.name
    progress = Progress(arguments.quiet, recipe.smaller)
    outcome = train(recipe, folder, resume=arguments.resume, progress=progress)
    if outcome.finished:
        use = shlex.join(["audiogan", "enhance", "noisy.wav", "-o", "clean.wav", "-m", str(folder)])
        print(f"Trained {outcome.step} steps. To use it: {use}")
        return 0
    place = ["--run", str(folder)] if arguments.folder else []
    again = shlex.join(["audiogan", "train", arguments.recipe, *arguments.overrides, *place, "--resume"])
    print(f"Stopped and saved at step {outcome.step}. To go on: {again}")
    return 130

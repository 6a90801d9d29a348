"""`audiogan bundle`: from a run to the two files one gives away."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "bundle",
        help="make a model bundle (config.json and model.safetensors) of a run",
        epilog="example:\n  audiogan bundle runs/segan_mini -o models/segan_mini",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="a run folder or a checkpoint")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the bundle's folder")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the bundle."""
    from audiogan.bundle import load_model, save_bundle

    model = load_model(arguments.model)
    save_bundle(model, arguments.output)
    print(f"{arguments.output}: {model.recipe.name} after {model.step} steps, from {model.source}.")
    return 0

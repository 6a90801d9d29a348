"""`audiogan models`: what came with audiogan and what is on disk."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from audiogan.models import Found

ABOUT = """Lists the models that came with audiogan, those on disk (the runs in runs/, or the bundles and
runs in the folders that are named), and those that are known on the hub. Bundles can be pushed to a
model hub and fetched from it (pip install 'audiogan[hub]'); no model of audiogan's own is there
yet. A folder that AUDIOGAN_HUB names stands in for the hub."""

EXAMPLES = """examples:
  audiogan models
  audiogan models models/ runs/
  audiogan models --card enhancer
  audiogan models --push models/quiet me/quiet
  audiogan models --fetch me/quiet
  audiogan models --json"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "models",
        help="list the models that came with audiogan and those on disk",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "places", nargs="*", type=Path, metavar="FOLDER",
        help="a bundle, a run, or a folder of such (default: runs/)",
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--card", metavar="NAME", help="print the card of a model, by its name or folder")
    what.add_argument("--push", nargs=2, metavar=("BUNDLE", "OWNER/NAME"), help="put a bundle on the hub")
    what.add_argument("--fetch", metavar="OWNER/NAME", help="bring a bundle from the hub, and print its folder")
    what.add_argument("--json", action="store_true", help="for scripts")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List, print a card, push or fetch."""
    from audiogan.bundle import CARD
    from audiogan.hub import fetch, push
    from audiogan.models import RUNS, bundled, find, on_disk, on_hub

    if arguments.push:
        print(push(Path(arguments.push[0]), arguments.push[1]))
        return 0
    if arguments.fetch:
        print(fetch(arguments.fetch))
        return 0
    if arguments.card is not None:
        card = find(arguments.card) / CARD
        if not card.is_file():
            raise AudioganError(f"{card.parent} has no card: nobody has written a {CARD} into it.")
        print(card.read_text(encoding="utf-8"), end="")
        return 0
    groups = {
        "came with audiogan": bundled(),
        "on disk": on_disk(arguments.places or [RUNS]),
        "known on the hub": on_hub(),
    }
    if arguments.json:
        print(json.dumps([asdict(model) for models in groups.values() for model in models], indent=2, default=str))
        return 0
    for title, models in groups.items():
        print(title)
        print("\n".join(f"  {line}" for line in _lines(models)) if models else "  none")
    return 0


def _lines(models: list[Found]) -> list[str]:
    rows = [
        (
            model.name,
            model.task,
            f"{model.sample_rate} Hz" if model.sample_rate else "",
            f"step {model.step:,}",
            f"{model.size / 1e6:.1f} MB",
            model.about,
        )
        for model in models
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]

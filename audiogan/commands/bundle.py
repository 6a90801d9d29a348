"""`audiogan bundle`: from a run to the few files one gives away."""

from __future__ import annotations

import argparse
from pathlib import Path

from audiogan.commands.outputs import add_existing, check_free
from audiogan.errors import AudioganError
from audiogan.progress import bar

ABOUT = """Writes config.json and model.safetensors, and for models that are made for streams model.onnx as
well, checked against the weights. The latter needs pip install 'audiogan[export]'. A new bundle gets the
draft of a card, README.md, with what the run tells and with what you must write before others use it."""

EXAMPLES = """examples:
  audiogan bundle runs/segan_mini -o models/segan_mini
  audiogan bundle runs/enhancer -o audiogan/pretrained/enhancer --half
  audiogan bundle runs/tuned -o models/tuned --blend runs/begun 0.25"""

LOUDEST_CHANGE = -60.0  # dB, by half precision


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "bundle",
        help="make a model bundle (config.json, model.safetensors) of a run",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="a run folder or a checkpoint, or the name of a run in runs/")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the bundle's folder")
    parser.add_argument(
        "--half", action="store_true",
        help="keep weights in half precision, for models made for streams; the sound must stay the same to -60 dB",
    )  # fmt: skip
    parser.add_argument(
        "--blend", nargs=2, metavar=("MODEL", "SHARE"),
        help="take a share of the weights, 0 to 1, from another model, such as the one that the training began with",
    )  # fmt: skip
    add_existing(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the bundle."""
    from audiogan.bundle import CARD, CONFIG, load_model, save_bundle
    from audiogan.commands.bundle_card import draft
    from audiogan.models import find

    if (arguments.output / CONFIG).is_file():  # `save_bundle` refuses anything else that is there
        check_free([arguments.output], arguments.overwrite)
    model = load_model(find(str(arguments.model)))
    source = str(model.source)
    if arguments.blend:
        other, share = load_model(find(arguments.blend[0])), _share(arguments.blend[1])
        model = model.blended_with(other, share)
        source += f" with {share:g} of {other.source}"
    if arguments.half:
        model, change = model.in_half_precision()
        if not change < LOUDEST_CHANGE:
            raise AudioganError(
                f"{model.source}: in half precision the sound changes by {change:.0f} dB, not less than "
                f"{LOUDEST_CHANGE:.0f} dB. Make the bundle without --half."
            )
        print(f"half precision changes the sound by {change:.0f} dB")
    card = arguments.output / CARD
    kept = card.is_file()
    with bar("writing"):
        save_bundle(model, arguments.output, draft(model, arguments.output.resolve().name))
    print(f"{arguments.output}: {model.recipe.name} after {model.step} steps, from {source}.")
    print(f"{card}: {'kept; does it still hold?' if kept else 'a draft, with what only you know to be written.'}")
    return 0


def _share(typed: str) -> float:
    try:
        return float(typed)
    except ValueError:
        raise AudioganError(f"--blend: {typed!r} is no share. Give the other model and a number from 0 to 1.") from None

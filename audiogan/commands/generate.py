"""`audiogan generate`: samples of a trained generator, as pictures, sounds or numbers."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audiogan.commands.outputs import add_existing, check_free, exists, is_folder
from audiogan.errors import AudioganError
from audiogan.progress import bar
from audiogan.writing import file_name, put_in_place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audiogan.bundle import Model
    from audiogan.generate import Sampler
    from audiogan.recipe.synthesis import SynthesisRecipe

SOUND_FILES, OTHER_FILES = (".wav", ".flac"), (".png", ".csv", ".jpg", ".wav", ".flac", ".mp3", ".ogg", ".html")
PICTURES, POINTS, ROWS, STEPS = 64, 2000, 10, 10  # where nobody says how many; of sounds as of pictures

EXAMPLES = """examples:
  audiogan generate RUN -n 64 -o grid.png
  audiogan generate RUN -n 1000 --label 3 --separate -o threes/
  audiogan generate RUN --interpolate 3 9 --steps 12 -o walk.png
  audiogan generate RUN --arithmetic "0 - 3 + 7"
  audiogan generate RUN_OF_SOUNDS -n 64 -o sounds/
  audiogan generate RUN_OF_POINTS -n 10000 -o points.csv"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "generate",
        help="make samples with a trained generator",
        description="Makes sounds, pictures or points with a generator that was trained for synthesis. Samples are\n"
        "numbered from 0: the same number and seed is always the same sample.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model", metavar="RUN", help="a run folder, checkpoint or bundle, or the name of a run in runs/"
    )
    parser.add_argument(
        "-n", "--count", type=int, metavar="N",
        help=f"how many (default: {PICTURES} sounds or pictures, {POINTS} points; with --vary {ROWS} rows)",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output",
        help="a .png: a grid of pictures, or points drawn over real ones; a .csv: points as numbers; a .wav or .flac: "
        "one sound, with -n 1; a name without a suffix: a folder of pictures or of sounds, with a page to listen "
        "(default: next to the run, with .generated)",
    )  # fmt: skip
    add_existing(parser)
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other samples (default: 0)")
    parser.add_argument(
        "--label", metavar="L",
        help="the class to make, by name or number, if the model knows classes (default: all in turn)",
    )  # fmt: skip
    parser.add_argument(
        "--labels-of", type=Path, metavar="DIR",
        help="ask for the classes in the shares that they have in this folder, so that both can be compared",
    )  # fmt: skip
    parser.add_argument(
        "--truncation", type=float, metavar="T",
        help="keep latents within ±T: more typical samples, less varied ones (such as 0.7 of uniform latents, 1.5 of "
        "normal ones; default: none)",
    )  # fmt: skip
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--interpolate", type=int, nargs=2, metavar=("A", "B"),
        help="go from sample A to sample B, both as A's class or that of --label",
    )  # fmt: skip
    ways.add_argument("--arithmetic", metavar="SUM", help='such as "0 - 3 + 7": these samples, and that of their sum')
    ways.add_argument(
        "--vary", type=int, metavar="CODE", help="a row for each sample, with this latent code of InfoGAN at all values"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N",
        help=f"samples from A to B, or values of a continuous code (default: {STEPS})",
    )  # fmt: skip
    parser.add_argument("--columns", type=int, metavar="C", help="in a row of the grid or sheet")
    parser.add_argument("--separate", action="store_true", help="each picture in a file of its own, by class if known")
    parser.add_argument("--format", choices=["flac", "wav"], help="of sounds, with 16 bits (default: flac)")
    parser.add_argument("--device", default="cpu", help="where the model runs: cpu, cuda, cuda:1, mps (default: cpu)")
    parser.add_argument("--json", action="store_true", help="say what was made as JSON, for scripts")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Generate and write."""
    _see_that_all_is_read(arguments)
    from audiogan.bundle import load_model
    from audiogan.data.settings import PointData, SoundData
    from audiogan.generate import Sampler
    from audiogan.models import find
    from audiogan.recipe.synthesis import SynthesisRecipe

    model = load_model(find(str(arguments.model)))
    sampler = Sampler.of(model, device=arguments.device, truncation=arguments.truncation)
    assert isinstance(model.recipe, SynthesisRecipe)
    points, sounds = isinstance(model.recipe.data, PointData), isinstance(model.recipe.data, SoundData)
    if arguments.output is not None and not sounds and not points and is_folder(arguments.output):
        arguments.separate = True  # a folder of pictures
    folder = sounds or arguments.separate
    output = Path(arguments.output or _beside_the_run(Path(arguments.model), "" if folder else ".png"))
    _see_that_it_fits(arguments, output, points, sounds)
    count = (POINTS if points else PICTURES) if arguments.count is None else arguments.count
    with bar("generating", count) as shown:
        drawn = _draw(sampler, arguments, count, shown.advance)
    with bar("writing"):
        _write(output, drawn, model, sampler, arguments)
    if arguments.json:
        print(json.dumps(_told(output, drawn, model, model.recipe.sample_rate), indent=2))
        return 0
    made = _described(drawn.samples, model.recipe.sample_rate)
    print(f"{output}: {made}, by {model.recipe.name} after {model.step} steps, {model.source}.")
    return 0


def _write(output: Path, drawn: Drawn, model: Model, sampler: Sampler, arguments: argparse.Namespace) -> None:
    from audiogan.data.settings import PointData, SoundData
    from audiogan.recipe.synthesis import SynthesisRecipe

    assert isinstance(model.recipe, SynthesisRecipe)
    if output.suffix.lower() == ".csv":
        _write_numbers(output, drawn)
    elif isinstance(model.recipe.data, PointData):
        _show_points(output, drawn, model.recipe, model.step)
    elif isinstance(model.recipe.data, SoundData):
        _write_sounds(output, drawn, model, sampler, arguments)
    elif arguments.separate:
        _write_pictures(output, drawn, sampler)
    else:
        _show_grid(output, drawn, arguments.columns)


def _told(output: Path, drawn: Drawn, model: Model, sample_rate: int | None) -> dict[str, object]:
    """What was made, for scripts."""
    labels = None if drawn.labels[0] is None else drawn.labels
    return {
        "output": str(output),
        "samples": len(drawn.samples),
        "shape": list(drawn.samples.shape[1:]),
        "sample_rate": sample_rate,
        "labels": labels,
        "model": str(model.source),
        "recipe": model.recipe.name,
        "step": model.step,
    }


@dataclass(frozen=True)
class Drawn:
    """Samples `[N, …]`, the label of each, if there are labels, and how many make a row."""

    samples: NDArray[np.float32]
    labels: list[int | None]
    columns: int


def _draw(
    sampler: Sampler, arguments: argparse.Namespace, count: int, progress: Callable[[int], None]
) -> Drawn:  # fmt: skip
    seed, steps = arguments.seed, STEPS if arguments.steps is None else arguments.steps
    label = None if arguments.label is None else sampler.number_of(arguments.label)
    if arguments.interpolate:
        first, last = arguments.interpolate
        samples = sampler.interpolate(first, last, steps, seed, label)
        return Drawn(samples, [sampler.label_of(first, label)] * steps, steps)
    if arguments.arithmetic is not None:
        from audiogan.generate import weights_of

        samples = sampler.arithmetic(arguments.arithmetic, seed, label)
        first = next(iter(weights_of(arguments.arithmetic)))
        return Drawn(samples, [sampler.label_of(first, label)] * len(samples), len(samples))
    if arguments.vary is not None:
        rows = ROWS if arguments.count is None else arguments.count
        samples = sampler.vary(arguments.vary, rows, steps, seed, label)
        values = len(samples) // rows
        return Drawn(samples, [sampler.label_of(n, label) for n in range(rows) for _ in range(values)], values)
    if arguments.labels_of is not None:
        labels = _shares(arguments.labels_of, sampler, count)
        samples = sampler.from_latent(sampler.latents(range(count), seed), labels, progress)
        return Drawn(samples, list(labels), round(count**0.5))
    samples = sampler.sample(count, seed, label, progress)
    in_turn = sampler.classes if label is None else 0
    return Drawn(samples, [sampler.label_of(n, label) for n in range(count)], in_turn or round(count**0.5))


def _shares(folder: Path, sampler: Sampler, count: int) -> list[int]:
    """So many labels, in the shares that a folder's files have, in the order of their numbers."""
    from audiogan.audio.files import find_sounds
    from audiogan.data.labels import labels_of

    if not sampler.labels:
        raise AudioganError("--labels-of is for models whose classes have names, and this one's have none: leave it.")
    named, _ = labels_of(find_sounds(folder), folder, known=sampler.labels)
    there = sorted(sampler.labels.index(name) for name in named.values() if name)
    if not there:
        raise AudioganError(f"{folder}: has no subfolders, whose names would be labels. Give another folder.")
    return [there[(2 * n + 1) * len(there) // (2 * count)] for n in range(count)]


def _show_grid(path: Path, drawn: Drawn, columns: int | None) -> None:
    from audiogan.show.grid import grid_picture
    from audiogan.show.samples import SEEN_WIDTH

    columns = columns or min(drawn.columns, len(drawn.samples))
    grid_picture(path, drawn.samples, columns, max(1, SEEN_WIDTH // (columns * drawn.samples.shape[3])))


def _show_points(path: Path, drawn: Drawn, recipe: SynthesisRecipe, step: int) -> None:
    from audiogan.data.points import sample
    from audiogan.data.settings import PointData
    from audiogan.show.points import points_picture

    assert isinstance(recipe.data, PointData)
    real = sample(recipe.data.shape, POINTS, recipe.seed, recipe.data.deviation)
    (left, bottom), (right, top) = real.min(axis=0) - 1, real.max(axis=0) + 1
    points_picture(path, real, drawn.samples, (left, right, bottom, top), title=f"{recipe.name}, step {step:,}")


def _write_numbers(path: Path, drawn: Drawn) -> None:
    labelled = drawn.labels[0] is not None
    lines = ["x,y,label" if labelled else "x,y"]
    for (x, y), label in zip(drawn.samples, drawn.labels, strict=True):
        lines.append(f"{x:.9g},{y:.9g},{label}" if labelled else f"{x:.9g},{y:.9g}")
    with put_in_place(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_pictures(folder: Path, drawn: Drawn, sampler: Sampler) -> None:
    """By number; of a model that knows classes, in a subfolder for each, which a recipe takes for their labels."""
    from audiogan.show.grid import grid_picture

    with put_in_place(folder) as beside:
        for number, (picture, label) in enumerate(zip(drawn.samples, drawn.labels, strict=True)):
            place = beside if label is None else beside / file_name(sampler.name_of(label))
            grid_picture(place / f"{number:06}.png", picture[None], columns=1)


def _write_sounds(
    folder: Path, drawn: Drawn, model: Model, sampler: Sampler, arguments: argparse.Namespace
) -> None:  # fmt: skip
    """As `_write_pictures`, with a sheet of spectrograms and a page to listen to."""
    from audiogan.recipe.synthesis import SynthesisRecipe
    from audiogan.show.listening import listening_folder

    recipe = model.recipe
    assert isinstance(recipe, SynthesisRecipe) and recipe.sample_rate is not None
    if folder.suffix.lower() in SOUND_FILES:
        from audiogan.audio.files import write

        write(folder, drawn.samples[0], recipe.sample_rate, subtype="PCM_16")
        return
    files, names = [], []
    for number, label in enumerate(drawn.labels):
        files.append(f"{number:06}" if label is None else f"{file_name(sampler.name_of(label))}/{number:06}")
        names.append(str(number) if label is None else f"{number}, {sampler.name_of(label)}")
    columns = arguments.columns or min(drawn.columns, len(drawn.samples))
    title = f"{recipe.name}, step {model.step:,}"
    with put_in_place(folder) as beside:
        listening_folder(
            beside, drawn.samples, recipe.sample_rate, files, names, title, columns, arguments.format or "flac"
        )


def _see_that_all_is_read(arguments: argparse.Namespace) -> None:
    """Refuse options that the others leave without a meaning, before the model is loaded, which takes seconds."""
    if arguments.count is not None and (arguments.interpolate or arguments.arithmetic is not None):
        raise AudioganError("-n has no meaning with --interpolate, which has --steps, or with --arithmetic: leave it.")
    if arguments.steps is not None and not arguments.interpolate and arguments.vary is None:
        raise AudioganError("--steps is for --interpolate and --vary: leave it, or give one of them.")
    if arguments.labels_of is not None and (
        arguments.label is not None
        or arguments.interpolate
        or arguments.arithmetic is not None
        or arguments.vary is not None
    ):
        raise AudioganError("--labels-of says the classes of samples 0, 1, 2, …: leave --label and the other ways.")
    if arguments.columns is not None and arguments.separate:
        raise AudioganError("--columns are those of the grid, and --separate makes none: leave one of them.")
    if arguments.columns is not None and arguments.columns < 1:
        raise AudioganError(f"--columns is {arguments.columns}, and can be 1 or more.")


def _see_that_it_fits(arguments: argparse.Namespace, output: Path, points: bool, sounds: bool) -> None:
    """Refuse a place that is taken or has another suffix, and options that are for samples of another kind."""
    if arguments.labels_of is not None and not sounds:
        raise AudioganError("--labels-of is a folder of sounds, and this model makes none: leave it.")
    if arguments.format is not None and not sounds:
        raise AudioganError("--format is for sounds, and this model makes none: leave it.")
    if arguments.separate and sounds:
        raise AudioganError("--separate is for pictures; sounds always come in files of their own: leave it.")
    if points and (arguments.separate or arguments.columns is not None):
        raise AudioganError("--separate and --columns are not for points, which this model makes: leave them.")
    if sounds and not is_folder(arguments.output or output):
        if output.suffix.lower() not in SOUND_FILES:
            if output.suffix.lower() in OTHER_FILES:
                raise AudioganError(
                    f"{output}: sounds go into a folder, or one of them (-n 1) into a .wav or .flac file. Change -o."
                )
        elif arguments.count != 1 or arguments.interpolate or arguments.arithmetic is not None:
            raise AudioganError(f"{output}: a file holds one sound. Add -n 1, or give a folder with -o.")
        elif arguments.format not in (None, output.suffix.lower()[1:]):
            raise AudioganError(f"{output}: --format is {arguments.format}, and -o says another. Leave one of them.")
    if arguments.separate and output.suffix.lower() in OTHER_FILES:
        raise AudioganError(f"{output}: --separate makes a folder, and this is the name of a file. Change -o.")
    if arguments.separate or sounds:
        if output.is_dir() and exists(output):  # what else is in it is never removed
            raise AudioganError(f"{output} exists already and is not empty. Give a new folder with -o, or remove it.")
        check_free([output], arguments.overwrite)
        return
    suffixes = [".png", ".csv"] if points else [".png"]
    if output.is_dir() or output.suffix.lower() not in suffixes:
        what = "is a folder" if output.is_dir() else f"does not end in {' or '.join(suffixes)}"
        more = "" if points else ", or --separate for a folder of pictures"
        raise AudioganError(f"{output} {what}. Give the name of a file, such as samples{suffixes[0]}, with -o{more}.")
    check_free([output], arguments.overwrite)


def _beside_the_run(model: Path, suffix: str) -> Path:
    place = model if model.name not in ("", "..") else model.resolve()
    name = place.stem if place.is_file() else place.name
    return place.with_name(f"{name}.generated{suffix}")


def _described(samples: NDArray[np.float32], sample_rate: int | None) -> str:
    if samples.ndim == 2:
        return f"{len(samples)} points"
    if sample_rate:
        return f"{len(samples)} sounds of {samples.shape[2] / sample_rate:.2f} s at {sample_rate} Hz"
    return f"{len(samples)} pictures of {samples.shape[3]} × {samples.shape[2]} pixels"

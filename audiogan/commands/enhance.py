"""`audiogan enhance`: clean recordings, with the model that came with audiogan or another."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.commands.enhance_live import ABOUT as ABOUT_LIVE
from audiogan.commands.enhance_live import (
    add_channels,
    add_live,
    channel_mode,
    check_live,
    positive,
    run_live,
    run_stream,
)
from audiogan.errors import AudioganError
from audiogan.progress import bar

if TYPE_CHECKING:
    from audiogan.audio.files import SoundInfo
    from audiogan.enhance import Enhancer

DEMO_MODEL = Path("runs/demo")
PIPE = "-"

LONG = 60.0  # seconds of sound from which on progress is worth showing, and the time to load what shows it

ABOUT = """Takes noise out of recordings. What comes out has the rate, channels, length, level and
format of what went in, and no delay. Channels are treated alike, so the image stays, or each by itself."""

EXAMPLES = """examples:
  audiogan enhance noisy.wav -o clean.wav
  audiogan enhance noisy.wav -o clean.wav --attenuation-limit 12
  audiogan enhance recordings/ -o enhanced/ -m runs/segan_mini
  ffmpeg -i talk.mp4 -f wav - | audiogan enhance - -o talk.wav
  arecord -t raw -f S16_LE -r 16000 | audiogan enhance --stream --sample-rate 16000 > talk.raw
  audiogan enhance --live"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "enhance",
        help="take noise out of recordings",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", nargs="?", help="a sound file, a folder of them, or - for standard input")
    parser.add_argument(
        "-o", "--output", help="a file, a folder or - for standard output (default: beside the input, with .enhanced)"
    )
    parser.add_argument(
        "-m", "--model",
        help="a run folder, checkpoint or bundle, or a name that `audiogan models` lists (default: the model that came "
        "with audiogan, else what the demo left)",
    )  # fmt: skip
    parser.add_argument(
        "--strength", type=float, metavar="S",
        help="from 0, as it is, to 1, all that the model takes away (default: what the model's recipe says)",
    )  # fmt: skip
    parser.add_argument(
        "--attenuation-limit",
        type=float,
        metavar="DB",
        help="lower nothing by more than so many dB (default: no limit)",
    )
    add_channels(parser)
    parser.add_argument("--device", default="cpu", help="where the model runs: cpu, cuda, cuda:1, mps (default: cpu)")
    parser.add_argument(
        "--batch-size", type=positive, default=4, metavar="N",
        help="windows at a time, for models that take windows: memory and speed (default: 4)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of the latents that a model draws (default: 0)")
    parser.add_argument("--json", action="store_true", help="say what was made of files as JSON, for scripts")
    add_live(parser.add_argument_group("sound that is still being made", ABOUT_LIVE))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Enhance; the exit code is 2 if a file of a folder could not be."""
    check_live(arguments)
    if arguments.live:
        return run_live(arguments, _load)
    if arguments.stream:
        return run_stream(arguments, _load)
    source, output = arguments.input, arguments.output
    if source != PIPE and Path(source).is_dir():
        if output == PIPE:
            raise AudioganError(f"{source}: a folder cannot go to standard output. Give an output folder with -o.")
        return _enhance_folder(Path(source), Path(output or f"{source.rstrip('/')}.enhanced"), arguments)
    if PIPE in (source, output):
        if arguments.json:
            raise AudioganError("--json is for files and has no meaning with a pipe: leave it.")
        return _enhance_pipe(source, output or PIPE, arguments)
    path = Path(source)
    destination = Path(output) if output else path.with_name(f"{path.stem}.enhanced{path.suffix}")
    if destination.is_dir():
        destination = destination / path.name
    _require(path)
    enhancer = _load(arguments)
    info = _enhance_file(enhancer, path, destination)
    if arguments.json:
        _print_json(enhancer, [_told(info, destination)], [])
    else:
        print(f"{destination}: {info.seconds:.1f} s of sound enhanced")
    return 0


def _told(info: SoundInfo, destination: Path) -> dict[str, Any]:
    return {
        "input": str(info.path),
        "output": str(destination),
        "seconds": info.seconds,
        "sample_rate": info.sample_rate,
        "channels": info.channels,
    }


def _print_json(enhancer: Enhancer, files: list[dict[str, Any]], failures: list[str]) -> None:
    told = {"strength": enhancer.strength, "attenuation_limit": enhancer.attenuation_limit}
    print(json.dumps({**told, "files": files, "failed": failures}, indent=2))


def _enhance_file(enhancer: Enhancer, source: Path, destination: Path) -> SoundInfo:
    from audiogan.audio.files import describe

    seconds = describe(source).seconds
    with bar("enhancing", seconds, counts=False, shown=seconds >= LONG) as shown:
        info = _enhance_one(enhancer, source, destination, shown.advance)
    if enhancer.loses_band(info.sample_rate):
        _say_band(enhancer)
    return info


def _enhance_one(enhancer: Enhancer, source: Path, destination: Path, advance: Callable[[float], None]) -> SoundInfo:
    """Enhance a file and print its warnings as one line each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        info = enhancer.enhance_file(source, destination, advance)
    for warning in caught:
        print(f"audiogan enhance: {source}: {warning.message}", file=sys.stderr)
    return info


def _enhance_pipe(source: str, output: str, arguments: argparse.Namespace) -> int:
    if source == PIPE and sys.stdin.isatty():
        raise AudioganError("standard input is a terminal. Pipe a sound file into it, or name a file.")
    if output == PIPE and sys.stdout.isatty():
        raise AudioganError("standard output is a terminal. Send it into a file or a program, or name a file with -o.")
    try:
        with tempfile.TemporaryDirectory(prefix="audiogan-") as folder:
            path = Path(source)
            if source == PIPE:
                path = Path(folder) / "input"
                with path.open("wb") as spool:
                    shutil.copyfileobj(sys.stdin.buffer, spool)
            destination = Path(folder) / f"output{path.suffix}" if output == PIPE else Path(output)
            try:
                _require(path)
                _enhance_file(_load(arguments), path, destination)
            except AudioganError as mistake:
                named = str(mistake).replace(str(Path(folder) / "input"), "standard input")
                raise AudioganError(named.replace(str(destination), str(output))) from None
            if output == PIPE:
                with destination.open("rb") as result:
                    shutil.copyfileobj(result, sys.stdout.buffer)
                sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AudioganError(
            f"{tempfile.gettempdir()}: the sound could not be kept there ({error.strerror}). "
            "Make room, or set TMPDIR to another folder."
        ) from None
    return 0


def _enhance_folder(source: Path, output: Path, arguments: argparse.Namespace) -> int:
    from audiogan.audio.files import find_sounds

    if output.resolve() == source.resolve():
        raise AudioganError(f"{output}: output and input are the same folder. Choose another output.")
    # An output folder inside the input one holds what an earlier run made.
    sounds = [path for path in find_sounds(source) if output.resolve() not in path.resolve().parents]
    if not sounds:
        raise AudioganError(f"{source}: no sound file outside the output folder. Choose another input.")
    made = not output.exists()
    _require_writable(output)
    failures: list[str] = []
    files, says_band = [], True
    try:
        enhancer = _load(arguments)
        seconds = sum(_seconds(path) for path in sounds)
        with bar(f"enhancing {len(sounds)} files", seconds, counts=False, shown=seconds >= LONG) as shown:
            for path in sounds:
                try:
                    destination = output / path.relative_to(source)
                    info = _enhance_one(enhancer, path, destination, shown.advance)
                    files.append(_told(info, destination))
                except AudioganError as mistake:
                    failures.append(str(mistake))
                    continue
                if says_band and enhancer.loses_band(info.sample_rate):
                    _say_band(enhancer)
                    says_band = False
    finally:
        if made:
            with suppress(OSError):  # it holds something, as it should
                output.rmdir()
    if arguments.json:
        _print_json(enhancer, files, failures)
    else:
        print(f"{output}: {len(sounds) - len(failures)} of {len(sounds)} files enhanced")
    if failures:
        print(
            f"audiogan enhance: {len(failures)} of {len(sounds)} files failed:", *failures, sep="\n  ", file=sys.stderr
        )
    return 2 if failures else 0


def _load(arguments: argparse.Namespace) -> Enhancer:
    from audiogan.enhance import ENHANCER, Enhancer

    model = arguments.model
    if model is None and not ENHANCER.is_dir():
        if not DEMO_MODEL.is_dir():
            raise AudioganError(
                f"No model is given and the demo left none in {DEMO_MODEL}: give a run folder, checkpoint or bundle "
                "with -m, or run `make demo` first."
            )
        model = DEMO_MODEL
        print(f"audiogan enhance: using the model that the demo left in {DEMO_MODEL}", file=sys.stderr)
    return Enhancer.from_pretrained(
        ENHANCER if model is None else model,
        device=arguments.device,
        batch_size=arguments.batch_size,
        seed=arguments.seed,
        strength=arguments.strength,
        attenuation_limit=arguments.attenuation_limit,
        channels=channel_mode(arguments),
    )


def _require(path: Path) -> None:
    from audiogan.audio.files import describe

    describe(path)  # before the model is loaded, which takes seconds


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise AudioganError(f"{folder}: cannot write there ({error.strerror}). Choose another output folder.") from None


def _seconds(path: Path) -> float:
    from audiogan.audio.files import describe

    try:
        return describe(path).seconds
    except AudioganError:
        return 0.0


def _say_band(enhancer: Enhancer) -> None:
    print(
        f"audiogan enhance: the model works at {enhancer.sample_rate} Hz, so what lies above "
        f"{enhancer.sample_rate // 2} Hz in recordings of higher rates is lost",
        file=sys.stderr,
    )

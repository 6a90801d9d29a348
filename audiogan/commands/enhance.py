"""`audiogan enhance`: clean recordings, with the model that came with audiogan or another."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from audiogan.commands.enhance_many import LONG, ModelOptions, Result, Task, enhance_many, limit_blas
from audiogan.commands.inputs import Plan, plan
from audiogan.commands.outcome import EXIT_CODES, PARTIAL, SUCCESS, USER_ERROR, counted, print_list, report_left_out
from audiogan.commands.outputs import add_existing, check_free, exists, is_folder
from audiogan.commands.signals import clean_end
from audiogan.errors import AudioganError, explain_os_error
from audiogan.progress import bar

if TYPE_CHECKING:
    from audiogan.audio.processing import FileOptions, ProcessedFile
    from audiogan.audio.survey import LeftOut
    from audiogan.enhance import Enhancer

DEMO_MODEL = Path("runs/demo")
PIPE = "-"

ABOUT = """Takes noise out of recordings. What comes out has the rate, channels, length, level and
format of what went in, and no delay. Channels are treated alike, so the image stays, or each by itself."""

EXAMPLES = f"""examples:
  audiogan enhance noisy.wav -o clean.wav
  audiogan enhance noisy.wav -o clean.wav --attenuation-limit 12
  audiogan enhance monday.wav tuesday.mp3 interviews/ -o clean/
  audiogan enhance 'recordings/**/*.wav' -o clean/ --skip-existing
  audiogan enhance recordings/ -o enhanced/ -m runs/segan_mini
  ffmpeg -i talk.mp4 -f wav - | audiogan enhance - -o talk.wav
  arecord -t raw -f S16_LE -r 16000 | audiogan enhance --stream --sample-rate 16000 > talk.raw
  audiogan enhance --live

{EXIT_CODES}"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "enhance",
        help="take noise out of recordings",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "input", nargs="*", help="sound files, folders, quoted patterns such as '*.wav', or - for standard input"
    )
    parser.add_argument(
        "-o", "--output",
        help="a name with a suffix is a file, one without or with a slash at its end a folder, which is made; - is "
        "standard output (default: next to each input, with .enhanced)",
    )  # fmt: skip
    add_existing(parser, skip=True)
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
        help="maximum attenuation in dB (default: no limit)",
    )
    add_channels(parser)
    parser.add_argument(
        "--jobs", type=positive, metavar="N",
        help="files at a time, each in a process with one thread (default: one a core, fewer for short files)",
    )  # fmt: skip
    parser.add_argument("--device", default="cpu", help="where the model runs: cpu, cuda, cuda:1, mps (default: cpu)")
    parser.add_argument(
        "--batch-size", type=positive, default=4, metavar="N",
        help="windows at a time, for models that take windows: memory and speed (default: 4)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of the latents that a model draws (default: 0)")
    parser.add_argument(
        "--quality", metavar="Q",
        help="of MP3, Ogg, Opus, AAC and other lossy outputs: a bit rate such as 192k, or 0 to 10, the best (default: "
        "as the input)",
    )  # fmt: skip
    parser.add_argument(
        "--loudness", type=float, metavar="LUFS",
        help="integrated loudness of the output, with true peaks at most -1 dBTP; podcasts: -16 (default: as it comes)",
    )  # fmt: skip
    parser.add_argument(
        "--salvage", action="store_true", help="accept files that are cut short or damaged, as far as they can be read"
    )
    parser.add_argument("--json", action="store_true", help="print the result for each file as JSON, for scripts")
    add_live(parser.add_argument_group("live audio", ABOUT_LIVE))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Enhance; the exit code is 3 where some files could not be or were left out, 2 where none could be."""
    check_live(arguments)
    limit_blas()
    with clean_end():
        if arguments.live:
            return run_live(arguments, _load)
        if arguments.stream:
            return run_stream(arguments, _load)
        inputs, output = arguments.input, arguments.output
        if inputs == [PIPE] or output == PIPE:
            return _run_pipe(arguments)
        found = plan(inputs, output)
        for _, destination in found.files:
            check_folder(destination.parent)
        skipped = _skip_existing(found, arguments)
        return _enhance_several(found, skipped, arguments) if found.several else _enhance_single(found, arguments)


def check_folder(folder: Path) -> None:
    """Find out before the work that a folder, or the nearest one above it that exists, cannot be written.

    Raises:
        AudioganError: it cannot be.
    """
    above = folder
    while not os.path.lexists(above):
        above = above.parent
    if above not in _writable:
        try:
            tempfile.TemporaryFile(dir=above).close()
        except OSError as error:
            raise AudioganError(f"{folder}: cannot be written: {explain_os_error(error)}") from None
        _writable.add(above)


_writable: set[Path] = set()


def _skip_existing(found: Plan, arguments: argparse.Namespace) -> list[Path]:
    """Refuse outputs that exist, or leave them out where `--skip-existing` is given; return those."""
    if not arguments.skip_existing:
        check_free([output for _, output in found.files], arguments.overwrite, skip=True)
        return []
    skipped = [output for _, output in found.files if exists(output)]
    found.files = [(source, output) for source, output in found.files if output not in set(skipped)]
    return skipped


def _enhance_single(found: Plan, arguments: argparse.Namespace) -> int:
    if not found.files:
        print(f"{arguments.input[0]}: skipped, its output exists")
        return SUCCESS
    ((path, destination),) = found.files
    options = _file_options(arguments)
    _require(path, arguments.salvage)
    enhancer = _load(arguments)
    info = _enhance_file(enhancer, path, destination, options)
    if arguments.json:
        _print_json(enhancer, [_to_dict(path, destination, info)])
    else:
        print(f"{destination}: {info.seconds:.1f} s of sound enhanced")
    return SUCCESS


def _enhance_several(found: Plan, skipped: list[Path], arguments: argparse.Namespace) -> int:
    enhancer, model = _load(arguments), _model(arguments)
    options = _file_options(arguments)
    tasks = [Task(source, destination, model, options) for source, destination in found.files]
    says_band = True

    def done(result: Result) -> None:
        nonlocal says_band
        if result.info:
            _print_notes(result.task.destination, result.info)
        if says_band and result.info and enhancer.loses_band(result.info.sample_rate):
            _say_band(enhancer)
            says_band = False

    results = enhance_many(tasks, enhancer, arguments.jobs, arguments.device, done)
    failed = [result.problem for result in results if result.info is None]
    made = [result for result in results if result.info is not None]
    if arguments.json:
        files = [_to_dict(result.task.source, result.task.destination, result.info) for result in made if result.info]
        _print_json(enhancer, files, failed, found.left_out, skipped)
    else:
        where = f"{arguments.output}: " if arguments.output else f"{found.root}: " if found.root else ""
        more = f", {len(skipped)} skipped as their outputs exist" if skipped else ""
        print(f"{where}{len(made)} of {len(results)} files enhanced{more}")
    if failed:
        print_list("enhance", f"{len(failed)} of {len(results)} files failed:", failed)
    code = report_left_out("enhance", found.left_out)
    if failed and not made and not skipped:
        return USER_ERROR
    return PARTIAL if failed else code


def _to_dict(source: Path, destination: Path, info: ProcessedFile) -> dict[str, Any]:
    return {
        "input": str(source),
        "output": str(destination),
        "seconds": info.seconds,
        "sample_rate": info.sample_rate,
        "channels": info.channels,
        "output_rate": info.output_rate,
        "clipped": info.clipped,
        "loudness": info.loudness,
        "notes": list(info.notes),
    }


def _print_json(
    enhancer: Enhancer,
    files: list[dict[str, Any]],
    failed: Sequence[str] = (),
    left_out: Sequence[LeftOut] = (),
    skipped: Sequence[Path] = (),
) -> None:
    result = {
        "strength": enhancer.strength,
        "attenuation_limit": enhancer.attenuation_limit,
        "files": files,
        "failed": list(failed),
        "left_out": [{"path": str(entry.path), "reason": entry.reason} for entry in left_out],
        "skipped": [str(path) for path in skipped],
    }
    print(json.dumps(result, indent=2))


def _file_options(arguments: argparse.Namespace) -> FileOptions:
    from audiogan.audio.bit_rates import Quality
    from audiogan.audio.processing import FileOptions

    quality = None if arguments.quality is None else Quality.parse(arguments.quality)
    return FileOptions(quality, arguments.loudness, arguments.salvage)


def _print_notes(destination: Path, info: ProcessedFile) -> None:
    for note in info.notes:
        print(f"audiogan enhance: {destination}: {note}", file=sys.stderr)


def _enhance_file(enhancer: Enhancer, source: Path, destination: Path, options: FileOptions) -> ProcessedFile:
    from audiogan.audio.streams import SoundReader

    with SoundReader(source, options.salvage) as reader:
        seconds = reader.info.seconds
    with bar("enhancing", seconds, counts=False, shown=seconds >= LONG) as shown:
        info = enhancer.enhance_file(source, destination, shown.advance, options)
    _print_notes(destination, info)
    if enhancer.loses_band(info.sample_rate):
        _say_band(enhancer)
    return info


def _run_pipe(arguments: argparse.Namespace) -> int:
    inputs, output = arguments.input, arguments.output or PIPE
    if arguments.json:
        raise AudioganError("--json is for files and has no meaning with a pipe: leave it.")
    if len(inputs) > 1 or os.path.isdir(inputs[0]):
        raise AudioganError(
            f"{counted(len(inputs), 'input') if len(inputs) > 1 else inputs[0] + ': a folder'} cannot go to standard "
            "output. Give an output folder with -o."
        )
    if output != PIPE:
        if is_folder(output):
            raise AudioganError(f"{output}: standard input has no name to keep. Give the name of a file with -o.")
        check_free([Path(output)], arguments.overwrite)
    return _enhance_pipe(inputs[0], output, arguments)


def _enhance_pipe(source: str, output: str, arguments: argparse.Namespace) -> int:
    if source == PIPE and sys.stdin.isatty():
        raise AudioganError("standard input is a terminal. Pipe a sound file into it, or name a file.")
    if output == PIPE and sys.stdout.isatty():
        raise AudioganError("standard output is a terminal. Send it into a file or a program, or name a file with -o.")
    with _temporary_folder() as folder:
        path = Path(source)
        if source == PIPE:
            path = folder / "input"
            with _spooling(), path.open("wb") as spool:
                shutil.copyfileobj(sys.stdin.buffer, spool)
        destination = folder / f"output{path.suffix}" if output == PIPE else Path(output)
        try:
            options = _file_options(arguments)
            _require(path, arguments.salvage)
            _enhance_file(_load(arguments), path, destination, options)
        except AudioganError as error:
            named = str(error).replace(str(folder / "input"), "standard input")
            if output == PIPE and str(destination) in named:
                named = f"{named.replace(str(destination), str(folder))} TMPDIR names another folder."
            raise AudioganError(named) from None
        if output == PIPE:
            _send(destination)
    return SUCCESS


def _send(path: Path) -> None:
    """Write a file to standard output."""
    with path.open("rb") as result:
        try:
            shutil.copyfileobj(result, sys.stdout.buffer)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise AudioganError(f"standard output: cannot be written: {explain_os_error(error)}") from None


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="audiogan-")
    except OSError as error:
        raise AudioganError(
            f"{tempfile.gettempdir()}: no temporary folder can be made there: {explain_os_error(error)} TMPDIR names "
            "another one."
        ) from None
    with folder as path:
        yield Path(path)


@contextmanager
def _spooling() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AudioganError(
            f"{tempfile.gettempdir()}: standard input could not be stored there: {explain_os_error(error)} TMPDIR "
            "names another folder."
        ) from None


def _model(arguments: argparse.Namespace) -> ModelOptions:
    from audiogan.enhance import ENHANCER

    model = arguments.model
    if model is None and not ENHANCER.is_dir():
        if not DEMO_MODEL.is_dir():
            raise AudioganError(
                f"No model is given and the demo left none in {DEMO_MODEL}: give a run folder, checkpoint or bundle "
                "with -m, or run `make demo` first."
            )
        model = DEMO_MODEL
    names = ("device", "batch_size", "seed", "strength", "attenuation_limit")
    options = {name: getattr(arguments, name) for name in names} | {"channels": channel_mode(arguments)}
    return ModelOptions(str(model or ENHANCER), tuple(options.items()))


def _load(arguments: argparse.Namespace) -> Enhancer:
    model = _model(arguments)
    if model.model == str(DEMO_MODEL) and arguments.model is None:
        print(f"audiogan enhance: using the model that the demo left in {DEMO_MODEL}", file=sys.stderr)
    return model.load()


def _require(path: Path, salvage: bool) -> None:
    from audiogan.audio.streams import SoundReader

    SoundReader(path, salvage).__exit__()  # before the model is loaded, which takes seconds


def _say_band(enhancer: Enhancer) -> None:
    print(
        f"audiogan enhance: the model works at {enhancer.sample_rate} Hz, so what lies above "
        f"{enhancer.sample_rate // 2} Hz in recordings of higher rates is lost",
        file=sys.stderr,
    )

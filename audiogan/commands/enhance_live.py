"""`audiogan enhance --stream` and `--live`: sound that is still being made."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from audiogan.errors import AudioganError

if TYPE_CHECKING:
    from audiogan.enhance import Enhancer

ABOUT = """Raw samples from standard input to standard output, or a microphone to speakers. Sound comes out after the
model's latency, which is printed to standard error. Nothing is shifted: a stream is as long as its input."""
PCM = ("s16le", "f32le")  # as audio/pcm.py has them, which needs NumPy
MODES: tuple[Literal["together"], Literal["apart"]] = ("together", "apart")
# What has a meaning with one of both only.
STREAM_ONLY, LIVE_ONLY = ("pcm",), ("input_device", "output_device")


def add_live(group: argparse._ArgumentGroup) -> None:
    """The arguments of this form."""
    ways = group.add_mutually_exclusive_group()
    ways.add_argument("--stream", action="store_true", help="raw samples, from standard input to standard output")
    ways.add_argument(
        "--live", action="store_true",
        help="from the microphone to the speakers, until Ctrl-C (pip install 'audiogan[live]'); use headphones",
    )  # fmt: skip
    group.add_argument(
        "--sample-rate",
        type=positive,
        metavar="HZ",
        help="of the samples; --live takes the microphone's own if not given",
    )
    group.add_argument(
        "--pcm", choices=PCM, help="how --stream keeps samples: 16-bit integers or 32-bit floats (default: s16le)"
    )
    group.add_argument(
        "--input-device", metavar="NAME",
        help="the microphone: its name, a part of it or its number (default: the system's; a wrong name lists them)",
    )  # fmt: skip
    group.add_argument("--output-device", metavar="NAME", help="the speakers, likewise")


def check_live(arguments: argparse.Namespace) -> None:
    """Refuse what has no meaning in the form that was asked for.

    Raises:
        AudioganError: an option is for another form, or a file is named.
    """
    form = "--stream" if arguments.stream else "--live" if arguments.live else None
    others = {"--stream": LIVE_ONLY, "--live": STREAM_ONLY}.get(form or "", (*STREAM_ONLY, *LIVE_ONLY, "sample_rate"))
    for option in others:
        if getattr(arguments, option) is not None:
            words = f"--{option.replace('_', '-')}"
            raise AudioganError(f"{words} has no meaning {f'with {form}' if form else 'for files'}: leave it.")
    if form is None:
        if (count := channel_count(arguments)) is not None:
            raise AudioganError(f"--channels {count} has no meaning for files: leave it.")
        if not arguments.input:
            raise AudioganError("give sound files, folders of them, or - for standard input; or --stream or --live.")
        return
    usual = (None, "-") if form == "--stream" else (None,)
    if arguments.json:
        raise AudioganError(f"--json is for files and has no meaning with {form}: leave it.")
    for name in (*arguments.input, arguments.output):
        if name not in usual:
            through = "standard input to standard output" if form == "--stream" else "the microphone to the speakers"
            raise AudioganError(f"{form} goes from {through}: leave {name}, or leave {form} to enhance a file.")
    if form == "--stream" and arguments.sample_rate is None:
        raise AudioganError("raw samples do not say their rate: give it, such as --sample-rate 16000.")


def run_stream(arguments: argparse.Namespace, load: Callable[[argparse.Namespace], Enhancer]) -> int:
    """Raw samples from standard input to standard output."""
    if sys.stdin.isatty():
        raise AudioganError("standard input is a terminal. Pipe raw samples into it.")
    if sys.stdout.isatty():
        raise AudioganError("standard output is a terminal. Send the samples into a file or a program.")
    from audiogan.live import latency_in_words, through_pipe

    stream = load(arguments).stream(arguments.sample_rate, channel_count(arguments) or 1)
    _tell(f"latency {latency_in_words(stream)}, and the time to compute")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `through_pipe` tells it in a sentence
        try:
            through_pipe(stream, sys.stdin.buffer, sys.stdout.buffer, arguments.pcm or PCM[0], _tell)
        except BrokenPipeError:
            _tell("who read the samples went away, so the stream ends here")
            raise
    return 0


def run_live(arguments: argparse.Namespace, load: Callable[[argparse.Namespace], Enhancer]) -> int:
    """From the microphone to the speakers until Ctrl-C."""
    from audiogan.live import microphone_to_speakers

    duplex = microphone_to_speakers(
        load(arguments),
        input_device=arguments.input_device,
        output_device=arguments.output_device,
        sample_rate=arguments.sample_rate,
        channels=channel_count(arguments) or 1,
        tell=_tell,
    )
    gaps = f"; {duplex.gaps} times the machine was too slow, which one hears as clicks" if duplex.gaps else ""
    _tell(f"ended after {duplex.samples} samples{gaps}")
    return 0


def _tell(line: str) -> None:
    print(f"audiogan enhance: {line}", file=sys.stderr, flush=True)


def add_channels(parser: argparse.ArgumentParser) -> None:
    """`--channels`, which is how channels are filtered, and of raw or live sound how many there are."""
    parser.add_argument(
        "--channels",
        action="append",
        type=_channels,
        metavar="apart|together|N",
        help="together: one filter for all channels, so that the image stays (default); apart: one for each, as for a "
        "voice on each. N: interleaved channels of --stream and --live (default: 1); both can be given",
    )


def channel_count(arguments: argparse.Namespace) -> int | None:
    """How many channels raw or live sound has, if `--channels` says it."""
    return next((value for value in reversed(arguments.channels or []) if isinstance(value, int)), None)


def channel_mode(arguments: argparse.Namespace) -> Literal["together", "apart"]:
    """How channels are filtered."""
    return "apart" if next((v for v in reversed(arguments.channels or []) if v in MODES), None) == "apart" else MODES[0]


def _channels(word: str) -> int | str:
    if not word.isdigit() and word not in MODES:
        raise argparse.ArgumentTypeError(f"{word!r} is neither apart, together nor a number of channels")
    return word if word in MODES else positive(word)


def positive(word: str) -> int:
    """A number of an option that is 1 or more."""
    if not word.isdigit() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of 1 or more")
    return int(word)

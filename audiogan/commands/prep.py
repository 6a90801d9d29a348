"""`audiogan prep`: noisy/clean pairs from folders of clean speech and of noise."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiogan.commands.outcome import EXIT_CODES, PARTIAL, SUCCESS, counted, left_out_of, print_list, report_left_out
from audiogan.progress import bar

if TYPE_CHECKING:
    from audiogan.data.building import Built

ABOUT = """Mixes clean speech with noise: OUT/clean/ID.wav, OUT/noisy/ID.wav and OUT/manifest.jsonl, which tells how
each pair was made. The same options give the same pairs, whatever the number of processes.
Interrupted, the same command goes on."""

EXAMPLES = f"""examples:
  audiogan prep --clean speech/ --noise noise/ -o pairs/
  audiogan prep --clean speech/ --noise noise/ -o pairs/ --snr 2.5 7.5 12.5 17.5 --count 200
  audiogan prep --clean speech/ --noise noise/ -o pairs/ --rate 48000 --subtype FLOAT --jobs 2

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the verb to the command line."""
    parser = subparsers.add_parser(
        "prep",
        help="build noisy/clean pairs from folders of speech and of noise",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--clean", nargs="+", type=Path, required=True, metavar="DIR", help="folders of clean speech")
    parser.add_argument("--noise", nargs="+", type=Path, required=True, metavar="DIR", help="folders of noise")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="folder for the pairs")
    parser.add_argument(
        "--snr", nargs="+", type=float, default=[0.0, 5.0, 10.0, 15.0], metavar="DB",
        help="signal-to-noise ratios, taken in turn (0 5 10 15)",
    )  # fmt: skip
    parser.add_argument("--every-snr", action="store_true", help="every clean file at every SNR, instead of at one")
    parser.add_argument(
        "--count", type=int, metavar="N", help="number of pairs, less those of unusable files (one of every clean file)"
    )
    parser.add_argument("--rate", type=int, default=16000, metavar="HZ", help="sample rate of the pairs (16000)")
    parser.add_argument(
        "--level", choices=["p56", "rms"], default="p56",
        help="level of speech: active level by ITU-T P.56, or plain RMS (p56)",
    )  # fmt: skip
    parser.add_argument(
        "--speech-level", type=float, metavar="DB", help="bring the speech to this level re full scale (its own)"
    )
    parser.add_argument(
        "--least-seconds", type=float, default=0.5, metavar="S", help="leave out shorter clean files (0.5)"
    )
    parser.add_argument(
        "--subtype", choices=["PCM_16", "PCM_24", "FLOAT"], default="PCM_16", help="sample format of the files (PCM_16)"
    )
    parser.add_argument("--clean-licence", metavar="NAME", help="licence of speech that has none beside it (unknown)")
    parser.add_argument("--noise-licence", metavar="NAME", help="licence of noise that has none beside it (unknown)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed makes other pairs (0)")
    parser.add_argument("--jobs", type=int, metavar="N", help="number of processes (one a core)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build the pairs and tell what was made."""
    from audiogan.data.building import build_pairs
    from audiogan.data.pairs import PairOptions

    options = PairOptions(
        snr_db=tuple(arguments.snr),
        every_snr=arguments.every_snr,
        count=arguments.count,
        sample_rate=arguments.rate,
        level=arguments.level,
        speech_level_db=arguments.speech_level,
        least_seconds=arguments.least_seconds,
        subtype=arguments.subtype,
        seed=arguments.seed,
    )
    try:
        with bar("pairs") as shown:
            built = build_pairs(
                arguments.clean,
                arguments.noise,
                arguments.out,
                options,
                jobs=os.cpu_count() or 1 if arguments.jobs is None else arguments.jobs,
                clean_licence=arguments.clean_licence,
                noise_licence=arguments.noise_licence,
                progress=shown.reach,
            )
    except KeyboardInterrupt:
        print("audiogan: stopped. The same command goes on where it stopped.", file=sys.stderr)
        return 130
    code = report_left_out("prep", left_out_of([*arguments.clean, *arguments.noise]))
    _print_built(built)
    return PARTIAL if built.unusable else code or SUCCESS


def _print_built(built: Built) -> None:
    if built.unusable:
        lines = [f"{path}: {reason}" for path, reason in sorted(built.unusable.items())]
        print_list("prep", f"{counted(len(built.unusable), 'recording')} could not be used:", lines)
    if built.without_licence:
        print(
            f"{counted(built.without_licence, 'recording')} of unknown licence: see --clean-licence, --noise-licence",
            file=sys.stderr,
        )
    if built.remark:
        print(built.remark, file=sys.stderr)
    kept = f", {built.kept} of them kept from before" if built.kept else ""
    print(f"{built.manifest}: {counted(built.pairs, 'pair')}{kept}")
    if built.seconds:
        print(f"made {built.seconds / 3600:.2f} h of pairs at {built.times_real_time:.0f} × real time per core")

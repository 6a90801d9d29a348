"""A set of mixtures of named corpora: what an enhancer does with origins that its training leaves out.

    python data_prep/source_sets.py corpora corpora/enhancement/strangers

takes all speech and noise of the split `strangers` of debian_corpora.yaml, packages that no corpus of train comes
from, and makes OUT/{clean,noisy}/*.wav and OUT/manifest.jsonl: 120 mixtures of SNR -5, 0, 5, 10 and 15 dB in equal
parts, with the rooms and kinds of noise of enhancement_sets.py (of the invented ones only typing: hum and clicks come
from 180 mixtures on, and are the same to all enhancers). To leave one source out in turn, name it; train
without it:

    python data_prep/source_sets.py corpora sets/without-festvox --speech festvox-ru --noise ufoai megaglest

The same seed gives the same set. The recordings keep their licences: the manifest names them.

Needs `pip install audiogan[corpora]`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from enhancement_sets import MixtureSet

from audiogan.data.manifest import write_manifest
from audiogan.errors import AudioganError
from audiogan.writing import put_in_place

SNRS_DB = -5.0, 0.0, 5.0, 10.0, 15.0
SPLIT = "strangers"


def main() -> int:
    """The program; exit code 2 and one line for user errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, metavar="CORPORA", help="folder that debian_corpora.py made")
    parser.add_argument("out", type=Path, metavar="OUT", help="new folder for the set; its name is the set's")
    parser.add_argument("--speech", nargs="+", metavar="CORPUS", help=f"speech of any split (all of {SPLIT})")
    parser.add_argument("--noise", nargs="+", metavar="CORPUS", help=f"noise of any split (all of {SPLIT})")
    parser.add_argument("--mixtures", type=int, default=120, metavar="N", help="how many (120)")
    parser.add_argument("--snr", type=float, nargs="+", default=SNRS_DB, metavar="DB", help="in equal parts")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed makes another set (0)")
    arguments = parser.parse_args()
    try:
        if arguments.out.exists():
            raise AudioganError(f"{arguments.out}: already exists. Remove it, or choose a new folder.")
        speech, noise = (
            corpus_folders(arguments.corpora, kind, getattr(arguments, kind)) for kind in ("speech", "noise")
        )
        made = MixtureSet(speech, noise, arguments.out.name, arguments.mixtures, arguments.seed, arguments.snr)
        with put_in_place(arguments.out) as out:
            write_manifest(out / "manifest.jsonl", made.write(out))
    except AudioganError as error:
        print(f"source_sets: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {arguments.mixtures} mixtures of {len(made.voices)} speakers and {len(made.noise)} noises")
    return 0


def corpus_folders(corpora: Path, kind: str, names: list[str] | None) -> list[Path]:
    """The folders of corpora, by their names in any split, or of all of the split `strangers`.

    Raises:
        AudioganError: one is not there.
    """
    there = {path.name: path for path in sorted(corpora.glob(f"*/{kind}/*")) if path.is_dir()}
    if names is None:
        names = [name for name, path in there.items() if path.parents[1].name == SPLIT]
        if not names:
            raise AudioganError(f"{corpora}: no {kind} of the split {SPLIT}. Make it with debian_corpora.py.")
    if missing := sorted(set(names) - there.keys()):
        raise AudioganError(f"{corpora}: no {kind} of the name {', '.join(missing)}. There are {', '.join(there)}.")
    return [there[name] for name in names]


if __name__ == "__main__":
    sys.exit(main())

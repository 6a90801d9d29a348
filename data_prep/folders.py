"""Speech and noise for training, from any folders of recordings: one form, without clipped, doubled or silent ones.

    python data_prep/folders.py corpora --speech my_speech --noise my_noise --develop anna street --select bert

makes corpora/{train,select,develop}/{speech,noise}/*/*.wav (16 kHz, mono, 16 bits) and beside them corpus.jsonl.
The subfolders of a folder are its speakers or kinds of noise; those named by --select (to choose checkpoints and
hyper-parameters) and --develop (to be scored only) are held out of train as a whole. Then:

    audiogan prep --clean corpora/develop/speech --noise corpora/develop/noise --out pairs/develop

The recordings keep their licences: say with --licence which; it is written into every row.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpus_folders import Corpus, Recording, write_recordings

from audiogan.audio.files import find_sounds
from audiogan.errors import AudioganError


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the corpora")
    parser.add_argument("--speech", nargs="+", type=Path, default=[], metavar="DIR", help="folders of clean speech")
    parser.add_argument("--noise", nargs="+", type=Path, default=[], metavar="DIR", help="folders of noise")
    parser.add_argument("--select", nargs="+", default=[], metavar="NAME", help="subfolders held out for choosing")
    parser.add_argument("--develop", nargs="+", default=[], metavar="NAME", help="subfolders held out for scoring")
    parser.add_argument("--licence", default="unknown", help="licence of the recordings")
    parser.add_argument("--jobs", type=int, default=1, help="recordings decoded at a time (1)")
    arguments = parser.parse_args()
    try:
        held_out = {name: "select" for name in arguments.select} | {name: "develop" for name in arguments.develop}
        sets = [
            item
            for kind in ("speech", "noise")
            for folder in getattr(arguments, kind)
            for item in sets_of(folder, kind, arguments.licence, held_out)
        ]
        check(sets, held_out)
        # What is held out comes first: it claims a recording that occurs twice.
        for corpus, recordings in sorted(sets, key=lambda item: item[0].split):
            write_recordings(arguments.out, corpus, recordings, arguments.jobs)
    except AudioganError as error:
        print(f"folders: {error}", file=sys.stderr)
        return 2
    return 0


def sets_of(folder: Path, kind: str, licence: str, held_out: dict[str, str]) -> list[tuple[Corpus, list[Recording]]]:
    """A corpus for each split that a folder's recordings fall into, by the subfolder they lie in."""
    found: dict[str, list[Recording]] = {}
    for path in find_sounds(folder := folder.resolve()):
        inner = path.relative_to(folder)
        group = inner.parts[0] if len(inner.parts) > 1 else ""
        speaker = f"{folder.name}/{group}".rstrip("/") if kind == "speech" else None
        found.setdefault(held_out.get(group, "train"), []).append(Recording(path, f"{folder.name}: {inner}", speaker))
    return [(Corpus(f"{folder.name}-{split}", split, kind, licence), recordings) for split, recordings in found.items()]


def check(sets: list[tuple[Corpus, list[Recording]]], held_out: dict[str, str]) -> None:
    """Refuse what would be lost without a word.

    Raises:
        AudioganError: nothing is given, two folders have one name, or a name to be held out is not there.
    """
    if not sets:
        raise AudioganError("no folder given. Give --speech, --noise or both.")
    names = [corpus.name for corpus, _ in sets]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AudioganError(f"two folders would both become {twice[0]}. Rename one: a corpus has its folder's name.")
    groups = {recording.source.split(": ")[1].split("/")[0] for _, recordings in sets for recording in recordings}
    if unseen := sorted(held_out.keys() - groups):
        raise AudioganError(f"--select, --develop: no subfolder with sound is called {', '.join(unseen)}.")


if __name__ == "__main__":
    sys.exit(main())

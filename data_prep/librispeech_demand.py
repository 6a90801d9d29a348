"""LibriSpeech as speech and DEMAND as noise, from their publishers' files to folders for training.

    python data_prep/librispeech_demand.py downloads/LibriSpeech downloads/demand corpora

LibriSpeech is the folder that the archives of https://www.openslr.org/12 unpack to (train-clean-100/, dev-clean/,
test-clean/ …, each with SPEAKER/CHAPTER/*.flac): train-* trains, dev-* selects, test-* is scored. DEMAND is a folder
with the archives of https://zenodo.org/records/1227121 unpacked (NPARK/ch01.wav …): of its eighteen environments five
are scored, the ones that VoiceBank+DEMAND tests with, two select, the others train; of their sixteen channels the
first is taken. It makes corpora/{train,select,develop}/{speech,noise}/*/*.wav (16 kHz, mono, 16 bits) and corpus.jsonl
beside them; interrupted, it goes on with the set that it was at. Pairs for scoring are then made by:

    audiogan prep --clean corpora/develop/speech --noise corpora/develop/noise --out pairs/develop

LibriSpeech is under CC-BY-4.0 (Panayotov et al., 2015), DEMAND under CC-BY-SA-3.0 (Thiemann, Ito and Vincent, 2013).
Tested on small trees of the same shape, not on the real downloads.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpus_folders import Corpus, Recording, write_recordings

from audiogan.audio.files import find_sounds
from audiogan.errors import AudioganError

SUBSETS = {"train": "train", "dev": "select", "test": "develop"}
SELECT_NOISE = {"NFIELD", "OHALLWAY"}
DEVELOP_NOISE = {"DLIVING", "OOFFICE", "SCAFE", "SPSQUARE", "TBUS"}


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("librispeech", type=Path, metavar="LIBRISPEECH", help="folder with train-clean-100 and others")
    parser.add_argument("demand", type=Path, metavar="DEMAND", help="folder with NPARK and other environments")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the corpora")
    parser.add_argument("--jobs", type=int, default=1, help="recordings decoded at a time (1)")
    arguments = parser.parse_args()
    try:
        sets = speech_sets(arguments.librispeech) + noise_sets(arguments.demand)
        # What is held out comes first: it claims a recording that occurs twice.
        for corpus, recordings in sorted(sets, key=lambda item: item[0].split):
            write_recordings(arguments.out, corpus, recordings, arguments.jobs)
    except AudioganError as error:
        print(f"librispeech_demand: {error}", file=sys.stderr)
        return 2
    return 0


def speech_sets(root: Path) -> list[tuple[Corpus, list[Recording]]]:
    """A corpus for each of LibriSpeech's sets that are there.

    Raises:
        AudioganError: there is none.
    """
    sets = []
    for folder in sorted(path for path in root.glob("*-*") if path.is_dir()):
        if split := SUBSETS.get(folder.name.split("-")[0]):
            recordings = [
                Recording(
                    path, f"LibriSpeech: {path.relative_to(root)}", f"librispeech/{path.relative_to(folder).parts[0]}"
                )
                for path in find_sounds(folder)
            ]
            sets.append((Corpus(f"librispeech-{folder.name}", split, "speech", "CC-BY-4.0"), recordings))
    if not sets:
        raise AudioganError(f"{root}: no train-*, dev-* or test-* folder here. Give the folder LibriSpeech itself.")
    return sets


def noise_sets(root: Path) -> list[tuple[Corpus, list[Recording]]]:
    """A corpus for each split, of the first channel of DEMAND's environments.

    Raises:
        AudioganError: there is no such recording.
    """
    recordings: dict[str, list[Recording]] = {}
    for path in sorted(root.rglob("ch01.wav")):
        environment = path.parent.name
        split = "develop" if environment in DEVELOP_NOISE else "select" if environment in SELECT_NOISE else "train"
        recordings.setdefault(split, []).append(Recording(path, f"DEMAND: {environment}/ch01.wav"))
    if not recordings:
        raise AudioganError(f"{root}: no ENVIRONMENT/ch01.wav in this folder. Unpack DEMAND's zip files into it.")
    return [(Corpus(f"demand-{split}", split, "noise", "CC-BY-SA-3.0"), found) for split, found in recordings.items()]


if __name__ == "__main__":
    sys.exit(main())

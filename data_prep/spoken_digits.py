"""Spoken digits, and short spoken words, from Debian's packages: downloads, unpacks, decodes, holds voices out.

    python data_prep/spoken_digits.py data/spoken

makes of the packages asterisk-core-sounds-fr-g722, asterisk-core-sounds-ru-g722, tuxpaint-stamps-default and
klettres-data (222 MB)

    data/spoken/digits/{train,held_out}/{0..9}/VOICE-NAME.flac    22 voices, 19 languages
    data/spoken/words/{train,held_out}/VOICE-NAME.flac            without labels: digits, numbers, letters, syllables

mono, 16 kHz, without the silence before and after, at most 1.024 s (16384 samples); the asterisk voices' digits are in
both. The digits have labels and are few, the words are many: together they stand in for the digit words of Speech
Commands (data_prep/sc09.py) where these cannot be had. `data: {name: Sounds, folder: data/spoken/digits/train}` in a
recipe takes them. Held out are whole voices, each of a language that another voice speaks in train. What is longer,
clipped, unreadable or there twice is left out, and counted. Levels stay as recorded and differ by 30 dB, which
data.level_db evens out.

The recordings keep their licences, GPL-2, GPL-2+, CC-BY-SA-3.0 and CC-BY-3.0: the packages' copyright files are kept
beside them. Needs Debian or a system derived from it (apt-get, no root) and `pip install audiogan[corpora]`.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from corpus_folders import SAMPLE_RATE, read_g722
from debian_corpora import find_package
from labelled_folders import is_to_be_made, minutes, sounds_by_label
from numpy.typing import NDArray

from audiogan.audio.files import read, write
from audiogan.audio.resample import resample
from audiogan.data.archives import unpack
from audiogan.data.clips import checksum, is_clipped, is_silent, to_pcm16
from audiogan.errors import AudioganError
from audiogan.progress import each
from audiogan.writing import put_in_place

ASTERISK = r"asterisk/sounds/(?P<language>[a-z]+)_\w+/(?P<name>(digits|letters|phonetic)/[^/]+)\.g722"
TUXPAINT = r"stamps/symbols/math/(?P<name>\d)(_(?P<language>[a-z]{2}(_[A-Za-z]{2})?))?\.ogg"
KLETTRES = r"klettres/(?P<language>\w+)/(?P<name>(alpha|syllab)/[^/]+)\.ogg"
PACKAGES = {
    "asterisk-core-sounds-fr-g722": re.compile(ASTERISK),
    "asterisk-core-sounds-ru-g722": re.compile(ASTERISK),
    "tuxpaint-stamps-default": re.compile(TUXPAINT),
    "klettres-data": re.compile(KLETTRES),
}
# Speech of a machine (el), overdriven (tn, nb), with the ends of its files missing (ml).
LEFT_OUT = {"tuxpaint-el", "klettres-tn", "klettres-nb", "klettres-ml"}
HELD_OUT = {"asterisk-ru", "tuxpaint-en_GB", "tuxpaint-fr", "tuxpaint-nn", "klettres-en_GB", "klettres-fr"}
DIGITS = tuple("0123456789")
PARTS = ("digits/train", "digits/held_out", "words/train", "words/held_out")
LONGEST = 16384  # samples: what WaveGAN makes
LOUDEST = 200  # samples at full scale; most recordings were normalised to it
SILENCE_DB = 35  # below the loudest frame
MARGIN = 480  # samples kept before and after, where consonants are as quiet as silence
FRAME = 320  # samples
LOWEST_HZ = 60  # below it there is hum and, in zh_tw, a constant that is as loud as the voice


@dataclass(frozen=True)
class Recording:
    """A file of a package: who speaks, under what name, and which digit if it is one."""

    path: Path
    voice: str
    name: str
    digit: str | None

    @property
    def parts(self) -> list[str]:
        """The folders that it belongs in. A voice that says nothing but digits is not among the words."""
        split = "held_out" if self.voice in HELD_OUT else "train"
        digits = [] if self.digit is None else [f"digits/{split}/{self.digit}"]
        return digits if self.voice.startswith("tuxpaint") else [*digits, f"words/{split}"]


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the sounds, new or empty")
    parser.add_argument("--downloads", type=Path, help="folder for the packages (default: OUT.downloads)")
    arguments = parser.parse_args()
    out = arguments.out
    try:
        if is_to_be_made(out, PARTS, "spoken digits"):
            if importlib.util.find_spec("av") is None:
                raise AudioganError("Some recordings are G.722; 'pip install audiogan[corpora]' to decode them.")
            prepare(out.resolve(), arguments.downloads or out.with_name(f"{out.name}.downloads"))
        report(out)
    except AudioganError as error:
        print(f"spoken_digits: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(out: Path, downloads: Path) -> None:
    """Make the folders, which appear whole or not at all."""
    left: Counter[str] = Counter()
    seen: set[str] = set()
    with put_in_place(out) as made, tempfile.TemporaryDirectory(prefix="spoken-", dir=out.parent) as work:
        for part in PARTS:
            (made / part).mkdir(parents=True)
        (made / "licences").mkdir()
        for package in each(PACKAGES, "packages"):
            for path in unpack(find_package(package, downloads), Path(work, package), partial(wanted, package)):
                if recording := recording_of(path, package):
                    left[keep(recording, made, seen)] += 1
                else:
                    shutil.copyfile(path, made / "licences" / f"{package}.txt")
    kept = left.pop("")
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(left.items()))
    print(f"{kept} recordings; left out: {reasons or 'none'}")


def wanted(package: str, name: str) -> bool:
    """Whether a file of a package is a recording that is taken, or tells its licence."""
    return name.endswith("/copyright") or recording_of(Path(name), package) is not None


def recording_of(path: Path, package: str) -> Recording | None:
    """What the path of a package's file tells; None where it is not taken."""
    if (found := PACKAGES[package].search(path.as_posix())) is None:
        return None
    family, name = package.split("-")[0], found["name"]
    voice = f"{family}-{found['language'] or 'en'}"
    digit = re.fullmatch(r"(digits/)?(\d)", name)
    return None if voice in LEFT_OUT else Recording(path, voice, name.replace("/", "-"), digit[2] if digit else None)


def keep(recording: Recording, folder: Path, seen: set[str]) -> str:
    """Write a recording into its folders; the reason, where it is left out."""
    try:
        sound, rate = read_g722(recording.path) if recording.path.suffix == ".g722" else read(recording.path)
    except AudioganError:
        return "unreadable"
    if is_clipped(sound, LOUDEST):
        return "clipped"
    pcm = to_pcm16(word_in(high_passed(resample(sound.mean(axis=0), rate, SAMPLE_RATE))))
    if is_silent(pcm / 32768):
        return "silent"
    if len(pcm) > LONGEST:
        return "too long"
    if checksum(pcm) in seen:
        return "there twice"
    seen.add(checksum(pcm))
    for part in recording.parts:
        name = f"{recording.voice}-{recording.name}.flac"
        write(folder / part / name, pcm / 32768, SAMPLE_RATE, subtype="PCM_16")
    return ""


def high_passed(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """A sound `[samples]` without what lies below speech, by a Butterworth filter forth and back."""
    from scipy.signal import butter, sosfiltfilt

    return np.asarray(sosfiltfilt(butter(2, LOWEST_HZ, "highpass", fs=SAMPLE_RATE, output="sos"), sound), np.float32)


def word_in(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """A sound `[samples]` without the silence before and after it."""
    from librosa.effects import trim

    _, (start, stop) = trim(sound, top_db=SILENCE_DB, frame_length=FRAME, hop_length=FRAME // 4)
    return sound[max(0, start - MARGIN) : stop + MARGIN]


def report(out: Path) -> None:
    """Print how many sounds there are."""
    for part in PARTS:
        labels = sounds_by_label(out / part)
        every = [path for sounds in labels.values() for path in sounds]
        each = (
            f" ({', '.join(f'{label}: {len(sounds)}' for label, sounds in labels.items())})" if "" not in labels else ""
        )
        print(f"{out / part}: {len(every)} sounds, {minutes(every):.1f} min{each}")


if __name__ == "__main__":
    sys.exit(main())

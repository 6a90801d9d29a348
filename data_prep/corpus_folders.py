"""What the programs here share: clips of many recordings in one form, in folders with a table beside them.

A corpus becomes OUT/SPLIT/KIND/NAME/*.wav (16 kHz, mono, 16 bits). OUT/SPLIT/KIND/corpus.jsonl has a row for each clip
of the corpora in that folder, in the form that `audiogan prep` reads licences and speakers from: path, corpus,
licence, speaker, kind, seconds, sha256 (of the samples) and source; and band_hz, the highest frequency with content,
where the recordings are narrower than 7.6 kHz.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from clip_quality import frame_level_range_db
from numpy.typing import NDArray

from audiogan.audio.files import read, write
from audiogan.audio.resample import resample
from audiogan.data.clips import (
    FEW_AT_FULL_SCALE,
    checksum,
    is_clipped,
    is_silent,
    sounding_frames,
    to_pcm16,
    trim_silence,
)
from audiogan.errors import AudioganError
from audiogan.progress import each

SAMPLE_RATE = 16000
LEAST_SECONDS = {"speech": 0.25, "noise": 1.0}
LEAST_SOUNDING = 0.5
# Recordings decoded ahead of what is written: bounds the memory that a large corpus takes.
AHEAD = 64


@dataclass(frozen=True)
class Corpus:
    """Recordings of one origin.

    Args:
        name: of its folder, and in its rows.
        split: train; select (chooses checkpoints and hyper-parameters); develop (scored only, chooses nothing);
            strangers (scored only, of origins that nothing in train shares).
        kind: speech or noise.
        licence: of the recordings.
        band_hz: highest frequency with content, of recordings that are narrower than 7.6 kHz: of all, or of some
            speakers (by the last part of their names); in the rows too.
    """

    name: str
    split: str
    kind: str
    licence: str
    band_hz: float | dict[str, float] | None = field(default=None, kw_only=True)

    @property
    def folder(self) -> Path:
        """Where its clips lie in OUT."""
        return Path(self.split, self.kind, self.name)

    def band_of(self, speaker: str | None) -> float | None:
        """The highest frequency with content in a speaker's recordings; None for the full band."""
        if isinstance(self.band_hz, dict):
            return self.band_hz.get((speaker or "").split("/")[-1])
        return self.band_hz


@dataclass(frozen=True)
class Recording:
    """A recording to be decoded: its file, the name of its origin, and who speaks (None where nobody does)."""

    path: Path
    source: str
    speaker: str | None = None


@dataclass(frozen=True)
class Clip:
    """A decoded recording: 16-bit samples at 16 kHz, or None and the reason why it is left out."""

    source: str
    speaker: str | None
    pcm: NDArray[np.int16] | None
    reason: str = ""


def decode_all(
    recordings: Iterable[Recording],
    kind: str,
    jobs: int,
    loudest: int = FEW_AT_FULL_SCALE,
    least_snr_db: float | None = None,
) -> Iterator[Clip]:
    """Decode recordings in their order, `jobs` at a time; arguments as `decode`."""
    waiting = list(recordings)
    with ThreadPoolExecutor(jobs) as pool:
        for start in range(0, len(waiting), AHEAD):
            batch = waiting[start : start + AHEAD]
            yield from pool.map(lambda recording: decode(recording, kind, loudest, least_snr_db), batch)


def decode(
    recording: Recording, kind: str, loudest: int = FEW_AT_FULL_SCALE, least_snr_db: float | None = None
) -> Clip:
    """One recording as a clip, its channels averaged.

    Args:
        recording: a file that libsndfile reads, or headerless G.722 (`.g722`).
        kind: clipped speech is left out, and speech under 0.25 s; of noise the silence at both ends, and clips that
            are then under 1 s or more than half silent.
        loudest: as many samples at full scale are let pass before speech counts as clipped.
        least_snr_db: clips of a smaller `frame_level_range_db` are left out.
    """
    try:
        sound, rate = READERS.get(recording.path.suffix, read)(recording.path)
    except AudioganError:
        return _left_out(recording, "not readable")
    if kind == "speech" and is_clipped(sound, loudest):
        return _left_out(recording, "clipped")
    waveform = sound.mean(axis=0)
    if is_silent(waveform):
        return _left_out(recording, "silent")
    if least_snr_db is not None and frame_level_range_db(waveform, rate) < least_snr_db:
        return _left_out(recording, f"of an SNR under {least_snr_db:g} dB")
    if kind == "noise":
        waveform = trim_silence(waveform, rate)
    if len(waveform) < LEAST_SECONDS[kind] * rate:
        return _left_out(recording, f"shorter than {LEAST_SECONDS[kind]} s")
    # Mixed in at some signal-to-noise ratio, a long pause leaves speech without noise and makes what sounds too loud.
    if kind == "noise" and np.mean(sounding_frames(waveform, rate)) < LEAST_SOUNDING:
        return _left_out(recording, "more than half silent")
    return Clip(recording.source, recording.speaker, to_pcm16(resample(waveform, rate, SAMPLE_RATE)))


def read_g722(path: Path) -> tuple[NDArray[np.float32], int]:
    """A headerless G.722 recording, `[1, samples]` at 16 kHz.

    Raises:
        AudioganError: it cannot be decoded.
        ModuleNotFoundError: PyAV is not installed.
    """
    import av

    try:
        with av.open(str(path), format="g722") as container:
            frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    except av.FFmpegError as error:
        raise AudioganError(f"{path}: cannot be decoded as G.722 ({error}).") from error
    if not frames:
        raise AudioganError(f"{path}: holds no samples.")
    return np.concatenate(frames).astype(np.float32)[None] / 32768.0, 16000


READERS = {".g722": read_g722}


def write_recordings(out: Path, corpus: Corpus, recordings: list[Recording], jobs: int) -> None:
    """As `write_corpus`, of files that lie ready: made again when their names or sizes are others."""
    listing = [(recording.source, recording.path.stat().st_size) for recording in recordings]
    definition = hashlib.sha256(json.dumps([str(corpus.folder), corpus.licence, listing]).encode()).hexdigest()
    write_corpus(out, corpus, definition, lambda _: decode_all(recordings, corpus.kind, jobs))


def write_corpus(out: Path, corpus: Corpus, definition: str, make_clips: Callable[[Path], Iterable[Clip]]) -> None:
    """Write the clips of a corpus, unless they are there from the same definition; print what became of them.

    The folder appears when it is whole, so that an interrupted program goes on with the corpus it was at. A clip that
    another corpus in `out` has already is left out.

    Args:
        out: the folder of all corpora.
        corpus: what the clips belong to.
        definition: a checksum over all that decides which clips there are.
        make_clips: gives them; may unpack into the folder it is given, which does not exist yet.

    Raises:
        AudioganError: no clip is left.
    """
    records = _records(out)
    ready = records.pop(corpus.name, None)
    if ready and ready["definition"] == definition and (out / ready["folder"]).is_dir():
        _write_bands(out, corpus, ready)
        print(f"{corpus.folder}: there already, {_amount(ready['rows'])}", flush=True)
        return
    staging = out / "unfinished" / corpus.name
    shutil.rmtree(staging, ignore_errors=True)
    taken = {row["sha256"] for record in records.values() for row in record["rows"]}
    rows: list[dict[str, Any]] = []
    dropped: Counter[str] = Counter()
    for clip in each(make_clips(staging / "unpacked"), corpus.name):
        if clip.pcm is None:
            dropped[clip.reason] += 1
        elif (sha256 := checksum(clip.pcm)) in taken:
            dropped["a duplicate"] += 1
        else:
            taken.add(sha256)
            name = _file_name(clip.source)
            write(staging / "clips" / name, clip.pcm / 32768.0, SAMPLE_RATE, subtype="PCM_16")
            rows.append(_row(corpus, name, clip, clip.pcm.size / SAMPLE_RATE, sha256))
    if not rows:
        shutil.rmtree(staging, ignore_errors=True)
        raise AudioganError(f"{corpus.name}: not one clip to be had (left out: {_reasons(dropped)}). Is it all there?")
    _put_in_place(out, corpus, staging)
    record = {"definition": definition, "folder": str(corpus.folder), "rows": rows, "dropped": dropped}
    _write_record(out, corpus, record)
    print(f"{corpus.folder}: {_amount(rows)}; left out: {_reasons(dropped)}", flush=True)


def _left_out(recording: Recording, reason: str) -> Clip:
    return Clip(recording.source, recording.speaker, None, reason)


def _row(corpus: Corpus, name: str, clip: Clip, seconds: float, sha256: str) -> dict[str, Any]:
    row = {
        "path": f"{corpus.name}/{name}",
        "corpus": corpus.name,
        "licence": corpus.licence,
        "speaker": clip.speaker,
        "kind": corpus.kind,
        "seconds": round(seconds, 4),
        "sha256": sha256,
        "source": clip.source,
    }
    return _with_band(row, corpus)


def _with_band(row: dict[str, Any], corpus: Corpus) -> dict[str, Any]:
    """A row with the band that the corpus has now, and no other."""
    band_hz = corpus.band_of(row["speaker"])
    row = {key: value for key, value in row.items() if key != "band_hz"}
    return row if band_hz is None else row | {"band_hz": band_hz}


def _write_bands(out: Path, corpus: Corpus, record: dict[str, Any]) -> None:
    """Update `band_hz` in the rows of a corpus that is there already."""
    rows = [_with_band(row, corpus) for row in record["rows"]]
    if rows != record["rows"]:
        _write_record(out, corpus, record | {"rows": rows})


def _file_name(source: str) -> str:
    """A flat, short and unique name for a file deep in a package or folder (`ORIGIN: PATH`)."""
    name = source.split(": ")[-1]
    parts = Path(name).with_suffix("").parts[-3:]
    return f"{'-'.join(parts)}-{hashlib.sha256(name.encode()).hexdigest()[:6]}.wav"


def _put_in_place(out: Path, corpus: Corpus, staging: Path) -> None:
    folder = out / corpus.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    os.replace(staging / "clips", folder)
    shutil.rmtree(staging)
    if not any(staging.parent.iterdir()):
        staging.parent.rmdir()


def _write_record(out: Path, corpus: Corpus, record: dict[str, Any]) -> None:
    _write_beside(out / "prepared" / f"{corpus.name}.json", json.dumps(record, ensure_ascii=False))
    _write_table(out, corpus.folder.parent)


def _write_table(out: Path, folder: Path) -> None:
    records = [record for record in _records(out).values() if Path(record["folder"]).parent == folder]
    rows = [row for record in records for row in record["rows"]]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    _write_beside(out / folder / "corpus.jsonl", text)


def _records(out: Path) -> dict[str, dict[str, Any]]:
    """What is known of the corpora that are whole, by their names, in the order of these."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((out / "prepared").glob("*.json"))}


def _write_beside(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    staging.write_text(text)
    os.replace(staging, path)


def _amount(rows: list[dict[str, Any]]) -> str:
    seconds = sum(row["seconds"] for row in rows)
    length = f"{seconds / 3600:.2f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"
    return f"{len(rows)} clips, {length}"


def _reasons(dropped: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in dropped.most_common()) or "nothing"

"""One noisy/clean pair: which speech, noise and SNR it is made of, and the two files it becomes.

Pair number i is a function of (seed, i) and of the recordings alone, so that any number of processes, in any order and
after any interruption, write the same bytes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import describe, read_mono, write
from audiogan.audio.level import rms_db
from audiogan.audio.resample import resampled_length
from audiogan.chance import generator
from audiogan.data.manifest import Ingredient, PairRow
from audiogan.data.mixing import PAUSE_DB, LevelKind, Mixture, check_snr, draw_excerpt, excerpt_at, mix
from audiogan.data.sources import Source, file_sha256
from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]

NOISE_DRAWS = 20


@dataclass(frozen=True)
class PairOptions:
    """What pairs are to be made.

    Args:
        snr_db: signal-to-noise ratios; the pairs take them in turn.
        every_snr: every recording at every ratio, instead of at one.
        count: how many pairs; None makes one of every clean recording (with `every_snr`, one at every ratio).
        sample_rate: of the pairs, in Hz.
        level: how the level of speech is measured, "p56" or "rms".
        speech_level_db: the level of the clean side; None keeps each recording's own.
        least_seconds: shorter clean recordings are left out.
        subtype: sample format of the WAV files.
        seed: another seed draws other excerpts, noises and orders.

    Raises:
        AudioganError: a value is out of range.
    """

    snr_db: tuple[float, ...] = (0.0, 5.0, 10.0, 15.0)
    every_snr: bool = False
    count: int | None = None
    sample_rate: int = 16000
    level: LevelKind = "p56"
    speech_level_db: float | None = None
    least_seconds: float = 0.5
    subtype: str = "PCM_16"
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.snr_db:
            raise AudioganError("no SNR is given: give at least one, in dB")
        for snr_db in self.snr_db:
            check_snr(snr_db)
        if self.count is not None and self.count < 1:
            raise AudioganError(f"{self.count} pairs: give a count of 1 or more")
        if not 1000 <= self.sample_rate <= 384_000:
            raise AudioganError(f"a sample rate of {self.sample_rate} Hz: give one from 1000 to 384000")
        if self.speech_level_db is not None and not -60 <= self.speech_level_db <= 0:
            raise AudioganError(f"a speech level of {self.speech_level_db:g} dB: give one from -60 to 0")
        if not self.least_seconds >= 0:
            raise AudioganError(f"a least length of {self.least_seconds:g} seconds: give 0 or more")
        if self.seed < 0:
            raise AudioganError(f"a seed of {self.seed}: give 0 or more")


@dataclass(frozen=True)
class Outcome:
    """What became of one pair.

    Args:
        row: the pair; None if its speech or every noise drawn was unusable.
        kept: whether the pair was there before.
        unusable: recordings that were passed over: file and reason.
        cpu_seconds: what it cost.
    """

    row: PairRow | None
    kept: bool = False
    unusable: list[tuple[str, str]] = field(default_factory=list)
    cpu_seconds: float = 0.0


class UnusableError(Exception):
    """A recording that cannot be part of a pair, with the reason."""


@dataclass(frozen=True)
class PairBuilder:
    """Makes pairs by their number, each alone.

    Args:
        options: what to make.
        out: folder that gets `clean/ID.wav` and `noisy/ID.wav`.
        speech: clean recordings.
        noise: recordings of noise.
        noise_in_memory: keep the noises that were read, whole; otherwise only excerpts are read, each time anew.
    """

    options: PairOptions
    out: Path
    speech: list[Source]
    noise: list[Source]
    noise_in_memory: bool = False

    def __len__(self) -> int:
        """How many pairs there are to be, if every recording is usable."""
        if self.options.count is not None:
            return self.options.count
        return len(self.speech) * (len(self.options.snr_db) if self.options.every_snr else 1)

    def plan(self, index: int) -> tuple[Source, float]:
        """The speech and the SNR of a pair. Each pass over the speech has an order of its own."""
        ratios = self.options.snr_db
        turn = index // len(ratios) if self.options.every_snr else index
        order = _order(self.options.seed, turn // len(self.speech), len(self.speech))
        return self.speech[order[turn % len(self.speech)]], ratios[index % len(ratios)]

    def build(self, index: int, known: PairRow | None = None) -> Outcome:
        """Write a pair, or keep it where the files that `known` speaks of are there and whole.

        Raises:
            AudioganError: the files cannot be written.
        """
        started = time.process_time()
        if known is not None and _is_whole(known):
            return Outcome(known, kept=True)
        source, snr_db = self.plan(index)
        unusable: list[tuple[str, str]] = []
        try:
            speech = self._speech(source)
            noise_source, noise, offset = self._noise(index, speech.size, unusable)
        except UnusableError as reason:
            return Outcome(None, unusable=[*unusable, (str(source.path), str(reason))])
        row = self._write(index, snr_db, source, speech, noise_source, noise, offset)
        return Outcome(row, unusable=unusable, cpu_seconds=time.process_time() - started)

    def _speech(self, source: Source) -> Waveform:
        speech = _readable(source.path, self.options.sample_rate)
        least = self.options.least_seconds
        if speech.size < max(1.0, least * self.options.sample_rate):
            raise UnusableError(f"{speech.size / self.options.sample_rate:.3f} s long, shorter than {least:g} s")
        if rms_db(speech) < PAUSE_DB:
            raise UnusableError("silent")
        return speech

    def _noise(self, index: int, samples: int, unusable: list[tuple[str, str]]) -> tuple[Source, Waveform, int]:
        """A noise, an excerpt of it, and where that begins."""
        rng = generator(self.options.seed, "pair noise", index)
        for _ in range(NOISE_DRAWS):
            source = self.noise[int(rng.integers(len(self.noise)))]
            try:
                return source, *self._excerpt(source.path, samples, rng)
            except UnusableError as reason:
                unusable.append((str(source.path), str(reason)))
        raise UnusableError(f"no usable noise in {NOISE_DRAWS} draws")

    def _excerpt(self, path: Path, samples: int, rng: np.random.Generator) -> tuple[Waveform, int]:
        rate = self.options.sample_rate
        length = _length(path, rate)
        read: Callable[[int, int], Waveform]
        if self.noise_in_memory or length < samples:
            whole = _kept_noise(path, rate) if self.noise_in_memory else _readable_part(path, rate)
            read = lambda start, wanted: excerpt_at(whole, start, wanted, rate)  # noqa: E731
        else:
            read = lambda start, wanted: _readable_part(path, rate, start, wanted)  # noqa: E731
        excerpt, offset = draw_excerpt(read, length, samples, rate, rng)
        if rms_db(excerpt) < PAUSE_DB:
            raise UnusableError("silent" if length <= samples else "silent wherever an excerpt was tried")
        return excerpt, offset

    def _write(
        self,
        index: int,
        snr: float,
        source: Source,
        speech: Waveform,
        noise_source: Source,
        noise: Waveform,
        offset: int,
    ) -> PairRow:
        rate, level = self.options.sample_rate, self.options.level
        mixture = mix(speech, noise, snr, rate, level=level, speech_level_db=self.options.speech_level_db)
        stem = re.sub(r"[^\w.-]", "_", source.path.stem)[:80]
        return write_pair(
            mixture,
            self.out,
            f"{index:06d}-{stem}",
            rate,
            self.options.subtype,
            snr_db=snr,
            level=level,
            speech=_ingredient(source, 0, mixture.speech_gain),
            noise=[_ingredient(noise_source, offset, mixture.noise_gain)],
        )


def write_pair(mixture: Mixture, out: Path, name: str, sample_rate: int, subtype: str, **told: Any) -> PairRow:
    """Write OUT/clean/NAME.wav and OUT/noisy/NAME.wav and give the row of a manifest that tells of them.

    Args:
        mixture: the two sides.
        out: the folder of the pairs.
        name: of both files, and the row's `id`.
        sample_rate: Hz.
        subtype: of the files, as libsndfile names it, such as "PCM_16".
        told: other fields of the row: how the mixture was made.
    """
    clean, noisy = (out / side / f"{name}.wav" for side in ("clean", "noisy"))
    write(clean, mixture.clean, sample_rate, subtype=subtype)
    write(noisy, mixture.noisy, sample_rate, subtype=subtype)
    return PairRow(
        id=name,
        clean=clean,
        noisy=noisy,
        sample_rate=sample_rate,
        samples=mixture.clean.size,
        speech_level_db=round(mixture.speech_level_db, 4),
        clean_sha256=file_sha256(clean),
        noisy_sha256=file_sha256(noisy),
        **told,
    )


def _is_whole(row: PairRow) -> bool:
    sides = ((row.clean, row.clean_sha256), (row.noisy, row.noisy_sha256))
    return all(path.is_file() and file_sha256(path) == sha256 for path, sha256 in sides)


def _ingredient(source: Source, offset: int, gain: float) -> Ingredient:
    return Ingredient(
        source=source.path.as_posix(),
        offset=offset,
        gain=gain,
        licence=source.licence,
        speaker=source.speaker,
        sha256=_source_sha256(source.path),
        source_rate=_source_rate(source.path),
    )


def _readable_part(path: Path, rate: int, start: int = 0, samples: int | None = None) -> Waveform:
    try:
        return read_mono(path, rate, start, samples)
    except AudioganError as error:
        raise UnusableError(str(error).removeprefix(f"{path}: ")) from None


@lru_cache(maxsize=4)
def _readable(path: Path, rate: int) -> Waveform:
    return _readable_part(path, rate)


@cache
def _kept_noise(path: Path, rate: int) -> Waveform:
    return _readable_part(path, rate)


@lru_cache(maxsize=4096)
def _length(path: Path, rate: int) -> int:
    try:
        info = describe(path)
    except AudioganError as error:
        raise UnusableError(str(error).removeprefix(f"{path}: ")) from None
    return resampled_length(info.samples, info.sample_rate, rate)


@lru_cache(maxsize=4096)
def _source_sha256(path: Path) -> str:
    return file_sha256(path)


@lru_cache(maxsize=4096)
def _source_rate(path: Path) -> int:
    return describe(path).sample_rate


@lru_cache(maxsize=4)
def _order(seed: int, turn: int, count: int) -> NDArray[np.int64]:
    return generator(seed, "pair order", turn).permutation(count)

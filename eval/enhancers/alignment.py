"""Delay, polarity and level of what a system made, and its sound with the delay taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import read, write
from audiogan.audio.resample import resample
from audiogan.data.manifest import PairRow
from audiogan.errors import AudioganError

BOUND_SECONDS = 0.25  # a delay beyond it is not looked for


@dataclass(frozen=True)
class Alignment:
    """What was found of a system over the whole set.

    Args:
        sample_rate: of the pairs, in Hz.
        delay: samples by which the output comes late, where the mean correlation with the clean sound is largest.
        polarity: 1, or -1 where that correlation is negative.
        gain_db: median over files of the level of the clean sound in the output; None if nothing could be measured.
        delays: of each file by itself, by the pair's id.
        longer: how many samples longer than the clean sound the output is, by the pair's id, where it is not as long.
        rates: sample rates of the output, in Hz.
        unread: why a file of the output could not be used, by the pair's id.
    """

    sample_rate: int
    delay: int
    polarity: int
    gain_db: float | None
    delays: dict[str, int]
    longer: dict[str, int]
    rates: tuple[int, ...]
    unread: dict[str, str]


def align(rows: Sequence[PairRow], made: dict[str, Path], folder: Path) -> Alignment:
    """Find a system's delay and write its sound without it, at the clean sound's rate and length, as floating point.

    Args:
        rows: the pairs, of one sample rate.
        made: the system's file by the pair's id; a pair may lack one.
        folder: where `ID.wav` is written for each pair that could be used.
    """
    rate = rows[0].sample_rate
    bound = round(BOUND_SECONDS * rate)
    total = np.zeros(2 * bound + 1)
    delays: dict[str, int] = {}
    longer: dict[str, int] = {}
    rates: set[int] = set()
    unread: dict[str, str] = {}
    for row in (row for row in rows if row.id in made):
        try:
            output, own_rate = output_of(made[row.id], rate)
            clean = read(row.clean)[0]
        except AudioganError as error:
            unread[row.id] = str(error)
            continue
        rates.add(own_rate)
        if output.shape[1] != clean.shape[1]:
            longer[row.id] = output.shape[1] - clean.shape[1]
        likeness = correlation(output.mean(axis=0), clean.mean(axis=0), bound)
        total += likeness
        delays[row.id] = peak(likeness)[0]
    delay, polarity = peak(total)
    gains = []
    for row in (row for row in rows if row.id in delays):
        clean = read(row.clean)[0]
        aligned = shifted(output_of(made[row.id], rate)[0], delay, clean.shape[1])
        gains.append(gain_db(aligned.mean(axis=0), clean.mean(axis=0)))
        write(folder / f"{row.id}.wav", aligned, rate, subtype="FLOAT")
    known = [gain for gain in gains if gain is not None]
    gain = float(np.median(known)) if known else None
    return Alignment(rate, delay, polarity, gain, delays, longer, tuple(sorted(rates)), unread)


def output_of(path: Path, sample_rate: int) -> tuple[NDArray[np.float32], int]:
    """The sound `[channels, samples]` of a file at `sample_rate`, and the rate that the file has.

    Raises:
        AudioganError: it cannot be read.
    """
    sound, rate = read(path)
    return (sound if rate == sample_rate else resample(sound, rate, sample_rate).astype(np.float32)), rate


def correlation(output: NDArray[np.floating], clean: NDArray[np.floating], bound: int) -> NDArray[np.float64]:
    """The normalised cross-correlation at delays of the output from -bound to bound: `[2 * bound + 1]`, in [-1, 1].

    Zero throughout where one side is silent. Lengths may differ.
    """
    from scipy.signal import correlate

    late, early = output.astype(np.float64), clean.astype(np.float64)
    norm = float(np.linalg.norm(late) * np.linalg.norm(early))
    if norm == 0:
        return np.zeros(2 * bound + 1)
    # Zeros at both ends, so that every delay within the bound has a place: index 0 of "full" is -(clean - 1).
    full = correlate(np.pad(late, bound), np.pad(early, bound), mode="full", method="fft") / norm
    centre = early.size + 2 * bound - 1
    return np.asarray(full[centre - bound : centre + bound + 1])


def peak(likeness: NDArray[np.float64]) -> tuple[int, int]:
    """The delay in samples where a correlation is largest by magnitude, and its sign; (0, 1) if it is zero."""
    bound = likeness.size // 2
    if not likeness.any():
        return 0, 1
    place = int(np.abs(likeness).argmax())
    return place - bound, 1 if likeness[place] > 0 else -1


def shifted(sound: NDArray[np.float32], delay: int, samples: int) -> NDArray[np.float32]:
    """`sound` `[channels, any]` made earlier by `delay` samples, cut or filled with zeros to `[channels, samples]`."""
    result = np.zeros((sound.shape[0], samples), np.float32)
    first = max(0, -delay)
    part = sound[:, max(0, delay) : max(0, samples + delay)]
    result[:, first : first + part.shape[1]] = part[:, : max(0, samples - first)]
    return result


def gain_db(output: NDArray[np.floating], clean: NDArray[np.floating]) -> float | None:
    """By how much the clean sound in an aligned output is raised, in dB: its least-squares factor, without its sign."""
    power = float(np.dot(clean.astype(np.float64), clean.astype(np.float64)))
    factor = abs(float(np.dot(output.astype(np.float64), clean.astype(np.float64)))) / power if power else 0.0
    return 20 * float(np.log10(factor)) if factor else None

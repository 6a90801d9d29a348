"""Clips of typing on a keyboard, made of recordings of single key strokes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from corpus_folders import READERS, SAMPLE_RATE, Clip
from numpy.typing import NDArray

from audiogan.audio.files import read, read_mono
from audiogan.audio.resample import resample
from audiogan.chance import generator
from audiogan.data.clips import to_pcm16

Waveform = NDArray[np.float32]
Key = tuple[Waveform, Waveform]

TYPING_CLIPS = 12
CLIPS_A_KEYBOARD = 2
TYPING_SECONDS = 10.0
PEAK = 0.5


def typing_of_pairs(strokes: list[Path], package: str) -> Iterator[Clip]:
    """Twelve clips from recordings of single keys going down (`NN-1.wav`) and up (`NN-0.wav`)."""
    keys = []
    for down in (path for path in strokes if path.stem.endswith("-1")):
        up = down.with_name(down.name.replace("-1.", "-0."))
        if up in strokes:
            keys.append((read_mono(down, SAMPLE_RATE), read_mono(up, SAMPLE_RATE)))
    if keys:
        for number in range(TYPING_CLIPS):
            sound = typed(keys, generator(0, "typing", number))
            yield Clip(f"{package}: typing-{number:02d}", None, to_pcm16(sound))


def typing_of_keyboards(strokes: list[Path], package: str) -> Iterator[Clip]:
    """Two clips of each folder of strokes, a keyboard; `release` or `up` in a name tells a key going up.

    Where a keyboard has no strokes of keys going up, only the others sound. All clips have the same peak, because
    the keyboards were recorded at levels that differ by up to 40 dB.
    """
    for folder in sorted({path.parent for path in strokes}):
        keys = _keys([path for path in strokes if path.parent == folder])
        for number in range(CLIPS_A_KEYBOARD if keys else 0):
            sound = typed(keys, generator(0, f"typing on {folder.name}", number))
            sound *= np.float32(PEAK / np.abs(sound).max())
            yield Clip(f"{package}: {folder.name}-{number}", None, to_pcm16(sound))


def typed(keys: list[Key], rng: np.random.Generator) -> Waveform:
    """Ten seconds of typing: about 70 words a minute, a pause now and then, keys held for a tenth of a second."""
    sound = np.zeros(int(TYPING_SECONDS * SAMPLE_RATE), np.float32)
    instant = next_stroke(0.0, rng)
    while instant < TYPING_SECONDS:
        down_and_up = keys[rng.integers(len(keys))]
        gain = np.float32(10 ** (rng.uniform(-6, 0) / 20))
        for stroke, when in zip(down_and_up, (instant, instant + rng.uniform(0.06, 0.15)), strict=True):
            start = min(int(when * SAMPLE_RATE), len(sound))
            piece = stroke[: len(sound) - start]
            sound[start : start + len(piece)] += gain * piece
        instant = next_stroke(instant, rng)
    return sound


def next_stroke(instant: float, rng: np.random.Generator) -> float:
    """When the next key goes down, in seconds."""
    return instant + rng.lognormal(np.log(0.15), 0.5) + (rng.exponential(0.6) if rng.random() < 0.1 else 0.0)


def _keys(strokes: list[Path]) -> list[Key]:
    """The strokes of a keyboard going down, each with one going up (in turn), or with none."""
    ups = [path for path in strokes if "release" in path.stem or path.stem.endswith("up")]
    heard = [_mono(path) for path in ups] or [np.zeros(0, np.float32)]
    downs = [_mono(path) for path in strokes if path not in ups]
    return [(down, heard[number % len(heard)]) for number, down in enumerate(downs)]


def _mono(path: Path) -> Waveform:
    sound, rate = READERS.get(path.suffix, read)(path)
    return resample(sound.mean(axis=0), rate, SAMPLE_RATE)

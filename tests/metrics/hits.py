"""Small sets of synthetic drum hits, and a classifier of them, for the tests of measures of sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audiogan import metrics

RATE = 16000
SAMPLES = 4096
KINDS = ("hat", "kick", "snare")


def hits(kind: str, count: int, seed: int) -> NDArray[np.float32]:
    """`[count, 1, 4096]`: low sines, high noise, or both, that decay; each of another pitch, length and level."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    time = np.arange(SAMPLES) / RATE
    sounds = []
    for _ in range(count):
        decay = np.exp(-time / rng.uniform(0.02, 0.06))
        body = np.sin(2 * np.pi * rng.uniform(60, 120) * time + rng.uniform(0, 6))
        noise = rng.standard_normal(SAMPLES)
        mixed = {"kick": body, "hat": np.diff(noise, prepend=0), "snare": 0.5 * body + 0.5 * noise}[kind]
        sounds.append(rng.uniform(0.1, 0.4) * decay * mixed + 1e-4 * rng.standard_normal(SAMPLES))
    return np.clip(np.array(sounds), -1, 1).astype(np.float32)[:, None]


def drums(count: int, seed: int, kinds: Sequence[str] = KINDS) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """`count` hits of each kind, and their numbers in KINDS."""
    sounds = np.concatenate([hits(kind, count, seed) for kind in kinds])
    return sounds, np.repeat([KINDS.index(kind) for kind in kinds], count)


class NearestMean:
    """A classifier that was trained: each class is the mean of its log-mel statistics.

    Args:
        sounds: `[N, 1, samples]`.
        classes: `[N]`, their numbers in `labels`.
        labels: names.
    """

    def __init__(self, sounds: NDArray[np.float32], classes: NDArray[np.int64], labels: Sequence[str] = KINDS) -> None:
        self.labels = list(labels)
        features = self.features(sounds, RATE)
        self.means = np.stack([features[classes == number].mean(axis=0) for number in range(len(labels))])

    def features(self, sounds: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
        return metrics.log_mel_statistics(sounds, sample_rate)[:, ::8]

    def probabilities(self, sounds: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
        squares = np.square(self.features(sounds, sample_rate)[:, None] - self.means).sum(axis=2)
        likely = np.exp(-(squares - squares.min(axis=1, keepdims=True)))
        return likely / likely.sum(axis=1, keepdims=True)

"""Random draws that are a function of counters, never of a global generator.

The same seed, purpose and counters give the same draw in any process, in any order, on any machine:
that is what makes a resumed run equal to one that never stopped, with no generator state to save.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


WORDS_PER_BLOCK = 8  # 32-bit words that one value of Philox's counter gives


def generator(seed: int, purpose: str, *counters: int) -> np.random.Generator:
    """A fresh NumPy generator for one draw.

    Args:
        seed: the run's seed, 0 or more.
        purpose: what is drawn ("latent", "mixing", …); different purposes are independent.
        counters: where in the run the draw stands (epoch and item, step and sample, …), each 0 or more.
    """
    words = (seed, zlib.crc32(purpose.encode()), *counters)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))


@dataclass(frozen=True)
class Chance:
    """The draws of one batch: per sample from (seed, step, index, purpose), shared ones from (seed, step, purpose).

    Args:
        seed: the run's seed.
        step: the count that makes this batch's draws new.
        indices: the place of each sample in the global batch, so that N processes draw what one would.
        scope: a word put before every purpose, to keep the draws of two turns in one step apart.
    """

    seed: int
    step: int
    indices: Sequence[int]
    scope: str = ""

    def within(self, scope: str) -> Chance:
        """The same counters under another scope: independent draws for another turn or another judgement."""
        return replace(self, scope=f"{self.scope}{scope}/")

    def normal(self, purpose: str, shape: Sequence[int]) -> torch.Tensor:
        """Standard normal draws, float32 `[len(indices), *shape]`."""
        return self._per_sample(purpose, shape, _normal)

    def uniform(self, purpose: str, shape: Sequence[int]) -> torch.Tensor:
        """Uniform draws in [0, 1), float32 `[len(indices), *shape]`."""
        return self._per_sample(purpose, shape, _uniform)

    def shared_integers(self, purpose: str, low: int, high: int, count: int) -> list[int]:
        """`count` integers in [low, high], the same for the whole batch."""
        rng = generator(self.seed, self.scope + purpose, self.step)
        return [int(n) for n in rng.integers(low, high, count, endpoint=True)]

    def _per_sample(self, purpose: str, shape: Sequence[int], draw: Callable[[np.ndarray], np.ndarray]) -> torch.Tensor:
        import torch

        size = math.prod(shape)
        draws = draw(self._words(purpose, size + size % 2))[:, :size]
        return torch.from_numpy(draws.reshape(len(self.indices), *shape))

    def _words(self, purpose: str, count: int) -> np.ndarray:
        """Random uint32 `[len(indices), count]`.

        Philox is a function of a key and a counter, so that sample i's words are those at its own counters; a run of
        neighbouring samples is one call, hundreds of times faster than a generator for each.
        """
        words = (self.seed, zlib.crc32((self.scope + purpose).encode()), self.step)
        key = np.random.SeedSequence(words).generate_state(2, np.uint64)
        blocks = -(-count // WORDS_PER_BLOCK)
        runs = np.split(np.asarray(self.indices), np.flatnonzero(np.diff(self.indices) != 1) + 1)
        raw = [
            np.random.Philox(key=key, counter=int(run[0]) * blocks).random_raw(len(run) * blocks * WORDS_PER_BLOCK // 2)
            for run in runs
        ]
        return np.concatenate(raw).view(np.uint32).reshape(len(self.indices), -1)[:, :count]


def _uniform(words: np.ndarray) -> np.ndarray:
    """In [0, 1): the 24 bits that a float32 holds exactly."""
    return (words >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)


def _normal(words: np.ndarray) -> np.ndarray:
    """By the method of Box and Muller (1958), two normals from two uniforms."""
    uniform = (words.astype(np.float64) + 0.5) * 2.0**-32
    radius, angle = np.sqrt(-2 * np.log(uniform[:, ::2])), 2 * np.pi * uniform[:, 1::2]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)

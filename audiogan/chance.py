"""Random draws that are a function of counters, never of a global generator.

The same seed, purpose and counters give the same draw in any process, in any order, on any machine:
that is what makes a resumed run equal to one that never stopped, with no generator state to save.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


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
        return self._per_sample(purpose, lambda rng: rng.standard_normal(tuple(shape), dtype=np.float32))

    def uniform(self, purpose: str, shape: Sequence[int]) -> torch.Tensor:
        """Uniform draws in [0, 1), float32 `[len(indices), *shape]`."""
        return self._per_sample(purpose, lambda rng: rng.random(tuple(shape), dtype=np.float32))

    def shared_integers(self, purpose: str, low: int, high: int, count: int) -> list[int]:
        """`count` integers in [low, high], the same for the whole batch."""
        rng = generator(self.seed, self.scope + purpose, self.step)
        return [int(n) for n in rng.integers(low, high, count, endpoint=True)]

    def _per_sample(self, purpose: str, draw: Callable[[np.random.Generator], np.ndarray]) -> torch.Tensor:
        import torch

        draws = [draw(generator(self.seed, self.scope + purpose, self.step, index)) for index in self.indices]
        return torch.from_numpy(np.stack(draws))

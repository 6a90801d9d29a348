"""Random draws that are a function of counters, never of a global generator.

The same seed, purpose and counters give the same draw in any process, in any order, on any machine:
that is what makes a resumed run equal to one that never stopped, with no generator state to save.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
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
    """

    seed: int
    step: int
    indices: Sequence[int]

    def normal(self, purpose: str, shape: Sequence[int]) -> torch.Tensor:
        """Standard normal draws, float32 `[len(indices), *shape]`."""
        return self._per_sample(purpose, lambda rng: rng.standard_normal(tuple(shape), dtype=np.float32))

    def uniform(self, purpose: str, shape: Sequence[int]) -> torch.Tensor:
        """Uniform draws in [0, 1), float32 `[len(indices), *shape]`."""
        return self._per_sample(purpose, lambda rng: rng.random(tuple(shape), dtype=np.float32))

    def shared_integers(self, purpose: str, low: int, high: int, count: int) -> list[int]:
        """`count` integers in [low, high], the same for the whole batch."""
        return [int(n) for n in generator(self.seed, purpose, self.step).integers(low, high, count, endpoint=True)]

    def _per_sample(self, purpose: str, draw) -> torch.Tensor:  # type: ignore[no-untyped-def]
        import torch

        draws = [draw(generator(self.seed, purpose, self.step, index)) for index in self.indices]
        return torch.from_numpy(np.stack(draws))

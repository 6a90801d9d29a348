"""Learning-rate schedules: pure functions of the step, so a resumed run needs no state for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Shape = Literal["constant", "linear", "cosine", "halving"]


@dataclass(frozen=True)
class Schedule:
    """What the learning rates are multiplied with at each step.

    Args:
        shape: "constant"; "linear" or "cosine" from 1 at the end of the warm-up to 0 at the last step; "halving" every
            `halve_every` steps.
        steps: the number of steps of the whole run.
        warm_up: steps over which the factor rises linearly from 0 to 1.
        halve_every: steps between halvings, for "halving".
        floor: the factor never falls below this after the warm-up.
    """

    shape: Shape
    steps: int
    warm_up: int = 0
    halve_every: int = 0
    floor: float = 0.0

    def factor(self, step: int) -> float:
        """The factor at `step`, counted from 0."""
        if step < self.warm_up:
            return (step + 1) / self.warm_up
        return max(self.floor, self._shape(step))

    def _shape(self, step: int) -> float:
        if self.shape == "constant":
            return 1.0
        if self.shape == "halving":
            return 0.5 ** (step // self.halve_every)
        share = (step - self.warm_up) / max(1, self.steps - self.warm_up)
        return 1.0 - share if self.shape == "linear" else 0.5 * (1.0 + math.cos(math.pi * share))

"""Validation of a generator: of points, the modes it covers; of pictures, how far their patches are from real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import nn

from audiogan import metrics
from audiogan.tasks.synthesis import Generate
from audiogan.tasks.task import PictureSample, PointSample, Validation

FIELD_SIDE = 100
FIELD_STRIDE = 10
SHOWN_POINTS = 2000
NARROW_DEVIATION = 0.02
DIVERSITY_OF = 500


@dataclass(frozen=True)
class PointScores:
    """Modes covered by generated points, and the discriminator's field around them.

    Args:
        real: `[N, 2]`, points that no training item is; as many are generated.
        means: `[K, 2]`, the modes; K may be 0.
        deviation: of each mode.
    """

    real: np.ndarray
    means: np.ndarray
    deviation: float

    def __call__(self, generate: Generate, discriminator: nn.Module) -> Validation:
        """Numbers and one `PointSample`; the quality is the share of good points times that of modes covered."""
        made = generate(len(self.real)).numpy()
        numbers = measured("diversity", lambda: _diversity(made, self.real))
        quality = None
        if len(self.means) and self.deviation:
            coverage = metrics.mode_coverage(made, self.means, self.deviation)
            narrow = metrics.mode_coverage(made, self.means, NARROW_DEVIATION)
            numbers["modes"], numbers["good"] = float(coverage.covered), coverage.good
            numbers[f"good_within_{NARROW_DEVIATION}"] = narrow.good
            quality = coverage.good * coverage.covered / coverage.modes
        left, bottom = (float(n) for n in self.real.min(axis=0) - 1)
        right, top = (float(n) for n in self.real.max(axis=0) + 1)
        extent = (left, right, bottom, top)
        sample = PointSample(
            "points", self.real[:SHOWN_POINTS], made[:SHOWN_POINTS], field(discriminator, extent), extent
        )
        return Validation(numbers, [sample], quality)


def field(discriminator: nn.Module, extent: tuple[float, float, float, float]) -> np.ndarray | None:
    """The discriminator's score at a grid of points, `[rows, columns]` from the bottom; None where it wants labels."""
    if getattr(discriminator, "classes", 0):
        return None
    left, right, bottom, top = extent
    rows, columns = torch.linspace(bottom, top, FIELD_SIDE), torch.linspace(left, right, FIELD_SIDE)
    places = torch.cartesian_prod(rows, columns).flip(1).view(FIELD_SIDE, FIELD_SIDE, 2)
    places = places.to(next(discriminator.parameters()))
    scores = places.new_empty(FIELD_SIDE, FIELD_SIDE)
    # Minibatch discrimination compares each place with all others of its batch: a coarse grid over the whole field.
    for first, second in product(range(FIELD_STRIDE), repeat=2):
        part = (slice(first, None, FIELD_STRIDE), slice(second, None, FIELD_STRIDE))
        scores[part] = discriminator(places[part].reshape(-1, 2)).scores()[0].view_as(scores[part])
    return scores.cpu().numpy()


@dataclass(frozen=True)
class PictureScores:
    """The sliced Wasserstein distance of generated pictures from real ones, their diversity, and a grid to look at.

    Args:
        real: `[N, channels, height, width]` in [-1, 1]; as many are generated.
        shown: pictures in the grid.
        columns: of the grid.
    """

    real: np.ndarray
    shown: int
    columns: int

    def __call__(self, generate: Generate, discriminator: nn.Module) -> Validation:
        """Numbers and one `PictureSample`; the quality is minus the distance."""
        made = generate(max(self.shown, len(self.real))).clamp(-1, 1).numpy()
        samples = [PictureSample("pictures", made[: self.shown], self.columns)]
        if len(self.real) < 2 or made.shape[1:] != self.real.shape[1:]:
            return Validation(samples=samples)  # still growing
        numbers = {
            **measured("diversity", lambda: _diversity(made, self.real)),
            **measured(
                "sliced_wasserstein",
                lambda: metrics.sliced_wasserstein_distance(made[: len(self.real)], self.real).mean,
            ),
        }
        distance = numbers.get("sliced_wasserstein")
        return Validation(numbers, samples, None if distance is None else -distance)


def _diversity(made: np.ndarray, real: np.ndarray) -> float:
    return metrics.relative_diversity(made[:DIVERSITY_OF], real[:DIVERSITY_OF])


def measured(name: str, measure: Callable[[], float]) -> dict[str, float]:
    """A measure's number under its name; nothing where it has none, as for pictures that are too small."""
    try:
        return {name: measure()}
    except metrics.NotMeasurable:
        return {}

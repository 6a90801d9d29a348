"""Points of the plane from distributions that are known exactly: they show what a game covers and what it misses."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from audiogan.chance import generator
from audiogan.errors import AudioganError
from audiogan.suggest import did_you_mean

Shape = Literal["eight_gaussians", "twenty_five_gaussians", "ring", "swiss_roll"]

RADIUS = 2.0
"""Of the circle that the eight means lie on, of the ring, and of the swiss roll's outer end."""

SPACING = 2.0
"""Between neighbouring means of the twenty-five Gaussians."""

ROLL_FROM, ROLL_TO = 1.5 * np.pi, 4.5 * np.pi


class Points:
    """Labelled points without end; item i of epoch e is a function of (seed, e, i).

    Args:
        shape: eight_gaussians (means on a circle of radius 2; Metz et al., "Unrolled Generative Adversarial Networks",
            2017), twenty_five_gaussians (means on a grid from -4 to 4; Lin et al., "PacGAN", 2018), ring (a circle of
            radius 2) or swiss_roll (a spiral of one and a half turns that ends at radius 2).
        deviation: standard deviation of the normal noise on each coordinate.
        length: points of an epoch; every epoch has others.
        seed: of the run.
    """

    def __init__(self, shape: Shape, deviation: float = 0.1, length: int = 10000, seed: int = 0) -> None:
        self.shape = shape
        self.deviation = deviation
        self.length = length
        self.seed = seed
        self.classes = len(modes(shape))
        # A generator for each point would take longer than a step of the networks that points are made for.
        self._epoch = lru_cache(maxsize=2)(self._drawn)

    def __len__(self) -> int:
        return self.length

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        """`real`, float32 `[2]`, and where the shape has modes `label`, int64 `[]`: the number of its mode."""
        points, labels = self._epoch(epoch)
        if labels is None:
            return {"real": points[index]}
        return {"real": points[index], "label": labels[index, ...]}

    def _drawn(self, epoch: int) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
        return _draw(self.shape, self.length, self.deviation, generator(self.seed, "points", epoch))


def modes(shape: Shape) -> NDArray[np.float64]:
    """The means of a mixture's Gaussians `[K, 2]`, each by the number that is its label; K is 0 where there are none.

    Raises:
        AudioganError: there is no such shape.
    """
    if shape == "eight_gaussians":
        angles = np.arange(8) * (2 * np.pi / 8)
        return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    if shape == "twenty_five_gaussians":
        steps = SPACING * np.arange(-2.0, 3.0)
        return np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(25, 2)
    if shape in get_args(Shape):
        return np.zeros((0, 2))
    raise AudioganError(f"{shape}: not a shape of points. {did_you_mean(shape, get_args(Shape))}")


def sample(shape: Shape, count: int, seed: int, deviation: float = 0.1) -> NDArray[np.float32]:
    """`[count, 2]` points that no training item is: the real side of a comparison.

    Args:
        shape, deviation: as of `Points`.
        count: how many.
        seed: another one gives other points.
    """
    return _draw(shape, count, deviation, generator(seed, "points to compare with"))[0]


def _draw(
    shape: Shape, count: int, deviation: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
    noise = deviation * rng.standard_normal((count, 2))
    means = modes(shape)
    if len(means):
        labels = rng.integers(len(means), size=count)
        return (means[labels] + noise).astype(np.float32), labels
    if shape == "ring":
        angle = rng.uniform(0, 2 * np.pi, count)
        radius = np.full(count, RADIUS)
    else:
        angle = rng.uniform(ROLL_FROM, ROLL_TO, count)
        radius = RADIUS * angle / ROLL_TO
    curve = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (curve + noise).astype(np.float32), None

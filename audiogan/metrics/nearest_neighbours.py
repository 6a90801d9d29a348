"""Precision, recall, density and coverage (PRDC), from balls that reach to each sample's k-th nearest neighbour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.metrics.samples import as_rows, checked_sets, distances_by_rows


@dataclass(frozen=True)
class PRDC:
    """The four shares; a sample's ball reaches to its k-th nearest neighbour in its own set.

    Args:
        precision: of the generated samples, those in the ball of a real one, 0 to 1.
        recall: of the real samples, those in the ball of a generated one, 0 to 1.
        density: in how many real balls a generated sample lies on average, over k; it may be above 1.
        coverage: of the real samples, those with a generated one in their ball, 0 to 1.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(generated: ArrayLike, real: ArrayLike, neighbours: int = 5) -> PRDC:
    """Precision, recall, density and coverage of features, by Euclidean distance.

    A ball does not hold its edge, as in the authors' program: equal sets give 1 four times, and a collapsed generator's
    balls, which have no radius, hold nothing. Recall and coverage fall where samples are few: figures are comparable at
    equal numbers only. Memory stays below 100 MiB beside the features.

    Source: Naeem, Oh, Uh, Choi, Yoo, "Reliable Fidelity and Diversity Metrics for Generative Models", 2020; precision
    and recall after Kynkäänniemi et al., "Improved Precision and Recall Metric", 2019.

    Args:
        generated: `[N, ...]`, more than `neighbours` samples or their features.
        real: `[M, ...]`, likewise.
        neighbours: k, 1 or more.

    Raises:
        AudioganError: a generated sample and a real one differ in shape.
        NotMeasurable: too few samples, or NaN or infinite values.
    """
    if neighbours < 1:
        raise ValueError(f"neighbours is {neighbours}: it must be 1 or more")
    made, wanted = (as_rows(side) for side in checked_sets(generated, real, least=neighbours + 1))
    made_radii, wanted_radii = _radii(made, neighbours), _radii(wanted, neighbours)
    balls_around_made = np.zeros(len(made), dtype=np.int64)
    recalled = covered = 0
    for part, distances in distances_by_rows(wanted, made):
        inside = distances < wanted_radii[part, None]
        balls_around_made += inside.sum(axis=0)
        covered += int(inside.any(axis=1).sum())
        recalled += int((distances < made_radii).any(axis=1).sum())
    return PRDC(
        precision=float((balls_around_made > 0).mean()),
        recall=recalled / len(wanted),
        density=float(balls_around_made.mean() / neighbours),
        coverage=covered / len(wanted),
    )


def _radii(rows: NDArray[np.float64], neighbours: int) -> NDArray[np.float64]:
    """`[N]`: the distance of each sample to its k-th nearest neighbour; the nearest of all is the sample itself."""
    return np.concatenate(
        # Copied, for a column would keep the whole part in memory.
        [
            np.partition(distances, neighbours, axis=1)[:, neighbours].copy()
            for _, distances in distances_by_rows(rows, rows)
        ]
    )

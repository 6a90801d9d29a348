"""Whether a generator has memorised its training set: distances to the nearest training item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.samples import as_rows, checked_sets, distances_by_rows

NEAR = 0.05  # a share that some dozens of held-out items can tell; of 1 % they would know one item


@dataclass(frozen=True)
class Memorised:
    """What the distances say.

    Args:
        median: of the generated items' distances to the nearest training item, in the features' unit.
        ratio: that median over the held-out items'; about 1 where generated items keep as far from the training set as
            new real ones do, much below 1 where they are copies.
        near: the share of generated items at least as near to a training item as the nearest 5 % of held-out ones are;
            0.05 is as held-out items.
    """

    median: float
    ratio: float
    near: float


def nearest_distances(items: ArrayLike, training: ArrayLike) -> NDArray[np.float64]:
    """`[N]`: the Euclidean distance of each item to the nearest training item.

    Args:
        items: `[N, D]`, features.
        training: `[T, D]`, likewise.

    Raises:
        AudioganError: the numbers of features differ.
        NotMeasurable: an empty set, or NaN or infinite features.
    """
    rows, others = (as_rows(side) for side in checked_sets(items, training))
    return np.concatenate([distances.min(axis=1) for _, distances in distances_by_rows(rows, others)])


def memorised(generated: ArrayLike, held_out: ArrayLike) -> Memorised:
    """How near generated items are to the training set, beside real items that nobody trained on.

    Args:
        generated: `[N]`, from `nearest_distances`.
        held_out: `[M]`, likewise.

    Raises:
        NotMeasurable: no items, or held-out ones most of which are training items.
    """
    made, real = np.asarray(generated, np.float64), np.asarray(held_out, np.float64)
    if not made.size or not real.size:
        raise NotMeasurable("a set has no items")
    median, usual = float(np.median(made)), float(np.median(real))
    if usual == 0:
        raise NotMeasurable("most held-out items are training items")
    return Memorised(median, median / usual, float((made <= np.quantile(real, NEAR)).mean()))

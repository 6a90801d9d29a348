"""The number of statistically different bins (NDB): which kinds of real sound are made too rarely or too often."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.chance import generator
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.samples import as_rows, checked_set, distances_by_rows

LEVEL = 0.05
ITERATIONS = 50
ITEMS_A_BIN = 10  # below that the test, which takes counts for normal, would say nothing
MOST_BINS = 100  # the authors'


@dataclass(frozen=True)
class DifferentBins:
    """What was found.

    Args:
        different: in how many bins the shares of both sets differ.
        bins: how many there are.
    """

    different: int
    bins: int

    @property
    def share(self) -> float:
        """NDB / K, 0 to 1; about the test's level, 0.05, where both sets come from one distribution."""
        return self.different / self.bins


def bins_for(items: int) -> int:
    """How many bins fit that number of items on each side: one for ten, 2 to 100."""
    return int(np.clip(items // ITEMS_A_BIN, 2, MOST_BINS))


def bin_centres(features: ArrayLike, bins: int, seed: int = 0) -> NDArray[np.float64]:
    """The centres of bins, by k-means (SciPy's, begun with k-means++) on real features; fewer where they are few.

    Args:
        features: `[N, D]`, of the training set or of other real samples.
        bins: K, 1 or more.
        seed: of the beginning; the same one gives the same bins.

    Raises:
        NotMeasurable: fewer different samples than bins, or NaN or infinite values.
    """
    from scipy.cluster.vq import kmeans2

    rows = as_rows(checked_set(features, "real samples", least=bins))
    different = len(np.unique(rows, axis=0))
    if different < bins:
        raise NotMeasurable(f"there are too few different real samples for bins: {different}, {bins} are needed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a bin that lost its samples; it is dropped
        centres, bin_of = kmeans2(rows, bins, iter=ITERATIONS, minit="++", seed=generator(seed, "bins"))
    return np.asarray(centres[np.unique(bin_of)], np.float64)


def nearest_bin(features: ArrayLike, centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """`[N]`: the number of the bin whose centre each sample is nearest to.

    Args:
        features: `[N, D]`.
        centres: `[K, D]`, from `bin_centres`.

    Raises:
        NotMeasurable: no samples, or NaN or infinite values.
    """
    rows = as_rows(checked_set(features, "samples"))
    return np.concatenate([distances.argmin(axis=1) for _, distances in distances_by_rows(rows, centres)])


def different_bins(generated: ArrayLike, real: ArrayLike, bins: int) -> DifferentBins:
    """In how many bins the shares of generated and real samples differ, by a two-proportion z-test at 0.05.

    The more samples, the smaller a difference is found: figures are comparable at equal numbers only.

    Source: Richardson, Weiss, "On GANs and GMMs", 2018, section 3.

    Args:
        generated: `[N]`, the bin of each generated sample, from `nearest_bin`.
        real: `[M]`, of real ones; not those that a generator was trained on, if it is to be found out that it copies.
        bins: K.

    Raises:
        NotMeasurable: no samples in a set.
    """
    from scipy.special import ndtri

    counts = [np.bincount(np.asarray(side, np.int64), minlength=bins) for side in (generated, real)]
    totals = [int(count.sum()) for count in counts]
    if min(totals) == 0:
        raise NotMeasurable("a set has no samples")
    together = (counts[0] + counts[1]) / sum(totals)
    deviation = np.sqrt(together * (1 - together) * (1 / totals[0] + 1 / totals[1]))
    difference = np.abs(counts[0] / totals[0] - counts[1] / totals[1])
    return DifferentBins(int((difference > ndtri(1 - LEVEL / 2) * deviation).sum()), bins)

"""The inception score's formula, on whatever classifier gives the probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.samples import checked_set


def inception_score(probabilities: ArrayLike) -> float:
    """exp of the mean KL divergence of each sample's class probabilities from their mean; 1 to the number of classes.

    It is high where each sample is surely of one class and all classes are as frequent. It knows nothing of real
    samples, nor of differences within a class, and it depends on the classifier: a figure stands with that, and beside
    the figure of real samples. It grows with their number; where others take splits of a set, a table takes several
    draws of one number and their mean.

    Source: Salimans et al., "Improved Techniques for Training GANs", 2016, section 4.

    Args:
        probabilities: `[N, classes]`, each row adding up to 1.

    Raises:
        ValueError: a row does not add up to 1, or has values below 0.
        NotMeasurable: no rows, or NaN.
    """
    each = checked_set(probabilities, "class probabilities").astype(np.float64)
    if (each < 0).any() or np.abs(each.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("class probabilities must be 0 or more and add up to 1")
    # 0 · log 0 is 0.
    logarithm = np.log(np.where(each > 0, each, 1.0))
    mean = each.mean(axis=0)
    divergence = (each * (logarithm - np.log(np.where(mean > 0, mean, 1.0)))).sum(axis=1)
    return float(np.exp(divergence.mean()))

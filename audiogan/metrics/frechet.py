"""Fréchet distance between Gaussians that are fitted to features."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.metrics.samples import as_rows, checked_sets

# How a table calls it. The same formula on other features is another measure, and never bears the name of one that is
# published for other features (FID is on Inception's, FAD on VGGish's).
TITLE_ON_DIGITS = "Fréchet distance on the digit classifier's features"


def frechet_distance(generated: ArrayLike, real: ArrayLike) -> float:
    """|μ − ν|² + Tr(A + B − 2 (A^½ B A^½)^½), 0 or more: the squared Wasserstein-2 distance of N(μ, A) and N(ν, B).

    Means and unbiased covariances are the sets'. It falls with the number of samples, so a figure stands with that
    number and beside the distance between two halves of the real set.

    With A = RᵀR and B = SᵀS, the trace of (A^½ B A^½)^½ is the sum of the singular values of R Sᵀ. R and S come from
    the centred features by QR, so that no covariance is formed and no root of a singular matrix is taken: fewer
    samples than features are as exact as many.

    Source: Dowson, Landau, "The Fréchet Distance between Multivariate Normal Distributions", 1982; Heusel et al.,
    "GANs Trained by a Two Time-Scale Update Rule", 2017, for its use here.

    Args:
        generated: `[N, D]`, features of generated samples.
        real: `[M, D]`, features of real ones by the same network.

    Raises:
        AudioganError: the numbers of features differ.
        NotMeasurable: fewer than two samples in a set, or NaN or infinite features.
    """
    first, second = (as_rows(side) for side in checked_sets(generated, real, least=2))
    shift = first.mean(axis=0) - second.mean(axis=0)
    root, other_root = _root_of_covariance(first), _root_of_covariance(second)
    cross = np.linalg.norm(root @ other_root.T, "nuc")
    return max(0.0, float(shift @ shift + np.square(root).sum() + np.square(other_root).sum() - 2 * cross))


def _root_of_covariance(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix R such that RᵀR is the covariance."""
    root: NDArray[np.float64] = np.linalg.qr(features - features.mean(axis=0))[1]
    return root / np.sqrt(len(features) - 1)

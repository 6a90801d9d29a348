"""The adversarial games, one a file, and the terms that go beside them.

A recipe names classes of this list and gives their constructor's arguments beside them: games and penalties derive from
`Objective`, distances to a known target from `Reconstruction`; each listed term has a `weight`:
`[{name: LeastSquares}, {name: L1, weight: 100}]`.
"""

from __future__ import annotations

from audiogan.objectives.least_squares import LeastSquares
from audiogan.objectives.objective import Objective
from audiogan.objectives.reconstruction import (
    L1,
    SISDR,
    CompressedSpectrum,
    MultiResolutionSTFT,
    Reconstruction,
    SegmentalSNR,
)

__all__ = [
    "L1",
    "SISDR",
    "CompressedSpectrum",
    "LeastSquares",
    "MultiResolutionSTFT",
    "Objective",
    "Reconstruction",
    "SegmentalSNR",
]

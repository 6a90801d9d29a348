"""The adversarial games, one a file, and the terms that go beside them.

A recipe names classes of this list and gives their constructor's arguments beside them: games and penalties derive from
`Objective`, distances to a known target from `Reconstruction`; each listed term has a `weight`:
`[{name: LeastSquares}, {name: L1, weight: 100}]`.
"""

from __future__ import annotations

from audiogan.objectives.auxiliary_classifier import AuxiliaryClassifier
from audiogan.objectives.began import BEGAN
from audiogan.objectives.drift import Drift
from audiogan.objectives.ebgan import EBGAN
from audiogan.objectives.feature_matching import FeatureMatching
from audiogan.objectives.gradient_penalty import R1, GradientPenalty
from audiogan.objectives.hinge import Hinge
from audiogan.objectives.intelligibility import ShortTimeIntelligibility
from audiogan.objectives.least_squares import LeastSquares
from audiogan.objectives.metric_game import MetricGame
from audiogan.objectives.minimax import Minimax
from audiogan.objectives.mutual_information import MutualInformation
from audiogan.objectives.non_saturating import NonSaturating
from audiogan.objectives.objective import Objective
from audiogan.objectives.opinion_score import OpinionScore
from audiogan.objectives.paired_feature_matching import PairedFeatureMatching
from audiogan.objectives.perceptual_disturbance import PerceptualDisturbance
from audiogan.objectives.pulling_away import PullingAway
from audiogan.objectives.reconstruction import (
    L1,
    SISDR,
    SNR,
    CompressedSpectrum,
    LostSpeech,
    MultiResolutionSTFT,
    NetworkSpectrum,
    Reconstruction,
)
from audiogan.objectives.wasserstein import Wasserstein

__all__ = [
    "BEGAN",
    "EBGAN",
    "L1",
    "R1",
    "SISDR",
    "SNR",
    "AuxiliaryClassifier",
    "CompressedSpectrum",
    "Drift",
    "FeatureMatching",
    "GradientPenalty",
    "Hinge",
    "LeastSquares",
    "LostSpeech",
    "MetricGame",
    "Minimax",
    "MultiResolutionSTFT",
    "MutualInformation",
    "NetworkSpectrum",
    "NonSaturating",
    "Objective",
    "OpinionScore",
    "PairedFeatureMatching",
    "PerceptualDisturbance",
    "PullingAway",
    "Reconstruction",
    "ShortTimeIntelligibility",
    "Wasserstein",
]

"""How good a sound is, or a set of generated samples: measures of pairs, the table of many pairs, measures of sets.

A measure of a pair is a function of (estimate, reference, sample rate): one channel each, `[samples]` in [-1, 1]. A
measure of a set takes generated samples, `[N, ...]`, and mostly real ones beside them. Each raises `NotMeasurable` with
its reason where it cannot judge. A name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# No module is called as a function it holds: `audiogan.metrics.stoi` is the function, always.
_WHERE = {
    "NotMeasurable": "pairs",
    "pesq_wide": "pesq",
    "pesq_narrow": "pesq",
    "stoi": "intelligibility",
    "estoi": "intelligibility",
    "si_sdr": "signal_ratio",
    "segmental_snr": "segmental",
    "log_spectral_distance": "log_spectrum",
    "multi_resolution_stft_distance": "multi_resolution",
    "llr": "likelihood",
    "wss": "spectral_slope",
    "csig": "composite",
    "cbak": "composite",
    "covl": "composite",
    "dnsmos": "mos",
    "MEASURES": "measures",
    "DEFAULT_MEASURES": "measures",
    "score_pair": "measures",
    "match_by_name": "matching",
    "Item": "table",
    "score_items": "table",
    "summarise": "table",
    "mode_coverage": "modes",
    "frechet_distance": "frechet",
    "label_shares": "class_shares",
    "agreement": "class_shares",
    "match_codes": "class_shares",
    "prdc": "nearest_neighbours",
    "sliced_wasserstein_distance": "sliced_wasserstein",
    "relative_diversity": "diversity",
    "log_mel": "mel",
    "log_mel_statistics": "mel",
    "log_mel_frechet_distance": "mel",
    "Standard": "mel",
    "kernel_distance": "kernel",
    "inception_score": "inception",
    "different_bins": "bins",
    "nearest_distances": "nearest_training",
    "shaped_noise": "trivial",
    "SET_MEASURES": "set_measures",
    "Classifier": "sound_items",
    "SetTable": "sound_sets",
    "score_sound_sets": "sound_sets",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

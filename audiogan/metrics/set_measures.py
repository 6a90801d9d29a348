"""The measures of sets of sounds by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audiogan.errors import AudioganError
from audiogan.metrics import bins, class_shares, mos
from audiogan.metrics.diversity import relative_diversity
from audiogan.metrics.inception import inception_score
from audiogan.metrics.kernel import kernel_distance
from audiogan.metrics.mel import log_mel_frechet_distance
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.samples import checked_sets
from audiogan.metrics.sliced_wasserstein import sliced_wasserstein_distance
from audiogan.metrics.sound_items import Comparison, Drawn
from audiogan.metrics.sound_statistics import are_silent
from audiogan.suggest import did_you_mean, listing

Direction = Literal["↑", "↓", "≈"]
Compute = Callable[[Comparison], float]


@dataclass(frozen=True)
class SetMeasure:
    """What a table knows of a measure of sets.

    Args:
        title: how a table calls it, with its unit.
        better: "↑" higher, "↓" lower, "≈" as near to the real sounds' figure as can be.
        compute: its value.
        compares: whether it holds generated sounds against real ones; of the others the real sounds' own figure is
            their row's.
        needs: what must be given beside both sets: "training", "classifier" or nothing.
        packages: whose implementation it is; "audiogan" for our own.
        follows: what the implementation is true to.
    """

    title: str
    better: Direction
    compute: Compute
    compares: bool
    needs: Literal["", "training", "classifier"]
    packages: tuple[str, ...]
    follows: str


_OURS = ("audiogan",)
_PRDC = "Naeem et al. 2020, 5 neighbours, "
_LOG_MEL = "on the log-mel statistics"
_CLASSIFIER = "on the classifier's features"


def _frechet(comparison: Comparison, embedding: str) -> float:
    return log_mel_frechet_distance(*checked_sets(comparison.made.of(embedding), comparison.real.of(embedding)))


def _on(embedding: str, where: str, needs: Literal["", "classifier"]) -> dict[str, SetMeasure]:
    """The measures that any embedding can be given to."""
    key = embedding.replace("-", "_")

    def measure(title: str, better: Direction, compute: Compute, follows: str) -> SetMeasure:
        return SetMeasure(f"{title}, {embedding}", better, compute, True, needs, _OURS, f"{follows}{where}")

    return {
        f"frechet_{key}": measure(
            "Fréchet distance", "↓", lambda c: _frechet(c, embedding), "Dowson & Landau 1982, "
        ),
        f"kernel_{key}": measure(
            "kernel distance", "↓", lambda c: kernel_distance(c.made.of(embedding), c.real.of(embedding)),
            "unbiased MMD² with KID's polynomial kernel, Bińkowski et al. 2018, ",
        ),
        f"precision_{key}": measure("precision", "↑", lambda c: c.prdc(embedding).precision, _PRDC),
        f"recall_{key}": measure("recall", "↑", lambda c: c.prdc(embedding).recall, _PRDC),
        f"density_{key}": measure("density", "↑", lambda c: c.prdc(embedding).density, _PRDC),
        f"coverage_{key}": measure("coverage", "↑", lambda c: c.prdc(embedding).coverage, _PRDC),
    }  # fmt: skip


def _sliced_wasserstein(comparison: Comparison) -> float:
    return sliced_wasserstein_distance(comparison.made.of("pictures"), comparison.real.of("pictures")).mean


def _different_bins(comparison: Comparison) -> float:
    return bins.different_bins(comparison.made.of("bin"), comparison.real.of("bin"), comparison.bins).share


def _agreement(comparison: Comparison) -> float:
    asked, predicted = comparison.made.of("asked"), comparison.made.of("predicted")
    known = asked >= 0
    if not known.any():
        raise NotMeasurable("the classifier knows no class that was asked for")
    classes = comparison.made.of("probabilities").shape[1]
    return class_shares.agreement(asked[known], predicted[known], classes)


def _silent_share(comparison: Comparison) -> float:
    return float(are_silent(comparison.made.of("level")).mean())


def _of_heard(what: str, statistic: Callable[[np.ndarray], float]) -> Compute:
    """A statistic over the sounds that are not silent."""

    def compute(comparison: Comparison) -> float:
        values = comparison.made.of(what)[~are_silent(comparison.made.of("level"))]
        if not values.size:
            raise NotMeasurable("all sounds are silent")
        return float(statistic(values))

    return compute


def _overall_opinion(made: Drawn) -> float:
    overall = made.of("opinions")[:, 2]
    if np.isnan(overall).all():
        raise NotMeasurable("DNSMOS can judge none of the sounds")
    return float(np.nanmean(overall))


def _alone(title: str, better: Direction, compute: Compute, follows: str) -> SetMeasure:
    return SetMeasure(title, better, compute, False, "", _OURS, follows)


def _of_training(title: str, better: Direction, compute: Compute) -> SetMeasure:
    follows = f"Euclidean, to the nearest training sound, {_LOG_MEL}"
    return SetMeasure(title, better, compute, False, "training", _OURS, follows)


def _of_classifier(title: str, better: Direction, compute: Compute, follows: str) -> SetMeasure:
    return SetMeasure(title, better, compute, False, "classifier", _OURS, follows)


_HEARD = "of the sounds that are not silent"
_LEVEL = f"root mean square of the whole sound, no loudness in LUFS, {_HEARD}"
_CENTROID = f"mean frequency weighted by power, {_HEARD}"

SET_MEASURES: dict[str, SetMeasure] = {
    **_on("log-mel", _LOG_MEL, ""),
    "sliced_wasserstein": SetMeasure(
        "sliced Wasserstein, log-mel pictures", "↓", _sliced_wasserstein, True, "", _OURS,
        "Karras et al. 2018, times 1000, mean of the levels, on log-mel pictures of 64 bands, -80 to 0 dB",
    ),
    "different_bins": SetMeasure(
        "different bins (NDB/K), log-mel", "↓", _different_bins, True, "", _OURS,
        f"Richardson & Weiss 2018, k-means, z-test at 0.05, {_LOG_MEL}",
    ),
    "diversity": SetMeasure(
        "diversity over the real, log-mel", "≈",
        lambda c: relative_diversity(c.made.of("log-mel"), c.real.of("log-mel")), True, "", _OURS,
        f"ratio of mean pairwise distances, {_LOG_MEL}",
    ),
    "nearest_training": _of_training("nearest training sound, median", "≈", lambda c: c.memorised().median),
    "nearest_training_ratio": _of_training(
        "nearest training sound, over real's", "≈", lambda c: c.memorised().ratio
    ),
    "near_training_share": _of_training(
        "share as near as real's nearest 5 %", "≈", lambda c: c.memorised().near
    ),
    **_on("classifier", _CLASSIFIER, "classifier"),
    "inception_score": _of_classifier(
        "inception score by the classifier", "↑", lambda c: inception_score(c.made.of("probabilities")),
        "Salimans et al. 2016, with the classifier in place of Inception",
    ),
    "label_agreement": _of_classifier(
        "class as asked, by the classifier", "↑", _agreement,
        "share of sounds whose likeliest class is their subfolder's",
    ),
    "level_mean": _alone("level, mean, dB", "≈", _of_heard("level", np.mean), _LEVEL),
    "level_deviation": _alone("level, deviation, dB", "≈", _of_heard("level", np.std), _LEVEL),
    "centroid_mean": _alone("spectral centroid, mean, Hz", "≈", _of_heard("centroid", np.mean), _CENTROID),
    "centroid_deviation": _alone("spectral centroid, deviation, Hz", "≈", _of_heard("centroid", np.std), _CENTROID),
    "silent_share": _alone("silent sounds, share", "↓", _silent_share, "root mean square below -60 dB"),
    "dnsmos_overall": SetMeasure(
        "DNSMOS overall, mean", "↑", lambda c: _overall_opinion(c.made), False, "", ("speechmos",),
        "DNSMOS P.835, made for speech",
    ),
    "frechet_dnsmos": SetMeasure(
        "Fréchet distance, DNSMOS scores", "↓",
        lambda c: _frechet(c, "dnsmos"), True, "",
        ("audiogan", "speechmos"), "Dowson & Landau 1982, on DNSMOS's four scores of each sound",
    ),
}  # fmt: skip

EXTRA = ("dnsmos_overall", "frechet_dnsmos")
# Words that stand for several measures where a user names them.
SET_GROUPS: dict[str, tuple[str, ...]] = {
    "default": tuple(name for name in SET_MEASURES if name not in EXTRA),
    "dnsmos": EXTRA,
    "all": tuple(SET_MEASURES),
}


def set_measures_named(names: Sequence[str], given: Sequence[str] = ()) -> tuple[str, ...]:
    """The measures that a user's words mean, each once, in the order given.

    Args:
        names: names of SET_MEASURES or of SET_GROUPS; a group leaves out what cannot be had.
        given: which of "training" and "classifier" there is.

    Raises:
        AudioganError: a name is not known, or needs something that is not given or a package that is not installed.
    """
    chosen: dict[str, None] = {}
    for name in names:
        if name not in SET_MEASURES and name not in SET_GROUPS:
            hint = did_you_mean(name, [*SET_MEASURES, *SET_GROUPS])
            raise AudioganError(f"there is no measure of sets {name!r}. {hint}")
        if name in SET_MEASURES and SET_MEASURES[name].needs not in ("", *given):
            raise AudioganError(f"the measure {name} needs --{SET_MEASURES[name].needs}: give it too.")
        every = SET_GROUPS.get(name, (name,))
        chosen.update(dict.fromkeys(each for each in every if SET_MEASURES[each].needs in ("", *given)))
    if not chosen:
        raise AudioganError(f"no measure is named. Known: {listing([*SET_MEASURES, *SET_GROUPS])}.")
    if any("speechmos" in SET_MEASURES[name].packages for name in chosen):
        mos.require_speechmos()
    return tuple(chosen)

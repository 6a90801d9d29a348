"""The measures by name, and the scores of one pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.errors import AudioganError
from audiogan.metrics import composite, mos
from audiogan.metrics.intelligibility import estoi, stoi
from audiogan.metrics.likelihood import llr
from audiogan.metrics.log_spectrum import log_spectral_distance
from audiogan.metrics.multi_resolution import multi_resolution_stft_distance
from audiogan.metrics.pairs import NotMeasurable, at_rate, checked_pair, floating
from audiogan.metrics.pesq import pesq_narrow, pesq_wide
from audiogan.metrics.segmental import segmental_snr
from audiogan.metrics.signal_ratio import si_sdr
from audiogan.metrics.spectral_slope import wss
from audiogan.suggest import did_you_mean, listing

Score = float | NotMeasurable

MOST_CHANNELS = 32  # more are [samples, channels] by mistake


class Pair:
    """One channel of an estimate and its reference; what several measures need is computed once.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz.

    Raises:
        NotMeasurable: as `checked_pair`.
    """

    def __init__(self, estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> None:
        self.estimate, self.reference = checked_pair(estimate, reference, sample_rate)
        self.sample_rate = sample_rate
        self._scores: dict[str, Score] = {}

    def score(self, name: str) -> float:
        """The measure of that name.

        Raises:
            NotMeasurable: the measure's reason.
        """
        if name not in self._scores:
            self._scores[name] = self._judge(name)
        score = self._scores[name]
        if isinstance(score, NotMeasurable):
            raise score
        return score

    @cached_property
    def at_16_khz(self) -> Pair:
        """The pair as the composite scores see it."""
        rate = composite.RATE
        if self.sample_rate == rate:
            return self
        heard, wanted = (at_rate(side, self.sample_rate, rate) for side in (self.estimate, self.reference))
        return Pair(heard, wanted, rate)

    @cached_property
    def opinion(self) -> mos.Opinion:
        """DNSMOS of the estimate."""
        return mos.dnsmos(self.estimate, self.sample_rate)

    def _judge(self, name: str) -> Score:
        try:
            return MEASURES[name].compute(self)
        except NotMeasurable as reason:
            return reason
        except AudioganError:
            raise
        except Exception as failure:  # a program that we do not know in every corner may lose an item, not the table
            return NotMeasurable(f"the measure failed: {type(failure).__name__}: {failure}")


@dataclass(frozen=True)
class Measure:
    """What a table knows of a measure.

    Args:
        title: how a table calls it, with its unit.
        higher_is_better: which way it points.
        compute: its value for a pair.
        packages: whose implementation it is; "audiogan" for our own.
        follows: what the implementation is true to.
    """

    title: str
    higher_is_better: bool
    compute: Callable[[Pair], float]
    packages: tuple[str, ...]
    follows: str


def _direct(function: Callable[[NDArray[np.float64], NDArray[np.float64], int], float]) -> Callable[[Pair], float]:
    return lambda pair: function(pair.estimate, pair.reference, pair.sample_rate)


def _csig(pair: Pair) -> float:
    return composite.csig_of(*(pair.at_16_khz.score(name) for name in ("pesq_wide", "llr", "wss")))


def _cbak(pair: Pair) -> float:
    return composite.cbak_of(*(pair.at_16_khz.score(name) for name in ("pesq_wide", "wss", "segmental_snr")))


def _covl(pair: Pair) -> float:
    return composite.covl_of(*(pair.at_16_khz.score(name) for name in ("pesq_wide", "llr", "wss")))


_OURS = ("audiogan",)
_WITH_PESQ = ("audiogan", "pesq")
_LOIZOU = "Hu & Loizou 2008, as CMGAN's compute_metrics.py"

MEASURES = {
    "pesq_wide": Measure("PESQ wide band", True, _direct(pesq_wide), ("pesq",), "ITU-T P.862.2, 16 kHz"),
    "pesq_narrow": Measure("PESQ narrow band", True, _direct(pesq_narrow), ("pesq",), "ITU-T P.862.1, 16 kHz or 8"),
    "stoi": Measure("STOI", True, _direct(stoi), ("pystoi",), "Taal et al. 2011"),
    "estoi": Measure("ESTOI", True, _direct(estoi), ("pystoi",), "Jensen & Taal 2016"),
    "si_sdr": Measure("SI-SDR, dB", True, _direct(si_sdr), _OURS, "Le Roux et al. 2019, mean kept"),
    "segmental_snr": Measure("segmental SNR, dB", True, _direct(segmental_snr), _OURS, _LOIZOU),
    "log_spectral_distance": Measure(
        "log-spectral distance, dB", False, _direct(log_spectral_distance), _OURS, "32 ms frames, floor -100 dB"
    ),
    "multi_resolution_stft_distance": Measure(
        "multi-resolution STFT", False, _direct(multi_resolution_stft_distance), _OURS, "auraloss's defaults"
    ),
    "csig": Measure("CSIG", True, _csig, _WITH_PESQ, _LOIZOU),
    "cbak": Measure("CBAK", True, _cbak, _WITH_PESQ, _LOIZOU),
    "covl": Measure("COVL", True, _covl, _WITH_PESQ, _LOIZOU),
    "llr": Measure("LLR", False, _direct(llr), _OURS, _LOIZOU),
    "wss": Measure("WSS", False, _direct(wss), _OURS, _LOIZOU),
    "dnsmos_overall": Measure(
        "DNSMOS overall", True, lambda pair: pair.opinion.overall, ("speechmos",), "DNSMOS P.835"
    ),
    "dnsmos_speech": Measure("DNSMOS speech", True, lambda pair: pair.opinion.speech, ("speechmos",), "DNSMOS P.835"),
    "dnsmos_background": Measure(
        "DNSMOS background", True, lambda pair: pair.opinion.background, ("speechmos",), "DNSMOS P.835"
    ),
    "dnsmos_p808": Measure("DNSMOS P.808", True, lambda pair: pair.opinion.p808, ("speechmos",), "DNSMOS P.808"),
}

DEFAULT_MEASURES = tuple(name for name in MEASURES if name not in ("llr", "wss") and not name.startswith("dnsmos"))
# Words that stand for several measures where a user names them.
GROUPS = {
    "default": DEFAULT_MEASURES,
    "dnsmos": tuple(name for name in MEASURES if name.startswith("dnsmos")),
    "all": tuple(MEASURES),
}


def measures_named(names: Sequence[str]) -> tuple[str, ...]:
    """The measures that a user's words mean, each once, in the order given.

    Args:
        names: names of MEASURES or of GROUPS.

    Raises:
        AudioganError: a name is not known, or needs a package that is not installed.
    """
    chosen: dict[str, None] = {}
    for name in names:
        if name not in MEASURES and name not in GROUPS:
            hint = did_you_mean(name, [*MEASURES, *GROUPS], "audiogan eval --help")
            raise AudioganError(f"there is no measure {name!r}. {hint}")
        chosen.update(dict.fromkeys(GROUPS.get(name, (name,))))
    if not chosen:
        raise AudioganError(f"no measure is named. Known: {listing([*MEASURES, *GROUPS], 'audiogan eval --help')}.")
    if any("speechmos" in MEASURES[name].packages for name in chosen):
        mos.require_speechmos()
    return tuple(chosen)


def score_pair(
    estimate: ArrayLike, reference: ArrayLike, sample_rate: int, measures: Sequence[str] = DEFAULT_MEASURES
) -> dict[str, Score]:
    """What each measure says of a pair.

    Several channels are scored one by one and averaged; a measure that cannot judge one of them judges none.

    Args:
        estimate: `[samples]` or `[channels, samples]`.
        reference: of the same shape.
        sample_rate: in Hz.
        measures: names of MEASURES.

    Returns:
        By name, in order: the score, or the NotMeasurable that says why there is none.

    Raises:
        AudioganError: a measure needs a package that is not installed; or a side is not floating-point, has more than
            two axes, or more than 32 channels.
    """
    heard, wanted = _channels(estimate, "the estimate"), _channels(reference, "the reference")
    if len(heard) != len(wanted):
        reason = NotMeasurable(f"the channels differ: estimate {len(heard)}, reference {len(wanted)}")
        return dict.fromkeys(measures, reason)
    channels = [_score_channel(*sides, sample_rate, measures) for sides in zip(heard, wanted, strict=True)]
    return {name: _mean_of_channels([channel[name] for channel in channels]) for name in measures}


def _channels(signal: ArrayLike, who: str) -> NDArray[np.floating]:
    samples = np.atleast_2d(floating(signal, who))
    if samples.ndim > 2:
        raise AudioganError(f"{who} has shape {list(samples.shape)}: [samples] or [channels, samples] is expected.")
    if len(samples) > MOST_CHANNELS:
        raise AudioganError(
            f"{who} has shape {list(samples.shape)}, which would be {len(samples)} channels: [channels, samples] is "
            "expected. Transpose it."
        )
    return samples


def _score_channel(
    estimate: NDArray[np.generic], reference: NDArray[np.generic], sample_rate: int, measures: Sequence[str]
) -> dict[str, Score]:
    try:
        pair = Pair(estimate, reference, sample_rate)
    except NotMeasurable as reason:
        return dict.fromkeys(measures, reason)
    scores: dict[str, Score] = {}
    for name in measures:
        try:
            scores[name] = pair.score(name)
        except NotMeasurable as reason:
            scores[name] = reason
    return scores


def _mean_of_channels(scores: Sequence[Score]) -> Score:
    for number, score in enumerate(scores, 1):
        if isinstance(score, NotMeasurable):
            return score if len(scores) == 1 else NotMeasurable(f"{score.reason} (channel {number})")
    return float(np.mean([score for score in scores if isinstance(score, float)]))

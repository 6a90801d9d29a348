"""Measures by name: the scores of a pair are those of the functions."""

from __future__ import annotations

import numpy as np
import pytest

from audiogan import metrics
from audiogan.errors import AudioganError
from audiogan.metrics import DEFAULT_MEASURES, MEASURES, NotMeasurable, score_pair
from audiogan.metrics.measures import measures_named
from tests.metrics.signals import noisy, speech_like

CLEAN = speech_like(1.0)
NOISY = noisy(CLEAN, 10)
FAST = ("si_sdr", "segmental_snr")


@pytest.mark.parametrize("rate", [16000, 24000])
def test_a_pair_s_scores_are_those_of_the_functions(rate: int) -> None:
    clean = speech_like(1.0, rate)
    heard = noisy(clean, 10)
    scores = score_pair(heard, clean, rate, (*DEFAULT_MEASURES, "llr", "wss"))
    for name, score in scores.items():
        assert score == pytest.approx(getattr(metrics, name)(heard, clean, rate), rel=1e-6), name


def test_channels_are_averaged() -> None:
    other = noisy(CLEAN, 0)
    both = score_pair(np.stack([NOISY, other]), np.stack([CLEAN, CLEAN]), 16000, FAST)
    for name in FAST:
        parts = [score_pair(side, CLEAN, 16000, FAST)[name] for side in (NOISY, other)]
        assert both[name] == pytest.approx(np.mean(parts))


def test_a_silent_channel_makes_the_file_not_measurable() -> None:
    score = score_pair(np.stack([NOISY, 0 * NOISY]), np.stack([CLEAN, CLEAN]), 16000, FAST)["si_sdr"]
    assert isinstance(score, NotMeasurable)
    assert score.reason == "the estimate is silent (channel 2)"


def test_different_channel_counts_are_said() -> None:
    score = score_pair(np.stack([NOISY, NOISY]), CLEAN, 16000, FAST)["si_sdr"]
    assert isinstance(score, NotMeasurable)
    assert score.reason == "the channels differ: estimate 2, reference 1"


def test_one_measure_that_cannot_judge_leaves_the_others() -> None:
    scores = score_pair(CLEAN, CLEAN, 16000, FAST)
    assert isinstance(scores["si_sdr"], NotMeasurable)
    assert isinstance(scores["segmental_snr"], float)


def test_composites_pass_on_why_an_ingredient_is_missing() -> None:
    scores = score_pair(NOISY[1000:3000], CLEAN[1000:3000], 16000, ("csig", "pesq_wide"))
    assert all(isinstance(score, NotMeasurable) and score.kind == "the sound is too short" for score in scores.values())


@pytest.mark.parametrize(
    ("estimate", "message"),
    [
        (np.zeros(16000, np.int16), "the estimate holds int16 values: floating-point samples in"),
        ([0, 1, 2], "the estimate holds int64 values"),
        (np.zeros(16000, complex), "the estimate holds complex128 values"),
        (np.zeros(16000, bool), "the estimate holds bool values"),
        (np.zeros((2, 2, 16000)), r"the estimate has shape \[2, 2, 16000\]"),
        (np.zeros((16000, 2)), "16000 channels.* Transpose it"),
        ([[0.0], [0.0, 1.0]], "the estimate is no array of samples"),
    ],
)
def test_score_pair_refuses_what_is_no_sound(estimate: object, message: str) -> None:
    with pytest.raises(AudioganError, match=message):
        score_pair(estimate, speech_like(1.0), 16000, ["si_sdr"])  # type: ignore[arg-type]


def test_score_pair_of_floats_beyond_10000_has_no_score() -> None:
    clean = speech_like(1.0)
    score = score_pair(clean * 65536, clean, 16000, ["si_sdr"])["si_sdr"]
    assert isinstance(score, NotMeasurable) and "divide 16-bit values by 32768" in score.reason


def test_names() -> None:
    assert measures_named(["stoi", "si_sdr", "stoi"]) == ("stoi", "si_sdr")
    assert measures_named(["default"]) == DEFAULT_MEASURES
    assert len(DEFAULT_MEASURES) == 11
    assert set(measures_named(["all"])) == set(MEASURES)
    with pytest.raises(AudioganError, match="Did you mean stoi"):
        measures_named(["stoii"])
    with pytest.raises(AudioganError, match="pesq_wide"):
        measures_named([])

"""Paired differences are those of the same pairs, and scores are computed once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scoring import Result, in_steps, paired_differences, score, together, verdict

from audiogan.data.manifest import PairRow
from audiogan.metrics.measures import score_pair
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.table import Mean, Scored

RATE = 16000


def scored(ours: np.ndarray, other: np.ndarray) -> list[Scored]:
    return [
        Scored(str(n), None, {"ours": {"si_sdr": float(a)}, "other": {"si_sdr": float(b)}})
        for n, (a, b) in enumerate(zip(ours, other, strict=True))
    ]


def test_paired_interval_is_that_of_the_differences() -> None:
    """Files differ by tens of dB, systems by one: the closed form is mean ± 1.96 s/√n of the differences alone."""
    rng = np.random.default_rng(0)
    other = rng.normal(0, 30, 400)
    gained = rng.normal(1, 2, 400)
    found = paired_differences(scored(other + gained, other), "ours", ["si_sdr"])["other"]["si_sdr"]
    half = 1.96 * gained.std(ddof=1) / np.sqrt(400)
    assert found.mean == pytest.approx(gained.mean(), abs=1e-9)
    assert found.low == pytest.approx(gained.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(gained.mean() + half, abs=0.1 * half)
    assert verdict(found, "si_sdr") == "better"
    assert paired_differences(scored(other + gained, other), "ours", ["si_sdr"])["other"]["si_sdr"] == found


def test_a_pair_that_one_system_failed_on_favours_neither() -> None:
    items = scored(np.array([1.0, 2.0, 100.0]), np.array([0.0, 0.0, 0.0]))
    items[2].scores["other"]["si_sdr"] = NotMeasurable("the system failed: it crashed")
    found = paired_differences(items, "ours", ["si_sdr"])["other"]["si_sdr"]
    assert (found.mean, found.files, found.not_measurable) == (1.5, 2, {"the system failed": 1})


@pytest.mark.parametrize(
    ("low", "high", "measure", "expected"),
    [
        (0.1, 0.2, "si_sdr", "better"),
        (-0.2, -0.1, "si_sdr", "worse"),
        (-0.2, -0.1, "log_spectral_distance", "better"),
        (0.1, 0.2, "log_spectral_distance", "worse"),
        (-0.1, 0.2, "si_sdr", "open"),
        (0.0, 0.2, "si_sdr", "open"),
        (None, None, "si_sdr", "open"),
    ],
)
def test_verdict(low: float | None, high: float | None, measure: str, expected: str) -> None:
    assert verdict(Mean(0.0, low, high, 2), measure) == expected


def test_many_snrs_are_rounded_to_five_and_few_are_kept() -> None:
    few = [Scored(str(n), float(n), {}) for n in range(8)]
    many = [Scored(str(n), float(n), {}) for n in range(21)] + [Scored("unknown", None, {})]
    assert in_steps(few) == (few, False)
    stepped, rounded = in_steps(many)
    assert rounded and {item.snr_db for item in stepped} == {0.0, 5.0, 10.0, 15.0, 20.0, None}


def test_scores_are_kept_and_those_of_another_delay_are_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    clean = rng.standard_normal(RATE) * 0.1
    first, second = (clean + rng.standard_normal(RATE) * level for level in (0.01, 0.1))
    for name, waveform in (("clean", clean), ("out", first)):
        soundfile.write(tmp_path / f"{name}.wav", waveform, RATE, subtype="FLOAT")
    row = PairRow(id="a", clean=tmp_path / "clean.wav", noisy=tmp_path / "out.wav", sample_rate=RATE, samples=RATE)
    kept, files = tmp_path / "scores.json", {"a": tmp_path / "out.wav"}

    def value(measures: list[str], key: int) -> float:
        return score("x", files, [row], measures, 1, kept, key)["a"]["si_sdr"]  # type: ignore[return-value]

    before = value(["si_sdr"], 0)
    expected = score_pair(first.astype(np.float32), clean.astype(np.float32), RATE, ["si_sdr"])["si_sdr"]
    assert before == pytest.approx(expected, abs=1e-6)
    soundfile.write(tmp_path / "out.wav", second, RATE, subtype="FLOAT")
    assert value(["si_sdr", "segmental_snr"], 0) == before  # a measure was added; the first was kept
    assert value(["si_sdr"], 7) == pytest.approx(before - 20, abs=0.5)


def test_a_system_without_a_pairs_file_says_why() -> None:
    row = PairRow(id="a", clean=Path("c"), noisy=Path("n"), sample_rate=RATE, samples=1, snr_db=5)
    (item,) = together([Result("x", {}, failed=(("a", "it crashed"),))], [row], ["si_sdr"])
    reason = item.scores["x"]["si_sdr"]
    assert item.snr_db == 5 and isinstance(reason, NotMeasurable)
    assert reason.kind == "the system failed" and "it crashed" in reason.reason

"""Means, intervals, groups, and what enters none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import soundfile

from audiogan.metrics import Item, NotMeasurable, score_items, score_pair, summarise
from audiogan.metrics.results import as_csv, as_json
from audiogan.metrics.table import Scored, bootstrap_interval, by_snr, implementations, mean_of
from tests.metrics.signals import noisy, speech_like

SILENT = NotMeasurable("the estimate is silent")


def scored(name: str, snr_db: float | None, **rows: float | NotMeasurable) -> Scored:
    return Scored(name, snr_db, {row: {"stoi": value} for row, value in rows.items()})


def test_a_mean_leaves_out_and_counts_what_has_no_number() -> None:
    lengths = [NotMeasurable(f"the lengths differ: estimate {n} samples, reference 9") for n in (5, 6)]
    mean = mean_of([1.0, SILENT, 2.0, *lengths, 6.0])
    assert (mean.mean, mean.files) == (3.0, 3)
    assert mean.not_measurable == {"the lengths differ": 2, "the estimate is silent": 1}
    assert mean.low is not None and mean.high is not None and 1 <= mean.low < 3 < mean.high <= 6


def test_means_of_nothing_and_of_one() -> None:
    nothing = mean_of([SILENT])
    assert (nothing.mean, nothing.low, nothing.files) == (None, None, 0)
    assert mean_of([4.0]).low is None


def test_the_interval_is_that_of_scipy_and_always_the_same() -> None:
    values = np.random.default_rng(3).exponential(size=60)
    theirs = scipy.stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20000, random_state=0)
    ours = bootstrap_interval(values.tolist())
    np.testing.assert_allclose(ours, theirs.confidence_interval, atol=0.03)
    assert ours == bootstrap_interval(values.tolist())


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    intervals = [bootstrap_interval(rng.normal(5, 2, 40).tolist()) for _ in range(300)]
    covered = np.mean([low <= 5 <= high for low, high in intervals])
    assert 0.89 <= covered <= 0.99


def test_the_difference_is_of_files_that_have_both() -> None:
    items = [
        scored("a", 5, noisy=1.0, enhanced=2.0),
        scored("b", 5, noisy=3.0, enhanced=3.5),
        scored("c", 0, noisy=9.0, enhanced=SILENT),
        scored("d", None, enhanced=4.0),
    ]
    table = summarise(items, ["stoi"])
    assert list(table) == ["noisy", "enhanced", "difference"]
    assert table["noisy"]["stoi"].mean == pytest.approx(13 / 3)
    assert table["enhanced"]["stoi"].mean == pytest.approx(9.5 / 3)
    assert (table["difference"]["stoi"].mean, table["difference"]["stoi"].files) == (0.75, 2)
    groups = by_snr(items, ["stoi"])
    assert list(groups) == [0, 5]
    assert groups[5]["difference"]["stoi"].mean == 0.75
    assert "difference" not in summarise([scored("a", None, enhanced=2.0)], ["stoi"])


def test_json_is_strict_and_csv_has_a_line_a_row() -> None:
    items = [scored("a", 5, noisy=1.0, enhanced=SILENT), scored("b, ü", None, noisy=3.0, enhanced=3.5)]
    read = json.loads(as_json(items, ["stoi"], "audiogan eval", []), parse_constant=pytest.fail)
    assert read["files"][0]["scores"] == {"noisy": {"stoi": 1.0}, "enhanced": {"stoi": None}}
    assert read["files"][0]["not_measurable"] == {"enhanced": {"stoi": "the estimate is silent"}}
    assert read["summary"]["enhanced"]["stoi"]["mean"] == 3.5
    assert read["implementations"]["stoi"].startswith("pystoi 0.")
    assert as_csv(items, ["stoi"]).splitlines() == [
        "name,snr_db,row,stoi,not_measurable",
        "a,5,noisy,1.0,",
        "a,5,enhanced,,stoi: the estimate is silent",
        '"b, ü",,noisy,3.0,',
        '"b, ü",,enhanced,3.5,',
    ]


def test_every_figure_names_its_packages() -> None:
    named = implementations(["csig", "estoi"])
    assert "audiogan" in named["csig"] and "pesq 0" in named["csig"] and "CMGAN" in named["csig"]


def test_files_are_scored_in_order_whatever_the_processes(tmp_path: Path) -> None:
    items = []
    for number in range(4):
        clean = speech_like(0.5, seed=number).astype(np.float32)
        heard = noisy(clean, 5 * number).astype(np.float32)
        for row, sound in (("clean", clean), ("enhanced", heard)):
            soundfile.write(tmp_path / f"{row}{number}.wav", sound, 16000, subtype="FLOAT")
        items.append(
            Item(str(number), tmp_path / f"clean{number}.wav", {"enhanced": tmp_path / f"enhanced{number}.wav"})
        )
    (tmp_path / "enhanced2.wav").write_text("not sound")
    soundfile.write(tmp_path / "enhanced3.wav", heard, 8000)
    measures = ("si_sdr", "segmental_snr")
    one, two = (score_items(items, measures, jobs) for jobs in (1, 2))
    assert [item.name for item in two] == ["0", "1", "2", "3"]
    assert json.dumps(as_json(one, measures, "", [])) == json.dumps(as_json(two, measures, "", []))
    sounds = [soundfile.read(tmp_path / f"{row}0.wav", dtype="float32")[0] for row in ("enhanced", "clean")]
    assert two[0].scores["enhanced"] == score_pair(*sounds, 16000, measures)
    assert two[2].scores["enhanced"]["si_sdr"].kind == "a file cannot be read"  # type: ignore[union-attr]
    assert "enhanced2.wav" in two[2].unread[0]
    assert two[3].scores["enhanced"]["si_sdr"].reason == (  # type: ignore[union-attr]
        "the sample rates differ: enhanced 8000 Hz, clean 16000 Hz"
    )

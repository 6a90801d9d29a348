"""The table of sets of sounds: its rows, its numbers of items, and figures that are known beforehand."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from audiogan import metrics
from audiogan.errors import AudioganError
from audiogan.metrics import SET_MEASURES, SetTable, score_sound_sets
from audiogan.metrics.set_measures import set_measures_named
from audiogan.metrics.set_results import as_csv, as_json, as_markdown, conditions, number
from audiogan.metrics.sound_items import Setting, SoundItems
from audiogan.metrics.sound_sets import HALVES, NOISE, TRAINING
from tests.metrics.hits import RATE, SAMPLES, NearestMean, drums, hits

REFERENCE, CLASSES = drums(10, seed=1)
TRAIN, TRAIN_CLASSES = drums(16, seed=2)
NEW, _ = drums(12, seed=3)
FAST = tuple(name for name in SET_MEASURES if name != "sliced_wasserstein" and "dnsmos" not in name)
QUICK = ("frechet_log_mel", "coverage_log_mel", "nearest_training_ratio", "near_training_share")


@pytest.fixture(scope="module")
def table() -> SetTable:
    """Everything but what takes long, of new hits of the same kinds, copies, kicks only, and silence."""
    sets = {
        "new": NEW,
        "copies": TRAIN[::2],
        "kicks": hits("kick", 30, seed=4),
        "silence": np.zeros((30, 1, SAMPLES), np.float32),
    }
    return score_sound_sets(
        sets,
        REFERENCE,
        RATE,
        training=TRAIN,
        classifier=NearestMean(TRAIN, TRAIN_CLASSES),
        asked={"new": np.repeat([0, 1, 2], 12), "kicks": np.full(30, 2)},
        reference_asked=CLASSES,
        measures=FAST,
    )


def mean(table: SetTable, row: str, measure: str) -> float:
    figure = table.rows[row][measure]
    assert figure.mean is not None, figure.not_measurable
    return figure.mean


def test_every_row_has_every_measure_at_the_same_number(table: SetTable) -> None:
    assert list(table.rows) == ["new", "copies", "kicks", "silence", HALVES, TRAINING, NOISE]
    assert all(tuple(figures) == FAST for figures in table.rows.values())
    assert table.number == 24  # of copies there are no more
    assert table.axes == 6
    assert table.sizes == {"new": 36, "copies": 24, "kicks": 30, "silence": 30, HALVES: 78, TRAINING: 48, NOISE: 24}
    assert (table.reference, table.standardised_by) == (30, "training set")
    assert set(table.draws.values()) == {20}


def test_new_hits_are_as_real_ones_and_other_sets_are_not(table: SetTable) -> None:
    for measure in ("frechet_log_mel", "kernel_log_mel", "frechet_classifier", "different_bins"):
        halves = table.rows[HALVES][measure]
        assert halves.mean is not None and halves.deviation is not None
        assert abs(mean(table, "new", measure) - halves.mean) < 4 * halves.deviation + 0.05 * abs(halves.mean)
        assert mean(table, "kicks", measure) > 2 * mean(table, "new", measure)
        assert mean(table, NOISE, measure) > 2 * mean(table, "new", measure)
    for measure in ("recall_log_mel", "coverage_log_mel", "coverage_classifier"):
        assert mean(table, "new", measure) > 0.7
        assert mean(table, "kicks", measure) < 0.5
    assert mean(table, "new", "diversity") == pytest.approx(1, abs=0.15)
    assert mean(table, "kicks", "diversity") < 0.7


def test_copies_are_told_from_new_hits(table: SetTable) -> None:
    for row in ("copies", TRAINING):
        assert mean(table, row, "nearest_training_ratio") == pytest.approx(0, abs=1e-9)
        assert mean(table, row, "near_training_share") == 1
    assert mean(table, "new", "nearest_training_ratio") == pytest.approx(1, abs=0.25)
    assert mean(table, HALVES, "nearest_training_ratio") == 1
    assert mean(table, HALVES, "near_training_share") == pytest.approx(2 / 24, abs=0.01)  # those at or below 5 %


def test_what_the_classifier_says(table: SetTable) -> None:
    assert mean(table, "new", "inception_score") == pytest.approx(3, abs=0.15)
    assert mean(table, "kicks", "inception_score") == pytest.approx(1, abs=0.15)
    assert mean(table, "new", "label_agreement") == pytest.approx(1, abs=0.05)
    assert mean(table, HALVES, "label_agreement") == pytest.approx(1, abs=0.05)
    assert mean(table, "kicks", "label_agreement") == pytest.approx(0, abs=0.05)  # snares were asked for
    assert "no subfolders" in str(table.rows["copies"]["label_agreement"].not_measurable)


def test_plain_figures_and_silence(table: SetTable) -> None:
    assert mean(table, "silence", "silent_share") == 1
    assert mean(table, "new", "silent_share") == 0
    assert table.rows["silence"]["level_mean"].not_measurable == "all sounds are silent"
    assert mean(table, "kicks", "centroid_mean") < 300 < 2000 < mean(table, HALVES, "centroid_mean")
    level = 10 * np.log10(np.square(REFERENCE.astype(np.float64)).mean(axis=(1, 2)))
    assert mean(table, HALVES, "level_mean") == pytest.approx(level.mean(), abs=0.5)


def test_the_reference_itself_is_at_distance_0() -> None:
    measures = ("frechet_log_mel", "different_bins", "coverage_log_mel", "diversity")
    table = score_sound_sets({"same": REFERENCE}, REFERENCE, RATE, training=TRAIN, measures=measures)
    assert table.number == 30 and table.draws["same"] == 1
    assert mean(table, "same", "frechet_log_mel") == pytest.approx(0, abs=1e-6)
    assert mean(table, "same", "different_bins") == 0
    assert mean(table, "same", "coverage_log_mel") == 1
    assert mean(table, "same", "diversity") == pytest.approx(1)


def test_the_sliced_wasserstein_distance_of_log_mel_pictures() -> None:
    sets = {"new": NEW, "kicks": hits("kick", 15, seed=4)}
    table = score_sound_sets(sets, REFERENCE, RATE, measures=("sliced_wasserstein",))
    halves = table.rows[HALVES]["sliced_wasserstein"]
    assert halves.mean is not None and halves.deviation is not None
    assert abs(mean(table, "new", "sliced_wasserstein") - halves.mean) < halves.deviation
    assert mean(table, "kicks", "sliced_wasserstein") > 2 * halves.mean
    # The pictures: a full-scale sine is near 1 in its band, what is below -80 dB is -1.
    sine = np.sin(2 * np.pi * 1000 * np.arange(SAMPLES) / RATE)
    shown = SoundItems(np.stack([sine, 1e-5 * sine])[:, None].astype(np.float32), Setting(RATE, bins=2)).of("pictures")
    assert shown.shape == (2, 1, 64, 17)
    assert shown[0].max() == pytest.approx(1, abs=0.03)
    assert (shown[1] == -1).all()


def test_without_a_training_set_halves_of_the_reference_set_the_number() -> None:
    table = score_sound_sets({"new": NEW}, REFERENCE, RATE, measures=("frechet_log_mel", "level_mean"))
    assert table.number == 15
    assert list(table.rows) == ["new", HALVES, NOISE]
    assert table.standardised_by == "reference"
    again = score_sound_sets({"new": NEW}, REFERENCE, RATE, measures=("frechet_log_mel", "level_mean"))
    other = score_sound_sets({"new": NEW}, REFERENCE, RATE, measures=("frechet_log_mel", "level_mean"), seed=1)
    assert again == table != other


def test_a_row_does_not_depend_on_the_other_rows() -> None:
    alone = score_sound_sets({"new": NEW}, REFERENCE, RATE, training=TRAIN, measures=QUICK)
    both = score_sound_sets({"kicks": hits("kick", 30, 4), "new": NEW}, REFERENCE, RATE, training=TRAIN, measures=QUICK)
    assert alone.rows["new"] == both.rows["new"]


def test_figures_are_those_of_the_measures_on_the_sounds() -> None:
    measures = ("frechet_log_mel", "kernel_log_mel", "density_log_mel", "coverage_log_mel", "nearest_training")
    # 30 against 30: all items enter, once.
    features = [metrics.log_mel_statistics(sounds, RATE) for sounds in (NEW[:30], REFERENCE, TRAIN)]
    made, real, train = map(metrics.Standard.of(features[2]), features)
    table = score_sound_sets({"new": NEW[:30]}, REFERENCE, RATE, training=TRAIN, measures=measures)
    found = {name: mean(table, "new", name) for name in table.measures}
    assert found["frechet_log_mel"] == pytest.approx(metrics.log_mel_frechet_distance(made, real))
    assert found["kernel_log_mel"] == pytest.approx(metrics.kernel_distance(made, real))
    shares = metrics.prdc(made, real)
    assert found["density_log_mel"] == pytest.approx(shares.density)
    assert found["coverage_log_mel"] == pytest.approx(shares.coverage)
    assert found["nearest_training"] == pytest.approx(np.median(metrics.nearest_distances(made, train)))
    assert table.rows["new"]["density_log_mel"].deviation is None


def test_mistakes_are_sentences() -> None:
    with pytest.raises(AudioganError, match="these are too few: 36 generated and 10 reference sounds, whose halves"):
        score_sound_sets({"new": NEW}, REFERENCE[:10], RATE)
    with pytest.raises(AudioganError, match="bring all to one shape"):
        score_sound_sets({"new": NEW[..., :-1]}, REFERENCE, RATE)
    with pytest.raises(AudioganError, match="give it another name"):
        score_sound_sets({HALVES: NEW}, REFERENCE, RATE)
    with pytest.raises(AudioganError, match="nearest_training_ratio needs --training"):
        score_sound_sets({"new": NEW}, REFERENCE, RATE, measures=QUICK)
    with pytest.raises(AudioganError, match="Did you mean frechet_log_mel"):
        set_measures_named(["frechet_logmel"])
    with pytest.raises(AudioganError, match="no measure is named"):
        set_measures_named([])
    assert "recall_classifier" not in set_measures_named(["all"])
    assert "recall_classifier" in set_measures_named(["all"], ["classifier"])


def test_results_as_json_csv_and_markdown(table: SetTable) -> None:
    told = json.loads(as_json(table, "audiogan eval", ["a remark"]), parse_constant=pytest.fail)
    assert told["number"] == 24 and told["remarks"] == ["a remark"]
    assert told["rows"]["new"]["frechet_log_mel"]["mean"] == mean(table, "new", "frechet_log_mel")
    assert told["rows"]["silence"]["level_mean"] == {
        "mean": None, "deviation": None, "not_measurable": "all sounds are silent",
    }  # fmt: skip
    assert "Bińkowski" in told["implementations"]["kernel_log_mel"]
    lines = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert len(lines) == len(table.rows) * len(table.measures)
    by_name = {(line["row"], line["measure"]): line for line in lines}
    assert float(by_name["kicks", "recall_log_mel"]["mean"]) == mean(table, "kicks", "recall_log_mel")
    assert by_name["silence", "level_mean"]["mean"] == ""
    shown = as_markdown(table).splitlines()
    assert len(shown) == 2 + len(table.measures)
    assert len({line.count("|") for line in shown}) == 1
    assert "6 principal axes" in conditions(table)[0]
    assert [number(value) for value in (0, 0.00123, 0.5, -12.345, 4321.9)] == [
        "0.000",
        "0.001",
        "0.500",
        "-12.3",
        "4322",
    ]


def test_dnsmos_is_an_extra() -> None:
    pytest.importorskip("speechmos.dnsmos")
    assert set(set_measures_named(["all"])) - set(set_measures_named(["default"])) == {
        "dnsmos_overall",
        "frechet_dnsmos",
    }
    sounds = np.pad(NEW[:1], ((0, 0), (0, 0), (0, SAMPLES)))
    silent = np.zeros_like(sounds[:1])
    found = SoundItems(np.concatenate([sounds, silent]), Setting(RATE, bins=2)).of("opinions")
    said = metrics.dnsmos(sounds[0, 0], RATE)
    assert found[0] == pytest.approx([said.speech, said.background, said.overall, said.p808])
    assert np.isnan(found[1]).all()
    table = score_sound_sets({"new": NEW}, REFERENCE, RATE, measures=("dnsmos",))
    assert "too short" in str(table.rows["new"]["dnsmos_overall"].not_measurable)

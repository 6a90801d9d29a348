"""The pages of `audiogan eval --report`: the figures are those of --json, the sounds those of the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audiogan.cli import main
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.table import Scored
from audiogan.show.report_scores import best_median_worst
from tests.metrics.hits import KINDS, RATE, hits
from tests.metrics.signals import noisy, speech_like
from tests.show.pages import cells, played, read_page

FAST = ["--measures", "si_sdr,segmental_snr", "--jobs", "1"]
NAMES = ("one", "sub/two", "three")


def put(path: Path, sound: np.ndarray, rate: int = 16000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, subtype="FLOAT")


def pair(name: str, snr_db: float) -> dict[str, Any]:
    files = {"clean": f"clean/{name}.wav", "noisy": f"noisy/{name}.wav"}
    return {"id": name, **files, "sample_rate": 16000, "samples": 16000, "snr_db": snr_db}


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """clean/, noisy/ at 5 dB and enhanced/ at 9, 12 and 15 dB, a file each."""
    for seed, name in enumerate(NAMES):
        clean = speech_like(1.0, seed=seed)
        put(tmp_path / "clean" / f"{name}.wav", clean)
        put(tmp_path / "noisy" / f"{name}.wav", noisy(clean, 5))
        put(tmp_path / "enhanced" / f"{name}.aiff", noisy(clean, 9 + 3 * seed))
    return tmp_path


def places(folder: Path) -> list[str]:
    return [str(folder / "clean"), str(folder / "enhanced"), "--noisy", str(folder / "noisy")]


def test_a_page_to_look_at_and_listen_to(folders: Path) -> None:
    result, place = folders / "scores.json", folders / "page.html"
    manifest = folders / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(pair(name, 5.0 * (n % 2))) + "\n" for n, name in enumerate(NAMES)))
    files = ["--manifest", str(manifest), "--json", str(result), "--report", str(place)]
    assert main(["eval", *places(folders), *FAST, *files]) == 0
    page = read_page(place.read_text())
    told = json.loads(result.read_text())
    means = cells(page, "Means; in brackets the 95 % bootstrap interval")
    for row, name in zip(means[1:], ("si_sdr", "segmental_snr"), strict=True):
        for cell, side in zip(row[1:4], ("noisy", "enhanced", "difference"), strict=True):
            assert float(cell.split(" [")[0]) == pytest.approx(told["summary"][side][name]["mean"], abs=6e-4)
    at_5_db = told["by_snr"]["5"]["enhanced"]["si_sdr"]["mean"]
    by_snr = cells(page, "Means by SNR: noisy → enhanced")
    assert by_snr[0][1:] == ["0 dB", "5 dB"]
    assert float(by_snr[1][2].split(" → ")[1]) == pytest.approx(at_5_db, rel=1e-3)
    assert len(cells(page, "Scores by file")) == 7

    gains = {f["name"]: f["scores"]["enhanced"]["si_sdr"] - f["scores"]["noisy"]["si_sdr"] for f in told["files"]}
    order = sorted(gains, key=lambda name: -gains[name])
    heads = [head.text.split(",")[0] for head in page.all("h3")]
    for head in (f"The best: {order[0]}", f"The median: {order[1]}", f"The worst: {order[2]}"):
        assert head in heads
    figures = [figure for figure in page.all("figure") if figure.all("audio")]
    assert [figure.all("figcaption")[0].text for figure in figures] == ["noisy", "enhanced", "clean"] * 3
    sound, rate = played(figures[0].all("audio")[0])
    own, own_rate = soundfile.read(folders / "noisy" / f"{order[0]}.wav")
    assert rate == own_rate
    np.testing.assert_allclose(sound, np.clip(own, -1, 1), atol=1.5 / 32768)


def test_a_page_of_one_pair_without_noisy_sound(folders: Path) -> None:
    place = folders / "page.html"
    pair = [str(folders / "clean" / "one.wav"), str(folders / "enhanced" / "one.aiff")]
    assert main(["eval", *pair, *FAST, "--report", str(place)]) == 0
    page = read_page(place.read_text())
    assert page.all("h1")[0].text == "Enhanced sound against clean sound, 1 pair"
    assert len(page.all("audio")) == 2


def test_a_page_without_a_place_is_told_before_scoring(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", *places(folders), *FAST, "--report", str(folders / "none" / "page.html")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_the_best_has_gained_most_and_an_unmeasured_one_is_none_of_them() -> None:
    gains = [1.0, 5.0, -2.0, 3.0, 0.5]
    scored = [
        Scored(str(n), None, {"noisy": {"si_sdr": 2.0}, "enhanced": {"si_sdr": 2 + g}}) for n, g in enumerate(gains)
    ]
    assert best_median_worst(scored, "si_sdr") == {"best": 1, "median": 0, "worst": 2}
    lower = [Scored(str(n), None, {"enhanced": {"log_spectral_distance": g}}) for n, g in enumerate(gains)]
    assert best_median_worst(lower, "log_spectral_distance") == {"best": 2, "median": 0, "worst": 1}
    lost = Scored("x", None, {"noisy": {"si_sdr": 2.0}, "enhanced": {"si_sdr": NotMeasurable("it is silent")}})
    assert best_median_worst([lost, scored[3]], "si_sdr") == {"best": 1}
    assert best_median_worst([lost], "si_sdr") == {}


def test_a_page_of_sets(tmp_path: Path) -> None:
    for name, seed in (("real", 1), ("out", 3)):
        for kind in KINDS:
            for number, sound in enumerate(hits(kind, 6, seed=seed)):
                put(tmp_path / name / f"{kind}{number}.wav", sound.T, RATE)
    result, place = tmp_path / "sets.json", tmp_path / "sets.html"
    sets = ["--reference", str(tmp_path / "real"), "--generated", f"<i>={tmp_path / 'out'}"]
    files = ["--measures", "level_mean,silent_share", "--json", str(result), "--report", str(place)]
    assert main(["eval", *sets, *files]) == 0
    page, told = read_page(place.read_text()), json.loads(result.read_text())
    number = told["number"]
    figures = cells(page, f"{number} sounds against {number}")
    assert figures[0][:2] == ["measure", "<i>"]
    assert float(figures[1][1]) == pytest.approx(told["rows"]["<i>"]["level_mean"]["mean"], rel=2e-2)
    assert len(page.all("audio")) == 16

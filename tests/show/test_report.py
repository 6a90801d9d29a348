"""The report of a run: its numbers are the journal's, its sounds the samples', and what is missing is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audiogan.show.report import run_page
from audiogan.show.report_compare import comparison_page
from audiogan.show.report_samples import shown_steps
from audiogan.show.run_record import RunRecord, best_of
from audiogan.training.journal import read_journal
from tests.show.pages import Element, cells, content, drawn, read_page
from tests.show.runs import put_checkpoint, put_enhanced, put_pictures, put_sound, run_folder, words


def record(folder: Path, **keys: Any) -> RunRecord:
    rows = read_journal(folder / "journal.jsonl")
    return RunRecord(folder, **{"recipe": words(), "rows": rows, "state": "stopped", **keys})


def report(folder: Path, **keys: Any) -> Element:
    return read_page(run_page(record(folder, **keys)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return run_folder(tmp_path / "run")


def test_scores_are_the_journals_beside_the_unprocessed(folder: Path) -> None:
    page = report(folder)
    assert cells(page, "Validation, first at step 100, last at step 200")[1:] == [
        ["PESQ ↑", "1.5", "1.75", "1.625", "1.75", "100"],
        ["log-spectral distance, dB ↓", "9", "7", "6.5", "6.5", "200"],
    ]
    assert [row[:3] for row in cells(page, "Every validation")[1:]] == [["100", "1.75", "1.5"], ["200", "1.625", "1.5"]]
    assert drawn(page, "PESQ ↑") == {"steps": [100, 200], "pesq": [1.75, 1.625], "unprocessed": [1.5, 1.5]}


def test_curves_are_the_journals(folder: Path) -> None:
    page = report(folder, rates={"generator": ([0, 200], [0.001, 0.0005])})
    assert drawn(page, "Losses of the discriminator") == {"steps": [50, 100], "LeastSquares": [0.5, 0.25]}
    assert drawn(page, "Losses of the generator") == {"steps": [50, 100], "L1": [0.123456, 0.1]}
    norms = drawn(page, "Gradient norms")
    assert (norms["discriminator"], norms["generator"]) == ([4, 400], [2, 1])
    assert drawn(page, "LeastSquares: of real")["of real"] == [0.75, 0.625]
    assert drawn(page, "Learning rates")["generator"] == [0.001, 0.0005]


def test_what_the_trainer_noticed_is_told_first_and_in_its_place(folder: Path) -> None:
    page = report(folder)
    notice = next(p for p in page.all("p") if p.attributes.get("class") == "notice")
    assert notice.text == "Since step 100: discriminator's gradient is large. Its norm is <400>. Try less."
    assert cells(page, "Concerns in their order")[1][:3] == ["100", "discriminator's gradient is large", "begins"]
    ended = {
        "step": 300,
        "kind": "health",
        "concern": "discriminator's gradient is large",
        "state": "ends",
        "words": ".",
    }
    page = report(folder, rows=[*record(folder).rows, ended])
    assert not [p for p in page.all("p") if p.attributes.get("class") == "notice"]
    assert cells(page, "Concerns in their order")[2][2] == "ends"


def test_a_recipe_cannot_change_the_page(tmp_path: Path) -> None:
    bad = "</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    folder = run_folder(tmp_path / "a&b<i>", name=bad, about=bad, data={"clean": [bad]})
    page = report(folder, recipe=words(name=bad, about=bad, data={"clean": [bad]}), machine={bad: bad})
    assert page.all("h1")[0].text == bad and bad in page.all("pre")[0].text.replace("\n  ", " ")
    assert not page.all("i") and not page.all("img")
    assert all("alert" not in script.text for script in page.all("script"))


def test_sounds_are_the_samples_from_first_to_last_step(folder: Path) -> None:
    put_enhanced(folder, [100, 200])
    figures = [f for f in report(folder).all("figure") if f.attributes.get("class") == "sound"]
    assert [f.all("figcaption")[0].text for f in figures] == ["noisy", "step 100", "step 200", "clean"]
    assert {f.attributes["data-group"] for f in figures} == {"item0"}
    files = [
        "item0.noisy.flac",
        "step-00000100/item0.enhanced.flac",
        "step-00000200/item0.enhanced.flac",
        "item0.clean.flac",
    ]
    for figure, file in zip(figures, files, strict=True):
        assert content(figure.all("audio")[0].attributes["src"]) == (folder / "samples" / file).read_bytes()


def test_a_generator_is_heard_through_training_and_in_full_at_the_end(folder: Path) -> None:
    for step in (100, 200):
        for number in range(8):
            put_sound(folder / "samples" / f"step-{step:08d}" / f"{number:03}.flac", step + number)
    names = [f.all("figcaption")[0].text for f in report(folder).all("figure") if f.all("audio")]
    assert names[:3] == ["000, step 100", "000, step 200", "001, step 100"]
    assert names[-8:] == [f"{n:03}" for n in range(8)]


def test_pictures_are_a_filmstrip(folder: Path) -> None:
    put_pictures(folder, list(range(10, 101, 10)))
    images = report(folder).all("img")
    assert [image.attributes["alt"] for image in images] == [f"pictures, step {n}" for n in (10, 30, 50, 60, 80, 100)]
    last = folder / "samples" / "step-00000100" / "pictures.png"
    assert content(images[-1].attributes["src"]) == last.read_bytes()


def test_many_long_samples_stay_a_small_page(folder: Path) -> None:
    put_enhanced(folder, list(range(1, 13)), items=4, seconds=12)
    names = {f.all("figcaption")[0].text for f in report(folder).all("figure") if f.all("audio")}
    assert {"noisy", "clean", "step 12"} <= names  # read_page holds the size


def test_commands_are_there_when_there_is_something_to_use(folder: Path) -> None:
    assert "There is no checkpoint yet" in report(folder).text
    put_checkpoint(folder)
    lines = [code.text for code in report(folder).all("code")]
    assert f"audiogan train {folder}/recipe.yaml --run {folder} --resume" in lines
    assert f"audiogan enhance noisy.wav -o clean.wav -m {folder}" in lines
    finished = [code.text for code in report(folder, state="finished").all("code")]
    assert not any("--resume" in line for line in finished)


def test_a_run_that_has_just_begun(tmp_path: Path) -> None:
    page = report(run_folder(tmp_path / "new", rows=[]))
    assert "Not validated yet; the first validation comes at step 100." in page.text
    assert "the first line comes at step 50" in page.text
    assert page.all("progress")[0].attributes["value"] == "0"
    assert "The folder holds no recipe.yaml." in report(tmp_path / "new", recipe={}).text


def test_numbers_that_are_none_are_left_out(folder: Path) -> None:
    row = {"step": 150, "kind": "training", "generator.L1": float("nan"), "generator.gradient_norm": 3.0}
    page = report(folder, rows=[*record(folder).rows, row])
    assert drawn(page, "Losses of the generator") == {"steps": [50, 100], "L1": [0.123456, 0.1]}
    assert drawn(page, "Gradient norms")["generator"] == [2, 1, 3]


def test_several_runs_side_by_side(tmp_path: Path, folder: Path) -> None:
    other = run_folder(tmp_path / "other", rows=[{"step": 100, "kind": "validation", "pesq": 2.5, "accuracy": 0.5}])
    put_enhanced(other, [100])
    records = [record(folder), record(other, recipe=words(seed=1, training={"steps": 9}))]
    page = read_page(comparison_page(records))
    assert cells(page, "Last validation")[0:2] == [["measure", "run", "other"], ["PESQ ↑", "1.625", "2.5"]]
    best = cells(page, "Best validation of each measure, and its step")
    assert best[1] == ["PESQ ↑", "1.75 (100)", "2.5 (100)"] and best[-1] == ["accuracy ↑", "–", "0.5 (100)"]
    assert drawn(page, "PESQ ↑") == {"steps": [100, 200], "run": [1.75, 1.625], "other": [2.5, None]}
    differing = {row[0]: row[1:] for row in cells(page, "Keys with other values")[1:]}
    assert differing["seed"] == ["–", "1"] and differing["training.steps"] == ["400", "9"]
    assert "sample_rate" not in differing


def test_runs_that_share_no_measure_are_not_called_comparable(tmp_path: Path, folder: Path) -> None:
    rows = [{"step": 50, "kind": "validation", "diversity": 0.5}]
    other = run_folder(tmp_path / "other", rows, task="synthesis")
    page = read_page(comparison_page([record(folder), record(other)]))
    assert "These runs share no measure" in page.text
    many = words(other={f"key{n}": n for n in range(50)})
    folded = read_page(comparison_page([record(folder), record(other, recipe=many)]))
    assert "50 keys, for these are other experiments" in folded.text
    assert next(row for row in cells(page, "Last validation") if row[0].startswith("diversity"))[1] == "–"


def test_time_and_sizes_are_told(tmp_path: Path, folder: Path) -> None:
    counted = record(folder, parameters={"generator": 1234567, "discriminator": 89}, time=(200, 720.0))
    page = read_page(run_page(counted))
    assert "It took 12 min until step 200." in page.text
    assert ["parameters", "generator 1,234,567; discriminator 89"] in cells(page, "What is trained, and on what")
    assert cells(page, "What it was trained on")[1][1] == "12 min until step 200, validation included, 0.278 steps/s"
    beside = read_page(comparison_page([counted, record(folder)]))
    assert [row[4:6] for row in cells(beside, "The runs")[1:]] == [["12 min", "1,234,567 + 89"], ["–", "–"]]


@pytest.mark.parametrize("most", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_steps_shown_are_spread_from_first_to_last(count: int, most: int) -> None:
    steps = list(range(100, 100 + count))
    chosen = shown_steps(steps, most)
    assert len(chosen) == min(count, most) and len(set(chosen)) == len(chosen) and chosen == sorted(chosen)
    assert chosen[-1] == steps[-1] and (most == 1 or chosen[0] == steps[0])


def test_the_best_is_where_it_is_best() -> None:
    assert best_of("pesq", [1, 2, 3], [1.0, 3.0, 2.0]) == (2, 3.0)
    assert best_of("log_mel_frechet", [1, 2, 3], [4.0, 3.0, 3.5]) == (2, 3.0)
    assert best_of("diversity", [1], [1.0]) is None

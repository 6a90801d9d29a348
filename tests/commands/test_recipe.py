"""`audiogan recipe` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audiogan.cli import main
from audiogan.recipe.reading import read_recipe, shipped, shipped_recipes
from tests.tiny_runs import tiny_words


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(tiny_words(tmp_path)))
    return path


def test_show_prints_a_recipe_that_reads_the_same(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "show", "mine.yaml", "training.steps=7", "about=no"]) == 0
    shown = capsys.readouterr().out
    assert "average_decay: 0.9" in shown and "padding: zeros" in shown
    Path("shown.yaml").write_text(shown)
    assert read_recipe(Path("shown.yaml")) == read_recipe(recipe, ["training.steps=7", "about=no"])


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_recipe_checks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "check", name]) == 0
    assert "is right." in capsys.readouterr().out


def test_check_tells_all_mistakes_in_one_line(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "check", "mine.yaml", "training.step=7", "sead=1", "generator.kernel=big"]) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1
    for word in ("training.step", "did you mean steps?", "sead", "did you mean seed?", "generator.kernel"):
        assert word in output.err


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"generator", "training", "players"} <= schema["$defs"]["EnhancementRecipe"]["properties"].keys()


def test_list_names_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(shipped_recipes().rglob("*.yaml")))
    assert any(line.split(maxsplit=1) == ["segan", "the paper's SEGAN, for a GPU"] for line in lines)

"""The pages that are made at build time leave nothing out."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from audiogan import metrics
from audiogan.cli import parser
from audiogan.metrics import MEASURES, SET_MEASURES
from audiogan.recipe import reading
from audiogan.recipe.reading import read_recipe, shipped_recipes
from tests.tiny_runs import speech_like

PROGRAMS = ("recipe_page", "measures_page", "commands_page", "docstrings")
DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def programs() -> Any:
    """The programs in docs/, importable as MkDocs imports them."""
    sys.path.insert(0, str(DOCS))
    yield {name: importlib.import_module(name) for name in PROGRAMS}
    sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def recipe_page(programs: dict[str, ModuleType]) -> str:
    """The page of a recipe's keys."""
    return str(programs["recipe_page"].page())


def keys_of(words: Any) -> set[str]:
    """The keys of a recipe at any depth; folders, which are the keys in `shares`, are left out."""
    if isinstance(words, dict):
        return {*words} | {key for name, value in words.items() if name != "shares" for key in keys_of(value)}
    return {key for value in words for key in keys_of(value)} if isinstance(words, list) else set()


def test_every_key_of_every_recipe_is_there(recipe_page: str) -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", recipe_page, re.MULTILINE))
    schema = json.loads(reading.schema())
    asked = {key for one in schema["$defs"].values() for key in one.get("properties", {})}
    assert asked <= told
    for path in shipped_recipes().rglob("*.yaml"):
        assert keys_of(read_recipe(path).model_dump(mode="json")) - {"discriminator", "generator"} <= told


def test_every_key_is_explained_and_has_a_kind(recipe_page: str) -> None:
    rows = [line.split(" | ") for line in recipe_page.splitlines() if line.startswith("| `")]
    assert len(rows) > 200
    assert [row[0] for row in rows if not row[1].strip()] == []
    assert [row[0] for row in rows if row[2].strip() in ("", "anything")] == []


def test_links_within_the_page_lead_somewhere(recipe_page: str) -> None:
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", recipe_page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", recipe_page)) <= headings


def test_every_measure_is_there_with_its_text(programs: dict[str, ModuleType]) -> None:
    page = programs["measures_page"].page()
    for name in (*MEASURES, *SET_MEASURES):
        texts = re.findall(rf"^`{name}` · .+?(?=^### |^## |\Z)", page, re.MULTILINE | re.DOTALL)
        assert len(texts) == (name in MEASURES) + (name in SET_MEASURES)
        assert all(len(text) > 120 and "\n\nImplementation: " in text for text in texts), name


def test_the_ends_of_the_scale_are_those_of_the_formula(programs: dict[str, ModuleType]) -> None:
    for name, slope, offset in (("pesq_wide", 1.3669, 3.8224), ("pesq_narrow", 1.4945, 4.6607)):
        best = 0.999 + 4 / (1 + math.exp(offset - slope * 4.5))
        assert f"{offset} − {slope} q" in programs["measures_page"].FORMULAS[name]
        assert programs["measures_page"].RANGES[name].endswith(f"{best:.2f}")
        voice = speech_like(16000, rate=16000)
        assert getattr(metrics, name)(voice, voice, 16000) == pytest.approx(best, abs=1e-3)


def test_every_verb_and_option_is_there(programs: dict[str, ModuleType]) -> None:
    page = programs["commands_page"].page()
    for name, verb in verbs().items():
        assert f"\n## {name}\n" in page
        for action in verb._actions:
            assert all(f"`{option}`" in page for option in action.option_strings if action.dest != "help")


def test_every_verb_has_examples_that_parse() -> None:
    for name, verb in verbs().items():
        examples, _, rest = (verb.epilog or "").partition("\n\n")  # the exit codes may follow
        title, *lines = examples.splitlines()
        assert not rest or rest.startswith("exit codes: "), name
        assert title == "examples:" and lines, name
        for line in lines:
            words = re.split(r" [|>] ", line.strip())
            command = next(word for word in words if word.startswith("audiogan "))
            assert command.split()[1] == name
            parser().parse_known_args(re.findall(r'"[^"]*"|\S+', command)[1:])


def test_arguments_are_read_from_docstrings(programs: dict[str, ModuleType]) -> None:
    class Base:
        """What it is.

        Args:
            first: one thing,
                told over two lines.
            second, third: two things.
        """

    class Derived(Base):
        """Another.

        Args:
            second: something else.

        Raises:
            ValueError: never.
        """

    assert programs["docstrings"].arguments_of(Derived) == {
        "first": "one thing, told over two lines.", "second": "something else.", "third": "two things.",
    }  # fmt: skip


def verbs() -> dict[str, argparse.ArgumentParser]:
    """The parser of each verb."""
    (action,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(action.choices)

"""Each family has a page that says the same five things of it, and names recipes that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audiogan.recipe.reading import shipped_recipes

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = sorted((DOCS / "games").glob("*.md"))
HEADINGS = ["Idea", "Formula", "Picture", "What to watch", "What goes wrong"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_it_says_what_all_say(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    formula, picture = (text.split(f"## {name}\n")[1].split("\n## ")[0] for name in ("Formula", "Picture"))
    assert "```text\n" in formula
    assert "](../pictures/" in picture or picture.strip().startswith("None yet:")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_recipes_are_there(page: Path) -> None:
    shipped = {str(path.relative_to(shipped_recipes()).with_suffix("")) for path in shipped_recipes().rglob("*.yaml")}
    told = re.search(r"Recipes?: (.+?)\.(?:\s|$)", page.read_text(encoding="utf-8"), re.DOTALL)
    assert told
    named = set(re.findall(r"`([\w/]+)`", told[1]))
    assert named and named <= shipped


def test_every_one_is_reached_from_the_overview() -> None:
    overview = (DOCS / "games.md").read_text(encoding="utf-8")
    assert [page.stem for page in PAGES if f"](games/{page.name})" not in overview] == []

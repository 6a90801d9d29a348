"""Every command and block of code in the README and the docs works; what is not run is skipped with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audiogan.errors import AudioganError
from audiogan.recipe.reading import check, find_recipe, parse_yaml
from audiogan.recipe.yaml12 import Loader
from tests.docs.blocks import PAGES, Piece, pieces_of
from tests.docs.sandbox import Sandbox

PIECES = [piece for page in PAGES for piece in pieces_of(page)]
# Recipes that an excerpt may be a part of.
WHOLE = ("segan_demo", "cmgan_mini", "toy/eight_gaussians_wgan_gp", "specgan_mini", "drums_classifier")


@pytest.fixture(scope="module")
def sandboxes() -> dict[str, Sandbox]:
    """A sandbox a page, made when its first command comes."""
    return {}


@pytest.fixture
def sandbox(
    request: pytest.FixtureRequest,
    sandboxes: dict[str, Sandbox],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Sandbox:
    """The folder of the piece's page, which is the working folder."""
    page = request.node.callspec.params["piece"].page
    if page not in sandboxes:
        sandboxes[page] = Sandbox(tmp_path_factory.mktemp("page"), tmp_path_factory.getbasetemp() / "kept")
    monkeypatch.chdir(sandboxes[page].root)
    return sandboxes[page]


def marked(piece: Piece) -> Any:
    """A parameter that is skipped where the source says why."""
    return pytest.param(piece, marks=[pytest.mark.skip(piece.reason)] if piece.reason else [], id=str(piece))


@pytest.mark.parametrize("piece", [marked(piece) for piece in PIECES if piece.language == "sh"])
def test_commands(piece: Piece, sandbox: Sandbox) -> None:
    sandbox.command(piece.text)


@pytest.mark.parametrize("piece", [marked(piece) for piece in PIECES if piece.language == "python"])
def test_python(piece: Piece, sandbox: Sandbox) -> None:
    sandbox.python(piece.text, f"{piece.page}:{piece.line}")


@pytest.mark.parametrize("piece", [marked(piece) for piece in PIECES if piece.language == "yaml"])
def test_recipes(piece: Piece) -> None:
    """A block of YAML fits into a shipped recipe in place of that one's own keys."""
    import yaml

    words = yaml.load(piece.text, Loader)
    refused = []
    for name in WHOLE:
        try:
            check({**parse_yaml(find_recipe(name)), **words}, name)
            return
        except AudioganError as mistake:
            refused.append(str(mistake))
    pytest.fail("\n".join(refused))


def test_marks_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- not run (pip, make x): no network -->\n```sh\npip install a\naudiogan \\\n  doctor\n```\n"
        "```\nprinted\n```\n<!-- not run: too long -->\n```python\n1 / 0\n```\n```\naudiogan models\n```\n"
    )
    found = [(piece.line, piece.language, piece.text, piece.reason) for piece in pieces_of(page)]
    assert found == [
        (3, "sh", "pip install a", "no network"),
        (4, "sh", "audiogan doctor", ""),
        (12, "python", "1 / 0\n", "too long"),
        (15, "sh", "audiogan models", ""),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("```perl\n```\n", "nobody runs a block of perl"), ("<!-- not run: why -->\ntext\n", "before which block")],
)
def test_what_cannot_be_run_or_counted_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text)
    with pytest.raises(ValueError, match=complaint):
        pieces_of(tmp_path / "page.md")


def test_most_are_run() -> None:
    assert len(PIECES) > 25
    assert sum(not piece.reason for piece in PIECES) > 0.7 * len(PIECES)

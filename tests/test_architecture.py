"""The house keeps its own rules: documented, in small files, and every room behind a wall."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "audiogan"
MODULES = sorted(PACKAGE.rglob("*.py"))
PROGRAMS = [path for folder in ("data_prep", "eval", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
FREE_TO_ALL = {
    "errors", "chance", "judgement", "settings", "components", "precision", "processes", "progress", "suggest",
    "writing",
}  # fmt: skip
LONGEST_FILE = 420  # lines


def public_definitions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Public functions and classes of a module, and the public methods of classes that derive from nothing.

    What a derived class overrides is told by the class it derives from.
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    plain_classes = [node for node in public if isinstance(node, ast.ClassDef) and not node.bases]
    methods = [node for parent in plain_classes for node in parent.body if isinstance(node, kinds)]
    return public + [node for node in methods if not node.name.startswith("_")]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES + PROGRAMS, ids=relative)
def test_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < LONGEST_FILE


@pytest.mark.parametrize("path", [p for p in MODULES if p.read_text().strip()], ids=relative)
def test_what_is_public_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module says what it is"
    assert [node.name for node in public_definitions(tree) if not ast.get_docstring(node)] == []


def test_every_room_has_its_wall() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.11 reads TOML")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    walled = {module.partition(".")[2] for contract in contracts for module in contract["protected_modules"]}
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - FREE_TO_ALL - {"__init__", "__main__"} == walled

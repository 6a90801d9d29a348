"""The picture of the rooms is that of today's import contracts."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("tomllib", reason="Python 3.11 reads TOML")


@pytest.fixture(scope="module")
def program() -> Any:
    """docs/rooms_picture.py."""
    docs = str(Path(__file__).parent.parent.parent / "docs")
    sys.path.insert(0, docs)
    yield importlib.import_module("rooms_picture")
    sys.path.remove(docs)


def test_it_is_current(program: ModuleType) -> None:
    """If not: `python docs/rooms_picture.py`."""
    assert program.PICTURE.read_text(encoding="utf-8") == program.drawn()


def test_a_room_stands_above_what_it_imports(program: ModuleType) -> None:
    edges = {("roof", "floor"), ("floor", "ground"), ("roof", "ground"), ("left", "right"), ("right", "left")}
    levels = program.levels_of(["ground", "floor", "left", "right", "roof", program.ABOVE_ALL], edges)
    assert levels["ground"] < levels["floor"] < levels["roof"] < levels[program.ABOVE_ALL]
    assert levels["left"] < levels["right"]


def test_a_line_is_thin_where_others_lead_there(program: ModuleType) -> None:
    edges = {("roof", "floor"), ("floor", "ground"), ("roof", "ground")}
    assert {edge for edge in edges if program.follows(edge, edges)} == {("roof", "ground")}

"""A server with the enhancer that came with audiogan, or with generators, asked as a browser would ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audiogan.demo.app import Demo, build_app
from audiogan.demo.limits import Limits
from audiogan.demo.shelf import Shelf
from tests.demo.material import random_generators, random_segan

HOME = "http://127.0.0.1:8765"


@pytest.fixture(scope="session")
def segan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of another kind of enhancer."""
    return random_segan(tmp_path_factory.mktemp("segan"))


@pytest.fixture(scope="session")
def enhancers(segan: Path) -> Shelf:
    """The enhancer that came with audiogan, and one that runs in torch."""
    return Shelf.load(["enhancer", str(segan)])


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles with random weights: drums of six kinds, digits of ten, and points."""
    return random_generators(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def generators(runs: Path) -> Shelf:
    """All of them, loaded."""
    return Shelf.load([str(runs / name) for name in ("drums", "digits", "points")])


@pytest.fixture
def demo(enhancers: Shelf, tmp_path: Path) -> Iterator[Demo]:
    """What is behind `client`; it works in `tmp_path / "server"`."""
    folder = tmp_path / "server"
    folder.mkdir()
    demo = Demo(enhancers, Limits(megabytes=1, minutes=0.1), folder)
    yield demo
    demo.close()
    assert list(folder.iterdir()) == [], "nothing is kept"


@pytest.fixture(scope="session")
def asking() -> Any:
    """Starlette's client for tests, or a skip where the extra is not installed."""
    return pytest.importorskip("starlette.testclient", reason="the extra demo is not installed").TestClient


@pytest.fixture
def client(asking: Any, demo: Demo) -> Iterator[Any]:
    """A browser in front of the enhancer."""
    with asking(build_app(demo, ["127.0.0.1"]), HOME) as client:
        yield client


@pytest.fixture
def drawing(asking: Any, generators: Shelf, tmp_path: Path) -> Iterator[Any]:
    """A browser in front of the generators."""
    demo = Demo(generators, Limits(), tmp_path)
    with asking(build_app(demo), HOME) as client:
        yield client
    demo.close()

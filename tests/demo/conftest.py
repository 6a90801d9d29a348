"""A server with the enhancer that came with audiogan, or with generators, asked as a browser would ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.bundle import Model, save_bundle
from audiogan.demo.app import Demo, build_app
from audiogan.demo.limits import Limits
from audiogan.demo.shelf import Shelf
from audiogan.recipe.building import build_generator
from audiogan.recipe.reading import find_recipe, read_recipe
from tests.tiny_runs import speech_like

testclient = pytest.importorskip("starlette.testclient", reason="the extra demo is not installed")

HOME = "http://127.0.0.1:8765"


def noisy(path: Path, rate: int = 16000, channels: int = 1, seconds: float = 0.8, seed: int = 0, **how: str) -> Path:
    """A file of something like speech in noise."""
    samples = int(seconds * rate)
    rng = np.random.default_rng(seed)
    sound = speech_like(samples, seed, rate)[:, None] + 0.03 * rng.standard_normal((samples, channels))
    soundfile.write(path, sound.astype(np.float32), rate, **how)
    return path


@pytest.fixture(scope="session")
def enhancers() -> Shelf:
    """The enhancer that came with audiogan."""
    return Shelf.load([])


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles with random weights: drums of six kinds, digits of ten, and points."""
    root = tmp_path_factory.mktemp("runs")
    kinds = "data.label_names=[cymbal, hat, kick, percussion, snare, tom]"
    digits = ["digits/digits_dcgan_conditional", "generator.width=8"]
    for name, (recipe, *words) in {
        "drums": ["wavegan_mini", "generator.width=2", kinds],
        "digits": digits,
        "points": ["toy/eight_gaussians_wgan_gp"],
    }.items():
        known = read_recipe(find_recipe(recipe), words)
        save_bundle(Model(build_generator(known), known, 1, root / name), root / name)
    return root


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


@pytest.fixture
def client(demo: Demo) -> Iterator[testclient.TestClient]:
    """A browser in front of the enhancer."""
    with testclient.TestClient(build_app(demo, ["127.0.0.1"]), HOME) as client:
        yield client


@pytest.fixture
def drawing(generators: Shelf, tmp_path: Path) -> Iterator[testclient.TestClient]:
    """A browser in front of the generators."""
    demo = Demo(generators, Limits(), tmp_path)
    with testclient.TestClient(build_app(demo), HOME) as client:
        yield client
    demo.close()

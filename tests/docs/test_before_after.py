"""What the first page shows is what the enhancer of today makes of that sentence."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from audiogan.audio.files import read_mono
from audiogan.enhance import ENHANCER

DOCS = Path(__file__).parent.parent.parent / "docs"
LARGEST_SOUND, LARGEST_PICTURE = 120_000, 150_000  # bytes


@pytest.fixture(scope="module")
def program() -> Any:
    """docs/before_after.py."""
    sys.path.insert(0, str(DOCS))
    yield importlib.import_module("before_after")
    sys.path.remove(str(DOCS))


def behind(part: np.ndarray[Any, Any], whole: np.ndarray[Any, Any]) -> float:
    """How much quieter one sound is than another, in dB."""
    return float(10 * np.log10(np.mean(np.square(whole)) / np.mean(np.square(part))))


def test_the_noisy_sentence_is_that_mixture(program: ModuleType) -> None:
    noisy, clean = program.mixture()
    kept = read_mono(program.NOISY, program.SAMPLE_RATE)
    assert kept.shape == noisy.shape
    assert behind(kept - noisy, noisy) > 60
    assert behind(noisy - clean, clean) == pytest.approx(program.SNR_DB, abs=1)  # of its active level


def test_the_enhanced_one_is_what_the_enhancer_makes_of_it(program: ModuleType) -> None:
    """If not: `python docs/before_after.py`."""
    if not ENHANCER.is_dir():
        pytest.skip("no enhancer came with this audiogan")
    enhanced = program.enhanced(program.mixture()[0])
    kept = read_mono(program.ENHANCED, program.SAMPLE_RATE)
    assert behind(kept - enhanced, enhanced) > 40


def test_they_are_small(program: ModuleType) -> None:
    sounds = [program.CLEAN, program.NOISY, program.ENHANCED]
    assert max(path.stat().st_size for path in sounds) < LARGEST_SOUND
    assert program.picture_of(None).stat().st_size < LARGEST_PICTURE

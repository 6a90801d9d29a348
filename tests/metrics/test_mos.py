"""DNSMOS: the package's own figures, its traps, and life without it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from audiogan.metrics import NotMeasurable, dnsmos
from tests.metrics.signals import noisy, speech_like


def test_agrees_with_speechmos() -> None:
    speechmos = pytest.importorskip("speechmos.dnsmos")
    sound = noisy(speech_like(1.5), 10).astype(np.float32)
    expected = speechmos.run(sound, 16000)
    opinion = dnsmos(sound, 16000)
    assert opinion.overall == pytest.approx(expected["ovrl_mos"], abs=1e-6)
    assert opinion.speech == pytest.approx(expected["sig_mos"], abs=1e-6)
    assert opinion.background == pytest.approx(expected["bak_mos"], abs=1e-6)
    assert opinion.p808 == pytest.approx(expected["p808_mos"], abs=1e-6)


def test_traps() -> None:
    pytest.importorskip("speechmos.dnsmos")
    sound = speech_like(1.0)
    for bad, rate, reason in [
        (np.zeros(16000), 16000, "silent"),
        (np.full(16000, np.nan), 16000, "NaN"),
        (sound[:7999], 16000, "too short"),
        (sound, 8000, "16000 Hz or more"),
    ]:
        with pytest.raises(NotMeasurable, match=reason):
            dnsmos(bad, rate)


def test_without_the_package_one_is_told_how_to_get_it() -> None:
    program = """
import sys
sys.modules["speechmos"] = None
from audiogan.errors import AudioganError
from audiogan.metrics.measures import measures_named
try:
    measures_named(["dnsmos"])
except AudioganError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "pip install audiogan[dnsmos]" in said

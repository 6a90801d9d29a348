"""CSIG, CBAK and COVL: their formulae, their clamps, and the whole way from independent ingredients."""

from __future__ import annotations

import numpy as np
import pesq
import pytest

from audiogan.metrics import cbak, covl, csig, llr, pesq_wide, segmental_snr, wss
from audiogan.metrics.composite import cbak_of, covl_of, csig_of
from tests.metrics.signals import noisy, speech_like
from tests.metrics.slow import slow_llr, slow_wss


def test_formulae() -> None:
    # PESQ 2, LLR 1, WSS 50, segmental SNR 4 dB, added up by hand.
    assert csig_of(2, 1, 50) == pytest.approx(2.820)
    assert cbak_of(2, 50, 4) == pytest.approx(2.492)
    assert covl_of(2, 1, 50) == pytest.approx(2.342)


def test_clamps() -> None:
    assert (csig_of(1, 5, 100), cbak_of(1, 300, -10), covl_of(1, 5, 100)) == (1, 1, 1)
    assert (csig_of(4.64, 0, 0), cbak_of(4.64, 0, 35), covl_of(4.64, 0, 0)) == (5, 5, 5)


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    clean = speech_like(0.4) + 1e-4 * np.random.default_rng(5).standard_normal(6400)
    return noisy(clean, 20), clean


def test_the_whole_way(pair: tuple[np.ndarray, np.ndarray]) -> None:
    heard, clean = pair
    quality = pesq.pesq(16000, clean, heard, "wb")
    ratio, slope = slow_llr(heard, clean, 16000), slow_wss(heard, clean, 16000)
    assert csig(heard, clean, 16000) == pytest.approx(3.093 - 1.029 * ratio + 0.603 * quality - 0.009 * slope, abs=1e-4)
    assert covl(heard, clean, 16000) == pytest.approx(1.594 + 0.805 * quality - 0.512 * ratio - 0.007 * slope, abs=1e-4)
    background = 1.634 + 0.478 * quality - 0.007 * slope + 0.063 * segmental_snr(heard, clean, 16000)
    assert cbak(heard, clean, 16000) == pytest.approx(background, abs=1e-4)


def test_clean_sound_is_at_the_top() -> None:
    clean = speech_like(1.0)
    assert csig(clean, clean, 16000) == 5
    assert covl(clean, clean, 16000) == 5


def test_higher_rates_are_judged_at_16_khz() -> None:
    clean = speech_like(1.0, 48000)
    heard = noisy(clean, 20)
    from audiogan.audio.resample import resample

    lower = [resample(side, 48000, 16000) for side in (heard, clean)]
    for measure in (csig, cbak, covl):
        assert measure(heard, clean, 48000) == pytest.approx(measure(*lower, 16000), abs=1e-4)


def test_figures_of_a_wss_that_divides_floats_by_32768_stand_higher() -> None:
    """CMGAN's evaluation.py: bands below 1e-10 hide differences, so its CSIG is not comparable with ours."""
    clean = speech_like(2.0)
    heard = noisy(clean, 15)
    divided = wss(heard / 32768, clean / 32768, 16000)
    assert divided < wss(heard, clean, 16000)
    other = csig_of(pesq_wide(heard, clean, 16000), llr(heard, clean, 16000), divided)
    assert other > csig(heard, clean, 16000)

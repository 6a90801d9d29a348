"""WSS against the definition written out in loops."""

from __future__ import annotations

import numpy as np
import pytest

from audiogan.metrics import NotMeasurable, wss
from audiogan.metrics.spectral_slope import _nearest_peak
from tests.metrics.signals import noisy, speech_like
from tests.metrics.slow import slow_wss

CLEAN = speech_like(1.0) + 1e-4 * np.random.default_rng(5).standard_normal(16000)
NOISY = noisy(CLEAN, 5)


def test_identical_sounds_do_not_differ() -> None:
    assert wss(CLEAN, CLEAN, 16000) == 0


def test_level_plays_no_part_in_slopes() -> None:
    assert wss(0.1 * NOISY, CLEAN, 16000) == pytest.approx(wss(NOISY, CLEAN, 16000), rel=1e-9)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_against_the_definition(rate: int) -> None:
    part = slice(0, round(0.2 * rate))
    value = wss(NOISY[part], CLEAN[part], rate)
    assert value == pytest.approx(slow_wss(NOISY[part], CLEAN[part], rate), rel=1e-9)
    assert value > 1


def test_peaks_are_looked_for_uphill() -> None:
    # Bands 0 … 5 with a valley at 1 and a peak at 3. Towards higher bands the search ends one band before the peak.
    rising = np.array([[False, True, True, False, False]])
    np.testing.assert_array_equal(_nearest_peak(rising), [[0, 2, 2, 3, 3]])


def test_a_rate_without_the_upper_bands_is_refused() -> None:
    with pytest.raises(NotMeasurable, match="6000 Hz"):
        wss(NOISY, CLEAN, 6000)

"""SI-SDR against its closed form, torchmetrics and fast-bss-eval."""

from __future__ import annotations

import fast_bss_eval
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio

from audiogan.metrics import NotMeasurable, si_sdr

RNG = np.random.default_rng(0)
REFERENCE = RNG.standard_normal(8000)
ESTIMATE = REFERENCE + 0.3 * RNG.standard_normal(8000) + 0.05


def test_agrees_with_torchmetrics_and_fast_bss_eval() -> None:
    value = si_sdr(ESTIMATE, REFERENCE, 16000)
    sides = torch.from_numpy(ESTIMATE), torch.from_numpy(REFERENCE)
    assert value == pytest.approx(float(scale_invariant_signal_distortion_ratio(*sides)), abs=1e-4)
    expected = fast_bss_eval.si_sdr(REFERENCE[None], ESTIMATE[None])
    assert value == pytest.approx(float(np.ravel(expected)[0]), abs=1e-4)


@given(st.floats(-60, 60), st.floats(1e-12, 9999), st.floats(1e-12, 9999))
def test_two_orthogonal_tones_have_their_own_ratio_at_any_level(ratio: float, level: float, other: float) -> None:
    phase = 2 * np.pi * np.arange(1000) / 100
    reference, rest = np.sin(phase), np.cos(phase)
    estimate = reference + rest * 10 ** (-ratio / 20)
    estimate /= np.abs(estimate).max()  # a peak beyond 1e4 is not measurable, see test_pairs.py
    assert si_sdr(level * estimate, other * reference, 16000) == pytest.approx(ratio, abs=1e-6)


def test_infinite_ratios_are_not_numbers() -> None:
    with pytest.raises(NotMeasurable, match="the reference itself"):
        si_sdr(0.25 * REFERENCE, REFERENCE, 16000)
    with pytest.raises(NotMeasurable, match="nothing of the reference"):
        si_sdr([0.0, 1.0, 0.0, -1.0], [1.0, 0.0, -1.0, 0.0], 16000)

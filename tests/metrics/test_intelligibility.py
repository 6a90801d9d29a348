"""STOI and ESTOI against pystoi and torchmetrics."""

from __future__ import annotations

import numpy as np
import pystoi
import pytest
import torch
from torchmetrics.functional.audio import short_time_objective_intelligibility

from audiogan.metrics import NotMeasurable, estoi, stoi
from tests.metrics.signals import noisy, speech_like

CLEAN = speech_like(2.0)


@pytest.mark.parametrize(("measure", "extended"), [(stoi, False), (estoi, True)])
@pytest.mark.parametrize("rate", [10000, 16000])
def test_agrees_with_pystoi_and_torchmetrics(measure, extended: bool, rate: int) -> None:  # type: ignore[no-untyped-def]
    clean = speech_like(2.0, rate)
    heard = noisy(clean, 3)
    value = measure(heard, clean, rate)
    assert value == pytest.approx(pystoi.stoi(clean, heard, rate, extended=extended), abs=1e-9)
    sides = torch.from_numpy(heard), torch.from_numpy(clean)
    assert value == pytest.approx(float(short_time_objective_intelligibility(*sides, rate, extended)), abs=1e-5)


def test_the_reference_itself_scores_one() -> None:
    assert stoi(CLEAN, CLEAN, 16000) == pytest.approx(1, abs=1e-6)
    assert estoi(CLEAN, CLEAN, 16000) == pytest.approx(1, abs=1e-6)


def test_exact_zeros_give_the_same_number_each_time_and_leave_chance_alone() -> None:
    heard = noisy(CLEAN, 3)
    heard[:12000] = 0
    np.random.seed(1)
    state = np.random.get_state()[1].copy()
    first = estoi(heard, CLEAN, 16000)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    np.random.seed(2)
    assert estoi(heard, CLEAN, 16000) == first


@pytest.mark.parametrize("measure", [stoi, estoi])
def test_too_little_sound_is_said(measure) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotMeasurable, match=r"0\.4 s"):
        measure(noisy(CLEAN, 3)[:3200], CLEAN[:3200], 16000)
    mostly_silent = np.where(np.arange(CLEAN.size) < 4000, CLEAN, 0)
    with pytest.raises(NotMeasurable, match="silent frames are left out"):
        measure(noisy(CLEAN, 3), mostly_silent, 16000)

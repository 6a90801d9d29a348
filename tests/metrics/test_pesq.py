"""PESQ against the package itself and torchmetrics, and where its program would crash."""

from __future__ import annotations

import numpy as np
import pesq
import pytest
import torch
from scipy.signal import resample_poly
from torchmetrics.functional.audio import perceptual_evaluation_speech_quality

from audiogan.metrics import NotMeasurable, pesq_narrow, pesq_wide
from tests.metrics.signals import noisy, speech_like


@pytest.mark.parametrize(("measure", "rate", "mode"), [(pesq_wide, 16000, "wb"), (pesq_narrow, 8000, "nb")])
@pytest.mark.parametrize("snr_db", [0, 20])
def test_agrees_with_torchmetrics(measure, rate: int, mode: str, snr_db: float) -> None:  # type: ignore[no-untyped-def]
    clean = speech_like(2.0, rate).astype(np.float32)
    heard = noisy(clean, snr_db).astype(np.float32)
    expected = perceptual_evaluation_speech_quality(torch.from_numpy(heard), torch.from_numpy(clean), rate, mode)
    assert measure(heard, clean, rate) == pytest.approx(float(expected), abs=2e-4)


def test_the_reference_itself_scores_the_scale_s_top() -> None:
    clean = speech_like(2.0)
    assert pesq_wide(clean, clean, 16000) == pytest.approx(4.644, abs=1e-3)
    assert pesq_narrow(clean, clean, 16000) == pytest.approx(4.549, abs=1e-3)


@pytest.mark.parametrize("snr_db", [0, 10, 20])
def test_narrow_band_at_16_khz_is_the_standard_program_s(snr_db: float) -> None:
    """P.862's program takes 16 kHz in narrow-band mode; speech resampled to 8 kHz first scores otherwise."""
    clean = speech_like(2.0).astype(np.float32)
    heard = noisy(clean, snr_db).astype(np.float32)
    found = pesq_narrow(heard, clean, 16000)
    assert found == pytest.approx(pesq.pesq(16000, clean, heard, "nb"), abs=1e-4)
    resampled = [resample_poly(side, 1, 2) for side in (heard, clean)]
    assert abs(found - pesq_narrow(*resampled, 8000)) > 0.005


def test_narrow_band_between_8_and_16_khz_is_judged_at_8() -> None:
    clean = speech_like(2.0, 12000)
    heard = noisy(clean, 10)
    lower = [resample_poly(side, 2, 3).astype(np.float32) for side in (clean, heard)]
    assert pesq_narrow(heard, clean, 12000) == pytest.approx(pesq.pesq(8000, *lower, "nb"), abs=0.03)


def test_other_rates_are_brought_down_first() -> None:
    clean = speech_like(2.0, 48000)
    heard = noisy(clean, 10)
    lower = [resample_poly(side, 1, 3).astype(np.float32) for side in (clean, heard)]
    assert pesq_wide(heard, clean, 48000) == pytest.approx(pesq.pesq(16000, *lower, "wb"), abs=0.02)


def test_a_faint_sound_is_not_taken_for_silence() -> None:
    clean = speech_like(2.0)
    heard = noisy(clean, 10)
    assert pesq_wide(heard * 1e-40, clean * 1e-40, 16000) == pytest.approx(pesq_wide(heard, clean, 16000), abs=1e-4)


def test_under_a_quarter_second_is_too_short() -> None:
    clean = speech_like(1.0)[:4000]
    assert isinstance(pesq_wide(noisy(clean, 10), clean, 16000), float)
    with pytest.raises(NotMeasurable, match=r"0\.250 s"):
        pesq_wide(noisy(clean, 10)[:-1], clean[:-1], 16000)


def test_a_reference_without_utterances_is_refused() -> None:
    click = np.where(np.arange(16000) == 0, 0.5, 0.0)
    with pytest.raises(NotMeasurable, match="no utterances"):
        pesq_narrow(np.random.default_rng(0).standard_normal(16000), click, 16000)


def test_what_the_program_cannot_compute_is_refused() -> None:
    click = np.where(np.arange(4000) == 3900, 0.5, 0.0)
    with pytest.raises(NotMeasurable, match="PESQ refuses the pair"):
        pesq_wide(noisy(click, 10), click, 16000)


def test_long_sound_scores_as_the_package_does() -> None:
    clean = np.tile(speech_like(2.0), 11).astype(np.float32)
    heard = noisy(clean, 10).astype(np.float32)
    assert pesq_wide(heard, clean, 16000) == pytest.approx(pesq.pesq(16000, clean, heard, "wb"), abs=1e-4)


def test_a_crash_of_the_program_costs_one_number() -> None:
    # 80 utterances: the program holds 50 and writes past its arrays, on which it dies (here: a segmentation fault).
    clean = np.tile(np.concatenate([speech_like(0.25), np.zeros(4000)]), 80)
    with pytest.raises(NotMeasurable, match="50 utterances"):
        pesq_wide(noisy(clean, 20), clean, 16000)

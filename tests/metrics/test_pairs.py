"""What no measure judges: every trap is a reason, never a number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from audiogan import metrics
from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable
from tests.metrics.signals import noisy, speech_like

OF_PAIRS = [
    metrics.pesq_wide, metrics.pesq_narrow, metrics.stoi, metrics.estoi, metrics.si_sdr, metrics.segmental_snr,
    metrics.log_spectral_distance, metrics.multi_resolution_stft_distance, metrics.llr, metrics.wss, metrics.csig,
    metrics.cbak, metrics.covl,
]  # fmt: skip
EVERY = pytest.mark.parametrize("measure", OF_PAIRS, ids=lambda measure: measure.__name__)

CLEAN = speech_like(1.0)
NOISY = noisy(CLEAN, 5)
WITH_NAN = np.where(np.arange(CLEAN.size) == 77, np.nan, CLEAN)


@EVERY
@pytest.mark.parametrize(
    ("estimate", "reference", "reason"),
    [
        (NOISY, np.zeros(16000), "the reference is silent"),
        (np.zeros(16000), CLEAN, "the estimate is silent"),
        (np.full(16000, 0.5), CLEAN, "the estimate is silent"),
        (WITH_NAN, CLEAN, "the estimate has NaN or infinite samples: 1 of 16000"),
        (NOISY, WITH_NAN, "the reference has NaN or infinite samples: 1 of 16000"),
        (np.where(CLEAN > 0.2, np.inf, CLEAN), CLEAN, "the estimate has NaN or infinite samples"),
        (NOISY[:-3], CLEAN, "the lengths differ: estimate 15997 samples, reference 16000"),
        (NOISY[:0], CLEAN[:0], "the estimate has no samples"),
        (32768 * NOISY, CLEAN, "the estimate is not in [-1, 1]: its largest sample is "),
        (NOISY[2000:2010], CLEAN[2000:2010], "the sound is too short"),
    ],
)
def test_traps(measure: Callable[..., float], estimate: np.ndarray, reference: np.ndarray, reason: str) -> None:
    if "too short" in reason and measure is metrics.si_sdr:
        assert np.isfinite(measure(estimate, reference, 16000))  # ten samples have a ratio
        return
    with pytest.raises(NotMeasurable) as raised:
        measure(estimate, reference, 16000)
    assert raised.value.reason.startswith(reason)
    assert str(raised.value).startswith("not measurable, because the ")


@EVERY
def test_a_good_pair_gives_a_float_and_is_left_as_it_was(measure: Callable[..., float]) -> None:
    estimate, reference = NOISY.astype(np.float32), CLEAN.astype(np.float32)
    kept = estimate.copy(), reference.copy()
    assert isinstance(measure(estimate, reference, 16000), float)
    np.testing.assert_array_equal(estimate, kept[0])
    np.testing.assert_array_equal(reference, kept[1])


@EVERY
def test_more_than_one_channel_is_a_programming_mistake(measure: Callable[..., float]) -> None:
    with pytest.raises(ValueError, match=r"\[samples\]"):
        measure(np.ones((2, 16000)), np.ones((2, 16000)), 16000)


@EVERY
@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.bool_, np.complex64, np.str_])
def test_what_is_no_floating_point_sound_is_refused(measure: Callable[..., float], dtype: type) -> None:
    """As `scipy.io.wavfile` gives a file: 16-bit integers would be judged 90 dB too loud."""
    values = (1000 * CLEAN).astype(np.int16).astype(dtype)
    for estimate, reference, who in ((values, CLEAN, "the estimate"), (NOISY, values, "the reference")):
        with pytest.raises(AudioganError, match=rf"{who} holds .*: floating-point samples in \[-1, 1\] are expected"):
            measure(estimate, reference, 16000)


@EVERY
def test_a_rate_of_zero_is_a_programming_mistake(measure: Callable[..., float]) -> None:
    with pytest.raises(ValueError, match="0 Hz"):
        measure(NOISY, CLEAN, 0)


@pytest.mark.parametrize("measure", [metrics.pesq_wide, metrics.csig, metrics.cbak, metrics.covl])
def test_wide_band_measures_refuse_narrow_sound(measure: Callable[..., float]) -> None:
    with pytest.raises(NotMeasurable, match="8000 Hz, 16000 Hz or more"):
        measure(NOISY, CLEAN, 8000)


def test_no_module_hides_a_function() -> None:
    for name in metrics.__all__:
        found = getattr(metrics, name)
        assert not hasattr(found, "__path__")
        assert getattr(found, "__name__", name) == name

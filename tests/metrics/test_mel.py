"""Log-mel levels and the distances of their statistics, against librosa's own and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from audiogan import metrics

RATE = 8000
RNG = np.random.default_rng(0)


def test_a_full_scale_sine_is_near_one_in_its_band_and_silence_is_the_floor() -> None:
    time = np.arange(8192) / RATE
    for hertz in (440, 1000, 3000):
        level = metrics.log_mel(np.sin(2 * math.pi * hertz * time)[None], RATE)[0, :, 20]
        centres = 700 * (10 ** (np.linspace(0, 2595 * math.log10(1 + 4000 / 700), 66)[1:-1] / 2595) - 1)
        assert abs(int(level.argmax()) - int(np.abs(centres - hertz).argmin())) <= 8  # Slaney's scale is another
        assert -1 < level.max() < 1.2
    silent = metrics.log_mel(np.zeros((1, 2, 4096)), RATE)
    assert silent.shape[:2] == (1, 64) and silent == pytest.approx(math.log(1e-5), abs=1e-4)


def test_statistics_are_mean_and_deviation_over_time_and_channels_are_averaged() -> None:
    sounds = RNG.standard_normal((3, 2, 4096)) * 0.1
    levels = metrics.log_mel(sounds.mean(axis=1), RATE)
    found = metrics.log_mel_statistics(sounds, RATE)
    assert found.shape == (3, 128)
    assert found[:, :64] == pytest.approx(levels.mean(axis=2), abs=1e-4)
    assert found[:, 64:] == pytest.approx(levels.std(axis=2), abs=1e-4)


def test_standard_brings_the_training_set_to_mean_0_and_deviation_1() -> None:
    features = RNG.standard_normal((50, 4)) * [1, 2, 3, 0] + 5
    scaled = metrics.Standard.of(features)(features)
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    assert scaled.std(axis=0) == pytest.approx([1, 1, 1, 0], abs=1e-9)


def test_the_distance_of_many_is_frechet_s_and_of_few_is_on_their_principal_axes() -> None:
    real, fake = RNG.standard_normal((300, 5)), RNG.standard_normal((300, 5)) + 1
    assert metrics.log_mel_frechet_distance(fake, real) == pytest.approx(metrics.frechet_distance(fake, real))
    few = 40
    axes = np.linalg.eigh(np.cov(real[:few].T))[1][:, ::-1]
    projected = [(side[:few] - real[:few].mean(axis=0)) @ axes for side in (fake, real)]
    expected = metrics.frechet_distance(*projected)
    assert metrics.log_mel_frechet_distance(fake[:few], real[:few]) == pytest.approx(expected)
    assert metrics.log_mel_frechet_distance(real[:few], real[:few]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("made", "real"), [(7, 7), (9, 10)])
def test_too_few_and_unequal_numbers_are_not_measurable(made: int, real: int) -> None:
    with pytest.raises(metrics.NotMeasurable, match="as many are wanted, and 8 or more"):
        metrics.log_mel_frechet_distance(np.zeros((made, 3)), np.zeros((real, 3)))

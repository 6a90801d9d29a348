"""Variations of sound against what they do to tones."""

from __future__ import annotations

import numpy as np
import pytest

from audiogan.data.augmentation import faster, low_passed, scrambled, tilted

RATE = 16000


def tone(frequency: float, samples: int = RATE) -> np.ndarray:
    """A sine with soft ends, so that nothing rings at its edges."""
    swell = np.sin(np.pi * np.arange(samples) / samples) ** 2
    return (0.5 * swell * np.sin(2 * np.pi * frequency * np.arange(samples) / RATE)).astype(np.float32)


@pytest.mark.parametrize("factor", [0.8, 0.93, 1.2])
def test_faster_is_shorter_and_higher(factor: float) -> None:
    found = faster(tone(1000), factor)
    assert found.dtype == np.float32
    assert abs(found.size - RATE / factor) <= 1
    spectrum = np.abs(np.fft.rfft(found))
    assert spectrum.argmax() / found.size * RATE == pytest.approx(1000 * factor, abs=1)
    assert np.mean(found**2) == pytest.approx(np.mean(tone(1000) ** 2), rel=0.01)


def test_as_fast_is_the_same() -> None:
    assert faster(tone(1000), 1.0).tolist() == tone(1000).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_a_tilt_changes_no_level_by_more_and_shifts_nothing(seed: int) -> None:
    frequencies = [60, 300, 1000, 3000, 7000]
    changes = []
    for frequency in frequencies:
        found = tilted(tone(frequency), 6.0, np.random.default_rng(seed))
        assert found.shape == (RATE,) and found.dtype == np.float32
        gain = float(found @ tone(frequency) / (tone(frequency) @ tone(frequency)))
        # A filter without phase gives the tone back, only louder or softer.
        assert np.abs(found - gain * tone(frequency)).max() < 0.01
        changes.append(20 * np.log10(gain))
    assert max(map(abs, changes)) <= 6.01
    assert np.ptp(changes) > 0.5


def test_a_tilt_is_a_function_of_its_generator_and_nothing_at_0_db() -> None:
    sound = tone(440)
    np.testing.assert_allclose(tilted(sound, 0.0, np.random.default_rng(0)), sound, atol=1e-6)
    one, same, other = (tilted(sound, 6.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


@pytest.mark.parametrize("highest", [2000.0, 5500.0])
def test_a_low_pass_leaves_what_is_below_and_takes_what_is_above(highest: float) -> None:
    below, edge, above = (low_passed(tone(highest * factor), highest, RATE) for factor in (0.9, 1.0, 1.1))
    np.testing.assert_allclose(below, tone(0.9 * highest), atol=1e-4)
    assert np.abs(above).max() < 1e-4
    assert np.abs(edge).max() == pytest.approx(0.25, rel=0.05)  # half of the tone's


def test_scrambling_keeps_the_colour_and_the_loudness_and_no_wave() -> None:
    sound = tone(1000) + 0.5 * tone(3000)
    found = scrambled(sound, 512, np.random.default_rng(0))
    assert found.shape == sound.shape and found.dtype == np.float32
    assert abs(np.corrcoef(found, sound)[0, 1]) < 0.3
    assert np.mean(found**2) == pytest.approx(np.mean(sound**2), rel=0.5)
    power = np.abs(np.fft.rfft(found)) ** 2
    hertz = np.fft.rfftfreq(found.size, 1 / RATE)
    near = (np.abs(hertz - 1000) < 100) | (np.abs(hertz - 3000) < 100)
    assert power[near].sum() > 0.95 * power.sum()


def test_short_grains_keep_the_rhythm_and_long_ones_do_not() -> None:
    rhythm = np.where(np.arange(RATE) % 4000 < 2000, 1.0, 0.0).astype(np.float32)
    sound = rhythm * np.random.default_rng(1).standard_normal(RATE).astype(np.float32)

    def contrast(grain: int) -> float:
        loud = scrambled(sound, grain, np.random.default_rng(2)) ** 2
        return float(loud[rhythm > 0].mean() / loud[rhythm == 0].mean())

    assert contrast(320) > 10
    assert contrast(RATE) < 1.5


@pytest.mark.parametrize("samples", [5, 16, 1000, 1001])
@pytest.mark.parametrize("grain", [4, 7, 320, 5000])
def test_scrambled_sound_has_its_length_at_any_grain(samples: int, grain: int) -> None:
    found = scrambled(np.ones(samples, np.float32), grain, np.random.default_rng(3))
    assert found.shape == (samples,) and np.isfinite(found).all()

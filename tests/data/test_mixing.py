from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.audio.level import active_level, rms_db
from audiogan.chance import generator
from audiogan.data.mixing import excerpt_at, mix
from audiogan.errors import AudioganError

RATE = 16000


def speech_of(seed: int, samples: int = RATE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loudness = np.interp(np.arange(samples), np.linspace(0, samples, 12), rng.choice([0.0, 0.02, 0.2], 12))
    return (loudness * rng.standard_normal(samples)).astype(np.float32) + np.float32(1e-4)


def noise_of(seed: int, samples: int) -> np.ndarray:
    return (0.05 * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    snr_db=st.floats(-30, 50),
    speech_db=st.none() | st.floats(-45, 0),
    noise_samples=st.integers(2000, 40_000),
    level=st.sampled_from(["p56", "rms"]),
)
def test_the_wanted_snr_is_reached_to_a_hundredth_of_a_decibel(seed, snr_db, speech_db, noise_samples, level) -> None:
    speech, noise = speech_of(seed), noise_of(seed + 1, noise_samples)
    mixture = mix(speech, noise, snr_db, RATE, level=level, speech_level_db=speech_db, rng=generator(seed, "mixing", 0))
    added = mixture.noisy.astype(np.float64) - mixture.clean
    clean_db = rms_db(mixture.clean) if level == "rms" else active_level(mixture.clean, RATE).level_db
    assert clean_db - rms_db(added) == pytest.approx(snr_db, abs=0.01)
    assert mixture.speech_level_db == pytest.approx(clean_db, abs=1e-3)
    assert max(np.abs(mixture.noisy).max(), np.abs(mixture.clean).max()) <= 0.99 + 1e-6


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), snr_db=st.floats(-20, 40), noise_samples=st.integers(100, 40_000))
def test_a_mixture_can_be_made_again_from_what_it_says_of_itself(seed, snr_db, noise_samples) -> None:
    speech, noise = speech_of(seed), noise_of(seed + 1, noise_samples)
    mixture = mix(speech, noise, snr_db, RATE, rng=generator(seed, "mixing", 0))
    excerpt = excerpt_at(noise, mixture.noise_offset, speech.size, RATE)
    np.testing.assert_allclose(mixture.clean, mixture.speech_gain * speech, atol=1e-6)
    np.testing.assert_allclose(mixture.noisy, mixture.speech_gain * speech + mixture.noise_gain * excerpt, atol=1e-6)


def test_loud_mixtures_scale_both_sides_alike_and_quiet_ones_keep_the_speech() -> None:
    speech, noise = speech_of(1), noise_of(2, RATE)
    assert mix(speech, noise, 20, RATE).speech_gain == 1
    loud = mix(speech, noise, -20, RATE)
    assert loud.speech_gain < 1
    assert np.abs(loud.noisy).max() == pytest.approx(0.99, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_the_wanted_speech_level_is_reached(seed: int) -> None:
    speech, noise = speech_of(seed), noise_of(seed, RATE)
    by_rms = mix(speech, noise, 10, RATE, level="rms", speech_level_db=-30.0)
    by_p56 = mix(speech, noise, 10, RATE, level="p56", speech_level_db=-30.0)
    assert rms_db(by_rms.clean) == pytest.approx(-30, abs=0.01)
    assert active_level(by_p56.clean, RATE).level_db == pytest.approx(-30, abs=0.01)


def test_the_same_counters_draw_the_same_excerpt_and_others_another() -> None:
    speech, noise = speech_of(3), noise_of(3, 10 * RATE)
    first, again, other = (mix(speech, noise, 5, RATE, rng=generator(5, "mixing", item)) for item in (0, 0, 1))
    assert first.noise_offset == again.noise_offset != other.noise_offset
    np.testing.assert_array_equal(first.noisy, again.noisy)
    assert 0 <= first.noise_offset <= 9 * RATE


def test_a_longer_noise_is_cut_and_not_changed() -> None:
    noise = noise_of(4, 5000)
    np.testing.assert_array_equal(excerpt_at(noise, 700, 1000, RATE), noise[700:1700])


def test_a_shorter_noise_is_repeated_without_a_step_at_the_joins() -> None:
    # A slow ramp, repeated bluntly, would step by its whole height.
    ramp = np.linspace(0, 1, 4000, dtype=np.float32)
    looped = excerpt_at(ramp, 0, 20_000, RATE)
    assert looped.size == 20_000
    assert np.abs(np.diff(looped)).max() < 0.01
    np.testing.assert_array_equal(looped[:3200], looped[3200:6400])


def test_the_cross_fade_keeps_the_power_of_noise() -> None:
    noise = np.random.default_rng(0).standard_normal((400, 1600)).astype(np.float32)
    loops = np.stack([excerpt_at(row, 0, 2400, RATE) for row in noise])
    power = (loops**2).mean(axis=0)
    assert power.min() > 0.7
    assert power[:800].mean() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_the_shortest_noises_are_repeated_too(samples: int) -> None:
    assert excerpt_at(np.ones(samples, np.float32), 0, 10, RATE).size == 10


def test_the_offset_avoids_the_pauses_of_a_noise() -> None:
    noise = np.zeros(100 * RATE, np.float32)
    noise[: 60 * RATE] = noise_of(0, 60 * RATE)
    for item in range(50):
        mixture = mix(speech_of(0, RATE // 10), noise, 5, RATE, rng=generator(0, "mixing", item))
        assert mixture.noise_offset < 60 * RATE


@pytest.mark.parametrize("snr_db", [float("nan"), float("inf"), -61.0, 101.0])
def test_a_nonsense_snr_is_refused(snr_db: float) -> None:
    with pytest.raises(AudioganError, match="SNR"):
        mix(speech_of(0), noise_of(0, 100), snr_db, RATE)


def test_silence_is_refused_by_name() -> None:
    silence = np.zeros(RATE, np.float32)
    with pytest.raises(AudioganError, match="speech is silent"):
        mix(silence, noise_of(0, RATE), 5, RATE)
    with pytest.raises(AudioganError, match="noise is silent"):
        mix(speech_of(0), silence, 5, RATE)
    with pytest.raises(AudioganError, match="without samples"):
        mix(speech_of(0)[:0], noise_of(0, RATE), 5, RATE)

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.data.clips import checksum, is_clipped, is_silent, sounding_frames, to_pcm16, trim_silence


def tone(amplitude: float, seconds: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 220.5 * np.arange(int(16000 * seconds)) / 16000)).astype(np.float32)


@pytest.mark.parametrize(("drive", "expected"), [(0.5, False), (0.98, False), (1.2, True), (5.0, True)])
def test_clipped_is_what_was_driven_beyond_full_scale(drive: float, expected: bool) -> None:
    assert is_clipped(np.clip(tone(drive), -1, 1)) is expected


def test_clipped_and_smeared_by_a_codec_is_still_clipped() -> None:
    smeared = np.convolve(np.clip(tone(2.0), -1, 1), [0.1, 0.8, 0.1], mode="same")
    assert len(np.unique(smeared)) > 20
    assert is_clipped(smeared)


def test_a_few_samples_at_full_scale_pass() -> None:
    sound = tone(0.5)
    sound[[10, 300, 999, 5000]] = [1, -1, 1, -1]
    assert not is_clipped(sound)
    sound[6000] = 1
    assert is_clipped(sound)
    assert not is_clipped(sound, most=5)


@pytest.mark.parametrize(("level_db", "expected"), [(-59.9, False), (-60.1, True)])
def test_silent_lies_below_60_db(level_db: float, expected: bool) -> None:
    noise = np.random.default_rng(0).standard_normal(16000)
    noise *= 10 ** (level_db / 20) / np.sqrt(np.mean(noise**2))
    assert is_silent(noise) is expected


def test_no_samples_are_silent() -> None:
    assert is_silent(np.zeros(0, np.float32))


@given(st.integers(-32767, 32767))
def test_pcm16_gives_sixteen_bit_values_back(value: int) -> None:
    assert to_pcm16(np.array([value / 32767], np.float32))[0] == value


def test_pcm16_turns_down_as_a_whole_and_never_wraps() -> None:
    sound = np.array([0.5, -2.0, 1.0], np.float32)
    np.testing.assert_array_equal(to_pcm16(sound), np.round(32767 * sound / 2).astype(int))


def test_checksum_is_that_of_little_endian_samples_in_any_byte_order() -> None:
    expected = hashlib.sha256(b"\x01\x00\xff\xff\x00\x80").hexdigest()
    assert checksum(np.array([1, -1, -32768], "<i2")) == expected
    assert checksum(np.array([1, -1, -32768], ">i2")) == expected


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.0), (0.4, 0.0), (0.0, 1.25), (2.0, 0.03), (0.01, 0.3)])
def test_silence_at_the_ends_goes_and_all_sound_stays(before: float, after: float) -> None:
    sound = tone(0.1, 1.0)
    pads = int(before * 16000), int(after * 16000)
    trimmed = trim_silence(np.pad(sound, pads), 16000)
    whole = np.pad(sound, pads)
    assert sound.size <= trimmed.size <= sound.size + 2 * 800
    assert np.abs(trimmed).sum() == pytest.approx(np.abs(whole).sum())


def test_silence_within_is_kept_and_counted() -> None:
    sound = np.concatenate([tone(0.1, 1.0), np.zeros(3 * 16000, np.float32), tone(0.1, 1.0)])
    assert trim_silence(sound, 16000).size == sound.size
    assert sounding_frames(sound, 16000).mean() == pytest.approx(0.4)


def test_nothing_is_left_of_silence() -> None:
    assert trim_silence(np.full(16000, 1e-5, np.float32), 16000).size == 0
    assert trim_silence(np.zeros(3, np.float32), 16000).size == 0


@pytest.mark.parametrize(("level_db", "expected"), [(-69.5, True), (-70.5, False)])
def test_a_frame_sounds_above_70_db_below_full_scale(level_db: float, expected: bool) -> None:
    assert (sounding_frames(np.full(8000, 10 ** (level_db / 20)), 16000) == np.full(10, expected)).all()

"""Room responses against what they are drawn by."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import fftconvolve

from audiogan.chance import generator
from audiogan.data.rooms import in_room, room_responses

RATE = 16_000


@pytest.mark.parametrize("seed", range(8))
def test_responses_have_energy_1_begin_with_the_direct_sound_and_fall_by_60_db_in_their_length(seed: int) -> None:
    for response, direct_db in zip(room_responses(RATE, generator(seed, "room")), ((-2, 15), (-10, 5)), strict=True):
        assert response.dtype == np.float32
        assert np.sum(response.astype(float) ** 2) == pytest.approx(1, rel=1e-5)
        assert 0.1 * RATE - 1 <= response.size <= 0.9 * RATE + 1
        echoes = np.sum(response[1:].astype(float) ** 2)
        assert direct_db[0] - 0.1 <= 10 * np.log10(response[0].astype(float) ** 2 / echoes) <= direct_db[1] + 0.1
        # Energy behind an instant falls in a straight line (Schroeder): by half of the time it is some 30 dB down.
        behind_db = 10 * np.log10(np.cumsum(response[::-1].astype(float) ** 2)[::-1] / echoes)
        assert -45 < behind_db[response.size // 2] < -20
        assert behind_db[-response.size // 20] < -45


def test_a_room_is_a_convolution_and_a_function_of_its_generator() -> None:
    waveform = np.random.default_rng(0).standard_normal(3000).astype(np.float32)
    for response in room_responses(RATE, generator(1, "room")):
        np.testing.assert_allclose(in_room(waveform, response), fftconvolve(waveform, response)[:3000], atol=1e-4)
    first, again, other = (room_responses(RATE, generator(seed, "room")) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(a.size == b.size and np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_high_frequencies_die_sooner() -> None:
    """In the second half of the tail, on average over rooms, the upper octave holds less than its share."""
    shares = []
    for seed in range(20):
        response = room_responses(RATE, generator(seed, "room"))[0]
        power = np.abs(np.fft.rfft(response[response.size // 2 :])) ** 2
        shares.append(power[power.size // 2 :].sum() / power.sum())
    assert np.mean(shares) < 0.3

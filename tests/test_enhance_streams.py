"""Enhancing streams: what comes out is what the whole file gives, as late as is said, whatever is pushed."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Sequence

import numpy as np
import pytest

from audiogan.audio.representation import PreEmphasis, Waveform
from audiogan.enhance import Enhancer, EnhancingStream
from audiogan.errors import AudioganError
from audiogan.networks import SEGANGenerator
from tests.stream_models import RATE, KnownFilter, noise, scattered

RATES = [RATE, 8000, 22050, 44100, 48000]
BINS = np.arange(257) * RATE / 512


def network(**options: object) -> Enhancer:
    return Enhancer(scattered(), Waveform(), RATE, 4096, **options)  # type: ignore[arg-type]


def known(gains, **options: float) -> Enhancer:  # type: ignore[no-untyped-def]
    return Enhancer(KnownFilter(gains), Waveform(), RATE, 512, **options)  # type: ignore[arg-type]


def streamed(stream: EnhancingStream, sound: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    parts, position = [], 0
    while position < sound.shape[-1]:
        size = sizes[len(parts) % len(sizes)]
        parts.append(stream.push(sound[..., position : position + size]))
        position += size
    return np.concatenate([*parts, stream.finish()], axis=-1)


@pytest.mark.parametrize("rate", RATES)
def test_chunks_of_any_size_give_the_whole(rate: int) -> None:
    sound = noise(2, rate + 17)
    whole = network()(sound, rate)
    assert np.abs(whole - sound).max() > 0.05
    for sizes in ((rate // 100,), (1, 3000, 0, 77)):
        found = streamed(network().stream(rate, 2), sound, sizes)
        np.testing.assert_allclose(found, whole, rtol=0, atol=1e-5)


@pytest.mark.parametrize("rate", RATES)
def test_a_stream_is_as_late_as_it_says(rate: int) -> None:
    stream = network().stream(rate)
    given = 0
    late = []
    for taken in range(1, 4000):
        given += len(stream.push(np.ones(1, np.float32)))
        late.append(taken - given)
    assert max(late) <= stream.latency <= max(late) + 2 * rate / RATE + 1
    assert (stream.latency + 1) / rate < 0.048 + 0.0045 * 2 * RATE / min(rate, RATE)
    if rate == RATE:
        assert stream.latency == 256 * 3 - 1


@pytest.mark.parametrize("batch_size", [1, 4, 7])
def test_windows_are_as_late_as_they_say(batch_size: int) -> None:
    generator = SEGANGenerator(channels=(4, 8), kernel=15, stride=4, latent_channels=0)
    stream = Enhancer(generator, PreEmphasis(), RATE, 256, batch_size=batch_size).stream(RATE, 2)
    given, late = 0, []
    for taken in range(1, 1000):
        given += stream.push(np.ones((2, 1), np.float32)).shape[1]
        late.append(taken - given)
    assert max(late) <= stream.latency <= max(late) + stream.latency / 2
    assert batch_size > 1 or max(late) == stream.latency


@pytest.mark.parametrize("samples", [1, 2, 7, 5001])
@pytest.mark.parametrize("rate", [*RATES, 7999, 96000])
def test_what_the_model_leaves_alone_comes_back_at_any_rate(rate: int, samples: int) -> None:
    sound = noise(2, samples)
    np.testing.assert_array_equal(known(lambda _: 1)(sound, rate), sound)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_goes_and_its_neighbour_stays_in_place(rate: int) -> None:
    time = np.arange(rate) / rate
    low, high = (np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (500, 2500))
    found = known(lambda _: (BINS < 1500) | (BINS > 3500))(low + 0.3 * high, rate)
    inside = slice(rate // 10, -rate // 10)
    np.testing.assert_allclose(found[inside], low[inside], rtol=0, atol=2e-3)


def test_hiss_above_the_model_goes_where_the_hiss_below_goes() -> None:
    """Half a second with the top of the model's band shut, then with it open; a tone of 12 kHz follows it.

    Loud against the hiss, as an s is, it is heard at once; what is as steady as the hiss stays lowered for as long as
    the floor is remembered, and then is as it was to the bit.
    """
    rate = 48_000
    time = np.arange(3 * rate) / rate
    tone = 0.1 * np.sin(2 * np.pi * 12_000 * time)
    sound = (noise(1, 3 * rate)[0] + tone).astype(np.float32)
    found = known(lambda frame: np.where((frame[:, None] * 256 < 8000) & (BINS > 3500), 0.1, 1))(sound, rate)
    carrier = np.exp(-2j * np.pi * 12_000 * time)
    sixths = [abs(np.mean((part * carrier).reshape(18, -1), 1)) for part in (tone, found)]
    shares = sixths[1] / sixths[0]
    assert shares[:2] == pytest.approx([0.1, 0.1], abs=0.02) and shares[14:] == pytest.approx(np.ones(4), abs=0.05)
    # All that the model does not shut stays as it was, above its band as well.
    np.testing.assert_array_equal(found[-rate // 3 :], sound[-rate // 3 :])
    assert not known(lambda _: 1).loses_band(rate)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("options", "share"),
    [({"attenuation_limit": 12}, 10 ** (-12 / 20)), ({"attenuation_limit": 0}, 1), ({"strength": 0.3}, 0.7),
     ({"strength": 0.5, "attenuation_limit": 6}, 1 - 0.5 * (1 - 10 ** (-6 / 20)))],
)  # fmt: skip
def test_a_limit_is_the_share_that_stays(options: dict[str, float], share: float, rate: int) -> None:
    sound = noise(1, rate)
    found = known(lambda _: 0, **options)(sound, rate)
    inside = slice(rate // 10, -rate // 10)
    np.testing.assert_allclose(found[:, inside], share * sound[:, inside], rtol=0, atol=1e-5)


def test_windows_have_the_limit_too() -> None:
    class Silencer(SEGANGenerator):
        def forward(self, noisy, **_):  # type: ignore[no-untyped-def]
            return 0 * noisy

    enhancer = Enhancer(Silencer(channels=(4, 8)), Waveform(), RATE, 256, attenuation_limit=20)
    sound = noise(1, 3000)
    np.testing.assert_allclose(enhancer(sound, RATE), 0.1 * sound, rtol=0, atol=1e-6)


@pytest.mark.parametrize("limit", [-1.0, float("nan")])
def test_a_limit_below_nothing_is_refused(limit: float) -> None:
    with pytest.raises(AudioganError, match=r"attenuation limit of .* dB: it is 0 or more"):
        network(attenuation_limit=limit)


@pytest.mark.parametrize("rate", RATES)
def test_silence_is_silent(rate: int) -> None:
    assert not network()(np.zeros((2, rate), np.float32), rate).any()


def test_bad_samples_are_silence_and_are_counted() -> None:
    sound = noise(2, 8000)
    holed = sound.copy()
    holed[0, 100:110] = np.nan
    holed[1, 5000] = -np.inf
    stream = network().stream(RATE, 2)
    with pytest.warns(
        UserWarning, match="^11 samples of a stream were NaN or out of all range and were replaced by silence$"
    ):
        found = streamed(stream, holed, (500,))
    assert stream.replaced == 11
    sound[np.isnan(holed) | np.isinf(holed)] = 0
    np.testing.assert_allclose(found, network()(sound, RATE), rtol=0, atol=1e-5)


def test_what_is_out_of_all_range_does_not_last() -> None:
    """Its square would be infinite, and what a network remembers of it would be none for ever."""
    stream = network().stream(RATE)
    with pytest.warns(UserWarning, match="^100 samples of a stream"):
        found = streamed(stream, np.concatenate([np.full((1, 100), 3e38), noise(1, 8000)], axis=1), (500,))
    expected = network()(np.concatenate([np.zeros((1, 100)), noise(1, 8000)], axis=1), RATE)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_stream_without_bad_samples_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stream = network().stream(RATE)
        assert stream.push(np.zeros(0)).shape == (0,)
        assert stream.finish().shape == (0,) and stream.replaced == 0


def test_what_changes_in_mid_stream_is_refused_and_the_stream_goes_on() -> None:
    sound = noise(1, 4000)
    stream = network().stream(RATE)
    first = stream.push(sound[0, :2000], RATE)
    for chunk, rate, message in [
        (sound[0], 48_000, "changes from 16000 to 48000 Hz in mid-stream. Finish this stream"),
        (noise(2, 100), None, r"a chunk of shape \[2, 100\] in a stream of 1 channels"),
        (noise(1, 100)[None], None, "a chunk of shape"),
        (np.zeros(100, np.int16), None, "a chunk of int16: floating-point"),
    ]:
        with pytest.raises(AudioganError, match=message):
            stream.push(chunk, rate)
    found = np.concatenate([first, stream.push(sound[0, 2000:]), stream.finish()])
    np.testing.assert_allclose(found, network()(sound[0], RATE), rtol=0, atol=1e-5)
    for call in (lambda: stream.push(sound[0]), stream.finish):
        with pytest.raises(AudioganError, match="has been finished"):
            call()


@pytest.mark.parametrize(
    ("rate", "channels", "message"),
    [(0, 1, "a sample rate of 0 Hz: it must lie between 1000 and 768000 Hz"), (999, 1, "a sample rate of 999 Hz"),
     (768_001, 2, "768001 Hz"), (99_999_999_999, 1, "99999999999 Hz"), (RATE, 0, "0 channels: 1 to 1024 are possible"),
     (RATE, 1025, "1025 channels"), (RATE, 10**9, "1000000000 channels")],
)  # fmt: skip
def test_what_no_sound_has_is_refused(rate: int, channels: int, message: str) -> None:
    with pytest.raises(AudioganError, match=message):
        network().stream(rate, channels)


@pytest.mark.parametrize("rate", [1000, 997 + 4, 15_999, 44_056, 47_952, 191_999, 768_000])
def test_rates_of_all_kinds_keep_what_is_left_alone_and_lose_what_goes(rate: int) -> None:
    sound = noise(2, rate // 5)
    np.testing.assert_array_equal(known(lambda _: 1)(sound, rate), sound)
    time = np.arange(rate) / rate
    low = np.sin(2 * np.pi * 200 * time).astype(np.float32)
    gone = known(lambda _: BINS > 400)(low, rate)
    assert np.abs(gone[rate // 4 : -rate // 4]).max() < 2e-3


def test_an_array_of_samples_by_channels_is_refused() -> None:
    with pytest.raises(AudioganError, match=r"shape \[8000, 2\] has 8000 channels, and 32 are possible.*transpose"):
        network()(noise(2, 8000).T, RATE)
    assert network()(noise(32, 800), RATE).shape == (32, 800)


def test_streams_do_not_know_of_each_other_and_are_small() -> None:
    enhancer, rate = network(), 48_000
    sounds = [noise(1, rate // 4, seed)[0] for seed in range(6)]
    alone = [enhancer(sound, rate) for sound in sounds]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    streams = [enhancer.stream(rate) for _ in sounds]
    parts: list[list[np.ndarray]] = [[] for _ in sounds]
    for start in range(0, rate // 4, 960):
        for sound, stream, ready in zip(sounds, streams, parts, strict=True):
            ready.append(stream.push(sound[start : start + 960]))
    made = sum(part.nbytes for ready in parts for part in ready)
    assert tracemalloc.get_traced_memory()[0] - before - made < 6 * 200_000
    tracemalloc.stop()
    for stream, ready, wanted in zip(streams, parts, alone, strict=True):
        np.testing.assert_allclose(np.concatenate([*ready, stream.finish()]), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_channels_apart_are_each_channel_alone(rate: int) -> None:
    """Two voices on two channels, by the filters of each: to the bit, and not those of both together."""
    sound = noise(2, rate) * np.stack([np.sin(np.arange(rate) / 900), np.sin(np.arange(rate) / 1300 + 1)])
    sound = sound.astype(np.float32)
    apart = network(channels="apart")
    found = apart(sound, rate)
    np.testing.assert_array_equal(found, np.concatenate([apart(row[None], rate) for row in sound]))
    np.testing.assert_array_equal(found[0], network()(sound[0], rate))
    assert np.abs(found - network()(sound, rate)).max() > 0.01
    np.testing.assert_allclose(streamed(apart.stream(rate, 2), sound, (rate // 100,)), found, rtol=0, atol=1e-5)
    assert apart.stream(rate, 2).latency == network().stream(rate, 2).latency
    np.testing.assert_array_equal(apart.adjusted(channels="together")(sound, rate), network()(sound, rate))
    np.testing.assert_array_equal(
        network().adjusted(0.5, None, "apart")(sound, rate)[1], apart.adjusted(0.5)(sound[1], rate)
    )
    with pytest.raises(AudioganError, match="channels is 'both': it must be together or apart"):
        network(channels="both")

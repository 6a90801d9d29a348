"""Conditions of channels against filters, codes and counts that are known."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.signal import butter, sosfilt, sosfreqz

from audiogan.audio.level import active_level, rms_db
from audiogan.data.conditions import AFTER_LEAD_S, LEAD_S, Channel, Plan
from audiogan.data.recordings import Recording, recordings
from audiogan.data.responses import minimum_phase
from audiogan.data.settings import Conditions, SpeechData
from audiogan.data.speech_items import MixedSpeech
from audiogan.errors import AudioganError
from tests.tiny_runs import speech_like, write_sound

RATE = 16000
WINDOW = 2 * RATE
EVERYTHING: dict[str, Any] = {
    "whisper": 0.2, "sung": 0.2, "shouted": 0.2, "lead_in": 0.4, "telephone": 0.3, "radio": 0.3, "high_passed": 0.5,
    "wide_level": 0.5, "inverted": 0.5, "clipped": 0.4, "coded": 0.6, "packet_loss": 0.4, "response": 0.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sounds")
    for number in range(3):
        write_sound(root / "speech" / f"{number}.wav", 0.5 * speech_like(3 * RATE, number, RATE), RATE)
        noise = 0.05 * np.random.default_rng(number).standard_normal(3 * RATE)
        write_sound(root / "noise" / f"{number}.wav", noise.astype(np.float32), RATE)
        response = np.zeros(2000, np.float32)
        response[300 + number], response[340 + number] = 1.0, -0.4 * number
        write_sound(root / "responses" / f"{number}.wav", response, RATE)
    return root


def settings(folder: Path, conditions: dict[str, Any], **changes: Any) -> SpeechData:
    if conditions.get("response"):
        conditions = conditions | {"response_folders": str(folder / "responses")}
    words = {
        "clean": "speech",
        "noise": "noise",
        "window": WINDOW,
        "hop": RATE,
        "snr_db": [5, 5],
        "level_db": [-26, -26],
    }
    return SpeechData.model_validate(words | {"conditions": conditions} | changes)


def mixed(folder: Path, conditions: dict[str, Any], **changes: Any) -> MixedSpeech:
    speech, noise = (recordings([folder / name], RATE) for name in ("speech", "noise"))
    return MixedSpeech(speech, noise, settings(folder, conditions, **changes), RATE, seed=0)


def channel(conditions: dict[str, Any]) -> Channel:
    return Channel(Conditions.model_validate(conditions), WINDOW, RATE)


def plans(conditions: dict[str, Any], count: int = 40) -> list[tuple[Channel, Plan]]:
    made = channel(conditions)
    return [(made, made.plan(np.random.default_rng(number))) for number in range(count)]


def test_by_default_an_item_is_as_if_there_were_no_conditions(folder: Path) -> None:
    (made, plan), *_ = plans({})
    sound = speech_like(WINDOW, 0, RATE)
    assert made.spoken(sound, plan).tobytes() == sound.tobytes()
    assert made.limited(sound, plan).tobytes() == sound.tobytes()
    assert not Conditions().any_share


def test_an_item_is_a_function_of_its_counters(folder: Path) -> None:
    items = mixed(folder, EVERYTHING)
    places = [(epoch, index) for epoch in range(3) for index in range(len(items))]
    first = {place: items.item(*place) for place in places}
    other = pickle.loads(pickle.dumps(mixed(folder, EVERYTHING)))
    for place in reversed(places):
        item = other.item(*place)
        for name, sound in item.items():
            assert np.array_equal(sound, first[place][name])
            assert sound.shape == (1, WINDOW) and sound.dtype == np.float32
            assert np.isfinite(sound).all() and np.abs(sound).max() <= 0.99 + 1e-6


@pytest.mark.parametrize(
    ("conditions", "edges"),
    [({"telephone": 1.0}, (300.0, 3400.0)), ({"high_passed": 1.0, "high_pass_hz": [250, 250]}, (250.0, None))],
)
def test_bands_are_butterworth_s(conditions: dict[str, Any], edges: tuple[float, float | None]) -> None:
    """3 dB are lost at the edges, and 6 dB an octave and order below the lower one."""
    impulse = np.zeros(WINDOW, np.float32)
    impulse[0] = 1
    orders = set()
    for made, plan in plans(conditions):
        gains = 20 * np.log10(np.abs(np.fft.rfft(made.limited(impulse, plan))) + 1e-12)
        at = {hertz: gains[round(hertz * WINDOW / RATE)] for hertz in (*filter(None, edges), 1000.0, edges[0] / 4)}
        assert at[1000.0] == pytest.approx(0, abs=0.3)
        for edge in filter(None, edges):
            assert at[edge] == pytest.approx(-3.01, abs=0.1)
        orders.add(round(-at[edges[0] / 4] / 12.04))
    assert len(orders) >= 4


def test_radio_bands_are_those_of_scipy_s_filter_for_the_edges_drawn() -> None:
    lows = set()
    for _, plan in plans({"radio": 1.0}):
        (sections,) = plan.filters
        frequencies, response = sosfreqz(sections, 8192, fs=RATE)
        inside = frequencies[np.abs(response) ** 2 >= 0.5]
        assert 140 < inside[0] < 610 and 1990 < inside[-1] < 5010
        lows.add(round(inside[0]))
    assert len(lows) > 20


def test_both_sides_go_through_the_same_channel(folder: Path) -> None:
    """What is below 300 Hz is missing in speech and noise alike."""
    item = mixed(folder, {"high_passed": 1.0, "high_pass_hz": [400, 400]}).item(0, 0)
    plain = mixed(folder, {}).item(0, 0)
    bass = round(100 * WINDOW / RATE)
    for name in ("clean", "noisy"):
        lost = [np.abs(np.fft.rfft(sides[name][0]))[:bass] ** 2 for sides in (item, plain)]
        assert 10 * np.log10(lost[0].sum() / lost[1].sum()) < -9


def test_a_response_keeps_its_magnitudes_and_loses_its_delay() -> None:
    sections = butter(3, [300, 5000], "bandpass", fs=RATE, output="sos")
    late = np.zeros(4000)
    late[700] = 2.0
    late = sosfilt(sections, late).astype(np.float32)
    found = minimum_phase(late, 1024)
    assert np.argmax(np.abs(found)) < 8 and np.sum(found**2) == pytest.approx(1, abs=1e-5)
    frequencies, response = sosfreqz(sections, 512, fs=RATE)
    expected = 20 * np.log10(np.abs(response) + 1e-12)
    gains = 20 * np.log10(np.abs(np.fft.rfft(found, 1024))[:512])
    inside = (frequencies > 400) & (frequencies < 6000)
    difference = (gains - expected)[inside]
    assert np.ptp(difference) < 0.5


@pytest.mark.parametrize("kind", ["silence", "hiss", "noise"])
def test_lead_ins_come_before_the_speech(folder: Path, kind: str) -> None:
    items = mixed(folder, {"lead_in": 1.0}, augmentation={"coloured_noise": 1.0})
    leads = []
    for epoch in range(30):
        plan = items.channel.plan(np.random.default_rng(epoch))
        leads.append(plan.lead / RATE)
    assert min(leads) >= LEAD_S and max(leads) <= WINDOW / RATE - AFTER_LEAD_S and np.ptp(leads) > 0.4
    seen = 0
    for epoch in range(12):
        item = items.item(epoch, 0)
        lead = int(np.argmax(item["clean"][0] != 0))
        assert LEAD_S * RATE <= lead <= WINDOW - AFTER_LEAD_S * RATE + RATE * 0.01
        # The first sample of the recording may be zero; nothing but that is between.
        before, behind = (item["noisy"] - item["clean"])[0, : lead - 2], (item["noisy"] - item["clean"])[0, lead:]
        level = rms_db(before)
        assert active_level(item["clean"][0], RATE).level_db - rms_db(behind) == pytest.approx(5, abs=0.1)
        found = "silence" if level == -np.inf else "hiss" if level < -55 else "noise"
        if found == "hiss":
            assert -70.5 < level < -59.5
        seen += found == kind
    assert seen >= 1


def test_levels_cover_the_range(folder: Path) -> None:
    items = mixed(folder, {"wide_level": 1.0, "wide_level_db": [-60, -30]})
    levels = [active_level(items.item(epoch, 0)["clean"][0], RATE).level_db for epoch in range(30)]
    assert -60.1 < min(levels) < -54 and -36 < max(levels) < -29.9


def test_polarity_is_that_of_both_sides(folder: Path) -> None:
    item, plain = mixed(folder, {"inverted": 1.0}).item(0, 1), mixed(folder, {}).item(0, 1)
    for name in ("clean", "noisy"):
        np.testing.assert_allclose(item[name], -plain[name], atol=1e-7)


def test_clipping_is_on_the_noisy_side_alone(folder: Path) -> None:
    item, plain = mixed(folder, {"clipped": 1.0}).item(0, 1), mixed(folder, {}).item(0, 1)
    np.testing.assert_array_equal(item["clean"], plain["clean"])
    most = np.abs(item["noisy"]).max()
    lost_db = 20 * np.log10(np.abs(plain["noisy"]).max() / most)
    assert 1 <= lost_db <= 14
    np.testing.assert_array_equal(item["noisy"], np.clip(plain["noisy"], -most, most))
    assert (np.abs(item["noisy"]) == most).sum() > 1


def test_lost_packets_are_gaps_on_both_sides(folder: Path) -> None:
    items, plain = mixed(folder, {"packet_loss": 1.0}), mixed(folder, {})
    shares = []
    for epoch in range(20):
        item, whole = items.item(epoch, 0), plain.item(epoch, 0)
        lost = item["noisy"][0] == 0
        np.testing.assert_array_equal(item["noisy"][0][~lost], whole["noisy"][0][~lost])
        assert not item["clean"][0][lost].any()
        np.testing.assert_array_equal(item["clean"][0][~lost], whole["clean"][0][~lost])
        edges = np.flatnonzero(np.diff(np.concatenate([[0], lost.astype(int), [0]])))
        lengths = np.diff(edges)[::2]
        lengths = lengths[lengths > 10]  # a zero in the noise is no gap
        assert any((lengths[:-1] % packet == 0).all() for packet in (160, 320, 480))
        shares.append(lengths.sum() / WINDOW)
    assert 0.03 < np.mean(shares) < 0.15


def test_a_telephone_s_codec_limits_the_target_and_codes_the_noisy_side(folder: Path) -> None:
    item = mixed(folder, {"coded": 1.0, "codecs": ["mu_law"]}).item(0, 0)
    treble = round(4200 * WINDOW / RATE)
    for sound in item.values():
        power = np.abs(np.fft.rfft(sound[0])) ** 2
        assert 10 * np.log10(power[treble:].sum() / power.sum()) < -45
    added = item["noisy"] - item["clean"]
    assert active_level(item["clean"][0], RATE).level_db - rms_db(added) == pytest.approx(5, abs=0.5)


@pytest.mark.parametrize("speed", [1.0, 1.25])
def test_noise_of_a_narrow_recording_ends_where_the_recording_does(folder: Path, speed: float) -> None:
    speech = [
        Recording(r.path, r.samples, 3000.0 if r.path.name == "1.wav" else 4000.0)
        for r in recordings([folder / "speech"], RATE)
    ]
    noise = recordings([folder / "noise"], RATE)
    chosen = settings(folder, {}, augmentation={"speed": [speed, speed]}, short="join", window=5 * RATE)
    items = MixedSpeech(speech, noise, chosen, RATE, 0)
    widest = []
    for epoch in range(4):
        added = np.subtract(*(items.item(epoch, 0)[name][0].astype(np.float64) for name in ("noisy", "clean")))
        power = np.abs(np.fft.rfft(added)) ** 2
        widest.append(np.flatnonzero(power > 1e-6 * power.max())[-1] * RATE / added.size / speed)
    assert all(2900 < hertz < 3400 or 3900 < hertz < 4500 for hertz in widest)
    assert min(widest) < 3400  # the narrowest of those that were joined


@pytest.mark.parametrize(
    "conditions",
    [
        {"telephone": 0.7, "radio": 0.5}, {"whisper": 0.7, "sung": 0.5}, {"response": 0.1}, {"codecs": ["nothing"]},
        {"codecs": []}, {"high_pass_hz": [0, 100]}, {"clipped": 1.2}, {"lead_ins": 0.1},
    ],
)  # fmt: skip
def test_settings_that_cannot_be(conditions: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Conditions.model_validate(conditions)


def test_conditions_that_cannot_be_met_are_a_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match=r"lead_in needs a data\.window of 1\.5 s or more, 24000 samples"):
        Channel(Conditions(lead_in=0.1), 16384, RATE)
    with pytest.raises(AudioganError, match=r"opus needs a sample_rate of .*, not 22050"):
        Channel(Conditions(coded=0.1, codecs=["opus"]), WINDOW, 22050)
    with pytest.raises(AudioganError, match="no such folder"):
        Channel(Conditions(response=0.1, response_folders=[tmp_path / "nowhere"]), WINDOW, RATE)
    write_sound(tmp_path / "silent.wav", np.zeros(500, np.float32), RATE)
    made = Channel(Conditions(response=1.0, response_folders=[tmp_path]), WINDOW, RATE)
    with pytest.raises(AudioganError, match=r"response_folders: .*silent\.wav is silent"):
        made.limited(speech_like(WINDOW, 0, RATE), made.plan(np.random.default_rng(0)))


def test_pairs_and_exchanges_have_no_conditions(folder: Path) -> None:
    with pytest.raises(ValidationError, match="leave out conditions"):
        settings(folder, {"clipped": 0.1}, exchanges=1)
    with pytest.raises(ValidationError, match="not for pairs"):
        SpeechData.model_validate({"pairs": "manifest.jsonl", "conditions": {"clipped": 0.1}})

"""Items mixed on the fly or cut from pairs, and the validation pairs that no item may touch."""

from __future__ import annotations

import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from audiogan.audio.level import active_level, rms_db
from audiogan.chance import generator
from audiogan.data.held_out import is_held_out
from audiogan.data.manifest import PairRow
from audiogan.data.recordings import Recording, recordings, windows_of
from audiogan.data.settings import SpeechData
from audiogan.data.speech_items import MixedSpeech, PairedSpeech
from audiogan.data.validation_pairs import held_out_pairs, pairs_of, some_of
from audiogan.errors import AudioganError
from tests.tiny_runs import RATE, speech_like, write_sound

WINDOW = 1000
EVERYTHING = {
    "speed": [0.8, 1.2], "tilt_db": 6, "noise_speed": [0.5, 1.5], "noise_tilt_db": 12,
    "second_noise": 0.5, "coloured_noise": 0.2, "babble": 0.3, "clean_only": 0.1,
    "scrambled_noise": 0.3, "reversed_noise": 0.5, "swelling_noise": 0.5, "reverberation": 0.5, "low_passed": 0.3,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sounds")
    for name, samples in (("long", 9 * WINDOW), ("window", WINDOW), ("short", WINDOW // 3)):
        write_sound(root / "speech" / f"{name}.wav", 0.5 * speech_like(samples + 900, seed=samples)[900:])
    # Also noises that would run out, or just not, when they are repeated.
    for number, samples in enumerate((40, WINDOW // 2, int(0.7 * WINDOW), WINDOW, WINDOW + 1, 4 * WINDOW)):
        noise = 0.05 * np.random.default_rng(number).standard_normal(samples)
        write_sound(root / "noise" / f"{number}.wav", noise.astype(np.float32))
    return root


def settings(**changes: Any) -> SpeechData:
    words = {"clean": "speech", "noise": "noise", "window": WINDOW, "hop": 400, "snr_db": [0, 10], **changes}
    return SpeechData.model_validate(words)


def mixed(folder: Path, seed: int = 0, speech: str = "", **changes: Any) -> MixedSpeech:
    names = recordings([folder / "speech"], RATE)
    chosen = [recording for recording in names if speech in recording.path.name]
    return MixedSpeech(chosen, recordings([folder / "noise"], RATE), settings(**changes), RATE, seed)


def test_recordings_have_their_lengths_at_the_rate_asked(folder: Path) -> None:
    assert {r.path.name: r.samples for r in recordings([folder / "speech"], RATE)} == {
        "long.wav": 9 * WINDOW, "short.wav": WINDOW // 3, "window.wav": WINDOW,
    }  # fmt: skip
    assert recordings([folder / "speech"], 2 * RATE)[0].samples == 18 * WINDOW
    with pytest.raises(AudioganError, match="no such folder"):
        recordings([folder / "speech", folder / "nowhere"], RATE)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=5), st.integers(16, 100), st.integers(1, 200))
def test_windows_begin_inside_and_cover_what_the_hop_allows(samples: list[int], window: int, hop: int) -> None:
    places = windows_of(samples, window, hop)
    for number, length in enumerate(samples):
        starts = [start for n, start in places if n == number]
        assert starts == list(range(0, len(starts) * hop, hop))
        assert starts[-1] < length
        if hop <= window:
            assert starts[-1] + window >= length
            assert len(starts) == 1 or starts[-2] + window < length


@pytest.mark.parametrize("augmentation", [{}, EVERYTHING])
def test_an_item_is_a_function_of_seed_epoch_and_index(folder: Path, augmentation: dict[str, Any]) -> None:
    items = mixed(folder, augmentation=augmentation, level_db=[-30, -20])
    places = [(epoch, index) for epoch in (0, 3) for index in range(len(items))]
    first = {place: items.item(*place)["noisy"] for place in places}
    # Another process (pickled, as macOS hands items to workers), another order.
    other = pickle.loads(pickle.dumps(mixed(folder, augmentation=augmentation, level_db=[-30, -20])))
    for place in reversed(places):
        assert np.array_equal(other.item(*place)["noisy"], first[place])
    distinct = [*first.values(), *(mixed(folder, seed=1).item(*place)["noisy"] for place in places)]
    assert len({sound.tobytes() for sound in distinct}) == len(distinct)


@pytest.mark.parametrize(
    "augmentation", [{}, EVERYTHING, {"babble": 1}, {"coloured_noise": 1}, {"speed": [0.5, 2]}, {"scrambled_noise": 1}]
)
def test_items_have_the_window_s_length_and_fit_full_scale(folder: Path, augmentation: dict[str, Any]) -> None:
    items = mixed(folder, augmentation=augmentation, snr_db=[-20, 0], level_db=[-10, 0])
    for index in range(len(items)):
        for epoch in range(4):
            item = items.item(epoch, index)
            assert item.keys() == {"noisy", "clean"}
            for sound in item.values():
                assert sound.shape == (1, WINDOW) and sound.dtype == np.float32
                assert np.isfinite(sound).all() and np.abs(sound).max() <= 0.99 + 1e-6
            assert rms_db(item["noisy"] - item["clean"]) > -90 or augmentation == EVERYTHING


def test_the_clean_side_is_the_recording_at_the_level_asked(folder: Path) -> None:
    recording = 0.5 * speech_like(9 * WINDOW + 900, seed=9 * WINDOW)[900:]
    items = mixed(folder, speech="long", level_db=[-28.0, -28.0])
    for index in range(len(items)):
        clean = items.item(2, index)["clean"][0]
        # Its place is drawn from the 400 that the window's hop leaves, as far as the recording goes.
        starts = {min(start, 8 * WINDOW) for start in range(index * 400, (index + 1) * 400)}
        parts = (recording[start : start + WINDOW] for start in starts)
        assert min(np.abs(part * (clean @ part) / (part @ part) - clean).max() for part in parts) < 1e-6


def test_a_short_recording_is_padded(folder: Path) -> None:
    items = mixed(folder, speech="short")
    assert len(items) == 1
    clean = items.item(0, 0)["clean"][0]
    assert clean[: WINDOW // 3].any() and not clean[WINDOW // 3 :].any()


def test_a_short_recording_is_followed_by_others_of_its_folder_at_its_level(folder: Path) -> None:
    """The long one is at another level than the short; pauses of 50 to 600 ms are zeros."""
    items = mixed(folder, short="join", window=20 * WINDOW, augmentation={"clean_only": 1.0})
    (index,) = (i for i, (number, _) in enumerate(items.places) if "short" in items.speech[number].path.name)
    speech = {r.path.name: 0.5 * speech_like(r.samples + 900, seed=r.samples)[900:] for r in items.speech}
    clean = items.item(0, index)["clean"][0]
    first = active_level(speech["short.wav"], RATE).level_db
    at_level = {name: s * 10 ** ((first - active_level(s, RATE).level_db) / 20) for name, s in speech.items()}
    place, rounds = 0, 0
    while place < clean.size:
        silent = int(np.argmax(clean[place:] != 0)) if clean[place:].any() else clean.size - place
        assert rounds == 0 or silent >= 0.05 * RATE - 1
        place += silent
        matches = [
            name
            for name, s in at_level.items()
            if np.abs(clean[place : place + s.size] - s[: clean.size - place]).max(initial=0) < 1e-4
        ]
        if place < clean.size:
            assert matches or clean.size - place < 20
            place += max((speech[name].size for name in matches), default=clean.size)
        rounds += 1
    assert rounds > 3


def test_echoes_are_on_both_sides(folder: Path) -> None:
    """Without noise both sides are alike, and not the recording; its energy is spread and not raised."""
    dry = mixed(folder, speech="long", augmentation={"clean_only": 1.0})
    wet = mixed(folder, speech="long", augmentation={"clean_only": 1.0, "reverberation": 1.0})
    item = wet.item(0, 3)
    assert np.array_equal(item["noisy"], item["clean"])
    assert not np.allclose(item["clean"], dry.item(0, 3)["clean"], atol=1e-3)
    assert abs(rms_db(item["clean"]) - rms_db(dry.item(0, 3)["clean"])) < 6


def test_some_items_lack_the_upper_band_on_both_sides(folder: Path) -> None:
    items = mixed(folder, speech="long", augmentation={"low_passed": 1.0, "coloured_noise": 1.0}, snr_db=[0, 0])
    edges = []
    for index in range(8):
        for sound in items.item(0, index).values():
            power = np.abs(np.fft.rfft(sound[0])) ** 2
            edges.append(RATE / WINDOW * np.flatnonzero(power > 1e-11 * power.max())[-1])
    assert min(edges) > 2000 * 0.9
    assert min(edges) < 3000  # of the 4000 that there are


def test_some_items_are_clean_on_both_sides(folder: Path) -> None:
    items = mixed(folder, augmentation={"clean_only": 1.0})
    item = items.item(0, 0)
    assert np.array_equal(item["noisy"], item["clean"])


@pytest.mark.parametrize(
    ("silent", "augmentation", "message"),
    [
        ("speech", {}, r"silent\.wav is silent, so no SNR can be set.*data\.clean"),
        ("noise", {}, r"data\.noise: .*silent.*silent\.wav"),
    ],
)
def test_silence_is_a_sentence(tmp_path: Path, silent: str, augmentation: dict[str, Any], message: str) -> None:
    speech = write_sound(tmp_path / "speech" / "a.wav", speech_like(2000))
    noise = write_sound(tmp_path / "noise" / "b.wav", speech_like(2000))
    (speech if silent == "speech" else noise).unlink()
    write_sound(tmp_path / silent / "silent.wav", np.zeros(2000, np.float32))
    items = mixed(tmp_path, augmentation=augmentation)
    for _ in range(2):  # the second time as the first
        with pytest.raises(AudioganError, match=message):
            items.item(0, 0)


def test_a_silent_recording_in_the_babble_is_passed_over_and_nothing_but_silence_is_told(tmp_path: Path) -> None:
    write_sound(tmp_path / "speech" / "a.wav", speech_like(2000))
    for number in range(3):
        write_sound(tmp_path / "speech" / f"silent{number}.wav", np.zeros(2000, np.float32))
    write_sound(tmp_path / "noise" / "b.wav", speech_like(2000))
    items = mixed(tmp_path, augmentation={"babble": 1})
    assert all(np.isfinite(items.item(epoch, 0)["noisy"]).all() for epoch in range(5))
    items.speech = items.speech[1:]
    with pytest.raises(AudioganError, match=r"data\.clean: .*silent"):
        items.voice(np.random.default_rng(0))


def pair_rows(root: Path, lengths: list[int], rate: int = RATE) -> list[PairRow]:
    rows = []
    for number, samples in enumerate(lengths):
        clean = speech_like(samples, number, rate)
        paths = {
            "clean": write_sound(root / f"{number}.clean.wav", clean, rate),
            "noisy": write_sound(root / f"{number}.noisy.wav", clean + np.float32(0.01), rate),
        }
        rows.append(PairRow(id=f"p{number}", sample_rate=rate, samples=samples, **paths))
    return rows


def test_pairs_are_cut_side_by_side_and_padded(tmp_path: Path) -> None:
    items = PairedSpeech(pair_rows(tmp_path, [2500, 300]), settings(hop=1000), RATE)
    assert len(items) == 4
    whole = speech_like(2500, 0)
    for index, (start, stop) in enumerate([(0, 1000), (1000, 2000), (2000, 2500)]):
        item = items.item(5, index)
        part = whole[start:stop]
        np.testing.assert_array_equal(item["clean"][0, : part.size], part)
        np.testing.assert_array_equal(item["noisy"][0, : part.size], part + np.float32(0.01))
        assert not item["clean"][0, part.size :].any() and not item["noisy"][0, part.size :].any()
    assert items.item(0, 3)["clean"].shape == (1, WINDOW)


def test_random_slices_are_one_a_pair_from_anywhere_in_it(tmp_path: Path) -> None:
    items = PairedSpeech(pair_rows(tmp_path, [2500, 1000]), settings(slices="random"), RATE, seed=3)
    assert len(items) == 2
    whole, starts = speech_like(2500, 0), set()
    for epoch in range(60):
        part = items.item(epoch, 0)["clean"][0]
        fits = np.flatnonzero(whole[: 2500 - WINDOW + 1] == part[0])
        (start,) = [n for n in fits if np.array_equal(whole[n : n + WINDOW], part)]
        np.testing.assert_array_equal(items.item(epoch, 0)["noisy"][0], part + np.float32(0.01))
        starts.add(int(start))
    assert len(starts) > 50 and min(starts) < 200 and max(starts) > 1300
    again = PairedSpeech(items.rows, settings(slices="random"), RATE, seed=3)
    np.testing.assert_array_equal(again.item(7, 0)["clean"], items.item(7, 0)["clean"])
    np.testing.assert_array_equal(items.item(0, 1)["clean"], items.item(1, 1)["clean"])


def test_a_short_pair_is_repeated_as_cmgan_s_loader_does(tmp_path: Path) -> None:
    items = PairedSpeech(pair_rows(tmp_path, [300]), settings(slices="random", short="repeat"), RATE)
    item, whole = items.item(0, 0), speech_like(300, 0)
    np.testing.assert_array_equal(item["clean"][0], np.concatenate([whole] * 3 + [whole[:100]]))
    np.testing.assert_array_equal(item["noisy"], item["clean"] + np.float32(0.01))


def test_random_slices_of_mixtures_are_one_a_recording(folder: Path) -> None:
    items = mixed(folder, slices="random", short="repeat")
    assert len(items) == len(items.speech)
    assert [items.item(0, index)["clean"].shape for index in range(len(items))] == [(1, WINDOW)] * len(items)
    assert not np.array_equal(items.item(0, 0)["clean"], items.item(1, 0)["clean"])


def test_pairs_of_another_rate_are_resampled(tmp_path: Path) -> None:
    def tone(rate: int) -> np.ndarray:
        return (0.5 * np.sin(2 * np.pi * 300 * np.arange(rate // 8) / rate)).astype(np.float32)

    (row,) = pair_rows(tmp_path, [2000], rate=2 * RATE)
    write_sound(row.clean, tone(2 * RATE), 2 * RATE)
    items = PairedSpeech([row], settings(), RATE)
    assert len(items) == 1
    np.testing.assert_allclose(items.item(0, 0)["clean"][0, 100:-100], tone(RATE)[100:-100], atol=1e-3)


def test_what_is_held_out_is_decided_by_name_and_grows_with_the_share() -> None:
    names = [f"speaker{n}_{m}.wav" for n in range(100) for m in range(20)]
    shares = [0.0, 0.02, 0.2, 0.5, 1.0]
    held = [{name for name in names if is_held_out(name, share)} for share in shares]
    assert all(smaller <= larger for smaller, larger in pairwise(held))
    assert [len(part) / len(names) for part in held] == pytest.approx(shares, abs=0.03)
    assert not held[0] and len(held[-1]) == len(names)


def test_validation_pairs_spread_over_recordings_and_snrs(folder: Path) -> None:
    speech = [r for r in recordings([folder / "speech"], RATE) if "short" not in r.path.name]
    noise = recordings([folder / "noise"], RATE)
    pairs = held_out_pairs(speech, noise, (0.0, 10.0), 5, RATE, generator(0, "test"))
    assert [pair.name for pair in pairs] == ["00-long", "01-window"]
    for pair, snr_db in zip(pairs, (0.0, 10.0), strict=True):
        added = rms_db(pair.noisy.astype(np.float64) - pair.clean)
        assert active_level(pair.clean, RATE).level_db - added == pytest.approx(snr_db, abs=0.01)


def test_a_silent_validation_recording_is_named(folder: Path, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "nothing.wav", np.zeros(2000, np.float32))
    noise = recordings([folder / "noise"], RATE)
    with pytest.raises(AudioganError, match=r"nothing\.wav with .*speech is silent"):
        held_out_pairs([Recording(path, 2000)], noise, (0.0, 10.0), 1, RATE, generator(0, "test"))


def test_validation_pairs_of_a_manifest_are_cut_at_ten_seconds(tmp_path: Path) -> None:
    pairs = pairs_of(pair_rows(tmp_path, [11 * RATE, 500]), 2, RATE)
    assert [(pair.name, pair.noisy.size, pair.clean.size) for pair in pairs] == [
        ("p0", 10 * RATE, 10 * RATE), ("p1", 500, 500),
    ]  # fmt: skip


@given(st.lists(st.integers(), max_size=40), st.integers(0, 50))
def test_some_are_taken_in_their_order_and_always_the_same(things: list[int], count: int) -> None:
    chosen = some_of(list(enumerate(things)), count)
    assert len(chosen) == min(count, len(things))
    assert chosen == sorted(set(chosen)) == some_of(list(enumerate(things)), count)
    assert set(chosen) <= set(enumerate(things))


@pytest.mark.parametrize("kinds", [2, 3, 4, 8])
def test_some_are_of_all_kinds_where_these_come_in_turn(kinds: int) -> None:
    chosen = some_of([place % kinds for place in range(384)], 48)
    assert min(chosen.count(kind) for kind in range(kinds)) >= 48 / kinds / 3


@pytest.mark.parametrize(
    "words",
    [
        {"clean": None},
        {"noise": None},
        {"pairs": "manifest.jsonl"},
        {"snr_db": [10, 0]},
        {"level_db": [-10, -20]},
        {"augmentation": {"speed": [0, 1]}},
        {"augmentation": {"babble": 1.5}},
        {"held_out": 1.0},
        {"window": 8},
    ],
)
def test_settings_that_cannot_be(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**words)


def batch_of(items: MixedSpeech, count: int) -> dict[str, np.ndarray]:
    loaded = [items.item(0, i % len(items)) for i in range(count)]
    return {name: np.stack([item[name] for item in loaded]) for name in loaded[0]}


def test_an_exchange_gives_no_treble_to_an_item_that_has_none(folder: Path) -> None:
    """The edge is where a spectrum without window falls by 50 dB."""
    items = mixed(folder, speech="long", exchanges=1, augmentation={"low_passed": 0.5, "coloured_noise": 1.0})
    batch = batch_of(items, 20)
    made = items.variant(batch, 1)
    bands = batch["band"][:, 0]
    assert (bands < RATE / 2).any() and (bands == np.inf).any()
    for place, band in enumerate(bands):
        power = np.abs(np.fft.rfft(made["noisy"][place, 0])) ** 2
        highest = RATE / WINDOW * np.flatnonzero(power > 1e-5 * power.max())[-1]
        assert highest < 1.2 * band


def test_an_exchange_gives_each_speech_the_noise_of_another_at_its_own_level(folder: Path) -> None:
    items = mixed(folder, exchanges=2, augmentation=EVERYTHING | {"clean_only": 0.0, "low_passed": 0.0})
    batch = batch_of(items, 6)
    noises = batch["noisy"] - batch["clean"]
    for number in (1, 2):
        made = items.variant(batch, number)
        for place in range(6):
            group = place - place % 3
            source = noises[group + (place + number) % 3, 0]
            clean, noise = made["clean"][place, 0], made["noisy"][place, 0] - made["clean"][place, 0]
            scale = np.abs(clean).max() / np.abs(batch["clean"][place]).max()  # below 1 where the sum would clip
            assert scale <= 1 + 1e-6
            np.testing.assert_allclose(clean, scale * batch["clean"][place, 0], atol=1e-6)
            assert rms_db(noise) - rms_db(scale * noises[place, 0]) == pytest.approx(0, abs=0.01)
            assert np.corrcoef(noise, source)[0, 1] > 0.999
        assert np.abs(made["noisy"]).max() <= 0.991


def test_an_exchange_leaves_speech_without_noise_alone(folder: Path) -> None:
    items = mixed(folder, exchanges=1, augmentation={"clean_only": 0.5})
    batch = batch_of(items, 20)
    without = [i for i in range(20) if np.array_equal(batch["noisy"][i], batch["clean"][i])]
    made = items.variant(batch, 1)
    assert 0 < len(without) < 20
    for i in without:
        np.testing.assert_array_equal(made["noisy"][i], made["clean"][i])
        np.testing.assert_array_equal(made["noisy"][i ^ 1], made["clean"][i ^ 1])


def test_exchanges_want_a_batch_of_whole_groups_and_mixing_on_the_fly(folder: Path) -> None:
    items = mixed(folder, exchanges=2)
    with pytest.raises(AudioganError, match=r"4 items .* no multiple of 3"):
        items.variant({"noisy": np.ones((4, 1, 8), np.float32), "clean": np.ones((4, 1, 8), np.float32)}, 1)
    with pytest.raises(ValidationError, match="mixed on the fly"):
        SpeechData.model_validate({"pairs": "manifest.jsonl", "exchanges": 1})

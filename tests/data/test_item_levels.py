"""Level, signal-to-noise ratio and targets of mixed items, measured on the items as they are heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audiogan.audio.level import active_level, rms_db
from audiogan.data.recordings import recordings
from audiogan.data.settings import SpeechData
from audiogan.data.speech_items import MixedSpeech
from tests.tiny_runs import RATE, speech_like, write_sound


def mixed(folder: Path, **changes: Any) -> MixedSpeech:
    """Items of a second."""
    words = {"clean": "speech", "noise": "noise", "window": RATE, "hop": RATE, "snr_db": [0, 10], **changes}
    speech, noise = (recordings([folder / name], RATE) for name in ("speech", "noise"))
    return MixedSpeech(speech, noise, SpeechData.model_validate(words), RATE, seed=0)


@pytest.fixture(scope="module")
def long_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of which a window of a second holds speech as P.56 knows it."""
    root = tmp_path_factory.mktemp("long")
    for number in range(3):
        write_sound(root / "speech" / f"{number}.wav", 0.5 * speech_like(4 * RATE, seed=number))
        noise = 0.05 * np.random.default_rng(number).standard_normal(3 * RATE)
        write_sound(root / "noise" / f"{number}.wav", noise.astype(np.float32))
    return root


COLOURS = {"tilt_db": 9, "noise_tilt_db": 20, "reverberation": 0.7, "low_passed": 0.5, "swelling_noise": 0.5}
CHANNELS = {
    "high_passed": 0.5, "telephone": 0.3, "radio": 0.3, "inverted": 0.5, "whisper": 0.2, "sung": 0.2, "shouted": 0.2,
}  # fmt: skip


@pytest.mark.parametrize("conditions", [{}, CHANNELS])
@pytest.mark.parametrize("augmentation", [{}, COLOURS])
@pytest.mark.parametrize(("snr_db", "level_db"), [(-5.0, -32.0), (12.5, -26.7)])
def test_snr_and_level_of_an_item_are_those_asked_for(
    long_folder: Path, snr_db: float, level_db: float, augmentation: dict[str, Any], conditions: dict[str, Any]
) -> None:
    """Measured on the item itself, whatever filters it went through; a shouted one has a level of its own."""
    ranges = {"snr_db": [snr_db, snr_db], "level_db": [level_db, level_db]}
    items = mixed(long_folder, augmentation=augmentation, conditions=conditions, **ranges)
    for index in range(len(items)):
        item = items.item(0, index)
        noise = item["noisy"].astype(np.float64) - item["clean"]
        level = active_level(item["clean"][0], RATE).level_db
        assert level - rms_db(noise) == pytest.approx(snr_db, abs=0.1)
        if not conditions:
            assert level == pytest.approx(level_db, abs=0.1)


def test_a_window_of_background_is_not_raised_to_the_level_of_speech(tmp_path: Path) -> None:
    """Behind the speech comes a second of hiss 50 dB below it: it counts as if it were 10 dB below the speech."""
    hiss = 1e-4 * np.random.default_rng(1).standard_normal(RATE)
    write_sound(tmp_path / "speech" / "a.wav", np.concatenate([0.5 * speech_like(4 * RATE), hiss]).astype(np.float32))
    write_sound(tmp_path / "noise" / "n.wav", np.random.default_rng(2).standard_normal(2 * RATE).astype(np.float32) / 9)
    items = mixed(tmp_path, hop=1, snr_db=[0, 0], level_db=[-26, -26])
    (recording,) = items.speech
    last = items.item(0, len(items) - 1)
    own = active_level(np.concatenate([0.5 * speech_like(4 * RATE), hiss]), RATE).level_db
    assert recording.samples == 5 * RATE
    assert rms_db(last["clean"]) == pytest.approx(rms_db(hiss) + (-26 - (own - 10)), abs=0.2)
    assert rms_db(last["noisy"]) == pytest.approx(-26, abs=0.2)


def test_late_echoes_are_on_the_noisy_side_alone_where_the_target_is_dry(long_folder: Path) -> None:
    """Without noise the sides differ from 30 ms after the direct sound on; the clean side ends at 40 ms."""
    click = np.zeros(RATE, np.float32)
    click[100] = 0.5
    root = long_folder.parent / "click"
    write_sound(root / "speech" / "click.wav", click)
    write_sound(root / "noise" / "n.wav", speech_like(RATE))
    keys = {"reverberation": 1.0, "clean_only": 1.0}
    items = mixed(root, hop=1, augmentation=keys, conditions={"dry_target": 1.0})
    wet = mixed(root, hop=1, augmentation=keys)
    for epoch in range(5):
        item = items.item(epoch, 0)
        np.testing.assert_array_equal(item["noisy"], wet.item(epoch, 0)["noisy"])
        late = np.flatnonzero(np.abs(item["noisy"] - item["clean"])[0] > 1e-6)
        direct = int(np.argmax(np.abs(item["noisy"][0]) > 1e-6))
        assert late[0] >= direct + round(0.03 * RATE)
        assert np.abs(item["clean"][0, direct + round(0.04 * RATE) :]).max() < 1e-6

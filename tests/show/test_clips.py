"""Sounds inside a page are the files' sounds, and their spectrograms show them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from audiogan.show import clips
from audiogan.show.page import Html, page
from tests.show.pages import Element, content, played, read_page
from tests.tiny_runs import speech_like

RATE = 16000


def shown(part: Html) -> Element:
    return read_page(page("clips", part))


def written(path: Path, sound: np.ndarray, rate: int = RATE) -> Path:
    soundfile.write(path, sound, rate)
    return path


def test_a_flac_file_is_played_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path / "one.flac", speech_like(RATE, rate=RATE))
    audio = shown(clips.sound(path, "one")).all("audio")[0]
    assert content(audio.attributes["src"]) == path.read_bytes()


def test_another_format_becomes_flac_to_16_bits(tmp_path: Path) -> None:
    sound = speech_like(RATE, rate=RATE)
    stereo = np.stack([sound, -sound], axis=1)
    found, rate = played(shown(clips.sound(written(tmp_path / "one.wav", stereo), "one")).all("audio")[0])
    assert rate == RATE
    np.testing.assert_allclose(found, stereo, atol=1.5 / 32768)


@pytest.mark.parametrize(("rate", "played_at"), [(16000, 16000), (22050, 24000), (44100, 48000)])
def test_a_large_sound_becomes_opus_and_is_still_the_sound(rate: int, played_at: int) -> None:
    sound = speech_like(2 * rate, rate=rate)
    media, file = clips.encoded(sound[None], rate, most_bytes=1000)
    found, found_rate = soundfile.read(io.BytesIO(file))
    assert media.startswith("audio/ogg") and found_rate == played_at
    assert len(found) / found_rate == pytest.approx(2, abs=0.001)
    own = np.interp(np.arange(len(found)) / found_rate, np.arange(len(sound)) / rate, sound)
    assert np.corrcoef(own, found)[0, 1] > 0.97


def test_a_long_sound_is_cut_and_said_to_be(tmp_path: Path) -> None:
    path = written(tmp_path / "long.flac", speech_like(8000 * (clips.MOST_SECONDS + 1), rate=8000), 8000)
    figure = shown(clips.sound(path, "long"))
    assert figure.all("figcaption")[0].text == f"long (the first {clips.MOST_SECONDS} s)"
    found, rate = played(figure.all("audio")[0])
    assert len(found) == clips.MOST_SECONDS * rate


def test_what_is_no_sound_is_told_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a<b.flac").write_bytes(b"no sound")
    for path in (tmp_path / "a<b.flac", tmp_path / "missing.flac"):
        figure = shown(clips.sound(path, "step 1"))
        assert not figure.all("audio") and path.name in figure.all("figcaption")[0].text
    assert not shown(clips.picture(tmp_path / "a<b.flac", "grid")).all("img")


@pytest.mark.parametrize("frequency", [1000, 3000, 6000])
def test_a_tone_is_bright_at_its_height_while_it_lasts(frequency: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)
    tone[RATE // 2 :] = 0
    file = clips.spectrogram_jpeg(tone, RATE, 200, 100, 2 * RATE)
    bright = np.asarray(Image.open(io.BytesIO(file)).convert("L")).astype(float)
    assert bright.shape == (100, 200)
    assert 100 - bright[:, 25].argmax() == pytest.approx(100 * frequency / (RATE / 2), abs=2)
    assert bright[:, 20:40].max() > 120 > 30 > bright[:, 60:].max()


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    import os

    path = written(tmp_path / "one.flac", speech_like(800, 0))
    first = clips.sound(path, "one")
    assert clips.sound(path, "one") == first
    written(path, speech_like(800, 1))
    os.utime(path, ns=(1, 1))
    assert clips.sound(path, "one") != first


def test_a_picture_keeps_its_pixels_and_a_large_one_becomes_small(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    for name, size in (("small", 40), ("large", 400)):
        Image.fromarray(pixels[:size, :size]).save(tmp_path / f"{name}.png")
    small, large = (shown(clips.picture(tmp_path / f"{name}.png", name)).all("img")[0] for name in ("small", "large"))
    assert content(small.attributes["src"]) == (tmp_path / "small.png").read_bytes()
    assert len(content(large.attributes["src"])) < (tmp_path / "large.png").stat().st_size
    assert Image.open(io.BytesIO(content(large.attributes["src"]))).size == (400, 400)

"""The page's own arithmetic, held against NumPy: spectrograms, WAV files, and switching without a gap."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import soundfile

RATE = 16000

# Two sounds are played; what is heard is chosen anew, and jumped to, at given instants.
PLAYED = """async ([before, after, doings]) => {
    const { Player } = await import("/player.js");
    const context = new OfflineAudioContext(1, before.length, 16000);
    const buffers = [before, after].map((sound) => {
        const buffer = context.createBuffer(1, sound.length, 16000);
        buffer.getChannelData(0).set(sound);
        return buffer;
    });
    const player = new Player(context);
    player.set(...buffers);
    player.choose("before");
    player.play();
    for (const [instant, what, value] of doings) {
        context.suspend(instant).then(() => { player[what](value); context.resume(); });
    }
    return [...(await context.startRendering()).getChannelData(0)];
}"""


def tone(frequency: float, seconds: float = 1.0) -> np.ndarray:
    """A sine of amplitude 0.5."""
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def played(page: Any, before: np.ndarray, after: np.ndarray, *doings: tuple[float, str, Any]) -> np.ndarray:
    """What comes out of the player."""
    return np.array(page.evaluate(PLAYED, [before.tolist(), after.tolist(), list(doings)]))


def test_switching_loses_no_sample(visit: Any) -> None:
    sound = tone(440)
    doings = [(0.256, "choose", "after"), (0.512, "choose", "before"), (0.52, "choose", "after")]
    assert np.abs(played(visit(), sound, sound, *doings) - sound).max() < 1e-6


def test_what_is_heard_is_before_then_after_then_the_difference(visit: Any) -> None:
    before, after = tone(440), tone(1000)
    doings = [(0.256, "choose", "after"), (0.512, "choose", "removed")]
    heard = played(visit(), before, after, *doings)
    settled = [slice(0, 4000), slice(4600, 8000), slice(8700, RATE)]
    for part, expected in zip(settled, (before, after, before - after), strict=True):
        assert np.abs(heard[part] - expected[part]).max() < 1e-6
    steepest = 2 * np.pi * (440 + 1000) / RATE * 0.5
    assert np.abs(np.diff(heard)).max() < 1.1 * steepest, "a click"


def test_a_jump_has_no_click(visit: Any) -> None:
    sound = tone(100)
    heard = played(visit(), sound, sound, (0.256, "seek", 0.7425))
    at = int(0.256 * RATE)
    assert np.abs(heard[at + 400 : at + 3000] - sound[11880 + 400 : 11880 + 3000]).max() < 1e-5
    assert np.abs(np.diff(heard)).max() < 0.05


def test_a_spectrogram_is_numpys(visit: Any) -> None:
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal(RATE)).astype(np.float32)
    powers = visit().evaluate(
        """async (sound) => {
            const { powersOf } = await import("/spectrogram.js");
            return powersOf(Float32Array.from(sound), 16000, 50).map((column) => [...column]);
        }""",
        sound.tolist(),
    )
    padded, window = np.pad(sound, 512), np.hanning(513)[:512]
    for column in (0, 7, 49):
        begin = round((column + 0.5) * len(sound) / 50 - 256) + 512
        expected = np.abs(np.fft.rfft(padded[begin : begin + 512] * window)) ** 2
        assert np.allclose(powers[column], expected, rtol=1e-4, atol=1e-7)


def test_a_tone_is_drawn_at_its_height(visit: Any) -> None:
    row = visit().evaluate(
        """async (sound) => {
            const { powersOf, loudestOf, paint } = await import("/spectrogram.js");
            const canvas = document.createElement("canvas");
            canvas.height = 100;
            const powers = powersOf(Float32Array.from(sound), 16000, 20);
            paint(canvas, powers, loudestOf(powers));
            const pixels = canvas.getContext("2d").getImageData(10, 0, 1, 100).data;
            const light = Array.from({ length: 100 }, (_, n) => pixels[4 * n] + pixels[4 * n + 1] + pixels[4 * n + 2]);
            return light.indexOf(Math.max(...light));
        }""",
        tone(2000).tolist(),
    )
    assert abs(row - 75) <= 1, "a quarter of the way from 0 to 8 kHz, counted from below"


def test_a_wav_file_is_what_went_in(visit: Any) -> None:
    rng = np.random.default_rng(1)
    sound = rng.uniform(-1.2, 1.2, (2, 1000)).astype(np.float32)
    content = visit().evaluate(
        """async (channels) => {
            const { wavOf } = await import("/wav.js");
            const file = wavOf(channels.map((one) => Float32Array.from(one)), 22050);
            const bytes = new Uint8Array(await file.arrayBuffer());
            return btoa(String.fromCharCode(...bytes));
        }""",
        sound.tolist(),
    )
    read, rate = soundfile.read(io.BytesIO(base64.b64decode(content)), always_2d=True)
    assert rate == 22050
    assert np.abs(read.T - sound.clip(-1, 1 - 2**-15)).max() <= 2**-16 + 1e-9

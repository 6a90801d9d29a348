"""Noise for training items: recorded, layered, scrambled, invented, or of other voices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import read_mono
from audiogan.audio.level import gain_for, rms_db
from audiogan.data.augmentation import scrambled
from audiogan.data.invented_noise import invented_noise, swell
from audiogan.data.mixing import excerpt_at, loop_period
from audiogan.data.recordings import DRAWS, SILENCE_DB, Recording, draw_speed, played
from audiogan.data.settings import SpeechData
from audiogan.data.synthetic_noise import babble, coloured_noise
from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]

# A share of the scrambled noises is made of speech: nobody understands it, and it rises and falls as crowds do.
OF_SPEECH = 0.3
SHORTEST_GRAIN_S, LONGEST_GRAIN_S = 0.02, 1.0


class NoiseItems:
    """Windows of noise, each a function of the generator it is drawn with.

    Args:
        noise: recordings of noise.
        voice: gives a window of somebody speaking.
        settings: window, and what kinds of noise in what shares.
        sample_rate: Hz.
    """

    def __init__(
        self,
        noise: list[Recording],
        voice: Callable[[np.random.Generator], Waveform],
        settings: SpeechData,
        sample_rate: int,
    ) -> None:
        self.noise = noise
        self.voice = voice
        self.window = settings.window
        self.options = settings.augmentation
        self.sample_rate = sample_rate

    def draw(self, rng: np.random.Generator) -> Waveform:
        """A window of noise, float32 `[window]`, of any level.

        Raises:
            AudioganError: the recordings are silent wherever an excerpt was tried.
        """
        noise = self._of_some_kind(rng)
        if self.options.swelling_noise and rng.random() < self.options.swelling_noise:
            noise = noise * swell(self.window, self.sample_rate, rng).astype(np.float32)
        return noise

    def _of_some_kind(self, rng: np.random.Generator) -> Waveform:
        kind = rng.random()
        for share, make in (
            (self.options.coloured_noise, self._coloured),
            (self.options.invented_noise, self._invented),
            (self.options.babble, self._babble),
            (self.options.scrambled_noise, self._scrambled),
        ):
            if kind < share:
                return make(rng)
            kind -= share
        noise = self._recorded(rng)
        if rng.random() < self.options.second_noise:
            second = self._recorded(rng)
            noise = noise + second * np.float32(gain_for(rms_db(noise) - rms_db(second) + rng.uniform(-10, 10)))
        return noise

    def _coloured(self, rng: np.random.Generator) -> Waveform:
        return coloured_noise(self.window, rng.uniform(0, 2), rng)

    def _invented(self, rng: np.random.Generator) -> Waveform:
        return invented_noise(self.window, self.sample_rate, rng)

    def _babble(self, rng: np.random.Generator) -> Waveform:
        return babble([self.voice(rng) for _ in range(int(rng.integers(3, 9)))])

    def _scrambled(self, rng: np.random.Generator) -> Waveform:
        source = self.voice(rng) if rng.random() < OF_SPEECH else self._recorded(rng)
        grain = np.exp(rng.uniform(np.log(SHORTEST_GRAIN_S), np.log(LONGEST_GRAIN_S)))
        return scrambled(source, round(grain * self.sample_rate), rng)

    def _recorded(self, rng: np.random.Generator) -> Waveform:
        for _ in range(DRAWS):
            recording = self.noise[int(rng.integers(len(self.noise)))]
            part = self._excerpt(recording, rng)
            if rms_db(part) > SILENCE_DB:
                return (
                    part[::-1] if self.options.reversed_noise and rng.random() < self.options.reversed_noise else part
                )
        raise AudioganError(
            f"data.noise: {DRAWS} excerpts in a row were silent, the last one of {recording.path}. Take it out."
        )

    def _excerpt(self, recording: Recording, rng: np.random.Generator) -> Waveform:
        """A window of noise from a drawn instant on, at a drawn speed; a noise that is too short is repeated."""
        speed, need = draw_speed(self.options.noise_speed, self.window, rng)
        if recording.samples >= need:
            offset = int(rng.integers(recording.samples - need + 1))
            return played(read_mono(recording.path, self.sample_rate, offset, need), speed, self.window)
        whole = read_mono(recording.path, self.sample_rate)
        offset = int(rng.integers(loop_period(whole.size, self.sample_rate)))
        return played(excerpt_at(whole, offset, need, self.sample_rate), speed, self.window)

"""Training items of noisy/clean speech: mixed on the fly from folders, or cut from pairs that were written."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import describe, find_sounds, read_mono
from audiogan.audio.level import active_level, gain_for, rms_db
from audiogan.audio.resample import resampled_length
from audiogan.chance import generator
from audiogan.data.augmentation import faster, tilted
from audiogan.data.invented_noise import invented_noise
from audiogan.data.manifest import PairRow
from audiogan.data.mixing import excerpt_at, loop_period
from audiogan.data.settings import Range, SpeechData
from audiogan.data.synthetic_noise import babble, coloured_noise
from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]

# Quieter than this over a whole window, a recording is silent there.
SILENCE_DB = -80.0
DRAWS = 20
MOST = 0.99


@dataclass(frozen=True)
class Recording:
    """A file and its length in samples at the rate it is read at."""

    path: Path
    samples: int


def recordings(folders: list[Path], sample_rate: int) -> list[Recording]:
    """The sound files in some folders, with their lengths at `sample_rate`.

    Raises:
        AudioganError: a folder is missing or holds no sound.
    """
    found = []
    for folder in folders:
        for path in find_sounds(folder):
            info = describe(path)
            found.append(Recording(path, resampled_length(info.samples, info.sample_rate, sample_rate)))
    return found


def is_held_out(name: str, share: float) -> bool:
    """Whether a recording belongs to the held-out share: decided by its name alone, so it stays so when others come."""
    return zlib.crc32(name.encode()) / 2**32 < share


def windows_of(samples: list[int], window: int, hop: int) -> list[tuple[int, int]]:
    """The items of recordings of these lengths: (recording, start); a short recording is one item."""
    places = []
    for number, length in enumerate(samples):
        places += [(number, start) for start in range(0, max(1, min(length, length - window + hop)), hop)]
    return places


class MixedSpeech:
    """Noisy/clean windows, mixed anew in every epoch; item i of epoch e is a function of (seed, e, i).

    The signal-to-noise ratio is that of the recording's active speech level (ITU-T P.56) to the noise's RMS in the
    window.

    Args:
        speech: recordings of clean speech.
        noise: recordings of noise.
        settings: window, hop, SNR, levels, augmentation.
        sample_rate: Hz of the items.
        seed: of the run.
    """

    def __init__(
        self, speech: list[Recording], noise: list[Recording], settings: SpeechData, sample_rate: int, seed: int
    ) -> None:
        self.speech = speech
        self.noise = noise
        self.settings = settings
        self.sample_rate = sample_rate
        self.seed = seed
        self.places = windows_of([recording.samples for recording in speech], settings.window, settings.hop)
        self._levels: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self.places)

    def item(self, epoch: int, index: int) -> dict[str, Waveform]:
        """`noisy` and `clean`, float32 `[1, window]`."""
        rng = generator(self.seed, "mixture", epoch, index)
        number, start = self.places[index]
        start += int(rng.integers(self.settings.hop))
        speech = tilted(self._read(self.speech[number], start, rng), self.settings.augmentation.tilt_db, rng)
        level = self._level(number)
        target = rng.uniform(*self.settings.level_db) if self.settings.level_db else level
        clean = speech * np.float32(gain_for(target - level))
        if rng.random() < self.settings.augmentation.clean_only:
            return _fitted(clean, clean)
        noise = tilted(self._noise(rng), self.settings.augmentation.noise_tilt_db, rng)
        snr = rng.uniform(*self.settings.snr_db)
        noisy = clean + noise * np.float32(gain_for(target - snr - rms_db(noise)))
        return _fitted(noisy, clean)

    def _level(self, number: int) -> float:
        if number not in self._levels:
            path = self.speech[number].path
            level = active_level(read_mono(path, self.sample_rate), self.sample_rate).level_db
            if level < SILENCE_DB:
                raise AudioganError(f"{path} is silent, so no SNR can be set. Take it out of data.clean.")
            self._levels[number] = level
        return self._levels[number]

    def _read(self, recording: Recording, start: int, rng: np.random.Generator) -> Waveform:
        """A window from `start` on, at a drawn speed; moved back at the recording's end, padded if it is too short."""
        speed, need = self._speed(self.settings.augmentation.speed, rng)
        start = max(0, min(start, recording.samples - need))
        return self._played(read_mono(recording.path, self.sample_rate, start, need), speed)

    def _speed(self, bounds: Range, rng: np.random.Generator) -> tuple[float, int]:
        """A drawn speed, and how many samples played at it fill a window."""
        speed = rng.uniform(*bounds)
        return speed, int(np.ceil(self.settings.window * speed))

    def _played(self, part: Waveform, speed: float) -> Waveform:
        part = faster(part, speed)[: self.settings.window]
        return np.pad(part, (0, self.settings.window - part.size))

    def _noise(self, rng: np.random.Generator) -> Waveform:
        kind = rng.random()
        options = self.settings.augmentation
        if kind < options.coloured_noise:
            return coloured_noise(self.settings.window, rng.uniform(0, 2), rng)
        kind -= options.coloured_noise
        if kind < options.invented_noise:
            return invented_noise(self.settings.window, self.sample_rate, rng)
        kind -= options.invented_noise
        if kind < options.babble:
            return babble([self._voice(rng) for _ in range(int(rng.integers(3, 9)))])
        noise = self._recorded_noise(rng)
        if rng.random() < options.second_noise:
            second = self._recorded_noise(rng)
            noise = noise + second * np.float32(gain_for(rms_db(noise) - rms_db(second) + rng.uniform(-10, 10)))
        return noise

    def _recorded_noise(self, rng: np.random.Generator) -> Waveform:
        for _ in range(DRAWS):
            recording = self.noise[int(rng.integers(len(self.noise)))]
            part = self._excerpt(recording, rng)
            if rms_db(part) > SILENCE_DB:
                return part
        raise AudioganError(
            f"data.noise: {DRAWS} excerpts in a row were silent, the last one of {recording.path}. Take it out."
        )

    def _excerpt(self, recording: Recording, rng: np.random.Generator) -> Waveform:
        """A window of noise from a drawn instant on, at a drawn speed; a noise that is too short is repeated."""
        speed, need = self._speed(self.settings.augmentation.noise_speed, rng)
        if recording.samples >= need:
            offset = int(rng.integers(recording.samples - need + 1))
            return self._played(read_mono(recording.path, self.sample_rate, offset, need), speed)
        whole = read_mono(recording.path, self.sample_rate)
        offset = int(rng.integers(loop_period(whole.size, self.sample_rate)))
        return self._played(excerpt_at(whole, offset, need, self.sample_rate), speed)

    def _voice(self, rng: np.random.Generator) -> Waveform:
        for _ in range(DRAWS):
            recording = self.speech[int(rng.integers(len(self.speech)))]
            part = self._read(recording, int(rng.integers(recording.samples)), rng)
            if rms_db(part) > SILENCE_DB:
                return part
        raise AudioganError(
            f"data.clean: {DRAWS} excerpts in a row were silent, the last one of {recording.path}. Take it out."
        )


class PairedSpeech:
    """Windows of noisy/clean pairs that were written ahead of time.

    Args:
        rows: of the manifest.
        settings: window and hop.
        sample_rate: Hz of the items.
    """

    def __init__(self, rows: list[PairRow], settings: SpeechData, sample_rate: int) -> None:
        self.rows = rows
        self.settings = settings
        self.sample_rate = sample_rate
        lengths = [resampled_length(row.samples, row.sample_rate, sample_rate) for row in rows]
        self.places = windows_of(lengths, settings.window, settings.hop)

    def __len__(self) -> int:
        return len(self.places)

    def item(self, epoch: int, index: int) -> dict[str, Waveform]:
        """`noisy` and `clean`, float32 `[1, window]`; the same in every epoch."""
        number, start = self.places[index]
        row = self.rows[number]
        return {"noisy": self._window(row.noisy, start), "clean": self._window(row.clean, start)}

    def _window(self, path: Path, start: int) -> Waveform:
        part = read_mono(path, self.sample_rate, start, self.settings.window)
        return np.pad(part, (0, self.settings.window - part.size))[None]


def _fitted(noisy: Waveform, clean: Waveform) -> dict[str, Waveform]:
    """Both sides scaled alike where one would clip."""
    largest = max(float(np.abs(noisy).max()), float(np.abs(clean).max()))
    scale = np.float32(min(1.0, MOST / largest) if largest > 0 else 1.0)
    return {"noisy": (noisy * scale)[None].astype(np.float32), "clean": (clean * scale)[None].astype(np.float32)}

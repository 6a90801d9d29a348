"""Training items of noisy/clean speech: mixed on the fly from folders, or cut from pairs that were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import read_mono
from audiogan.audio.level import active_level, change_to_level, gain_for, rms_db
from audiogan.audio.resample import resampled_length
from audiogan.audio.survey import LeftOut
from audiogan.chance import generator
from audiogan.data.augmentation import low_passed, tilted
from audiogan.data.conditions import Channel, Plan
from audiogan.data.manifest import PairRow
from audiogan.data.noise_items import NoiseItems
from audiogan.data.recordings import DRAWS, SILENCE_DB, Recording, draw_speed, played, read_from, windows_of
from audiogan.data.rooms import early_part, in_room, room_responses
from audiogan.data.settings import SpeechData
from audiogan.data.shares import shares_of_folders
from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]

MOST = 0.99
PAUSE_S = 0.05, 0.6  # between recordings that are joined
LOWEST_BAND_HZ = 2000.0
MOST_RAISED_DB = 10.0  # a window is raised to the level asked for by this more than its recording would be
FAINTEST = 1e-6  # root mean square of a noise that is none: an item without noise stays one, and gives none


class MixedSpeech:
    """Noisy/clean windows, mixed anew in every epoch; item i of epoch e is a function of (seed, e, i).

    Level and signal-to-noise ratio are set last, on the window as it is heard: behind tilt, room and band limits,
    before the faults of a channel. The level is the active speech level (ITU-T P.56) of the window; the ratio is to the
    noise's RMS from where the speech begins. A window whose level is more than 10 dB below its recording's counts as
    10 dB below it, so that breath and background are not raised to the level of speech. In a room the echoes belong to
    the speech: they are on both sides, the late ones of a share of the items (`conditions.dry_target`) on the noisy
    side alone. What lies above the band of a recording (`band_hz` in `corpus.jsonl`) is removed
    from its noise as well, so that treble is not learnt as noise.

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
        self.settings = settings
        self.sample_rate = sample_rate
        self.seed = seed
        self.variants = 1 + settings.exchanges
        self.noise = NoiseItems(noise, self.voice, settings, sample_rate)
        self.channel = Channel(settings.conditions, settings.window, sample_rate)
        self.places = _places([recording.samples for recording in speech], settings)
        paths = [speech[number].path for number, _ in self.places]
        self._shares = shares_of_folders(paths, settings.shares, seed) if settings.shares else None
        self._neighbours = _by_folder(speech)
        self._levels: dict[int, float] = {}
        self.remark: str | None = None
        """What is to be known of the data before training, in a line."""
        self.left_out: list[LeftOut] = []
        """Recordings that cannot be used."""

    def __len__(self) -> int:
        return len(self.places)

    def item(self, epoch: int, index: int) -> dict[str, Waveform]:
        """`noisy` and `clean`, float32 `[1, window]`; where batches have variants, `band` in Hz, float32 `[1]`."""
        rng = generator(self.seed, "mixture", epoch, index)
        plan = self.channel.plan(generator(self.seed, "conditions", epoch, index))
        options = self.settings.augmentation
        number, start = self.places[self._shares(epoch, index) if self._shares else index]
        start = start + int(rng.integers(self._reach(number))) if not plan.lead else 0
        part, band = self._window(number, start, rng)
        part = self.channel.spoken(part, plan)
        speech = tilted(part, options.tilt_db, rng)
        asked = rng.uniform(*self.settings.level_db) if self.settings.level_db else None
        asked = plan.level_db if plan.level_db is not None else asked
        rooms, dry = None, None
        if options.reverberation and rng.random() < options.reverberation:
            rooms = room_responses(self.sample_rate, rng)
            dry = in_room(speech, early_part(rooms[0], self.sample_rate)) if plan.dry else None
            speech = in_room(speech, rooms[0])
        noise, snr = None, 0.0
        if rng.random() >= options.clean_only:
            noise = tilted(self.noise.draw(rng), options.noise_tilt_db, rng)
            noise = in_room(noise, rooms[1]) if rooms else noise
            snr = rng.uniform(*self.settings.snr_db)
        if options.low_passed and rng.random() < options.low_passed:
            band = min(band, np.exp(rng.uniform(np.log(LOWEST_BAND_HZ), np.log(self.sample_rate / 2))))
        speech = self._limited(speech, band, plan)
        change = rms_db(speech) - rms_db(part) if part.any() else 0.0
        change_db, level = self._to_level(speech, self._level(number) + change - MOST_RAISED_DB, asked)
        gain = np.float32(gain_for(change_db))
        clean = noisy = speech * gain
        if noise is not None:
            noisy = clean + self._added(noise, band, plan, level - snr)
        if dry is not None:
            clean = self._limited(dry, band, plan) * gain
        item = self._faulted(noisy, clean, plan)
        return item | {"band": np.array([band], np.float32)} if self.settings.exchanges else item

    def _limited(self, side: Waveform, band: float, plan: Plan) -> Waveform:
        """One side of the item through its channel, without what lies above a band in Hz."""
        side = self.channel.limited(side, plan)
        return low_passed(side, band, self.sample_rate) if band < self.sample_rate / 2 else side

    def _to_level(self, speech: Waveform, least: float, asked: float | None) -> tuple[float, float]:
        """The gain in dB that gives speech the level asked for, and that level; `least` counts where it is less."""
        measured = active_level(speech, self.sample_rate).level_db
        if asked is None:
            return 0.0, max(measured, least)
        return (change_to_level(speech, self.sample_rate, asked) if measured > least else asked - least), asked

    def _added(self, noise: Waveform, band: float, plan: Plan, level_db: float) -> Waveform:
        """Noise through the item's channel, at a level from where the speech begins."""
        noise = self.channel.without_lead(self._limited(noise, band, plan), plan)
        noise = noise * np.float32(gain_for(level_db - max(rms_db(noise[plan.lead :]), SILENCE_DB)))
        hiss = self.channel.hiss(plan)
        if hiss is not None:
            noise[: plan.lead] += low_passed(hiss, band, self.sample_rate) if band < self.sample_rate / 2 else hiss
        return noise

    def _faulted(self, noisy: Waveform, clean: Waveform, plan: Plan) -> dict[str, Waveform]:
        """Both sides in full scale, after the faults of the channel."""
        item = _fitted(noisy, clean)
        if not (plan.clipped or plan.codec or plan.gaps):
            return item
        return _fitted(*self.channel.faulted(item["noisy"][0], item["clean"][0], plan))

    def variant(self, batch: dict[str, Waveform], number: int) -> dict[str, Waveform]:
        """A batch whose noises have gone `number` items on, round in groups of `variants`, at the level of those there
        and within the band of the item.

        So each item of a group meets each noise of the group once (Défossez et al. 2020, arXiv:2006.12847, section
        3.2, exchange noises within a batch, too).

        Raises:
            AudioganError: the batch cannot be divided into such groups.
        """
        clean = batch["clean"]
        if len(clean) % self.variants:
            raise AudioganError(
                f"training.batch_size: {len(clean)} items (of this process) are no multiple of {self.variants}, which "
                f"data.exchanges={self.variants - 1} asks for. Change one of them."
            )
        noise = batch["noisy"] - clean
        items = np.arange(len(clean))
        places = items % self.variants
        others = noise[items - places + (places + number) % self.variants]
        for item in np.flatnonzero(batch["band"][:, 0] < self.sample_rate / 2):
            others[item, 0] = low_passed(others[item, 0], float(batch["band"][item, 0]), self.sample_rate)
        gains = _rms(noise) / np.maximum(_rms(others), FAINTEST)
        fitted = [_fitted(*sides) for sides in zip(clean + gains * others, clean, strict=True)]
        return batch | {name: np.stack([item[name] for item in fitted]) for name in ("noisy", "clean")}

    def voice(self, rng: np.random.Generator) -> Waveform:
        """A window of somebody speaking.

        Raises:
            AudioganError: the recordings are silent wherever an excerpt was tried.
        """
        for _ in range(DRAWS):
            number = int(rng.integers(len(self.speech)))
            part, _ = self._window(number, int(rng.integers(self.speech[number].samples)), rng)
            if rms_db(part) > SILENCE_DB:
                return part
        raise AudioganError(
            f"data.clean: {DRAWS} excerpts in a row were silent, the last one of {self.speech[number].path}. "
            "Take it out."
        )

    def _window(self, number: int, start: int, rng: np.random.Generator) -> tuple[Waveform, float]:
        """A window of a recording from `start` on, at a drawn speed, and its band in Hz.

        What is too short is padded, or others follow; the narrowest band counts.
        """
        speed, need = draw_speed(self.settings.augmentation.speed, self.settings.window, rng)
        part = read_from(self.speech[number], start, need, self.sample_rate)
        bands = [self.speech[number].band_hz]
        if self.settings.short == "join" and part.size < need:
            part, others = self._joined(part, number, need, rng)
            bands += others
        if self.settings.short == "repeat" and 0 < part.size < need:
            part = np.resize(part, need)
        band = speed * min((band for band in bands if band is not None), default=np.inf)
        return played(part, speed, self.settings.window), band

    def _reach(self, number: int) -> int:
        """How many samples after an item's place it may begin."""
        if self.settings.slices == "all":
            return self.settings.hop
        return max(1, self.speech[number].samples - self.settings.window + 1)

    def _joined(
        self, part: Waveform, number: int, need: int, rng: np.random.Generator
    ) -> tuple[Waveform, list[float | None]]:
        """Others of the same folder follow after pauses, at the level of the first; and their bands."""
        folder = self._neighbours[self.speech[number].path.parent]
        parts, missing, bands = [part], need - part.size, []
        while missing > 0:
            pause = round(rng.uniform(*PAUSE_S) * self.sample_rate)
            other = folder[int(rng.integers(len(folder)))]
            gain = gain_for(self._level(number) - self._level(other))
            follower = read_mono(self.speech[other].path, self.sample_rate, 0, max(1, missing - pause))
            parts += [np.zeros(pause, np.float32), np.float32(gain) * follower]
            bands.append(self.speech[other].band_hz)
            missing -= pause + follower.size
        return np.concatenate(parts)[:need], bands

    def _level(self, number: int) -> float:
        if number not in self._levels:
            path = self.speech[number].path
            level = active_level(read_mono(path, self.sample_rate), self.sample_rate).level_db
            if level < SILENCE_DB:
                raise AudioganError(f"{path} is silent, so no SNR can be set. Take it out of data.clean.")
            self._levels[number] = level
        return self._levels[number]


class PairedSpeech:
    """Windows of noisy/clean pairs that were written ahead of time.

    Args:
        rows: of the manifest.
        settings: window and hop, and whether all windows are items or a random one of each pair.
        sample_rate: Hz of the items.
        seed: of the random places.
    """

    def __init__(self, rows: list[PairRow], settings: SpeechData, sample_rate: int, seed: int = 0) -> None:
        self.rows = rows
        self.settings = settings
        self.sample_rate = sample_rate
        self.seed = seed
        self.lengths = [resampled_length(row.samples, row.sample_rate, sample_rate) for row in rows]
        self.places = _places(self.lengths, settings)
        self.remark: str | None = None
        """What is to be known of the data before training, in a line."""
        self.left_out: list[LeftOut] = []
        """Files of pairs that cannot be used."""

    def __len__(self) -> int:
        return len(self.places)

    def item(self, epoch: int, index: int) -> dict[str, Waveform]:
        """`noisy` and `clean`, float32 `[1, window]`; of `slices: all` the same in every epoch."""
        number, start = self.places[index]
        if self.settings.slices == "random":
            last = max(0, self.lengths[number] - self.settings.window)
            start = int(generator(self.seed, "cut", epoch, number).integers(last + 1))
        row = self.rows[number]
        return {"noisy": self._window(row.noisy, start), "clean": self._window(row.clean, start)}

    def _window(self, path: Path, start: int) -> Waveform:
        window = self.settings.window
        part = read_mono(path, self.sample_rate, start, window)
        if self.settings.short == "repeat" and 0 < part.size < window and start == 0:
            return np.resize(part, window)[None]
        return np.pad(part, (0, window - part.size))[None]


def _places(lengths: list[int], settings: SpeechData) -> list[tuple[int, int]]:
    """The items as (recording, start): all windows, or each recording once."""
    if settings.slices == "random":
        return [(number, 0) for number in range(len(lengths))]
    return windows_of(lengths, settings.window, settings.hop)


def _fitted(noisy: Waveform, clean: Waveform) -> dict[str, Waveform]:
    """Both sides scaled alike where one would clip."""
    largest = max(float(np.abs(noisy).max()), float(np.abs(clean).max()))
    scale = np.float32(min(1.0, MOST / largest) if largest > 0 else 1.0)
    sides = {"noisy": noisy, "clean": clean}
    return {name: (side * scale).reshape(1, -1).astype(np.float32) for name, side in sides.items()}


def _rms(sounds: Waveform) -> Waveform:
    """Of each row of `[items, 1, samples]`, `[items, 1, 1]`."""
    return np.asarray(np.sqrt(np.mean(np.square(sounds), axis=2, keepdims=True)))


def _by_folder(speech: list[Recording]) -> dict[Path, list[int]]:
    """The numbers of the recordings in each folder."""
    folders: dict[Path, list[int]] = {}
    for number, recording in enumerate(speech):
        folders.setdefault(recording.path.parent, []).append(number)
    return folders

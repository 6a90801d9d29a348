"""What sets of mixtures are made of: utterances joined of short prompts, rooms, babble, typing, pieces of music."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_sounds import typed

from audiogan.audio.files import read_mono
from audiogan.data.augmentation import faster
from audiogan.data.mixing import excerpt_at
from audiogan.data.sources import Source
from audiogan.data.synthetic_noise import babble, unit_rms
from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]

SAMPLE_RATE = 16000
LEAST_SECONDS, JOINED_SECONDS, MOST_SECONDS = 2.0, 3.0, 8.0
PAUSE_SECONDS = 0.2, 0.6
CUT_AFTER_SECONDS = 4.0
FRAME = SAMPLE_RATE // 20
BABBLE_VOICES = 5, 8
BABBLE_SPEEDS = 0.85, 1.18
KEYS = 30

ROOM_METRES = (3.0, 2.5, 2.4), (9.0, 7.0, 3.6)
REVERBERATION_S = 0.2, 0.7
TALKER_METRES = 0.3, 1.5
FROM_WALLS_METRES = 0.4
MOST_REFLECTIONS = 45  # beyond them a response takes seconds to compute
ROOM_DRAWS = 1000


@dataclass(frozen=True)
class Piece:
    """A recording or a part of one: where in it the part begins, and its sound `[samples]` at 16 kHz."""

    source: Source
    offset: int
    sound: Waveform


@dataclass(frozen=True)
class Utterance:
    """Speech of one speaker: pieces and where in the sound `[samples]` each begins."""

    speaker: str
    pieces: list[tuple[Piece, int]]
    sound: Waveform


class Voice:
    """A speaker's recordings in a drawn order, each used once.

    Args:
        speaker: the speaker's name.
        sources: the recordings.
        rng: draws their order and the pauses.
    """

    def __init__(self, speaker: str, sources: Sequence[Source], rng: np.random.Generator) -> None:
        self.speaker = speaker
        self._rng = rng
        self._pieces = pieces_of([sources[place] for place in rng.permutation(len(sources))])
        self._aside: list[Piece] = []

    def utterance(self) -> Utterance | None:
        """The next 2 to 8 s: one piece, or several with pauses until there are 3 s; None when too little is left."""
        pieces: list[tuple[Piece, int]] = []
        end = 0
        passed_over: list[Piece] = []
        while end < JOINED_SECONDS * SAMPLE_RATE and (piece := self._next()) is not None:
            start = end + round(self._rng.uniform(*PAUSE_SECONDS) * SAMPLE_RATE) if pieces else 0
            if start + piece.sound.size > MOST_SECONDS * SAMPLE_RATE:
                passed_over.append(piece)
                continue
            pieces.append((piece, start))
            end = start + piece.sound.size
        self._aside = passed_over + self._aside
        if end < LEAST_SECONDS * SAMPLE_RATE:
            return None
        sound = np.zeros(end, np.float32)
        for piece, start in pieces:
            sound[start : start + piece.sound.size] = piece.sound
        return Utterance(self.speaker, pieces, sound)

    def rest(self) -> list[Source]:
        """The recordings of which nothing was used; there are no utterances after this."""
        return [piece.source for piece in (*self._aside, *self._pieces) if piece.offset == 0]

    def _next(self) -> Piece | None:
        return self._aside.pop(0) if self._aside else next(self._pieces, None)


def pieces_of(sources: Sequence[Source]) -> Iterator[Piece]:
    """Recordings one after the other, those over 8 s in parts, cut where they are quietest between 4 and 8 s."""
    for source in sources:
        sound = read_mono(source.path, SAMPLE_RATE)
        offset = 0
        while sound.size - offset > MOST_SECONDS * SAMPLE_RATE:
            first = offset + round(CUT_AFTER_SECONDS * SAMPLE_RATE)
            frames = sound[first : offset + round(MOST_SECONDS * SAMPLE_RATE)].reshape(-1, FRAME)
            stop = first + int(np.square(frames, dtype=np.float64).sum(axis=1).argmin()) * FRAME + FRAME // 2
            yield Piece(source, offset, sound[offset:stop])
            offset = stop
        yield Piece(source, offset, sound[offset:])


def by_speaker(sources: Sequence[Source]) -> dict[str, list[Source]]:
    """Recordings of speech by who speaks; those of unknown speakers by their folder."""
    found: dict[str, list[Source]] = {}
    for source in sources:
        found.setdefault(source.speaker or source.path.parent.name, []).append(source)
    return found


class Room:
    """A room with one microphone, a talker near it and noises anywhere, by Allen and Berkley's image sources (1979).

    Size 3 × 2.5 × 2.4 to 9 × 7 × 3.6 m, reverberation time by Sabine's formula 0.2 to 0.7 s, the same for all
    frequencies, the talker 0.3 to 1.5 m from the microphone.

    Args:
        noises: how many noises there are.
        rng: draws the room and all places.

    Raises:
        AudioganError: pyroomacoustics, which computes the responses, is not installed.
    """

    def __init__(self, noises: int, rng: np.random.Generator) -> None:
        try:
            pyroomacoustics: Any = import_module("pyroomacoustics")
        except ModuleNotFoundError:
            raise AudioganError("rooms need pyroomacoustics; 'pip install audiogan[corpora]' brings it.") from None
        for _ in range(ROOM_DRAWS):
            size = rng.uniform(*ROOM_METRES)
            seconds = np.exp(rng.uniform(*np.log(REVERBERATION_S)))
            try:
                absorption, reflections = pyroomacoustics.inverse_sabine(seconds, size)
            except ValueError:  # so short a time is not to be had in so large a room
                continue
            if reflections <= MOST_REFLECTIONS:
                break
        else:
            raise AssertionError("no room fits its reverberation time")
        room = pyroomacoustics.ShoeBox(
            size, fs=SAMPLE_RATE, materials=pyroomacoustics.Material(absorption), max_order=reflections
        )
        microphone = _place(size, rng)
        talker = _place(size, rng)
        while not TALKER_METRES[0] <= np.linalg.norm(talker - microphone) <= TALKER_METRES[1]:
            talker = _place(size, rng)
        places = [talker, *(_place(size, rng) for _ in range(noises))]
        room.add_microphone(microphone)
        for place in places:
            room.add_source(place)
        room.compute_rir()
        self.reverberation_seconds = float(seconds)
        self._responses = [np.asarray(response, np.float64) for response in room.rir[0]]
        # What is heard is to begin when it is said: the way through the air, and the filter that delays by fractions.
        filter_delay = pyroomacoustics.constants.get("frac_delay_length") // 2
        metres = [float(np.linalg.norm(place - microphone)) for place in places]
        self._delays = [round(way / room.c * SAMPLE_RATE) + filter_delay for way in metres]

    def talker(self, sound: Waveform) -> Waveform:
        """Speech `[samples]` as the microphone hears it, without delay and of the same length."""
        return self._heard(sound, 0)

    def noise(self, number: int, sound: Waveform) -> Waveform:
        """The same of a noise."""
        return self._heard(sound, 1 + number)

    def _heard(self, sound: Waveform, source: int) -> Waveform:
        from scipy.signal import fftconvolve

        delay = self._delays[source]
        return fftconvolve(sound, self._responses[source])[delay : delay + sound.size].astype(np.float32)


def babble_of(sources: Sequence[Source], samples: int, rng: np.random.Generator) -> tuple[Waveform, list[Source]]:
    """Five to eight voices at once, of RMS 1, each a recording after the other, faster and higher or slower and lower.

    Args:
        sources: recordings of speech; a few speakers sound like more by their speeds.
        samples: the wanted length.
        rng: draws recordings and speeds.

    Returns:
        The babble and the recordings in it.
    """
    voices, used = [], []
    for _ in range(rng.integers(*BABBLE_VOICES, endpoint=True)):
        speed = rng.uniform(*BABBLE_SPEEDS)
        said: list[Waveform] = []
        while sum(map(len, said)) < samples:
            source = sources[int(rng.integers(len(sources)))]
            said.append(faster(read_mono(source.path, SAMPLE_RATE), speed))
            used.append(source)
        voices.append(np.concatenate(said)[:samples])
    return babble(voices), used


def invented_typing(samples: int, rng: np.random.Generator) -> Waveform:
    """Up to ten seconds of typing on a keyboard that nobody built, of RMS 1: strokes are short rings in a burst."""
    keys = [(_stroke(1.0, rng), _stroke(rng.uniform(0.2, 0.6), rng)) for _ in range(KEYS)]
    sound = typed(keys, rng)
    return unit_rms(excerpt_at(sound, 0, samples, SAMPLE_RATE))


def piece_of_music(sources: Sequence[Source], samples: int, rng: np.random.Generator) -> Waveform:
    """Recordings of single sounds one after the other, each while the last may still sound; at -20 dB RMS."""
    music = np.zeros(samples, np.float32)
    start = 0
    while start < samples:
        sound = read_mono(sources[int(rng.integers(len(sources)))].path, SAMPLE_RATE)[: samples - start]
        music[start : start + sound.size] += np.float32(10 ** (rng.uniform(-10, 0) / 20)) * sound
        start += round(rng.uniform(0.12, 0.6) * SAMPLE_RATE)
    music = 0.1 * unit_rms(music)
    return music * np.float32(min(1.0, 0.99 / np.abs(music).max()))


def _place(size: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.uniform(FROM_WALLS_METRES, size - FROM_WALLS_METRES)


def _stroke(gain: float, rng: np.random.Generator) -> Waveform:
    time = np.arange(round(0.06 * SAMPLE_RATE)) / SAMPLE_RATE
    pitch, phase, fall = rng.uniform(400, 6000, 4), rng.uniform(0, 2 * np.pi, 4), rng.uniform(0.003, 0.02, 4)
    ring = (np.sin(2 * np.pi * pitch[:, None] * time + phase[:, None]) * np.exp(-time / fall[:, None])).sum(axis=0)
    burst = rng.standard_normal(time.size) * np.exp(-time / rng.uniform(0.001, 0.006))
    return (gain * (ring + rng.uniform(0.5, 3) * burst)).astype(np.float32)

"""Mixtures that enhancers are scored on and chosen by, and sounds that they must not harm, of held-out recordings.

    python data_prep/enhancement_sets.py corpora corpora/enhancement --music data/piano/held_out data/drums/held_out

takes the held-out speakers and noises of debian_corpora.py (corpora/{develop,select}/{speech,noise}) and makes

- OUT/develop: 384 mixtures to be scored. Nothing is chosen by them. SNR 0, 5, 10 and 15 dB in equal parts, a third
  reverberant (the clean side keeps the room's echoes), half with one recorded noise, a quarter with two, the rest with
  babble, hum, clicks or typing; every combination equally often, in a drawn order. No speech is used twice.
- OUT/select: 96 mixtures of the same kind, which choose checkpoints and hyper-parameters and are not scored.
- OUT/special: clean speech, silence, noise and (with --music) music alone.

Each folder has a manifest.jsonl as 'audiogan prep' writes it, with `conditions` that results may be told by. The same
seed gives the same sets. The recordings keep their licences: the manifests name them.

Needs `pip install audiogan[corpora]`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from enhancement_sounds import (
    LEAST_SECONDS,
    MOST_SECONDS,
    SAMPLE_RATE,
    Room,
    Utterance,
    Voice,
    Waveform,
    babble_of,
    by_speaker,
    invented_typing,
    piece_of_music,
)

from audiogan.audio.files import describe, read_mono, write
from audiogan.audio.level import rms_db
from audiogan.chance import generator
from audiogan.data.manifest import Ingredient, PairRow, write_manifest
from audiogan.data.mixing import PAUSE_DB, Mixture, draw_excerpt, excerpt_at, gain_to_level, mix
from audiogan.data.pairs import write_pair
from audiogan.data.sources import Source, file_sha256, find_sources
from audiogan.data.synthetic_noise import clicks, mains_hum
from audiogan.errors import AudioganError
from audiogan.writing import put_in_place

SNRS_DB = 0.0, 5.0, 10.0, 15.0
ROOMS = "dry", "dry", "reverberant"
# Half one noise and a quarter two in every run of four, so that a small set has them all too.
NOISES = tuple(kind for last in ("babble", "typing", "hum", "clicks") for kind in ("one", "two", "one", last))
LEVELS_DB = -35.0, -18.0
SECOND_NOISE_DB = -5.0, 5.0
CLICKS_PER_SECOND = 2.0, 15.0
LONG_NOISE_SECONDS = 4.0
INVENTED = "invented"
LICENCE_OF_INVENTED = "none needed"


@dataclass(frozen=True)
class Part:
    """A part of a noise: its sound `[samples]`, what it is made of, its gain before all parts are mixed in."""

    sound: Waveform
    sources: list[tuple[Source, int]]
    gain: float = 1.0
    invented: str | None = None


def main() -> int:
    """The program; exit code 2 and one line for what the user can mend."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, metavar="CORPORA", help="folder that debian_corpora.py made")
    parser.add_argument("out", type=Path, metavar="OUT", help="new folder for the sets")
    parser.add_argument("--develop", type=int, default=384, metavar="N", help="mixtures to be scored (384)")
    parser.add_argument("--select", type=int, default=96, metavar="N", help="mixtures to choose by (96)")
    parser.add_argument("--special", type=int, default=30, metavar="N", help="special sounds of each kind (30)")
    parser.add_argument("--music", nargs="+", type=Path, default=[], metavar="DIR", help="folders of single sounds")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed makes other sets (0)")
    arguments = parser.parse_args()
    try:
        if arguments.out.exists():
            raise AudioganError(f"{arguments.out}: is there already. Remove it, or choose a new folder.")
        with put_in_place(arguments.out) as out:
            for split, count in (("develop", arguments.develop), ("select", arguments.select)):
                folder = arguments.corpora / split
                made = MixtureSet([folder / "speech"], [folder / "noise"], split, count, arguments.seed)
                if split == "develop":
                    special = list(special_sounds(made, arguments.music, arguments.special))
                write_manifest(out / split / "manifest.jsonl", made.write(out / split))
            write_manifest(out / "special" / "manifest.jsonl", write_special(special, out / "special"))
    except AudioganError as error:
        print(f"enhancement_sets: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: develop, select and special, each with a manifest.jsonl")
    return 0


class MixtureSet:
    """Mixtures of speech and noise.

    Args:
        speech: folders of recordings; with `corpus.jsonl` in them or above, their speakers are known.
        noise: folders of recordings.
        name: another name draws otherwise from the same recordings.
        count: how many mixtures.
        seed: of all draws.
        snrs_db: in equal parts.

    Raises:
        AudioganError: a folder is missing, or there is too little speech.
    """

    def __init__(
        self,
        speech: list[Path],
        noise: list[Path],
        name: str,
        count: int,
        seed: int,
        snrs_db: Sequence[float] = SNRS_DB,
    ) -> None:
        self.name, self.seed, self.snrs_db = name, seed, tuple(snrs_db)
        self.noise = find_sources(noise)
        speakers = by_speaker(find_sources(speech))
        self.voices = [
            Voice(speaker, speakers[speaker], generator(seed, f"{name} speech", number))
            for number, speaker in enumerate(sorted(speakers))
        ]
        self.utterances = self.draw_utterances(count)
        self._order = generator(seed, f"{name} order").permutation(count)
        self._noise_turns = self._noises_in_turn()

    def draw_utterances(self, count: int) -> list[Utterance]:
        """The next utterances, speakers in turn; when the recordings of one are used up, of the others.

        Raises:
            AudioganError: there are not as many.
        """
        drawn: list[Utterance] = []
        voices = list(self.voices)
        while len(drawn) < count:
            if not voices:
                raise AudioganError(f"the speech of {self.name} is enough for {len(drawn)} more sounds, not {count}.")
            for voice in list(voices):
                utterance = voice.utterance()
                if utterance is None:
                    voices.remove(voice)
                elif len(drawn) < count:
                    drawn.append(utterance)
        return drawn

    def write(self, folder: Path) -> Iterator[PairRow]:
        """Write all mixtures, `clean/ID.wav` and `noisy/ID.wav`; their rows."""
        unused = [source for voice in self.voices for source in voice.rest()]
        if not unused:
            raise AudioganError(f"the speech of {self.name} is used up, and babble wants some. Make fewer mixtures.")
        for index, utterance in enumerate(self.utterances):
            yield self._write_one(index, utterance, *combination(int(self._order[index]), self.snrs_db), unused, folder)

    def _write_one(
        self, index: int, said: Utterance, snr_db: float, room_kind: str, kind: str, unused: list[Source], folder: Path
    ) -> PairRow:
        rng = generator(self.seed, f"{self.name} mixture", index)
        parts = self._parts(kind, said.sound.size, unused, rng)
        speech, sounds = said.sound, [part.sound for part in parts]
        if room_kind == "reverberant":
            room = Room(len(parts), rng)
            speech = room.talker(speech)
            sounds = [room.noise(number, sound) for number, sound in enumerate(sounds)]
        gains = [part.gain / 10 ** (rms_db(sound) / 20) for part, sound in zip(parts, sounds, strict=True)]
        noise = np.sum([gain * sound for gain, sound in zip(gains, sounds, strict=True)], axis=0).astype(np.float32)
        mixture = mix(speech, noise, snr_db, SAMPLE_RATE, speech_level_db=float(rng.uniform(*LEVELS_DB)))
        name = f"{index:04d}-{_word(said.speaker)}-{snr_db:g}dB-{room_kind}-{kind}"
        first, *joined = _spoken(said, mixture)
        return write_pair(
            mixture,
            folder,
            name,
            SAMPLE_RATE,
            "PCM_16",
            snr_db=snr_db,
            level="p56",
            speech=first,
            joined=joined or None,
            noise=[
                ingredient
                for part, gain in zip(parts, gains, strict=True)
                for ingredient in _heard(part, gain * mixture.noise_gain)
            ],
            conditions={"room": room_kind, "noise": kind, "speaker": said.speaker},
        )

    def _parts(self, kind: str, samples: int, unused: list[Source], rng: np.random.Generator) -> list[Part]:
        if kind == "babble":
            sound, sources = babble_of(unused, samples, rng)
            return [Part(sound, [(source, 0) for source in sources])]
        parts = [self._recorded(samples, rng)]
        if kind == "one":
            return parts
        gain = float(10 ** (rng.uniform(*SECOND_NOISE_DB) / 20))
        if kind == "two":
            second = self._recorded(samples, rng)
            return [*parts, Part(second.sound, second.sources, gain)]
        invented = {
            "typing": lambda: invented_typing(samples, rng),
            "hum": lambda: mains_hum(samples, SAMPLE_RATE, rng),
            "clicks": lambda: clicks(samples, SAMPLE_RATE, rng.uniform(*CLICKS_PER_SECOND), rng),
        }
        return [*parts, Part(invented[kind](), [], gain, kind)]

    def _recorded(self, samples: int, rng: np.random.Generator) -> Part:
        while True:
            source = next(self._noise_turns)
            whole = read_mono(source.path, SAMPLE_RATE)
            sound, offset = draw_excerpt(
                lambda start, wanted, whole=whole: excerpt_at(whole, start, wanted, SAMPLE_RATE),  # type: ignore[misc]
                whole.size, samples, SAMPLE_RATE, rng,
            )  # fmt: skip
            if rms_db(sound) > PAUSE_DB:
                return Part(sound, [(source, offset)])

    def _noises_in_turn(self) -> Iterator[Source]:
        """All noises in a drawn order, again and again; a long one once for every four seconds."""
        places = [source for source in self.noise for _ in range(max(1, int(_seconds(source) / LONG_NOISE_SECONDS)))]
        turn = 0
        while True:
            for place in generator(self.seed, f"{self.name} noise", turn).permutation(len(places)):
                yield places[place]
            turn += 1


def special_sounds(made: MixtureSet, music: list[Path], count: int) -> Iterator[tuple[str, str, Waveform]]:
    """Kind, name and sound of what an enhancer must leave alone or make quieter.

    Speech that is in no mixture, silence (no sound at all, one bit of dither, a faint hiss), recorded noise, music.
    """
    rng = generator(made.seed, "special sounds")
    for utterance in made.draw_utterances(count):
        level_db = float(rng.uniform(*LEVELS_DB))
        loud = utterance.sound * np.float32(gain_to_level(utterance.sound, SAMPLE_RATE, "p56", level_db))
        yield "speech", utterance.pieces[0][0].source.path.stem, loud * np.float32(min(1, 0.99 / np.abs(loud).max()))
    samples = round(5 * SAMPLE_RATE)
    yield "silence", "no sound", np.zeros(samples, np.float32)
    yield "silence", "dither", (rng.integers(-1, 2, samples) / 32768).astype(np.float32)
    yield "silence", "hiss at -70 dB", (10**-3.5 * rng.standard_normal(samples)).astype(np.float32)
    usable = [source for source in made.noise if _seconds(source) >= LEAST_SECONDS]
    for place in rng.permutation(len(usable))[:count]:
        sound = read_mono(usable[place].path, SAMPLE_RATE)[: round(MOST_SECONDS * SAMPLE_RATE)]
        yield "noise", usable[place].path.stem, sound
    for folder in music:
        sources = find_sources([folder])
        for number in range(count // len(music)):
            yield "music", f"{_word(folder.resolve().parent.name)}-{number}", piece_of_music(sources, samples, rng)


def write_special(sounds: list[tuple[str, str, Waveform]], folder: Path) -> Iterator[PairRow]:
    """Write them as `KIND/NAME.wav`; their rows, in which the noisy file is the clean one."""
    for number, (kind, name, sound) in enumerate(sounds):
        path = folder / kind / f"{number:03d}-{_word(name)}.wav"
        write(path, sound, SAMPLE_RATE, subtype="PCM_16")
        yield PairRow(
            id=path.stem,
            clean=path,
            noisy=path,
            sample_rate=SAMPLE_RATE,
            samples=sound.size,
            conditions={"kind": kind},
            clean_sha256=file_sha256(path),
        )


def combination(number: int, snrs_db: Sequence[float] = SNRS_DB) -> tuple[float, str, str]:
    """SNR, room and noise of a number: the SNR changes fastest, so that any first ones have all about equally often."""
    rest, snr = divmod(number, len(snrs_db))
    rest, room = divmod(rest, len(ROOMS))
    return snrs_db[snr], ROOMS[room], NOISES[rest % len(NOISES)]


def _spoken(said: Utterance, mixture: Mixture) -> list[Ingredient]:
    return [
        _ingredient(piece.source, piece.offset, mixture.speech_gain, start if start else None)
        for piece, start in said.pieces
    ]


def _heard(part: Part, gain: float) -> list[Ingredient]:
    if part.invented:
        return [Ingredient(source=f"{INVENTED}: {part.invented}", gain=gain, licence=LICENCE_OF_INVENTED)]
    alone = len(part.sources) == 1
    return [_ingredient(source, offset, gain if alone else None) for source, offset in part.sources]


def _ingredient(source: Source, offset: int, gain: float | None, start: int | None = None) -> Ingredient:
    return Ingredient(
        source=source.path.as_posix(),
        offset=offset,
        gain=gain,
        licence=source.licence,
        speaker=source.speaker,
        sha256=file_sha256(source.path),
        start=start,
    )


def _seconds(source: Source) -> float:
    return describe(source.path).seconds


def _word(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)[:60]


if __name__ == "__main__":
    sys.exit(main())

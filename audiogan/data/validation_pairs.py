"""The fixed pairs a run is validated on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import read_mono
from audiogan.chance import generator
from audiogan.data.manifest import PairRow
from audiogan.data.mixing import mix
from audiogan.data.recordings import Recording
from audiogan.errors import AudioganError

T = TypeVar("T")

LONGEST_S = 10


@dataclass(frozen=True)
class ValidationPair:
    """Noisy and clean speech, float32 `[samples]` at the recipe's rate."""

    name: str
    noisy: NDArray[np.float32]
    clean: NDArray[np.float32]


def pairs_of(rows: list[PairRow], items: int, sample_rate: int) -> list[ValidationPair]:
    """`items` of the pairs of a manifest, drawn, each cut at ten seconds."""
    longest = LONGEST_S * sample_rate
    return [
        ValidationPair(
            row.id,
            read_mono(row.noisy, sample_rate, 0, longest),
            read_mono(row.clean, sample_rate, 0, longest),
        )
        for row in some_of(rows, items)
    ]


def held_out_pairs(
    speech: list[Recording],
    noise: list[Recording],
    snr_db: tuple[float, float],
    items: int,
    sample_rate: int,
    rng: np.random.Generator,
) -> list[ValidationPair]:
    """`items` mixtures of recordings held out of training, their SNRs spread evenly over the range."""
    chosen = some_of(speech, items)
    pairs = []
    for number, (recording, snr) in enumerate(zip(chosen, np.linspace(*snr_db, len(chosen)), strict=True)):
        clean = read_mono(recording.path, sample_rate, 0, LONGEST_S * sample_rate)
        disturbance = noise[int(rng.integers(len(noise)))]
        try:
            mixture = mix(clean, read_mono(disturbance.path, sample_rate), float(snr), sample_rate, rng=rng)
        except AudioganError as mistake:
            raise AudioganError(f"{recording.path} with {disturbance.path}, held out: {mistake}") from mistake
        pairs.append(ValidationPair(f"{number:02d}-{recording.path.stem}", mixture.noisy, mixture.clean))
    return pairs


def some_of(things: list[T], count: int) -> list[T]:
    """At most `count` of the things, in their order; always the same ones of as many.

    They are drawn: every n-th would be of one kind where the kinds come in turn, as a manifest's ratios do.
    """
    places = generator(0, "pairs that are compared").permutation(len(things))[:count]
    return [things[place] for place in sorted(places)]

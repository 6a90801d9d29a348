"""How good sets of generated sounds are: every figure beside that of real sounds and of a trivial generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiogan.chance import generator
from audiogan.errors import AudioganError
from audiogan.metrics.bins import bins_for
from audiogan.metrics.mel import ENOUGH
from audiogan.metrics.pairs import NotMeasurable
from audiogan.metrics.set_measures import SET_MEASURES, set_measures_named
from audiogan.metrics.sound_items import Classifier, Comparison, Drawn, Setting, SoundItems
from audiogan.metrics.table import package_in_words
from audiogan.metrics.trivial import shaped_noise

Sounds = NDArray[np.float32]
Labels = NDArray[np.int64]

HALVES, TRAINING, NOISE = "two real halves", "training set", "shaped noise"
DRAWS = 20
LEAST, MOST = 8, 1024  # items on each side: below the one nothing is measurable, above the other it takes hours


@dataclass(frozen=True)
class Figure:
    """What a measure says of a row.

    Args:
        mean: over the draws; None where it is not measurable.
        deviation: over the draws; None where there was but one.
        not_measurable: why there is no mean.
    """

    mean: float | None
    deviation: float | None = None
    not_measurable: str | None = None


@dataclass(frozen=True)
class SetTable:
    """Figures of sets of sounds.

    Args:
        rows: row → measure → figure: the generated sets, then "two real halves", "training set" where it is known,
            "shaped noise".
        number: of items on each side, in every figure.
        sizes: how many sounds there were to draw from, by row.
        reference: how many there were in the reference.
        draws: how many the figures are means of, by row; 1 where all items enter.
        sample_rate: in Hz.
        samples: length of a sound.
        standardised_by: "training set" or "reference".
    """

    rows: dict[str, dict[str, Figure]]
    number: int
    sizes: dict[str, int]
    reference: int
    draws: dict[str, int]
    sample_rate: int
    samples: int
    standardised_by: str

    @property
    def measures(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(next(iter(self.rows.values())))

    @property
    def axes(self) -> int | None:
        """To how many principal axes features are reduced for Fréchet distances; None where the number is enough."""
        return self.number // 4 if self.number < ENOUGH else None


def score_sound_sets(
    generated: Mapping[str, Sounds],
    reference: Sounds,
    sample_rate: int,
    *,
    training: Sounds | None = None,
    classifier: Classifier | None = None,
    asked: Mapping[str, Labels] | None = None,
    reference_asked: Labels | None = None,
    measures: Sequence[str] = ("default",),
    seed: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> SetTable:
    """What measures say of generated sounds, and of real ones and of shaped noise in their place.

    Every figure holds as many items on one side as on the other, and the same number throughout the table: at most
    1024, as many as the smallest set has, and half of the reference where its halves are all there is to compare.
    Where there is a choice of items, a figure is the mean of 20 random draws of that number. The row "two real halves"
    draws two sets that share no item from the reference, and from the training set where it is given; of measures
    that compare nothing it has the reference's own figure. The row "training set" is what a generator would get that
    copies it.

    Args:
        generated: sounds by the name of their row, each `[N, channels, samples]` in [-1, 1].
        reference: real sounds that no generator was trained on, `[N, channels, samples]`.
        sample_rate: of all, in Hz.
        training: the real sounds that generators were trained on, if they are at hand.
        classifier: of sounds, for the measures that want one.
        asked: for rows of `generated`, the number of the class that each sound was asked for, `[N]`; -1 for none of
            the classifier's. For the row "training set" the class of each training sound.
        reference_asked: the class of each reference sound, likewise.
        measures: names of SET_MEASURES or of SET_GROUPS.
        seed: of the draws, the bins and the noise.
        progress: called after each row.

    Raises:
        AudioganError: sets differ in shape, are too small, or a measure is not known or lacks what it needs.
    """
    given = [name for name, it in (("training", training), ("classifier", classifier)) if it is not None]
    chosen = set_measures_named(measures, given)
    _check(generated, reference, training)
    number = _number([len(sounds) for sounds in generated.values()], len(reference), training)
    setting = Setting(sample_rate, bins_for(number), seed, classifier)
    real = setting.reference = SoundItems(reference, setting, reference_asked)
    if training is not None:
        setting.training = SoundItems(training, setting, (asked or {}).get(TRAINING))
    rows = {name: SoundItems(sounds, setting, (asked or {}).get(name)) for name, sounds in generated.items()}
    if setting.training is not None:
        rows[TRAINING] = setting.training
    with suppress(NotMeasurable):
        rows[NOISE] = SoundItems(shaped_noise(setting.basis.sounds, sample_rate, number, seed), setting)

    draws = {name: 1 if number == len(items) == len(real) else DRAWS for name, items in rows.items()}
    table: dict[str, dict[str, Figure]] = {}
    for name, items in rows.items():
        pairs = [_against(real, items, number, seed, draw) for draw in range(draws[name])]
        table[name] = {measure: _figure(measure, pairs) for measure in chosen}
        progress()
    halves = [_halves(setting, number, seed, draw) for draw in range(DRAWS)]
    own = [_against(real, real, number, seed, draw) for draw in range(DRAWS if number < len(real) else 1)]
    table[HALVES] = {name: _figure(name, halves if SET_MEASURES[name].compares else own) for name in chosen}
    progress()
    pool = len(real) + (0 if training is None else len(training))
    order = [*generated, HALVES, *(name for name in (TRAINING, NOISE) if name in rows)]
    return SetTable(
        rows={name: table[name] for name in order},
        number=number,
        sizes={name: pool if name == HALVES else len(rows[name]) for name in order},
        reference=len(real),
        draws={**draws, HALVES: DRAWS},
        sample_rate=sample_rate,
        samples=reference.shape[2],
        standardised_by="reference" if training is None else TRAINING,
    )


def implementations(measures: Sequence[str]) -> dict[str, str]:
    """What a figure must stand with: measure → packages and their versions, and what it is true to."""
    known = {name: SET_MEASURES[name] for name in measures}
    return {
        name: f"{' with '.join(map(package_in_words, measure.packages))}, {measure.follows}"
        for name, measure in known.items()
    }


def _check(generated: Mapping[str, Sounds], reference: Sounds, training: Sounds | None) -> None:
    sets = {**generated, "reference": reference} | ({} if training is None else {TRAINING: training})
    if not generated:
        raise ValueError("there are no generated sounds")
    for name in {HALVES, TRAINING, NOISE, "reference"} & set(generated):
        raise AudioganError(f"a generated set is called {name!r}, as a row of the table is: give it another name.")
    for name, sounds in sets.items():
        if sounds.ndim != 3:
            raise ValueError(f"{name}: sounds have shape {sounds.shape}: [N, channels, samples] is wanted")
        if sounds.shape[1:] != reference.shape[1:]:
            raise AudioganError(
                f"a sound of {name!r} has shape {sounds.shape[1:]}, one of the reference {reference.shape[1:]}: bring "
                "all to one shape."
            )


def _number(generated: Sequence[int], reference: int, training: Sounds | None) -> int:
    """How many items stand on each side of every figure."""
    real = [reference // 2] if training is None else [reference, len(training), (reference + len(training)) // 2]
    number = min(*generated, *real, MOST)
    if number < LEAST:
        sizes = f"{min(generated)} generated and {reference} reference sounds" + (
            ", whose halves are compared" if training is None else f" and {len(training)} training sounds"
        )
        raise AudioganError(f"these are too few: {sizes}; {LEAST} on each side are needed. Give more sounds.")
    return number


def _against(real: SoundItems, made: SoundItems, number: int, seed: int, draw: int) -> Comparison:
    """Some of the generated sounds against some of the reference, which are the same for every row."""
    which = generator(seed, "reference items", draw).permutation(len(real))[:number]
    of = generator(seed, "generated items", draw).permutation(len(made))[:number]
    return Comparison(Drawn([made], which if made is real else of), Drawn([real], which))


def _halves(setting: Setting, number: int, seed: int, draw: int) -> Comparison:
    """Two sets of real sounds that share none."""
    sets = [items for items in (setting.reference, setting.training) if items is not None]
    order = generator(seed, "real halves", draw).permutation(sum(map(len, sets)))
    return Comparison(Drawn(sets, order[:number]), Drawn(sets, order[number : 2 * number]))


def _figure(measure: str, pairs: Sequence[Comparison]) -> Figure:
    """The mean over draws; not measurable if one of them is not."""
    values = []
    for pair in pairs:
        try:
            values.append(float(SET_MEASURES[measure].compute(pair)))
        except NotMeasurable as why:
            return Figure(None, not_measurable=why.reason)
    return Figure(float(np.mean(values)), float(np.std(values)) if len(values) > 1 else None)

"""What measures of sets know of each sound: embeddings, pictures, levels, a classifier's opinion, each found once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from audiogan.metrics import bins, mos, nearest_training, sound_statistics
from audiogan.metrics.mel import Standard, log_mel, log_mel_statistics
from audiogan.metrics.nearest_neighbours import PRDC, prdc
from audiogan.metrics.pairs import NotMeasurable

AT_ONCE = 256
DARKEST_DB = -80.0  # what a log-mel picture shows as -1; what is quieter is not heard beside a hit


class Classifier(Protocol):
    """What a measure asks of a classifier of sounds."""

    @property
    def labels(self) -> Sequence[str]:
        """The names of its classes, in their order."""

    def features(self, sounds: NDArray[np.float32], sample_rate: int) -> NDArray[Any]:
        """What its last layer sees, `[N, D]`, of sounds `[N, channels, samples]`."""

    def probabilities(self, sounds: NDArray[np.float32], sample_rate: int) -> NDArray[Any]:
        """Of each class, `[N, classes]`, of sounds `[N, channels, samples]`."""


@dataclass
class Setting:
    """What the sets of one table have in common.

    Args:
        sample_rate: in Hz.
        bins: how many bins there are to be.
        seed: of the bins.
        classifier: of sounds, if one is given.
        training: the set that generators were trained on, if it is known.
        reference: real sounds that none was trained on.
    """

    sample_rate: int
    bins: int
    seed: int = 0
    classifier: Classifier | None = None
    training: SoundItems | None = None
    reference: SoundItems | None = None

    @property
    def basis(self) -> SoundItems:
        """The set that embeddings are standardised by and bins are found on: training, else reference."""
        basis = self.reference if self.training is None else self.training
        assert basis is not None
        return basis


class SoundItems:
    """The sounds of a set, and what is known of each.

    Args:
        sounds: float32 `[N, channels, samples]` in [-1, 1].
        setting: shared by all sets of a table.
        asked: `[N]`, the number of the class that each was asked for, -1 where it is none of the classifier's; None
            where nobody asked.
    """

    def __init__(self, sounds: NDArray[np.float32], setting: Setting, asked: NDArray[np.int64] | None = None) -> None:
        self.sounds, self.setting, self.asked = sounds, setting, asked
        self._known: dict[str, NDArray[Any] | NotMeasurable] = {}

    def __len__(self) -> int:
        return len(self.sounds)

    def of(self, what: str) -> NDArray[Any]:
        """One of KNOWLEDGE, `[N, ...]`.

        Raises:
            NotMeasurable: it cannot be told.
        """
        if what not in self._known:
            try:
                self._known[what] = KNOWLEDGE[what](self)
            except NotMeasurable as reason:
                self._known[what] = reason
        known = self._known[what]
        if isinstance(known, NotMeasurable):
            raise known
        return known

    def by_parts(self, function: Callable[[NDArray[np.float32]], NDArray[Any]]) -> NDArray[Any]:
        """What a function says of the sounds, 256 at a time."""
        parts = [function(self.sounds[first : first + AT_ONCE]) for first in range(0, len(self), AT_ONCE)]
        return np.concatenate(parts)


class Drawn:
    """Some sounds of one set, or of several that are taken for one.

    Args:
        sets: one or more.
        which: numbers of sounds, counted through the sets.
    """

    def __init__(self, sets: Sequence[SoundItems], which: NDArray[np.int64]) -> None:
        self.sets, self.which = sets, which

    def of(self, what: str) -> NDArray[Any]:
        """As `SoundItems.of`."""
        return np.concatenate([items.of(what) for items in self.sets])[self.which]


class Comparison:
    """As many generated sounds as real ones; what several measures need is computed once.

    Args:
        made: generated ones, or those that stand in their place.
        real: as many.
    """

    def __init__(self, made: Drawn, real: Drawn) -> None:
        self.made, self.real = made, real
        self._prdc: dict[str, PRDC] = {}

    @property
    def bins(self) -> int:
        """How many there are."""
        return len(self.real.sets[0].setting.basis.of("bin centres"))

    def prdc(self, embedding: str) -> PRDC:
        """Precision, recall, density and coverage."""
        if embedding not in self._prdc:
            self._prdc[embedding] = prdc(self.made.of(embedding), self.real.of(embedding))
        return self._prdc[embedding]

    def memorised(self) -> nearest_training.Memorised:
        """How near both are to the training set."""
        return nearest_training.memorised(self.made.of("nearest"), self.real.of("nearest"))


def _standardised(raw: str) -> Callable[[SoundItems], NDArray[Any]]:
    def standardised(items: SoundItems) -> NDArray[Any]:
        known = items.setting.basis.of(raw)
        return Standard.of(known[np.isfinite(known).all(axis=1)])(items.of(raw))

    return standardised


def _log_mel(items: SoundItems) -> NDArray[Any]:
    return items.by_parts(lambda sounds: log_mel_statistics(sounds, items.setting.sample_rate))


def _pictures(items: SoundItems) -> NDArray[Any]:
    """`[N, 1, 64, frames]`: log-mel levels from -80 dB to full scale, brought to -1 to 1."""
    levels = items.by_parts(lambda sounds: log_mel(sounds, items.setting.sample_rate)) * np.float32(20 / np.log(10))
    return (1 - 2 * np.clip(levels / np.float32(DARKEST_DB), 0, 1))[:, None]


def _features(items: SoundItems) -> NDArray[Any]:
    assert items.setting.classifier is not None
    return np.asarray(items.setting.classifier.features(items.sounds, items.setting.sample_rate), np.float64)


def _probabilities(items: SoundItems) -> NDArray[Any]:
    assert items.setting.classifier is not None
    return np.asarray(items.setting.classifier.probabilities(items.sounds, items.setting.sample_rate), np.float64)


def _asked(items: SoundItems) -> NDArray[Any]:
    if items.asked is None:
        raise NotMeasurable("no class was asked for: the sounds lie in no subfolders")
    return items.asked


def _nearest(items: SoundItems) -> NDArray[Any]:
    assert items.setting.training is not None
    return nearest_training.nearest_distances(items.of("log-mel"), items.setting.training.of("log-mel"))


def _opinions(items: SoundItems) -> NDArray[Any]:
    """`[N, 4]`: SIG, BAK, OVRL and P.808 of the channels' mean; NaN where DNSMOS cannot judge a sound."""
    opinions = np.full((len(items), 4), np.nan)
    reason = NotMeasurable("there are no sounds")
    for number, sound in enumerate(items.sounds):
        try:
            said = mos.dnsmos(sound.mean(axis=0), items.setting.sample_rate)
        except NotMeasurable as why:
            reason = why
        else:
            opinions[number] = said.speech, said.background, said.overall, said.p808
    if np.isnan(opinions).all():
        raise reason
    return opinions


KNOWLEDGE: dict[str, Callable[[SoundItems], NDArray[Any]]] = {
    "log-mel statistics": _log_mel,
    "log-mel": _standardised("log-mel statistics"),
    "pictures": _pictures,
    "classifier features": _features,
    "classifier": _standardised("classifier features"),
    "probabilities": _probabilities,
    "predicted": lambda items: items.of("probabilities").argmax(axis=1),
    "asked": _asked,
    "nearest": _nearest,
    "bin centres": lambda items: bins.bin_centres(items.of("log-mel"), items.setting.bins, items.setting.seed),
    "bin": lambda items: bins.nearest_bin(items.of("log-mel"), items.setting.basis.of("bin centres")),
    "opinions": _opinions,
    "dnsmos": _standardised("opinions"),
    "level": lambda items: sound_statistics.levels_db(items.sounds),
    "centroid": lambda items: sound_statistics.spectral_centroids(items.sounds, items.setting.sample_rate),
}
"""What may be asked of `SoundItems.of`: "log-mel", "classifier" and "dnsmos" are the standardised embeddings."""

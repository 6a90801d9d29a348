"""What a classifier's labels say of generated samples: how the classes share them, and whether they are as asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.errors import AudioganError
from audiogan.metrics.pairs import NotMeasurable


@dataclass(frozen=True)
class LabelShares:
    """How the classes share the samples.

    Args:
        shares: the share of each class, adding up to 1.
        least: the smallest of them; 0 where a class is missing.
        entropy: of the shares, in nats; at most ln(classes), where all are equal.
    """

    shares: tuple[float, ...]
    least: float
    entropy: float


@dataclass(frozen=True)
class CodeMatching:
    """Which class each value of a latent code stands for.

    Args:
        class_of_code: the class of each value; None where there are more values than classes.
        accuracy: share of the samples whose predicted class is that of their code, 0 to 1.
    """

    class_of_code: tuple[int | None, ...]
    accuracy: float


def label_shares(predicted: ArrayLike, classes: int) -> LabelShares:
    """The share of each class among predicted labels.

    Args:
        predicted: `[N]`, whole numbers from 0 to classes - 1.
        classes: how many classes there are.

    Raises:
        AudioganError: a label is not one of the classes.
        NotMeasurable: no labels.
    """
    labels = _checked(predicted, classes, "predicted labels")
    shares = np.bincount(labels, minlength=classes) / len(labels)
    present = shares[shares > 0]
    return LabelShares(tuple(shares.tolist()), float(shares.min()), float(-(present * np.log(present)).sum()))


def agreement(asked: ArrayLike, predicted: ArrayLike, classes: int) -> float:
    """Share of the samples whose predicted label is the one that was asked for, 0 to 1.

    Args:
        asked: `[N]`, whole numbers from 0 to classes - 1.
        predicted: `[N]`, likewise.
        classes: how many classes there are.

    Raises:
        AudioganError: a label is not one of the classes, or the numbers of labels differ.
        NotMeasurable: no labels.
    """
    wanted = _checked(asked, classes, "labels asked for")
    given = _checked(predicted, classes, "predicted labels")
    _same_number(wanted, given, "labels asked for")
    return float((wanted == given).mean())


def match_codes(codes: ArrayLike, predicted: ArrayLike, categories: int, classes: int) -> CodeMatching:
    """The matching of a categorical code's values to classes under which most samples agree, and their share.

    A class stands for one value at most (the assignment problem, solved by SciPy), so a generator that draws one class
    whatever the code does not pass for one that sorts them.

    Source: Chen et al., "InfoGAN", 2016, section 7.2, for the question.

    Args:
        codes: `[N]`, whole numbers from 0 to categories - 1: what the generator was given.
        predicted: `[N]`, whole numbers from 0 to classes - 1: what a classifier sees in the samples.
        categories: how many values the code has.
        classes: how many classes there are.

    Raises:
        AudioganError: a code or label is out of range, or their numbers differ.
        NotMeasurable: no codes.
    """
    from scipy.optimize import linear_sum_assignment

    given = _checked(codes, categories, "codes")
    seen = _checked(predicted, classes, "predicted labels")
    _same_number(given, seen, "codes")
    together = np.zeros((categories, classes), dtype=np.int64)
    np.add.at(together, (given, seen), 1)
    values, matched = linear_sum_assignment(together, maximize=True)
    class_of = dict(zip(values.tolist(), matched.tolist(), strict=True))
    agreeing = float(together[values, matched].sum() / len(given))
    return CodeMatching(tuple(class_of.get(value) for value in range(categories)), agreeing)


def _checked(labels: ArrayLike, classes: int, who: str) -> NDArray[np.int64]:
    values = np.asarray(labels)
    if values.ndim != 1:
        raise ValueError(f"{who} have shape {values.shape}: one a sample is wanted, [N]")
    if values.size == 0:
        raise NotMeasurable(f"there are no {who}")
    # NaN is in no class either: it fails both comparisons.
    fitting = (values >= 0) & (values < classes) & (values == np.floor(values))
    if not fitting.all():
        wrong = values[~fitting][0]
        raise AudioganError(f"among the {who} is {wrong}: a whole number from 0 to {classes - 1} is wanted.")
    return values.astype(np.int64)


def _same_number(given: NDArray[np.int64], predicted: NDArray[np.int64], who: str) -> None:
    if len(given) != len(predicted):
        raise AudioganError(
            f"there are {len(given)} {who} and {len(predicted)} predicted labels: give one of each a sample."
        )

"""Shares of classes, agreement, and the matching of codes to classes."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from audiogan.errors import AudioganError
from audiogan.metrics import NotMeasurable, agreement, label_shares, match_codes


def test_shares_counted_by_hand() -> None:
    found = label_shares([0, 0, 1, 3], classes=4)
    assert found.shares == (0.5, 0.25, 0.0, 0.25)
    assert found.least == 0
    assert found.entropy == pytest.approx(1.5 * np.log(2))


def test_equal_shares_have_the_entropy_of_the_logarithm_of_their_number() -> None:
    found = label_shares(np.arange(200) % 10, classes=10)
    assert (found.least, found.entropy) == (0.1, pytest.approx(np.log(10)))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_entropy_is_scipy_s_and_shares_add_up(labels: list[int]) -> None:
    found = label_shares(labels, classes=7)
    assert found.entropy == pytest.approx(entropy(found.shares), abs=1e-12)
    assert sum(found.shares) == pytest.approx(1)
    assert found.least == min(labels.count(label) for label in range(7)) / len(labels)
    assert label_shares(labels[::-1], classes=7) == found


def test_agreement_is_the_share_of_equal_labels() -> None:
    assert agreement([0, 1, 2, 2], [0, 1, 2, 0], classes=3) == 0.75
    assert agreement([1], [0], classes=2) == 0


def test_a_code_that_permutes_the_classes_is_matched_in_full() -> None:
    classes = np.arange(100) % 10
    order = np.random.default_rng(0).permutation(10)
    found = match_codes(order[classes], classes, 10, 10)
    assert found.accuracy == 1
    assert [found.class_of_code[code] for code in order] == list(range(10))


def test_one_class_whatever_the_code_is_no_agreement() -> None:
    assert match_codes(np.arange(100) % 10, np.full(100, 3), 10, 10).accuracy == 0.1


def test_the_best_matching_may_refuse_the_commonest_pair() -> None:
    # Together: code 0 with class 0 five times and class 1 four times; code 1 with class 0 four times, never class 1.
    codes, predicted = [0] * 9 + [1] * 4, [0] * 5 + [1] * 4 + [0] * 4
    found = match_codes(codes, predicted, 2, 2)
    assert (found.class_of_code, found.accuracy) == ((1, 0), 8 / 13)


@given(
    pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30),
    categories=st.integers(2, 5),
    classes=st.integers(2, 5),
)
def test_the_matching_is_the_best_of_all(pairs: list[tuple[int, int]], categories: int, classes: int) -> None:
    codes = [code % categories for code, _ in pairs]
    predicted = [label % classes for _, label in pairs]
    # Places beyond the classes stand for "no class".
    best = max(
        sum(order[code] == label for code, label in zip(codes, predicted, strict=True))
        for order in permutations(range(max(categories, classes)), categories)
    )
    found = match_codes(codes, predicted, categories, classes)
    assert found.accuracy == best / len(pairs)
    matched = [label for label in found.class_of_code if label is not None]
    assert len(found.class_of_code) == categories
    assert len(set(matched)) == len(matched) == min(categories, classes)
    agreeing = sum(found.class_of_code[code] == label for code, label in zip(codes, predicted, strict=True))
    assert agreeing == best


@pytest.mark.parametrize("wrong", [-1, 10, 0.5, float("nan")])
def test_a_label_that_is_no_class_is_an_error_for_people(wrong: float) -> None:
    with pytest.raises(AudioganError, match=f"predicted labels is {wrong}: a whole number from 0 to 9"):
        label_shares([0, wrong], classes=10)


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(NotMeasurable, match="no predicted labels"):
        label_shares([], classes=10)
    with pytest.raises(AudioganError, match="2 labels asked for and 3 predicted"):
        agreement([0, 1], [0, 1, 2], classes=3)
    with pytest.raises(AudioganError, match="2 codes and 1 predicted"):
        match_codes([0, 1], [0], 2, 2)
    with pytest.raises(ValueError, match="one a sample"):
        label_shares([[0, 1]], classes=2)

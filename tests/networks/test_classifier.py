"""The classifier that judges pictures, and the sizes that networks of halvings take."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from audiogan.errors import AudioganError
from audiogan.networks import PictureClassifier
from audiogan.networks.pictures import halvings


def test_logits_are_linear_in_the_features() -> None:
    torch.manual_seed(0)
    classifier = PictureClassifier(28, 1, classes=10, width=4, feature_size=12).eval()
    pictures = torch.rand(3, 1, 28, 28) * 2 - 1
    features = classifier.features(pictures)
    assert features.shape == (3, 12) and features.min() >= 0
    torch.testing.assert_close(classifier(pictures), classifier.to_logits(features))
    torch.testing.assert_close(classifier(pictures[:1]), classifier(pictures)[:1])
    assert classifier(pictures).shape == (3, 10)
    with pytest.raises(AudioganError, match=r"\[1, 28, 28\] and got \[1, 32, 32\]"):
        classifier(torch.zeros(3, 1, 32, 32))


def test_it_takes_oblong_pictures() -> None:
    torch.manual_seed(0)
    classifier = PictureClassifier((32, 56), 1, classes=3, width=4).eval()
    assert classifier.to_features.in_features == 16 * 4 * 7
    assert classifier(torch.randn(2, 1, 32, 56)).shape == (2, 3)
    with pytest.raises(AudioganError, match=r"\[1, 32, 56\] and got \[1, 56, 32\]"):
        classifier(torch.zeros(2, 1, 56, 32))


def test_it_learns_to_tell_classes_apart() -> None:
    """Bars that lie and bars that stand, anywhere in the picture."""
    torch.manual_seed(0)
    pictures = -torch.ones(64, 1, 16, 16)
    label = torch.arange(64) % 2
    for index in range(64):
        place = index % 16
        if label[index]:
            pictures[index, :, place, :] = 1
        else:
            pictures[index, :, :, place] = 1
    classifier = PictureClassifier(16, 1, classes=2, width=4, feature_size=16)
    optimiser = torch.optim.Adam(classifier.parameters(), 1e-2)
    for _ in range(60):
        loss = nn.functional.cross_entropy(classifier(pictures), label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (classifier.eval()(pictures).argmax(1) == label).float().mean() == 1


def test_it_runs_without_values_and_in_double_precision() -> None:
    with torch.device("meta"):
        classifier = PictureClassifier(64, 3, 5)
        classifier(torch.empty(2, 3, 64, 64)).sum().backward()
    assert all(p.grad is not None for p in classifier.parameters())
    assert PictureClassifier(16, 1, 2, 4).double()(torch.zeros(1, 1, 16, 16).double()).dtype == torch.float64


@pytest.mark.parametrize(
    ("size", "least", "expected"),
    [(28, 4, (2, 7)), (32, 4, (3, 4)), (128, 4, (5, 4)), (28, 7, (2, 7)), (64, 7, (3, 8))],
)
def test_sizes_halve_while_they_are_even(size: int, least: int, expected: tuple[int, int]) -> None:
    count, left = expected
    assert halvings(size, least) == halvings((size, size), least) == (count, (left, left))


@given(st.integers(4, 7), st.integers(1, 5), st.integers(1, 40), st.booleans())
def test_the_longer_side_halves_as_often_as_the_shorter(base: int, count: int, longer: int, lies: bool) -> None:
    left = (base, max(base, longer)) if lies else (max(base, longer), base)
    assert halvings((left[0] << count, left[1] << count), 4) == (count, left)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((128, 60), "128 × 60 pixels do not halve evenly, take 56 or 64 for the shorter side"),
        ((60, 128), "60 × 128 pixels do not halve evenly, take 56 or 64 for the shorter side"),
        ((129, 64), "129 × 64 pixels do not halve evenly 4 times, take 128 or 144 for the longer side"),
        ((64, 100), "64 × 100 pixels do not halve evenly 4 times, take 96 or 112 for the longer side"),
        ((28, 29), "28 × 29 pixels do not halve evenly 2 times, take 28 or 32 for the longer side"),
        ((30, 30), "30 pixels do not halve evenly, take 28 or 32$"),
        ((28, 28, 28), r"\[height, width\], and not \[28, 28, 28\]"),
    ],
)
def test_oblong_sizes_that_do_not_halve_name_the_side_to_change(size: tuple[int, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        halvings(size, 4)


@pytest.mark.parametrize(("size", "nearest"), [(30, "28 or 32"), (7, "8 or 10"), (27, "24 or 28"), (1, "8 or 10")])
def test_sizes_that_do_not_halve_name_their_neighbours(size: int, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"pictures of {size} pixels .* take {nearest}"):
        halvings(size, 4)

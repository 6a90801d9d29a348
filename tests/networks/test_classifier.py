"""The classifier that judges pictures, and the sizes that networks of halvings take."""

from __future__ import annotations

import pytest
import torch
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
    assert halvings(size, least) == expected


@pytest.mark.parametrize(("size", "nearest"), [(30, "28 or 32"), (7, "8 or 10"), (27, "24 or 28"), (1, "8 or 10")])
def test_sizes_that_do_not_halve_name_their_neighbours(size: int, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"pictures of {size} pixels .* take {nearest}"):
        halvings(size, 4)

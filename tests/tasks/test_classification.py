"""A classifier's loss and accuracy, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.recipe.building import build_data
from audiogan.recipe.reading import check
from audiogan.tasks.classification import ITEMS_AT_ONCE, Classification
from tests.games import LABELS, picture_folder, words_of

CHANCE = Chance(0, 0, range(4))


class Brightness(nn.Module):
    """Three logits: twice a picture's mean, its mean, and a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.25))
        self.modes: list[bool] = []

    def forward(self, picture: Tensor) -> Tensor:
        self.modes.append(self.training)
        mean = picture.flatten(1).mean(1)
        return torch.stack([2 * mean, mean, self.weight.expand(len(mean))], dim=1)


class Grey:
    """Pictures of one brightness each."""

    def __init__(self, brightness: list[float], labels: list[int]) -> None:
        self.brightness, self.labels = brightness, labels

    def __len__(self) -> int:
        return len(self.labels)

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        real = np.full((1, 2, 2), self.brightness[index], np.float32)
        return {"real": real, "label": np.array(self.labels[index])}


def test_the_loss_is_the_cross_entropy_of_the_label() -> None:
    task = Classification(Brightness())
    brightness, label = torch.tensor([-1.0, -0.5, 0.0, 1.0]), torch.tensor([0, 1, 2, 0])
    losses = task.losses("classifier", {"real": brightness.view(4, 1, 1, 1).expand(4, 1, 3, 3), "label": label}, CHANCE)
    logits = torch.stack([2 * brightness, brightness, torch.full((4,), 0.25)], dim=1)
    right = logits[torch.arange(4), label]
    assert losses.keys() == {"CrossEntropy"}
    torch.testing.assert_close(losses["CrossEntropy"], (logits.exp().sum(1).log() - right).mean())
    losses["CrossEntropy"].backward()
    assert task.generator.weight.grad is not None and task.generator.weight.grad != 0


def test_there_is_one_player_which_is_what_is_used_afterwards() -> None:
    task = Classification(Brightness())
    (player,) = task.players()
    assert player.name == "classifier" and player.parameters() == [task.generator.weight]
    assert task.averaged() is task.generator


def test_accuracy_is_the_share_that_is_told_right() -> None:
    # Above 0.25 / 2 the first class is told, below it the third.
    pictures = Grey([1.0, 0.5, 0.2, -1.0, -0.5], [0, 0, 2, 2, 1])
    found = Classification(Brightness()).validate([pictures], Brightness())
    assert found.numbers == {"accuracy": 3 / 5} and found.quality == 3 / 5
    many = Grey([1.0] * (ITEMS_AT_ONCE + 3), [0] * ITEMS_AT_ONCE + [1] * 3)
    found = Classification(Brightness()).validate([many], Brightness())
    assert found.quality == pytest.approx(ITEMS_AT_ONCE / (ITEMS_AT_ONCE + 3))


@pytest.mark.parametrize("training", [True, False])
def test_it_is_judged_in_evaluation_mode_and_its_mode_is_left_as_it_was(training: bool) -> None:
    classifier = Brightness().train(training)
    Classification(Brightness()).validate([Grey([1.0], [0])], classifier)
    assert classifier.modes == [False] and classifier.training is training


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("pictures"))


def data_of(pictures: Path, held_out: Path | None = None, **groups: Any) -> tuple[Any, list[Any]]:
    words = words_of("classification", pictures, **groups)
    words["validation"] = {"folder": str(held_out) if held_out else None}
    return build_data(check(words, "here"))


def test_a_label_that_held_out_pictures_lack_shifts_no_other(pictures: Path, tmp_path: Path) -> None:
    held_out = picture_folder(tmp_path / "held out")
    (held_out / "label 0").rename(tmp_path / "elsewhere")
    _, (validated,) = data_of(pictures, held_out)
    assert {int(validated.item(0, n)["label"]) for n in range(len(validated))} == {1, 2}
    assert data_of(pictures)[1] == []


def test_held_out_pictures_are_not_mirrored(pictures: Path) -> None:
    items, (validated,) = data_of(pictures, pictures)
    assert items.items.mirrored and not validated.mirrored


def test_data_that_does_not_fit_is_refused_with_the_keys_to_change(pictures: Path, tmp_path: Path) -> None:
    def refusal(held_out: Path | None = None, **groups: Any) -> str:
        with pytest.raises(AudioganError) as raised:
            data_of(pictures, held_out, **groups)
        return str(raised.value)

    assert refusal(classifier={"classes": 10}) == (
        f"classifier.classes: it tells 10 classes and {pictures} has {LABELS} labels. Make them agree."
    )
    assert refusal(classifier={"size": 28}) == (
        f"classifier: PictureClassifier is for pictures of 1 × 28 × 28 (channels, height, width) and those of "
        f"{pictures} are 1 × 16 × 16. Change data.size, data.pad and data.channels, or size and channels of the "
        "network."
    )
    unlabelled = tmp_path / "flat"
    unlabelled.mkdir()
    first = next(pictures.rglob("*.png"))
    (unlabelled / first.name).write_bytes(first.read_bytes())
    assert "lies in no subfolder, whose name would be its label" in refusal(unlabelled)

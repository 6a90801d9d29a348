"""Classification: a network learns to tell the class of a picture, so that it can judge what generators draw."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.tasks.task import Batch, Player, Task, Validation

PICTURES_AT_ONCE = 500


class LabelledPictures(Protocol):
    """What is validated on."""

    def __len__(self) -> int:
        """How many there are."""

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        """`real`, float32 `[channels, height, width]`, and `label`, int64 `[]`."""


class Classification(Task):
    """Cross-entropy between what the classifier says and the label.

    Batches hold `real`, float32 `[B, channels, height, width]` in [-1, 1], and `label`, int64 `[B]`.

    Args:
        classifier: `forward(picture)` giving logits `[B, classes]`.
    """

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.generator = classifier  # the network that is used after training, under the name that checkpoints know

    def players(self) -> list[Player]:
        """The classifier, alone."""
        return [Player("classifier", [self.generator])]

    def averaged(self) -> nn.Module:
        """The classifier."""
        return self.generator

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        """The cross-entropy."""
        return {"CrossEntropy": F.cross_entropy(self.generator(batch["real"]).float(), batch["label"])}

    def validate(self, items: list[LabelledPictures], generator: nn.Module) -> Validation:
        """The share of pictures whose class is told right, which is the quality too."""
        device = next(generator.parameters()).device
        right = count = 0
        training = generator.training
        generator.eval()
        with torch.no_grad():
            for pictures in items:
                for start in range(0, len(pictures), PICTURES_AT_ONCE):
                    batch = [pictures.item(0, n) for n in range(start, min(start + PICTURES_AT_ONCE, len(pictures)))]
                    said = generator(torch.from_numpy(np.stack([one["real"] for one in batch])).to(device)).argmax(1)
                    right += int((said.cpu() == torch.tensor([int(one["label"]) for one in batch])).sum())
                    count += len(batch)
        generator.train(training)
        accuracy = right / max(1, count)
        return Validation({"accuracy": accuracy}, quality=accuracy)

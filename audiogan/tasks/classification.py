"""Classification: a network learns to tell the class of pictures or sounds, so that it can judge generators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.audio.sound_pictures import SoundPicture
from audiogan.chance import Chance
from audiogan.tasks.task import Batch, Player, Task, Validation

ITEMS_AT_ONCE = 500


class LabelledItems(Protocol):
    """What is validated on."""

    def __len__(self) -> int:
        """How many there are."""

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        """`real`, a float32 picture or sound, and `label`, int64 `[]`."""


class Classification(Task):
    """Cross-entropy between what the classifier says and the label.

    Batches hold `real`, float32 pictures `[B, channels, height, width]` or sounds `[B, channels, samples]` in [-1, 1],
    and `label`, int64 `[B]`.

    Args:
        classifier: `forward(picture)` giving logits `[B, classes]`.
        representation: as what picture it sees sounds; None for pictures.
    """

    def __init__(self, classifier: nn.Module, representation: SoundPicture | None = None) -> None:
        super().__init__()
        self.representation = representation
        self.generator = classifier  # the network that is used after training, under the name that checkpoints know

    def players(self) -> list[Player]:
        """The classifier, alone."""
        return [Player("classifier", [self.generator])]

    def averaged(self) -> nn.Module:
        """The classifier."""
        return self.generator

    def fit(self, items: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Fit the representation's statistics to all training sounds."""
        if self.representation is not None:
            self.representation.fit(torch.from_numpy(item["real"])[None] for item in items)

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        """The cross-entropy."""
        return {"CrossEntropy": F.cross_entropy(self.generator(self._seen(batch["real"])).float(), batch["label"])}

    def validate(self, items: list[LabelledItems], generator: nn.Module) -> Validation:
        """The share of items whose class is told right, which is the quality too."""
        device = next(generator.parameters()).device
        right = count = 0
        training = generator.training
        generator.eval()
        with torch.no_grad():
            for labelled in items:
                for start in range(0, len(labelled), ITEMS_AT_ONCE):
                    batch = [labelled.item(0, n) for n in range(start, min(start + ITEMS_AT_ONCE, len(labelled)))]
                    real = torch.from_numpy(np.stack([one["real"] for one in batch])).to(device)
                    said = generator(self._seen(real)).argmax(1)
                    right += int((said.cpu() == torch.tensor([int(one["label"]) for one in batch])).sum())
                    count += len(batch)
        generator.train(training)
        if not count:
            return Validation()
        accuracy = right / count
        return Validation({"accuracy": accuracy}, quality=accuracy)

    def _seen(self, real: Tensor) -> Tensor:
        return real if self.representation is None else self.representation.encode(real)

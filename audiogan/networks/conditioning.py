"""Labels into networks, and what discriminators read out of a candidate beside its score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.judgement import Judgement
from audiogan.networks.minibatch import MinibatchDiscrimination
from audiogan.networks.spectral_norm import spectral_norm

Condition = Literal["concatenate", "projection", "auxiliary"]
Dense = Callable[[int, int], nn.Module]

LATENT_HEAD_WIDTH = 128  # of its hidden layer, as InfoGAN's for digits (Chen et al. 2016, arXiv:1606.03657, C.1)


def one_hot(label: Tensor | None, classes: int, like: Tensor) -> Tensor:
    """Labels, int64 `[B]`, as rows `[B, classes]` of zeros with a one, of the dtype of `like`.

    Raises:
        AudioganError: there are no labels.
    """
    if label is None:
        raise AudioganError(
            f"This network was built for {classes} classes and got no labels: "
            "train it on labelled data, or build it with classes: 0."
        )
    return (label[:, None] == torch.arange(classes, device=label.device)).to(like.dtype)


def beside_label(x: Tensor, label: Tensor | None, classes: int) -> Tensor:
    """`x`, `[B, C, …]`, with the label as `classes` more channels, the same at every place: `[B, C + classes, …]`.

    With 0 classes it is `x`, whatever the label.
    """
    if not classes:
        return x
    rows = one_hot(label, classes, x)
    planes = rows.view(*rows.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])
    return torch.cat([x, planes], dim=1)


class ConditionalDiscriminator(nn.Module):
    """The heads of a discriminator: score, class and latent codes, from one row of numbers a candidate.

    What derives from it computes those rows, `[B, width]`, from a candidate beside its label (`beside_label` with
    `label_inputs` classes), and calls `judgement`.

    Args:
        width: of the rows.
        classes: how many labels there are; 0 for none, then labels given to `forward` are not looked at.
        condition: what is done with the label. "concatenate": it is part of the input (Mirza & Osindero 2014,
            arXiv:1411.1784). "projection": a row learned for each class, its inner product with the candidate's is
            added to the score (Miyato & Koyama 2018, arXiv:1802.05637). "auxiliary": it is not looked at, and the
            judgement carries `label_logits` (AC-GAN; Odena et al. 2017, arXiv:1610.09585).
        codes: how many numbers about InfoGAN's latent codes are estimated (arXiv:1606.03657); 0 for none. They come
            from the submodule `latent_head`.
        minibatch_discrimination: kernels of `MinibatchDiscrimination` before the score; 0 for none. The class and the
            codes are read from the candidate's own row.
        dense: makes a dense layer from its input and output widths.
    """

    def __init__(
        self,
        width: int,
        classes: int = 0,
        condition: Condition = "concatenate",
        codes: int = 0,
        minibatch_discrimination: int = 0,
        dense: Dense = nn.Linear,
    ) -> None:
        super().__init__()
        self.classes, self.codes = classes, codes
        self.label_inputs = classes if condition == "concatenate" else 0
        kernels = minibatch_discrimination
        self.minibatch_discrimination = MinibatchDiscrimination(width, kernels) if kernels else None
        self.score = dense(width + kernels, 1)
        self.projection = nn.Linear(classes, width, bias=False) if classes and condition == "projection" else None
        self.classifier = dense(width, classes) if classes and condition == "auxiliary" else None
        self.latent_head: nn.Module | None = None
        if codes:
            hidden = dense(width, LATENT_HEAD_WIDTH)
            self.latent_head = nn.Sequential(hidden, nn.LeakyReLU(0.2), dense(LATENT_HEAD_WIDTH, codes))

    def normalise_spectrum(self) -> None:
        """Put spectral norm on every layer but those that read the class and the codes, which need large outputs."""
        free = {id(m) for head in (self.classifier, self.latent_head) if head is not None for m in head.modules()}
        for module in list(self.modules()):
            if isinstance(module, nn.Linear | nn.Conv2d) and id(module) not in free:
                spectral_norm(module)

    def judgement(self, rows: Tensor, label: Tensor | None, features: list[Tensor]) -> Judgement:
        """What all heads say of candidates with these rows, `[B, width]`.

        Raises:
            AudioganError: a projection has no labels to go with.
        """
        seen = rows if self.minibatch_discrimination is None else self.minibatch_discrimination(rows)
        score = self.score(seen)[:, 0]
        if self.projection is not None:
            score = score + (self.projection(one_hot(label, self.classes, rows)) * rows).sum(1)
        return Judgement(
            score=score,
            features=features,
            label_logits=None if self.classifier is None else self.classifier(rows),
            latent_estimate=None if self.latent_head is None else self.latent_head(rows),
        )

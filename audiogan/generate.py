"""Samples of a trained generator: by their numbers, on the way from one to another, and from sums of their latents."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.suggest import did_you_mean

if TYPE_CHECKING:
    from torch import nn

    from audiogan.audio.sound_pictures import SoundPicture
    from audiogan.bundle import Model
    from audiogan.tasks.latent import Distribution, Latent

Samples = NDArray[np.float32]
Vectors = NDArray[np.float64]

MOST = 10**9  # no number of a sample, and no count of them, is larger

SIGNED = re.compile(r"([+-]?)\s*([0-9]{1,9})")
SUM = re.compile(r"\s*[+-]?\s*[0-9]{1,9}(\s*[+-]\s*[0-9]{1,9})*\s*")


class Sampler:
    """A generator that makes samples from latents, ready for use.

    Samples come as float32: pictures `[N, channels, height, width]` and sounds `[N, channels, samples]` in [-1, 1],
    points `[N, 2]`, unbounded.

    They are numbered from 0, and a number stands for one latent of a seed: the same sample comes out whatever else is
    asked for with it (but for the rounding of sums in batches of other sizes). Those of seed 0 are what validation
    shows while training. A generator that knows classes is asked for all of them in turn, sample n for class
    n modulo the classes, unless a label says otherwise.

    Args:
        generator: `forward(latent [B, size], label [B])`; put into evaluation mode, and left on its device.
        latent: what it makes samples from.
        classes: how many labels it knows; 0 for none.
        representation: from what the generator makes to sound, on the generator's device; None where that is no picture
            of a sound.
        labels: what the classes are called, in the order of their numbers; none where they have no names.
        truncation: how far from 0 the noise of latents may lie; None for as far as it was in training. Samples become
            more typical and less varied (the truncation trick, Brock et al. 2018, arXiv:1809.11096, section 3.1).
        batch_size: samples in one call of the generator: memory and speed.
    """

    def __init__(
        self,
        generator: nn.Module,
        latent: Latent,
        classes: int = 0,
        *,
        representation: SoundPicture | None = None,
        labels: Sequence[str] = (),
        truncation: float | None = None,
        batch_size: int = 64,
    ) -> None:
        most = 1.0 if latent.distribution == "uniform" else math.inf
        if truncation is not None and not 0 < truncation <= most:
            reach = f" and at most 1, as far as this generator's latents reach ({truncation:g} changes nothing)"
            raise AudioganError(
                f"The truncation is {truncation:g}, and must be above 0{reach if truncation > most else ''}."
            )
        self.generator = generator.eval()
        self.representation = representation
        self.labels = tuple(labels)
        self.truncation = truncation
        self.latent = latent
        self.classes = classes
        self.batch_size = batch_size

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        device: str = "cpu",
        truncation: float | None = None,
        batch_size: int = 64,
    ) -> Sampler:
        """The sampler in a run folder, a checkpoint or a model bundle.

        Raises:
            AudioganError: there is none at `path`, it is of another kind or version, or the device is not there.
        """
        from audiogan.bundle import load_model

        return cls.of(load_model(path), device=device, truncation=truncation, batch_size=batch_size)

    @classmethod
    def of(cls, model: Model, *, device: str = "cpu", truncation: float | None = None, batch_size: int = 64) -> Sampler:
        """The sampler of a model in memory; a generator that grows is as grown as in the last step of its training.

        Raises:
            AudioganError: the model is of another task, or the device is not there.
        """
        from audiogan.recipe.synthesis import SynthesisRecipe
        from audiogan.recipe.synthesis_building import build_growth, build_latent
        from audiogan.tasks.synthesis import grow

        recipe = model.recipe
        if not isinstance(recipe, SynthesisRecipe):
            raise AudioganError(
                f"{model.source} is a model of {recipe.task} and generates nothing. Give one that was trained by a "
                "recipe whose task is synthesis."
            )
        generator = model.generator_on(device)
        growth = build_growth(recipe, getattr(generator, "levels", 0))
        if growth:
            grow(generator, growth.at(max(0, model.step - 1) * recipe.training.batch_size))
        representation = model.representation
        if representation is not None:
            representation.to(next(generator.parameters()).device)
        return cls(
            generator,
            build_latent(recipe),
            recipe.classes,
            representation=representation,
            labels=getattr(recipe.data, "label_names", None) or (),
            truncation=truncation,
            batch_size=batch_size,
        )

    def sample(
        self, count: int, seed: int = 0, label: int | None = None, progress: Callable[[int], None] = lambda made: None
    ) -> Samples:
        """Samples 0 to `count` - 1 of a seed; `progress` is called with how many were made since its last call.

        Raises:
            AudioganError: a count below 1, a seed below 0, or a label that the generator does not know.
        """
        _see_that_it_is_between(count, 1, MOST, "The number of samples")
        return self.from_latent(self.latents(range(count), seed), label, progress)

    def from_latent(
        self,
        latent: NDArray[np.floating],
        label: int | Sequence[int] | None = None,
        progress: Callable[[int], None] = lambda made: None,
    ) -> Samples:
        """Samples of latents.

        Args:
            latent: `[N, size]`.
            label: of all, or of each; left out, a generator that knows classes is asked for them in turn.
            progress: called with how many were made since its last call.

        Raises:
            AudioganError: latents of another shape, labels that the generator does not know, or a generator that gives
                NaN or infinite values.
        """
        import torch

        from audiogan.tasks.synthesis import heard

        if latent.ndim != 2 or latent.shape[1] != self.latent.size or not len(latent):
            raise AudioganError(f"latents [N, {self.latent.size}] are wanted, not {list(latent.shape)}.")
        device = next((parameter.device for parameter in self.generator.parameters()), torch.device("cpu"))
        labels = self._labels(label, len(latent))
        made = []
        with torch.inference_mode():
            for start in range(0, len(latent), self.batch_size):
                part = slice(start, start + self.batch_size)
                rows = torch.from_numpy(latent[part].astype(np.float32)).to(device)
                asked = None if labels is None else torch.from_numpy(labels[part]).to(device)
                made.append(heard(self.generator(rows, asked).float(), self.representation).cpu().numpy())
                progress(len(rows))
        samples: Samples = np.concatenate(made)
        if not np.isfinite(samples).all():
            raise AudioganError(
                "the model gives NaN or infinite values: its training went wrong. Use another checkpoint."
            )
        return samples if samples.ndim == 2 else samples.clip(-1, 1)

    def interpolate(self, first: int, last: int, steps: int = 10, seed: int = 0, label: int | None = None) -> Samples:
        """`steps` samples on the way from one to another, both among them.

        Between normal latents the way is an arc (see `arc`), on which all are as likely as samples are; between uniform
        ones, and between latent codes, it is straight.

        Args:
            first, last: numbers of samples.
            steps: 2 or more.
            seed: of the numbers.
            label: of all; left out, `first`'s.

        Raises:
            AudioganError: numbers or a seed below 0, fewer than 2 steps, or a label that the generator does not know.
        """
        _see_that_it_is_between(steps, 2, MOST, "The number of steps")
        ends = self.latents([first, last], seed).astype(np.float64)
        way = straight(ends[0], ends[1], steps)
        if self.latent.distribution == "normal":
            noise = slice(self.latent.noise)
            way[:, noise] = arc(ends[0, noise], ends[1, noise], steps)
        return self.from_latent(way, self.label_of(first, label))

    def arithmetic(self, expression: str, seed: int = 0, label: int | None = None) -> Samples:
        """Samples that a sum names, in its order and each once, and behind them that of the sum of their latents.

        "0 - 3 + 7" is sample 0, less what sample 3 is, and what sample 7 is instead (Radford et al. 2015,
        arXiv:1511.06434, section 6.3.2, where means of three samples stand for each: "0 + 1 + 2 - 3 - …" is theirs).

        Sums of normal latents are divided by the root of the summed squares of their weights, and so are drawn as one
        latent is. Other columns stay as they are summed up, cut to the range that they are drawn from.

        Args:
            expression: numbers of samples with + or - between them.
            seed: of the numbers.
            label: of all; left out, that of the first sample named.

        Raises:
            AudioganError: another expression, one in which everything cancels, or a label that the generator does not
                know.
        """
        weights = weights_of(expression)
        latents = self.latents(list(weights), seed).astype(np.float64)
        weight = np.array(list(weights.values()), np.float64)
        total = weight @ latents
        noise, codes = self.latent.noise, self.latent.noise + sum(self.latent.categories)
        if self.latent.distribution == "normal":
            total[:noise] /= np.linalg.norm(weight)
        else:
            total[:noise] = total[:noise].clip(-self.latent.noise_scale, self.latent.noise_scale)
        total[noise:codes] = total[noise:codes].clip(0, 1)
        total[codes:] = total[codes:].clip(-1, 1)
        return self.from_latent(np.concatenate([latents, total[None]]), self.label_of(next(iter(weights)), label))

    def vary(self, code: int, count: int = 10, steps: int = 10, seed: int = 0, label: int | None = None) -> Samples:
        """The first samples of a seed, each with one of its latent codes (InfoGAN's) at all values in turn.

        Args:
            code: its number from 0, categorical codes before continuous ones.
            count: of samples.
            steps: from -1 to 1, for a continuous code; a categorical one has its choices instead.
            seed: of the samples.
            label: of all; left out, each sample has its own.

        Returns:
            `[count · values, …]`, all values of sample 0 first.

        Raises:
            AudioganError: there is no such code, or the numbers are out of range.
        """
        choices = self.latent.categories
        codes = len(choices) + self.latent.continuous
        if not 0 <= code < codes:
            known = f"they are numbered from 0 to {codes - 1}" if codes else "its latent has none"
            raise AudioganError(f"The generator has no latent code {code}: {known}.")
        _see_that_it_is_between(count, 1, MOST, "The number of samples")
        _see_that_it_is_between(steps, 2, MOST, "The number of steps")
        categorical = code < len(choices)
        values = np.eye(choices[code]) if categorical else np.linspace(-1, 1, steps)[:, None]
        column = self.latent.noise + sum(choices[:code]) + (0 if categorical else code - len(choices))
        latents = self.latents(range(count), seed).repeat(len(values), axis=0)
        latents[:, column : column + values.shape[1]] = np.tile(values, (count, 1))
        labels = [self.label_of(number, label) for number in range(count) for _ in values]
        return self.from_latent(latents, [n for n in labels if n is not None] or None)

    def latents(self, numbers: Sequence[int], seed: int = 0) -> NDArray[np.float32]:
        """The latents of numbered samples, `[numbers, size]`.

        Raises:
            AudioganError: a number or the seed is below 0.
        """
        _see_that_it_is_between(seed, 0, None, "The seed")
        if not isinstance(numbers, range):
            for number in numbers:
                _see_that_it_is_between(number, 0, MOST, "The number of a sample")
        # Validation's scope, so that what it shows can be asked for.
        drawn: NDArray[np.float32] = self.latent.draw(Chance(seed, 0, numbers, "validation/")).numpy()
        if self.truncation is not None:
            noise = slice(self.latent.noise)
            scale = self.latent.noise_scale
            drawn[:, noise] = scale * truncated(drawn[:, noise] / scale, self.truncation, self.latent.distribution)
        return drawn

    def label_of(self, number: int, label: int | None = None) -> int | None:
        """The label that a sample goes with: the one asked for, or its turn; None if the generator knows none."""
        if not self.classes:
            return label
        return number % self.classes if label is None else label

    def number_of(self, label: str) -> int:
        """The number of a label, given by its name or by its number.

        Raises:
            AudioganError: the generator knows no such label.
        """
        if label in self.labels:
            return self.labels.index(label)
        if label.isdecimal() and int(label) < self.classes:
            return int(label)
        if not self.classes:
            raise AudioganError("The generator knows no labels: leave the label out.")
        known = did_you_mean(label, self.labels) or f"They are numbered 0 to {self.classes - 1}."
        raise AudioganError(f"The generator knows no label {label}. {known}")

    def name_of(self, label: int) -> str:
        """What a label is called: its name where it has one, else its number, with as many digits as the largest."""
        if self.labels:
            return self.labels[label]
        return f"{label:0{len(str(self.classes - 1))}}"

    def _labels(self, label: int | Sequence[int] | None, rows: int) -> NDArray[np.int64] | None:
        if label is None:
            return np.arange(rows) % self.classes if self.classes else None
        if not self.classes:
            raise AudioganError("The generator knows no labels: leave the label out.")
        labels = np.broadcast_to(np.asarray(label), rows) if np.ndim(label) == 0 else np.asarray(label)
        if labels.shape != (rows,):
            raise AudioganError(f"{len(labels)} labels for {rows} latents. Give one for each, or one for all.")
        wrong = labels[(labels < 0) | (labels >= self.classes)]
        if len(wrong):
            raise AudioganError(f"The generator knows no label {wrong[0]}: they are numbered 0 to {self.classes - 1}.")
        return labels.astype(np.int64)


def truncated(noise: NDArray[np.floating], bound: float, distribution: Distribution) -> Vectors:
    """Noise between -bound and bound: each normal value at its quantile of the truncated normal, uniform ones scaled.

    So a sample with its number stays recognisable as the bound changes, which drawing anew would not give.
    """
    from scipy.special import ndtr, ndtri

    if distribution == "uniform":
        return np.asarray(noise, np.float64) * bound
    low = ndtr(-bound)
    within: Vectors = ndtri(low + ndtr(np.asarray(noise, np.float64)) * (1 - 2 * low))
    return within


def straight(first: Vectors, last: Vectors, steps: int) -> Vectors:
    """`[steps, size]`: evenly from one vector to another."""
    share = np.linspace(0, 1, steps)[:, None]
    return (1 - share) * first + share * last


def arc(first: Vectors, last: Vectors, steps: int) -> Vectors:
    """`[steps, size]`: from one vector to another by equal angles (White 2016, arXiv:1609.04468).

    Their lengths go evenly from the first one's to the last one's. Vectors on a line through 0 have no arc between
    them: there the way is straight.
    """
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    if not all(lengths):
        return straight(first, last, steps)
    cosine = np.clip(first @ last / (lengths[0] * lengths[1]), -1, 1)
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-6:
        return straight(first, last, steps)
    share = np.linspace(0, 1, steps)[:, None]
    there, here = np.sin(share * angle) / np.sin(angle), np.sin((1 - share) * angle) / np.sin(angle)
    length = (1 - share) * lengths[0] + share * lengths[1]
    return length * (here * first / lengths[0] + there * last / lengths[1])


def weights_of(expression: str) -> dict[int, int]:
    """How often each number stands in a sum, those behind a minus counted down: "0 - 3 + 7" is {0: 1, 3: -1, 7: 1}.

    Raises:
        AudioganError: it is no sum of whole numbers, or everything in it cancels.
    """
    if not SUM.fullmatch(expression):
        raise AudioganError(
            f'{expression!r} is no sum of samples. Write their numbers with + or - between them, as in "0 - 3 + 7".'
        )
    weights: dict[int, int] = {}
    for sign, digits in SIGNED.findall(expression):
        weights[int(digits)] = weights.get(int(digits), 0) + (-1 if sign == "-" else 1)
    if not any(weights.values()):
        raise AudioganError(f"Everything cancels in {expression!r}, and nothing is left to generate from.")
    return weights


def _see_that_it_is_between(number: int, least: int, most: int | None, what: str) -> None:
    if number < least or (most is not None and number > most):
        upper = f" to {most}" if most is not None else " or more"
        raise AudioganError(f"{what} is {number}, and can be {least}{upper}.")

"""Synthesis: points, pictures or sound made from a latent, judged beside real ones; with labels or without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.audio.sound_pictures import SoundPicture
from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.networks.progan import faded
from audiogan.tasks.adversarial import AdversarialTask, Steadying
from audiogan.tasks.game import Game, Judge, draws_of
from audiogan.tasks.growth import Grows, Growth
from audiogan.tasks.latent import Latent
from audiogan.tasks.task import Batch, Validation

SAMPLES_AT_ONCE = 500


class SampleScores(Protocol):
    """What validation finds of a generator's samples; one for each kind of data."""

    def __call__(self, generate: Generate, discriminator: nn.Module) -> Validation:
        """Numbers and samples; `generate` makes the same samples at every call."""


class Generate(Protocol):
    """Samples of a generator in evaluation mode."""

    def __call__(self, count: int, label: np.ndarray | None = None) -> Tensor:
        """`[count, …]`, on the CPU; `label`, `[count]`, is what they are asked for, else all classes in turn."""


class Synthesis(AdversarialTask):
    """A generator's samples against real ones (Goodfellow et al. 2014, arXiv:1406.2661), in any of the games.

    Batches hold `real`, float32 `[B, …]`, and where the data has labels `label`, int64 `[B]`. Generated candidates are
    asked for the labels of the batch's real ones.

    Args:
        generator: `forward(latent [B, size], label)`.
        discriminator: `forward(candidate, label)` giving a `Judgement`.
        game: what the two play for.
        latent: what the generator makes samples from.
        classes: how many labels the networks know; 0: labels in the data are not looked at.
        steadying: what keeps the game from going astray.
        growth: for networks that grow; None for others.
        representation: what the networks see of sounds; None where they see the samples of the data as they are.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        game: Game,
        latent: Latent,
        classes: int = 0,
        steadying: Steadying | None = None,
        growth: Growth | None = None,
        representation: SoundPicture | None = None,
    ) -> None:
        super().__init__(generator, discriminator, game, steadying)
        self.representation = representation
        self.discriminator: nn.Module = discriminator
        self.latent = latent
        self.classes = classes
        self.growth = growth
        self._level: tuple[int, float] | None = None
        self._grow(0)

    def fit(self, items: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Fit the representation's statistics to all training sounds."""
        if self.representation is not None:
            self.representation.fit(torch.from_numpy(item["real"])[None] for item in items)

    def setup(self, first_batch: Batch) -> None:
        """Hold the first batch of real samples as the reference of virtual batch norm."""
        super().setup(first_batch)
        hold_reference = getattr(self.discriminator, "set_reference", None)
        if hold_reference is not None:
            hold_reference(self._real(first_batch), self._label(first_batch))

    def begin_step(self, step: int, images_seen: int) -> None:
        """Let instance noise fade and the networks grow."""
        super().begin_step(step, images_seen)
        self._grow(images_seen)

    def resets_optimizers(self, step: int, images_seen: int) -> bool:
        """Where growth says so."""
        if self.growth is None or not step:
            return False
        return self.growth.resets_at(images_seen, images_seen - images_seen // step)

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        """The player's losses; see `Task.losses`."""
        real, label = self._real(batch), self._label(batch)
        latent = self.latent.draw(chance).to(real)
        judge = self._judge_with(label, self.latent.codes_in(latent))
        if player == "discriminator":
            with torch.no_grad():
                fake = self._generate(latent, label, chance)
            losses = self.game.discriminator_losses(judge, real, fake, chance)
        else:
            losses = self.game.generator_losses(judge, self._generate(latent, label, chance), real, chance)
        self.add_history(losses, player)
        return losses

    def validate(self, items: list[SampleScores], generator: nn.Module) -> Validation:
        """What the one item, which scores a generator's samples, finds."""
        (scores,) = items
        training = self.training
        self.eval()
        generator.eval()
        if self._level is not None:
            grow(generator, self._level)
        try:
            with torch.no_grad():
                return scores(self._sampler(generator), self.discriminator)
        finally:
            self.train(training)

    def _sampler(self, generator: nn.Module) -> Generate:
        weight = next(generator.parameters())

        def generate(count: int, label: np.ndarray | None = None) -> Tensor:
            chance = Chance(0, 0, range(count), "validation/")
            latent = self.latent.draw(chance).to(weight)
            asked = None
            if self.classes:
                asked = torch.arange(count) % self.classes if label is None else torch.from_numpy(label)
                asked = asked.to(weight.device)
            parts = range(0, count, SAMPLES_AT_ONCE)
            made = [
                heard(
                    generator(
                        latent[n : n + SAMPLES_AT_ONCE], None if asked is None else asked[n : n + SAMPLES_AT_ONCE]
                    ),
                    self.representation,
                ).cpu()
                for n in parts
            ]
            return torch.cat(made)

        return generate

    def _generate(self, latent: Tensor, label: Tensor | None, chance: Chance) -> Tensor:
        return self.generator(latent, label, **draws_of(self.generator, latent, chance))

    def _judge_with(self, label: Tensor | None, codes: Tensor | None) -> Judge:
        def judge(candidate: Tensor, chance: Chance) -> Judgement:
            seen = self.as_seen(candidate, chance)
            judgement = self.discriminator(seen, label, **draws_of(self.discriminator, seen, chance))
            return replace(judgement, label=label, latent=codes)

        return judge

    def _grow(self, images_seen: int) -> None:
        if self.growth:
            self._level = self.growth.at(images_seen)
            grow(self.generator, self._level)
            grow(self.discriminator, self._level)

    def _real(self, batch: Batch) -> Tensor:
        real = batch["real"]
        if self.representation is not None:
            real = self.representation.encode(real).to(real)
        return real if self._level is None else faded(real, *self._level)

    def _label(self, batch: Batch) -> Tensor | None:
        return batch["label"] if self.classes else None


def grow(network: nn.Module, level: tuple[int, float]) -> None:
    """Set the level of a network that grows."""
    assert isinstance(network, Grows)
    network.set_growth(*level)


def heard(made: Tensor, representation: SoundPicture | None) -> Tensor:
    """What a generator made, as the data is: sounds `[N, channels, samples]` where it made pictures of them.

    A picture that has not grown to its size yet is enlarged by repeating its pixels.
    """
    if representation is None:
        return made
    pictures = made.float().clamp(-1, 1)
    if pictures.shape[1:] != representation.shape:
        pictures = F.interpolate(pictures, representation.shape[1:], mode="nearest")
    return representation.decode(pictures)

"""The models that the page offers, loaded once and shared by all who use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from audiogan.bundle import load_model
from audiogan.demo.limits import RefusedError
from audiogan.enhance import ENHANCER, Enhancer
from audiogan.errors import AudioganError
from audiogan.generate import Sampler
from audiogan.models import find, on_disk
from audiogan.suggest import did_you_mean

Offered = TypeVar("Offered")

KINDS = {2: "points", 3: "sounds", 4: "pictures"}  # by the dimensions of a batch of samples
MOST = {"points": 2000, "sounds": 16, "pictures": 64}  # that are drawn at once


@dataclass(frozen=True)
class Denoiser:
    """A model that takes noise out of sound.

    Args:
        name: on the page.
        about: what its recipe says that it is.
        enhancer: at its own strength and without a limit.
    """

    name: str
    about: str
    enhancer: Enhancer

    def told(self) -> dict[str, Any]:
        """What the page needs to know of it."""
        enhancer = self.enhancer
        return {
            "name": self.name, "about": self.about, "sample_rate": enhancer.sample_rate, "strength": enhancer.strength,
        }  # fmt: skip


@dataclass(frozen=True)
class Drawer:
    """A model that makes sounds, pictures or points of latents.

    Args:
        name: on the page.
        about: what its recipe says that it is.
        sampler: with latents as they were in training.
        kind: "sounds", "pictures" or "points".
        sample_rate: of sounds, in Hz.
    """

    name: str
    about: str
    sampler: Sampler
    kind: str
    sample_rate: int | None

    def told(self) -> dict[str, Any]:
        """What the page needs to know of it."""
        sampler = self.sampler
        return {
            "name": self.name,
            "about": self.about,
            "kind": self.kind,
            "most": self.most,
            "sample_rate": self.sample_rate,
            "labels": [sampler.name_of(number) for number in range(sampler.classes)],
            "reach": 1.0 if sampler.latent.distribution == "uniform" else None,
        }

    @property
    def most(self) -> int:
        """Samples that are drawn at once."""
        return MOST[self.kind]

    def truncated(self, truncation: float | None) -> Sampler:
        """Its sampler, the generator shared, with latents that reach less far.

        Raises:
            AudioganError: the truncation is not above 0, or reaches farther than the latents do.
        """
        whole = self.sampler
        return Sampler(
            whole.generator,
            whole.latent,
            whole.classes,
            representation=whole.representation,
            labels=whole.labels,
            truncation=truncation,
        )


class Shelf:
    """What is offered, by name.

    Args:
        offered: in the order of the page; names are told apart where two are the same.
    """

    def __init__(self, offered: Sequence[Denoiser | Drawer]) -> None:
        self.denoisers = {one.name: one for one in offered if isinstance(one, Denoiser)}
        self.drawers = {one.name: one for one in offered if isinstance(one, Drawer)}

    @classmethod
    def load(cls, names: Sequence[str], device: str = "cpu") -> Shelf:
        """Load models.

        Args:
            names: as `audiogan.models.find` takes them; the enhancer that came with audiogan if there are none.
            device: where all of them run.

        Raises:
            AudioganError: there is none by a name, or it neither enhances nor generates.
        """
        if not names and not ENHANCER.is_dir():
            raise AudioganError("no enhancer came with this audiogan. Name a run folder or bundle by --model.")
        places = {place.resolve(): place for place in ([find(name) for name in names] or [ENHANCER])}
        alone = [place.name for place in places]
        return cls(
            [
                _load(shown, path.name if alone.count(path.name) == 1 else str(shown), device)
                for path, shown in places.items()
            ]
        )

    def told(self) -> dict[str, Any]:
        """What the page needs to know of all."""
        return {
            "denoisers": [one.told() for one in self.denoisers.values()],
            "drawers": [one.told() for one in self.drawers.values()],
        }

    def denoiser(self, name: str) -> Denoiser:
        """One by its name.

        Raises:
            RefusedError: it is not offered.
        """
        return _named(name, self.denoisers)

    def drawer(self, name: str) -> Drawer:
        """One by its name.

        Raises:
            RefusedError: it is not offered.
        """
        return _named(name, self.drawers)


def _load(path: Path, name: str, device: str) -> Denoiser | Drawer:
    told = [found for found in on_disk([path]) if found.path == path] if path.is_dir() else []
    if told and told[0].task == "enhancement":
        return Denoiser(name, told[0].about, Enhancer.load(path, device=device))  # by its graph, without torch
    from audiogan.recipe.enhancement import EnhancementRecipe
    from audiogan.recipe.synthesis import SynthesisRecipe

    model = load_model(path)
    recipe = model.recipe
    if isinstance(recipe, EnhancementRecipe):
        return Denoiser(name, recipe.about, Enhancer.of(model, device=device))
    if not isinstance(recipe, SynthesisRecipe):
        raise AudioganError(f"{path} is a model of {recipe.task}. The page shows models that enhance or generate.")
    sampler = Sampler.of(model, device=device)
    kind = KINDS[sampler.sample(1).ndim]
    return Drawer(name, recipe.about, sampler, kind, recipe.sample_rate)


def _named(name: str, known: dict[str, Offered]) -> Offered:
    if name in known:
        return known[name]
    hint = did_you_mean(name, sorted(known)) or "It offers none of this kind."
    raise RefusedError(f"This page offers no model {name}. {hint}", 404)

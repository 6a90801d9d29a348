"""What every recipe says, whatever its task; `audiogan recipe schema` prints the keys of all of them for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field, model_validator

import audiogan.audio.sound_pictures
import audiogan.networks
import audiogan.objectives
from audiogan.audio.sound_pictures import SoundPicture
from audiogan.components import ComponentOptions, TermOptions, build, choice
from audiogan.networks.batch_norm import BatchNorm
from audiogan.objectives import Objective
from audiogan.settings import Settings
from audiogan.training.settings import PlayerSettings, TrainingSettings, ValidationSettings

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")]
SoundPictureOptions: Any = choice(
    audiogan.audio.sound_pictures, base=SoundPicture, given=("samples", "sample_rate", "channels")
)


class Recipe(Settings):
    """One experiment: what is learned, by whom, for how long. Each task has its own kind of recipe."""

    name: Name = Field(description="the run's name, and its folder's under runs/")
    about: str = Field("", description="what it is, in a line")
    task: str = Field(description="what is learned")
    seed: int = Field(0, ge=0, description="all chance in the run follows from it")
    smaller: Name | None = Field(None, description="the shipped recipe to take where this one would need days")
    players: dict[Any, PlayerSettings] = Field(description="who moves in each step, in this order")
    training: TrainingSettings = Field(description="the loop")
    validation: ValidationSettings = Field(default_factory=ValidationSettings, description="how often, and on what")


class InstanceNoiseSettings(Settings):
    """Gaussian noise on everything that the discriminator sees, fading in a straight line."""

    deviation: float = Field(gt=0, description="of the noise at the first step")
    until: int = Field(gt=0, description="the step at which none is left")


class GameRecipe(Recipe):
    """A recipe with two players and a game."""

    # Whether each fake candidate has a real one of its own.
    has_pairs: ClassVar[bool] = False

    players: dict[Literal["discriminator", "generator"], PlayerSettings] = Field(
        description="who moves in each step, in this order"
    )
    start: Path | None = Field(
        None, description="a run folder, checkpoint or bundle with the weights that the generator begins with"
    )
    generator: ComponentOptions = Field(description="makes candidates")
    discriminator: ComponentOptions | None = Field(None, description="judges candidates")
    game: list[choice(audiogan.objectives, base=Objective, common=TermOptions)] = Field(  # type: ignore[valid-type]
        default_factory=list, description="adversarial objectives, each with its weight"
    )
    flipped_labels: float = Field(0.0, ge=0, lt=0.5, description="share of candidates told the wrong way round")
    instance_noise: InstanceNoiseSettings | None = Field(None, description="noise on what the discriminator sees")
    historical_averaging: float = Field(0.0, ge=0, description="weight of drawing the weights to their own mean")

    @model_validator(mode="after")
    def _game_and_players_agree(self) -> GameRecipe:
        if (self.discriminator is None) != (not self.game):
            neither = "" if type(self).model_fields["discriminator"].is_required() else ", or neither for the ablation"
            raise ValueError("a discriminator and a game go together: give both" + neither)
        wanted = {"generator"} if self.discriminator is None else {"generator", "discriminator"}
        if set(self.players) != wanted:
            raise ValueError(f"players are {_listed(self.players)}, and this recipe needs {_listed(wanted)}")
        return self

    @model_validator(mode="after")
    def _noise_is_seen_by_a_discriminator(self) -> GameRecipe:
        if self.discriminator is None and (self.flipped_labels or self.instance_noise):
            raise ValueError(
                "flipped_labels and instance_noise are for a discriminator, which is not there: leave them out"
            )
        return self

    @model_validator(mode="after")
    def _game_fits_the_discriminator(self) -> GameRecipe:
        if self.discriminator is None:
            return self
        objectives = {part.name: getattr(audiogan.objectives, part.name) for part in self.game}
        judge = getattr(audiogan.networks, self.discriminator.name)
        options = self.discriminator.arguments()
        games = [name for name, objective in objectives.items() if objective.is_game]
        penalties = [name for name, objective in objectives.items() if objective.is_penalty]
        # Whether a game clips is known of the object only: Wasserstein does unless it is told not to.
        clipping = [part.name for part in self.game if part.name in games and build(part, audiogan.objectives).clips]
        autoencoder = getattr(judge, "is_autoencoder", False)
        for name, objective in objectives.items():
            if objective.needs_autoencoder and not autoencoder:
                raise ValueError(
                    f"{name} needs a discriminator that is an autoencoder, and {self.discriminator.name} is none: take "
                    f"one of {', '.join(_autoencoders())}"
                )
            if (objective.needs_pairs or objective.needs_target) and not self.has_pairs:
                raise ValueError(f"{name} is for fake candidates that have a real one each: for the task enhancement")
            if objective.needs_labels and not (options.get("classes") and options.get("condition") == "auxiliary"):
                raise ValueError(
                    f"{name} needs a discriminator that tells classes: set discriminator.classes to their number and "
                    "discriminator.condition to auxiliary"
                )
            if objective.needs_codes and not options.get("codes"):
                raise ValueError(
                    f"{name} needs a discriminator that estimates latent codes: set discriminator.codes to how many "
                    "numbers they take"
                )
        if autoencoder and games and not any(objectives[name].needs_autoencoder for name in games):
            raise ValueError(
                f"{self.discriminator.name} scores by its reconstruction error, which {games[0]} has no use for: take "
                "BEGAN or EBGAN, or another discriminator"
            )
        if not games:
            raise ValueError("the game holds penalties and terms only: add a game, such as NonSaturating or Hinge")
        if len(games) > 1:
            raise ValueError(f"{' and '.join(games)} are two games: take one")
        if clipping and penalties:
            raise ValueError(
                f"{clipping[0]} clips the weights and {penalties[0]} penalises the gradient, which are two ways to the "
                "same end: take one (clip: null turns clipping off)"
            )
        if penalties and _has_batch_norm(self.discriminator):
            settable = "normalisation" in options
            way_out = "set discriminator.normalisation to none" if settable else "take another discriminator"
            raise ValueError(
                f"{penalties[0]} bounds the gradient at each candidate alone, which batch norm makes depend on the "
                f"others: {way_out}"
            )
        return self


def _has_batch_norm(network: ComponentOptions) -> bool:
    with torch.device("meta"):
        modules = build(network, audiogan.networks).modules()
    return any(isinstance(module, BatchNorm) for module in modules)


def _autoencoders() -> list[str]:
    rooms = {name: getattr(audiogan.networks, name) for name in audiogan.networks.__all__}
    return sorted(name for name, network in rooms.items() if getattr(network, "is_autoencoder", False))


def _listed(names: object) -> str:
    return " and ".join(sorted(names))  # type: ignore[call-overload]

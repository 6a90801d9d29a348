"""Every network and every game runs without values: on the device "meta", with inputs and draws given.

So that sizes and memory can be known before anything is computed, and that nothing waits for a value of the device.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import audiogan.networks
import audiogan.objectives
from audiogan.chance import Chance
from audiogan.networks.pictures import sides
from audiogan.recipe.building import build_task
from audiogan.recipe.reading import check
from audiogan.tasks import Task
from audiogan.tasks.synthesis import Generate, Synthesis
from audiogan.training.means import RunningMeans
from tests.games import CASES, Words, words_of
from tests.tiny_runs import tiny_words

BATCH = 4
META = torch.device("meta")

# What is no class of its own to play with.
BASES = {"Objective", "Reconstruction"}


def enhancement(name: str, window: int = 256, **changes: Any) -> Words:
    network = {"name": f"{name}Generator", "channels": [4, 8], "kernel": 7, "stride": 4, "latent_channels": 2}
    judge = {"name": f"{name}Discriminator", "samples": window, "channels": [4, 8], "kernel": 7, "stride": 4}
    words = {**tiny_words(Path("nowhere")), "generator": network, "discriminator": judge, **changes}
    words["data"]["window"] = window
    return words


def on_waveform(*names: str) -> list[Words]:
    return [{"name": name, "on": "waveform"} for name in names]


SMALL_RESOLUTIONS = {"fft_sizes": [64], "hop_lengths": [16], "window_lengths": [64], "width": 2}
SEVERAL: dict[str, Words] = {
    "MultiPeriod": {"periods": [2, 3], "channels": [2, 3]},
    "MultiResolution": SMALL_RESOLUTIONS,
    "UnivNet": {**SMALL_RESOLUTIONS, "periods": [2], "period_channels": [2, 3], "sees_noisy": True},
}
TELLING_QUALITY: dict[str, tuple[Words, Words]] = {
    "MetricGAN": ({"hidden": 3, "dense": 4}, {"channels": [2, 3], "fft_size": 64, "hop_length": 32}),
    "CMGAN": ({"channels": 4, "heads": 2, "blocks": 1, "kernel": 3}, {"width": 2}),
}
SMALL_BANDS = {"name": "BandRecurrentGenerator", "bands": 8, "channels": 2, "hidden": 4, "filtered_bins": 8}
ENHANCEMENT: dict[str, Words] = {
    "bands": enhancement("SEGAN", generator=SMALL_BANDS),
    "SEGAN": enhancement("SEGAN"),
    **{
        name: enhancement(
            "SEGAN",
            generator=SMALL_BANDS,
            discriminator={"name": f"{name}Discriminator", **options},
            game=[{"name": "LeastSquares"}, {"name": "PairedFeatureMatching"}],
        )
        for name, options in SEVERAL.items()
    },
    "SEGAN+": enhancement("SEGANPlus"),
    **{
        name: enhancement(
            "SEGAN",
            window=4096,
            generator={"name": f"{name}Generator", **theirs},
            discriminator={"name": f"{name}Discriminator", **options},
            game=[{"name": "MetricGame"}],
            metric={"measures": ["si_sdr"], "replay": 3},
        )
        for name, (theirs, options) in TELLING_QUALITY.items()
    },
    "spectra of the network": enhancement(
        "SEGAN",
        window=4096,
        generator={"name": "CMGANGenerator", **TELLING_QUALITY["CMGAN"][0]},
        reconstruction=[{"name": name, "on": "network"} for name in ("NetworkSpectrum", "L1")],
    ),
    "reconstruction": enhancement(
        "SEGAN",
        window=4096,
        sample_rate=16_000,
        reconstruction=on_waveform(
            "L1",
            "SISDR",
            "SNR",
            "CompressedSpectrum",
            "LostSpeech",
            "MultiResolutionSTFT",
            "PerceptualDisturbance",
            "ShortTimeIntelligibility",
            "OpinionScore",
        ),
    ),
}
PLAYED = {**{name: words_of(name, Path("nowhere")) for name in CASES}, **ENHANCEMENT}


def without_values(words: Words) -> tuple[Task, dict[str, Tensor]]:
    """The task and a batch, both on "meta"."""
    recipe = check(words, "here")
    with META:
        task = build_task(recipe)
        if words["task"] == "enhancement":
            return task, {name: torch.empty(BATCH, 1, words["data"]["window"]) for name in ("noisy", "clean")}
        network = words["classifier" if words["task"] == "classification" else "generator"]
        if "samples" in words["data"]:
            shape: tuple[int, ...] = (1, words["data"]["samples"])
        else:
            shape = (network["channels"], *sides(network["size"])) if "size" in network else (2,)
        real = torch.empty(BATCH, *shape)
        return task, {"real": real, "label": torch.zeros(BATCH, dtype=torch.int64)}


def turn(task: Task, player: str, batch: dict[str, Tensor], step: int) -> dict[str, Tensor]:
    """As the trainer takes it, but for the optimiser's step."""
    for other in task.players():
        for parameter in other.parameters():
            parameter.requires_grad_(other.name == player)
            parameter.grad = None
    losses = task.losses(player, batch, Chance(0, step, range(BATCH)))
    torch.stack(list(losses.values())).sum().backward()
    task.after_turn(player)
    return losses


def of_other_levels(name: str) -> bool:
    """Whether a weight is one of a growing network's that its present level leaves out."""
    return any(part in name for part in ("to_picture", "from_picture", "blocks"))


@pytest.mark.parametrize("name", PLAYED)
def test_losses_penalties_and_their_gradients_need_no_values(name: str) -> None:
    task, batch = without_values(PLAYED[name])
    task.setup(batch)
    for step in range(3):
        task.begin_step(step, step * BATCH * 8)
        for player in task.players():
            losses = turn(task, player.name, batch, step)
            assert losses and all(loss.is_meta and loss.ndim == 0 for loss in losses.values())
            own = {id(parameter) for parameter in player.parameters()}
            learning = {name for name, p in task.named_parameters() if p.grad is not None}
            expected = {name for name, p in task.named_parameters() if id(p) in own}
            assert learning <= expected
            assert all(of_other_levels(name) for name in expected - learning), expected - learning
        task.after_step()
        assert all(vital.is_meta for vital in task.vitals().values())
    assert all(value.is_meta for value in task.state_dict().values())
    penalties = {term["name"] for term in PLAYED[name].get("game", ())} & {"GradientPenalty", "R1"}
    assert {f"{penalty}.penalty" for penalty in penalties} <= turn(task, task.players()[0].name, batch, 3).keys()


def test_nothing_is_left_out() -> None:
    networks = {words[key]["name"] for words in PLAYED.values() for key in words.keys() & {
        "generator", "discriminator", "classifier",
    }}  # fmt: skip
    assert networks == set(audiogan.networks.__all__)
    terms = {
        term["name"] for words in PLAYED.values() for key in ("game", "reconstruction") for term in words.get(key, ())
    }
    assert terms | BASES == set(audiogan.objectives.__all__)


def a_line_of_the_journal() -> None:
    means = RunningMeans()
    means.note("loss", torch.empty((), device=META))
    means.steps = 1
    means.take()


def the_scaler_of_half_precision() -> None:
    scaler = torch.amp.GradScaler("cpu", enabled=True)
    weight = nn.Parameter(torch.empty(2, device=META))
    optimiser = torch.optim.SGD([weight], 0.1)
    scaler.scale(weight.sum()).backward()
    scaler.step(optimiser)


def validation() -> None:
    task, _ = without_values(PLAYED["hinge, points"])
    assert isinstance(task, Synthesis)

    def scores(generate: Generate, discriminator: nn.Module) -> Any:
        return generate(2).numpy()

    task.validate([scores], task.generator)


def the_check_of_weights() -> None:
    bool(torch.isfinite(torch.empty(2, device=META)).all())


# Steps of a training that need values, and so cannot run there.
EXCLUDED: list[Callable[[], None]] = [
    a_line_of_the_journal,
    the_scaler_of_half_precision,
    validation,
    the_check_of_weights,
]


@pytest.mark.parametrize("step", EXCLUDED, ids=lambda step: step.__name__)
def test_what_needs_values_is_known_by_name(step: Callable[[], None]) -> None:
    with pytest.raises((RuntimeError, NotImplementedError), match="meta"):
        step()

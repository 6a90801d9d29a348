"""The synthesis game on networks that are written out, so that every loss can be computed by hand."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.networks import (
    DCGANDiscriminator,
    PointDiscriminator,
    PointGenerator,
    ProGANDiscriminator,
    ProGANGenerator,
)
from audiogan.objectives import (
    GradientPenalty,
    LeastSquares,
    MutualInformation,
    NonSaturating,
    Objective,
    Wasserstein,
)
from audiogan.objectives.objective import Judge
from audiogan.recipe.reading import check
from audiogan.tasks import Validation
from audiogan.tasks.adversarial import InstanceNoise, Steadying
from audiogan.tasks.game import Game, Weighted
from audiogan.tasks.growth import Growth
from audiogan.tasks.latent import Latent
from audiogan.tasks.synthesis import SAMPLES_AT_ONCE, Generate, Synthesis
from audiogan.train import train
from audiogan.training.checkpoint import load
from audiogan.training.journal import read_journal
from tests.games import STEPS, picture_folder, words_of
from tests.tiny_runs import same
from tests.training.toy import trainer

BATCH = 4
CHANCE = Chance(5, 7, range(BATCH), "turn/")


class Scaling(nn.Module):
    """The latent times a weight, plus the label; notes what it was given."""

    latent_size = 2

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.5))
        self.labels: list[Tensor | None] = []
        self.counts: list[int] = []

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        assert latent.dtype == self.weight.dtype
        self.labels.append(label)
        self.counts.append(len(latent))
        return self.weight * latent + (0 if label is None else label[:, None])


class Critic(nn.Module):
    """Scores w · candidate, plus ten times the label; notes what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([3.0, -4.0]))
        self.shown: list[tuple[Tensor, Tensor | None]] = []
        self.references: list[tuple[Tensor, Tensor | None]] = []

    def set_reference(self, candidate: Tensor, label: Tensor | None = None) -> None:
        self.references.append((candidate, label))

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        self.shown.append((candidate, label))
        return Judgement(candidate @ self.weight + (0 if label is None else 10 * label))


def batch(seed: int = 0) -> dict[str, Tensor]:
    real = torch.randn(BATCH, 2, generator=torch.Generator().manual_seed(seed))
    return {"real": real, "label": torch.tensor([2, 0, 1, 1])}


def task(*terms: Weighted, classes: int = 0, flipped_labels: float = 0.0, **options: Any) -> Synthesis:
    game = Game(list(terms) or [Weighted(LeastSquares(), 1.0)], flipped_labels)
    return Synthesis(Scaling(), Critic(), game, Latent(2), classes, **options)


def noise() -> Tensor:
    return CHANCE.normal("latent", [2])


def close(found: Tensor, expected: Any) -> None:
    torch.testing.assert_close(found, torch.as_tensor(expected, dtype=found.dtype))


def test_the_losses_of_a_linear_game_are_those_by_hand() -> None:
    """|w| = 5, so the penalty is 10 (5 − 1)²."""
    playing, real = task(Weighted(Wasserstein(clip=None), 1.0), Weighted(GradientPenalty(), 10.0)), batch()["real"]
    w = torch.tensor([3.0, -4.0])
    found = playing.losses("discriminator", batch(), CHANCE)
    assert found.keys() == {"Wasserstein", "GradientPenalty.penalty"}
    close(found["Wasserstein"], (0.5 * noise() @ w).mean() - (real @ w).mean())
    close(found["GradientPenalty.penalty"], 160.0)
    found = playing.losses("generator", batch(), CHANCE)
    assert found.keys() == {"Wasserstein"}
    close(found["Wasserstein"], -(0.5 * noise() @ w).mean())
    found["Wasserstein"].backward()
    close(playing.generator.weight.grad, -(noise() @ w).mean())


def test_each_player_s_losses_reach_its_own_weights() -> None:
    playing = task()
    sum(playing.losses("discriminator", batch(), CHANCE).values()).backward()
    assert playing.generator.weight.grad is None and playing.discriminator.weight.grad is not None
    sum(playing.losses("generator", batch(), CHANCE).values()).backward()
    assert playing.generator.weight.grad is not None


class Noting(Objective):
    """Keeps the judgements it is asked about."""

    generator_compares = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Judgement, Judgement]] = []

    def discriminator_loss(self, real: Judgement, fake: Judgement) -> Tensor | None:
        self.asked.append((real, fake))
        return None

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor | None:
        assert real is not None
        self.asked.append((real, fake))
        return None


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_labels_reach_both_networks_and_the_objectives(player: str) -> None:
    term, label = Noting(), batch()["label"]
    playing = task(Weighted(LeastSquares(), 1.0), Weighted(term, 1.0), Weighted(GradientPenalty(), 1.0), classes=3)
    playing.losses(player, batch(), CHANCE)
    assert all(torch.equal(seen, label) for seen in playing.generator.labels) and len(playing.generator.labels) == 1
    shown = playing.discriminator.shown
    assert len(shown) == (3 if player == "discriminator" else 2)  # the penalty's candidates too
    assert all(torch.equal(seen, label) for _, seen in shown)
    ((real, fake),) = term.asked
    assert torch.equal(real.label, label) and torch.equal(fake.label, label)
    close(fake.score, (0.5 * noise() + label[:, None]) @ playing.discriminator.weight + 10 * label)
    close(real.score, batch()["real"] @ playing.discriminator.weight + 10 * label)


def test_labels_that_the_networks_do_not_know_are_not_looked_at() -> None:
    term = Noting()
    playing = task(Weighted(LeastSquares(), 1.0), Weighted(term, 1.0))
    for player in ("discriminator", "generator"):
        playing.losses(player, batch(), CHANCE)
    assert playing.generator.labels == [None, None]
    assert all(label is None for _, label in playing.discriminator.shown)
    assert all(side.label is None and side.latent is None for pair in term.asked for side in pair)


def test_flipped_labels_are_the_game_s() -> None:
    """What this does to a loss is in test_game.py."""
    honest, lied = (task(flipped_labels=share).losses("discriminator", batch(), CHANCE) for share in (0.0, 0.49))
    assert (CHANCE.uniform("flipped labels", []) < 0.49).any() and honest != lied


def test_instance_noise_is_on_everything_the_discriminator_sees_and_fades_to_nothing() -> None:
    fading = Steadying(InstanceNoise(deviation=0.8, until=10))
    playing = task(Weighted(LeastSquares(), 1.0), Weighted(Noting(), 1.0), steadying=fading)
    real = batch()["real"]
    for step, deviation in ((0, 0.8), (5, 0.4), (9, 0.08), (10, 0.0), (11, 0.0), (10**6, 0.0)):
        playing.begin_step(step, 0)
        for player in ("discriminator", "generator"):
            playing.discriminator.shown.clear()
            playing.losses(player, batch(), CHANCE)
            candidates = {"real": real, "fake": 0.5 * noise()}
            order = ("real", "fake") if player == "discriminator" else ("fake", "real")
            for side, (seen, _) in zip(order, playing.discriminator.shown, strict=True):
                drawn = CHANCE.within(side).normal("instance noise", [2])
                close(seen.detach(), candidates[side] + deviation * drawn)


def test_instance_noise_reaches_the_candidates_of_a_penalty_but_not_validation() -> None:
    class AtReal(Objective):
        def penalty(self, judge: Judge, real_input: Tensor, fake_input: Tensor, chance: Chance) -> Tensor:
            return judge(real_input).scores()[0].sum()

    playing = task(Weighted(AtReal(), 1.0), steadying=Steadying(InstanceNoise(1.0, 10)))
    found = playing.losses("discriminator", batch(), CHANCE)["AtReal.penalty"]
    seen = batch()["real"] + CHANCE.within("penalty").normal("instance noise", [2])
    close(found.detach(), (seen @ playing.discriminator.weight).sum())
    (score,) = validated(playing, lambda generate, d: d(torch.ones(1, 2)).score)
    assert score == -1


def test_historical_averaging_is_added_to_both_players_losses() -> None:
    plain, drawn = task(), task(steadying=Steadying(historical_averaging=0.5))
    with torch.no_grad():
        for playing in (plain, drawn):
            playing.generator.weight += 2  # since the start, where the mean is
            playing.discriminator.weight += torch.tensor([1.0, 3.0])
    for player, expected in (("discriminator", 0.5 * (1 + 9)), ("generator", 0.5 * 4)):
        without, found = (playing.losses(player, batch(), CHANCE) for playing in (plain, drawn))
        close(found.pop("HistoricalAveraging"), expected)
        assert found == without
    drawn.after_step()  # the mean of the start and now is half way
    close(drawn.losses("generator", batch(), CHANCE)["HistoricalAveraging"], 0.5)
    assert not any(name.startswith("history") for name in plain.state_dict())


def infogan() -> Synthesis:
    torch.manual_seed(0)
    latent = Latent(9, categories=(3, 2), continuous=1)
    game = Game([Weighted(NonSaturating(), 1.0), Weighted(MutualInformation((3, 2), 1), 1.0)])
    return Synthesis(PointGenerator(9, 6, 1), PointDiscriminator(6, 1, codes=6), game, latent)


def weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.named_parameters()}


def test_the_latent_head_is_stepped_by_the_generator_s_player_and_by_no_other(tmp_path: Path) -> None:
    def moved(*players: str) -> set[str]:
        playing = infogan()
        before = weights(playing)

        def batches(first: int) -> Any:
            while True:
                yield batch()

        trainer(playing, tmp_path / players[0], players, batches, batch_size=BATCH, steps=2).run()
        return {name for name, value in weights(playing).items() if not torch.equal(value, before[name])}

    head = {f"discriminator.latent_head.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")}
    everything = {name for name, _ in infogan().named_parameters()}
    own = {
        "generator": {name for name in everything if name.startswith("generator.")} | head,
        "discriminator": {name for name in everything if name.startswith("discriminator.")} - head,
    }
    assert {player: moved(player) for player in own} == own
    playing = infogan()
    names = {id(parameter): name for name, parameter in playing.named_parameters()}
    # Not even by an optimiser that decays weights without a gradient, and not clipped.
    assert {player.name: {names[id(p)] for p in player.parameters()} for player in playing.players()} == own


def test_codes_reach_the_judgement_of_generated_candidates() -> None:
    term, playing = Noting(), infogan()
    playing.game = Game([Weighted(NonSaturating(), 1.0), Weighted(term, 1.0)])
    playing.losses("generator", batch(), CHANCE)
    ((_, fake),) = term.asked
    assert torch.equal(fake.latent, playing.latent.draw(CHANCE)[:, 3:])
    assert fake.latent_estimate is not None and fake.latent_estimate.shape == (BATCH, 6)


def test_the_first_batch_of_real_candidates_is_the_reference() -> None:
    for classes, label in ((0, None), (3, batch()["label"])):
        playing = task(classes=classes)
        playing.setup(batch())
        ((held, told),) = playing.discriminator.references
        assert torch.equal(held, batch()["real"])
        assert told is None if label is None else torch.equal(told, label)


def test_draws_are_functions_of_the_counters() -> None:
    playing, state = task(), torch.get_rng_state()

    def candidates(chance: Chance) -> Tensor:
        playing.discriminator.shown.clear()
        playing.losses("discriminator", {"real": batch()["real"][: len(chance.indices)]}, chance)
        return playing.discriminator.shown[1][0]

    first = candidates(CHANCE)
    assert torch.equal(candidates(CHANCE), first)
    assert torch.equal(candidates(Chance(5, 7, [2, 3], "turn/")), first[2:])
    for other in (Chance(5, 8, range(4), "turn/"), Chance(6, 7, range(4), "turn/"), Chance(5, 7, range(4), "turn 2/")):
        assert not (candidates(other) == first).any()
    assert torch.equal(torch.get_rng_state(), state)


def test_it_plays_in_double_precision() -> None:
    playing = infogan().double()
    double = {"real": batch()["real"].double()}
    for player in ("discriminator", "generator"):
        for loss in playing.losses(player, double, CHANCE).values():
            assert loss.dtype == torch.float64
    (made,) = validated(playing, lambda generate, d: generate(3))
    assert made.dtype == torch.float64


def growing() -> Synthesis:
    torch.manual_seed(0)
    networks = ProGANGenerator(16, 1, 3, 2, 4), ProGANDiscriminator(16, 1, 2, 4)
    game = Game([Weighted(NonSaturating(), 1.0), Weighted(Noting(), 1.0)])
    return Synthesis(*networks, game, Latent(3), growth=Growth(3, fading=8, stable=4))


def test_real_pictures_fade_with_the_networks() -> None:
    playing = growing()
    pictures = torch.randn(2, 1, 16, 16)
    seen: list[Tensor] = []
    playing.discriminator.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))

    def pooled(side: int) -> Tensor:
        return pictures.unflatten(2, (side, -1)).unflatten(4, (side, -1)).mean((3, 5))

    def upwards(small: Tensor) -> Tensor:
        return small.repeat_interleave(2, 2).repeat_interleave(2, 3)

    # Level 0 until 4 pictures were seen, level 1 fading in until 12 and staying until 16, level 2 then.
    expected = {
        0: pooled(4),
        3: pooled(4),
        5: upwards(pooled(4)) + 0.25 * (pooled(8) - upwards(pooled(4))),
        12: pooled(8),
        19: upwards(pooled(8)) + 0.5 * (pictures - upwards(pooled(8))),
        100: pictures,
    }
    for count, real in expected.items():
        playing.begin_step(1, count)
        seen.clear()
        chance = Chance(0, 1, range(2))
        playing.losses("discriminator", {"real": pictures}, chance)
        torch.testing.assert_close(seen[0], real)
        assert seen[1].shape == real.shape  # the generator draws at the same level
        playing.losses("generator", {"real": pictures}, chance)
        torch.testing.assert_close(seen[3], real)  # where the generator compares, too


def test_the_averaged_generator_is_validated_at_the_level_of_the_others() -> None:
    playing = growing()
    average = copy.deepcopy(playing.generator)
    playing.begin_step(1, 100)
    (made,) = validated(playing, lambda generate, d: generate(2), average)
    assert made.shape == (2, 1, 16, 16)


def validated(playing: Synthesis, find: Any, generator: nn.Module | None = None) -> list[Any]:
    """What `find` says of the samples and the discriminator when the task validates."""
    found: list[Any] = []

    def scores(generate: Generate, discriminator: nn.Module) -> Validation:
        found.append(find(generate, discriminator))
        return Validation({"n": 1.0}, quality=0.5)

    assert playing.validate([scores], generator or playing.generator) == Validation({"n": 1.0}, quality=0.5)
    return found


def test_validation_makes_the_same_samples_each_time_of_all_labels_in_turn() -> None:
    playing = task(classes=3)
    count = SAMPLES_AT_ONCE + 7
    ((many, again, few),) = validated(playing, lambda generate, d: (generate(count), generate(count), generate(5)))
    assert torch.equal(many, again) and torch.equal(many[:5], few) and len(many) == count
    assert playing.generator.counts == [SAMPLES_AT_ONCE, 7] * 2 + [5]
    drawn = Chance(0, 0, range(count), "validation/").normal("latent", [2])
    torch.testing.assert_close(many, 0.5 * drawn + (torch.arange(count) % 3)[:, None])
    assert not many.requires_grad


@pytest.mark.parametrize("training", [True, False])
def test_validation_is_in_evaluation_mode_and_leaves_the_modes_as_they_were(training: bool) -> None:
    playing, average = task().train(training), Scaling().eval()
    ((modes),) = validated(playing, lambda generate, d: (d.training, average.training, playing.training), average)
    assert modes == (False, False, False)
    assert (playing.training, playing.generator.training, playing.discriminator.training) == (training,) * 3
    assert not average.training


def test_validation_leaves_no_trace_in_the_training(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures")
    ends = []
    for every in (2, 1000):
        words = words_of("averaged weights", folder)
        words["validation"] = {"every": every, "samples": 0, "items": 4, "shown": 4}
        train(check(words, "here"), tmp_path / str(every))
        ends.append(load(tmp_path / str(every) / "checkpoints" / f"step-{STEPS:08d}.pt"))
    assert all(same(ends[0][part], ends[1][part]) for part in ("task", "average", "optimisers"))
    journals = [read_journal(tmp_path / every / "journal.jsonl") for every in ("2", "1000")]
    validated = [[row["step"] for row in rows if row["kind"] == "validation"] for rows in journals]
    assert validated == [list(range(2, STEPS + 1, 2)), [STEPS]]


def test_virtual_batch_norm_compares_with_the_reference_after_a_checkpoint_is_read() -> None:
    def pictures(seed: int) -> Synthesis:
        torch.manual_seed(seed)
        judge = DCGANDiscriminator(16, 1, 2, 3, normalisation="virtual", classes=3)

        class Flat(Scaling):
            def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
                return F.pad(self.weight * latent[:, :1, None, None], (0, 15, 0, 15))

        return Synthesis(Flat(), judge, Game([Weighted(NonSaturating(), 1.0)]), Latent(2), classes=3)

    real = {"real": torch.randn(BATCH, 1, 16, 16), "label": batch()["label"]}
    one, other = pictures(0), pictures(1)
    one.setup({"real": torch.randn(3, 1, 16, 16), "label": torch.tensor([0, 1, 2])})
    other.load_state_dict(one.state_dict())
    for player in ("discriminator", "generator"):
        assert one.losses(player, real, CHANCE) == other.losses(player, real, CHANCE)

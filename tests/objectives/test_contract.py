"""What every game and term has in common, whatever it says; each one's own closed forms are in its own file."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from audiogan import objectives
from audiogan.chance import Chance
from audiogan.components import TermOptions, build, choice, classes
from audiogan.errors import AudioganError
from audiogan.judgement import Judgement
from audiogan.objectives import (
    BEGAN,
    AuxiliaryClassifier,
    FeatureMatching,
    LeastSquares,
    MutualInformation,
    NonSaturating,
    Objective,
    PullingAway,
    Reconstruction,
    Wasserstein,
)
from tests.objectives.judgements import CATEGORIES, CONTINUOUS, LinearCritic, judge_in, judgement

ALL = sorted(classes(objectives, base=Objective))
ACROSS_THE_BATCH = {"PullingAway", "FeatureMatching"}  # and so of test_two_processes.py
OF_NO_SCORE = ACROSS_THE_BATCH | {"AuxiliaryClassifier", "MutualInformation", "PairedFeatureMatching"}
TERMS = TypeAdapter(choice(objectives, base=Objective, common=TermOptions))


def made(name: str) -> Objective:
    """The objective by its name, with options that fit the tests' judgements."""
    options = {"categories": CATEGORIES, "continuous": CONTINUOUS} if name == "MutualInformation" else {}
    return getattr(objectives, name)(**options)


def losses(game: Objective, real: Judgement, fake: Judgement) -> list[torch.Tensor]:
    said = [game.discriminator_loss(real, fake), game.generator_loss(fake, real)]
    return [loss for loss in said if loss is not None]


@pytest.mark.parametrize("name", ALL)
def test_scores_of_half_precision_are_judged_in_float32_and_float64_is_kept(name: str) -> None:
    sides = [judgement(seed) for seed in (0, 1)]
    rough = losses(made(name), *(judge_in(side, torch.bfloat16)[0] for side in sides))
    rounded = [judge_in(judge_in(side, torch.bfloat16)[0], torch.float64)[0] for side in sides]
    exact = losses(made(name).double(), *rounded)
    for ours, theirs in zip(rough, exact, strict=True):
        assert ours.dtype == torch.float32 and theirs.dtype == torch.float64 and ours.ndim == 0
        assert ours.item() == pytest.approx(theirs.item(), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", sorted(set(ALL) - ACROSS_THE_BATCH))
def test_losses_are_means_over_the_batch(name: str) -> None:
    """So that processes that each take a part, and average, say what one says of the whole."""
    game, parts = made(name), [(judgement(2 * n), judgement(2 * n + 1)) for n in range(3)]
    whole = losses(game, *(_joined([part[side] for part in parts]) for side in (0, 1)))
    each = [losses(game, *part) for part in parts]
    for n, loss in enumerate(whole):
        torch.testing.assert_close(loss, torch.stack([part[n] for part in each]).mean())


def _joined(parts: list[Judgement]) -> Judgement:
    def cat(field: str) -> torch.Tensor:
        return torch.cat([getattr(part, field) for part in parts])

    names = ("score", "code", "label_logits", "latent_estimate", "label", "latent", "target")
    features = [torch.cat(layer) for layer in zip(*(part.features or [] for part in parts), strict=True)]
    return Judgement(**{name: cat(name) for name in names}, features=features)


@pytest.mark.parametrize("name", sorted(set(ALL) - OF_NO_SCORE))
def test_sub_discriminators_count_alike_whatever_they_give(name: str) -> None:
    real, fake = ([s.abs() for s in torch.randn(2, 6, dtype=torch.float64).split(3, dim=1)] for _ in range(2))
    game = made(name)
    target = torch.rand(3, dtype=torch.float64)
    pairs = [(Judgement(r), Judgement(f, target=target)) for r, f in zip(real, fake, strict=True)]
    alone = [losses(game, *pair) for pair in pairs]
    together = losses(game, Judgement(list(real)), Judgement(list(fake), target=target))
    for n, loss in enumerate(together):
        torch.testing.assert_close(loss, (alone[0][n] + alone[1][n]) / 2)


@pytest.mark.parametrize("name", ALL)
def test_it_runs_on_meta(name: str) -> None:
    with torch.device("meta"):
        game, critic = made(name), LinearCritic(6)
        penalty = game.penalty(critic, torch.empty(3, 2, 3), torch.empty(3, 2, 3), Chance(0, 0, range(3)))
    (real, of_real), (fake, of_fake) = (judge_in(judgement(seed), torch.float32, "meta") for seed in (0, 1))
    said = losses(game, real, fake)
    assert (penalty is not None) == game.is_penalty
    if penalty is not None:
        penalty.backward()
        assert critic.weight.grad is not None and critic.weight.grad.is_meta
    for loss in said:
        assert loss.is_meta
        loss.backward()
    game.after_discriminator_step(critic)
    game.after_step(real, fake)
    assert said or game.is_penalty
    assert game.is_penalty or any(leaf.grad is not None for leaf in of_real + of_fake)


@pytest.mark.parametrize("name", ALL)
def test_vitals_are_finite_scalars_and_state_is_in_the_checkpoint(name: str) -> None:
    game, again = made(name), made(name)
    for seed in range(3):
        game.after_step(judgement(seed), judgement(seed + 10))
    again.load_state_dict(game.state_dict())
    told = game.vitals()
    assert all(vital.ndim == 0 and vital.isfinite() for vital in told.values())
    assert told == again.vitals()


@pytest.mark.parametrize("name", ALL)
def test_the_generator_s_loss_needs_real_candidates_only_where_it_says_so(name: str) -> None:
    game = made(name)
    if game.generator_compares:
        with pytest.raises(ValueError, match="the real side"):
            game.generator_loss(judgement(0), None)
    else:
        game.generator_loss(judgement(0), None)


def test_what_a_game_does_not_have_it_says_nothing_of() -> None:
    said, game, critic = Judgement(torch.tensor([0.5, 2.0])), LeastSquares(), LinearCritic(2)
    assert game.penalty(critic, torch.zeros(2, 2), torch.zeros(2, 2), Chance(0, 0, [0, 1])) is None
    before = critic.weight.clone()
    game.after_discriminator_step(critic)
    game.after_step(said, said)
    assert torch.equal(critic.weight, before) and not game.state_dict() and not game.vitals()


def test_what_it_asks_of_networks_and_data_can_be_known_beforehand() -> None:
    asking = {
        attribute: {name for name in ALL if getattr(made(name), attribute)}
        for attribute in (
            "is_game",
            "needs_autoencoder",
            "needs_labels",
            "needs_codes",
            "needs_pairs",
            "needs_target",
            "is_penalty",
            "clips",
        )
    }
    assert asking == {
        "is_game": {"BEGAN", "EBGAN", "Hinge", "LeastSquares", "MetricGame", "Minimax", "NonSaturating", "Wasserstein"},
        "needs_autoencoder": {"BEGAN", "EBGAN", "PullingAway"},
        "needs_labels": {"AuxiliaryClassifier"},
        "needs_codes": {"MutualInformation"},
        "needs_pairs": {"PairedFeatureMatching"},
        "needs_target": {"MetricGame"},
        "is_penalty": {"GradientPenalty", "R1"},
        "clips": {"Wasserstein"},
    }
    assert not Wasserstein(clip=None).clips


@pytest.mark.parametrize("term", [PullingAway, FeatureMatching, AuxiliaryClassifier, MutualInformation])
def test_a_judgement_without_what_a_term_reads_is_refused_by_name(term: type[Objective]) -> None:
    only_score = Judgement(torch.zeros(2))
    what = {
        PullingAway: "a code",
        FeatureMatching: "features",
        AuxiliaryClassifier: "label_logits",
        MutualInformation: "a latent_estimate",
    }
    with pytest.raises(ValueError, match=f"needs {what[term]}"):
        term().generator_loss(only_score, only_score)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ({"name": "Minimax", "real_target": 1.1}, "real_target"),
        ({"name": "NonSaturating", "real_target": 0}, "real_target"),
        ({"name": "LeastSquares", "real_target": -1}, "real_target"),
        ({"name": "Wasserstein", "clip": 0}, "clip"),
        ({"name": "Wasserstein", "clip": -0.01}, "clip"),
        ({"name": "GradientPenalty", "sided": "three"}, "sided"),
        ({"name": "GradientPenalty", "target": 0}, "target"),
        ({"name": "EBGAN", "margin": -1}, "margin"),
        ({"name": "BEGAN", "gamma": 0}, "gamma"),
        ({"name": "BEGAN", "gamma": 1.5}, "gamma"),
        ({"name": "BEGAN", "rate": 0}, "rate"),
        ({"name": "MutualInformation", "categories": [1]}, "categories"),
        ({"name": "MutualInformation", "continuous": -1}, "continuous"),
        ({"name": "Hinge", "margin": 1}, "margin"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_their_key(words: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TERMS.validate_python(words)
    assert {key} <= {str(part) for error in refusal.value.errors() for part in error["loc"]}


@pytest.mark.parametrize("name", ALL)
def test_it_can_be_named_in_a_recipe_with_nothing_beside(name: str) -> None:
    built = build(TERMS.validate_python({"name": name}), objectives)
    assert type(built) is getattr(objectives, name)


def test_options_reach_the_objects() -> None:
    words = [
        {"name": "NonSaturating", "real_target": 0.9},
        {"name": "Wasserstein", "clip": None},
        {"name": "BEGAN", "gamma": 0.7, "rate": 0.01},
        {"name": "MutualInformation", "categories": [10, 3], "continuous": 0},
    ]
    smooth, critic, equilibrium, information = (build(TERMS.validate_python(w), objectives) for w in words)
    assert isinstance(smooth, NonSaturating) and smooth.real_target == 0.9
    assert isinstance(critic, Wasserstein) and critic.clip is None
    assert isinstance(equilibrium, BEGAN) and (equilibrium.gamma, equilibrium.rate) == (0.7, 0.01)
    assert isinstance(information, MutualInformation) and information.codes == 13
    with pytest.raises(AudioganError, match="nothing to read back"):
        build(TERMS.validate_python({"name": "MutualInformation", "categories": [], "continuous": 0}), objectives)


def test_what_the_room_exports_is_a_game_or_a_reconstruction_term() -> None:
    assert {getattr(objectives, name) for name in objectives.__all__} == {
        *classes(objectives, base=Objective).values(),
        *classes(objectives, base=Reconstruction).values(),
        Objective,
        Reconstruction,
    }

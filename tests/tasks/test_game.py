"""What objectives say to each player, added up by hand; wrong labels exchange exactly the drawn candidates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.objectives import BEGAN, R1, FeatureMatching, GradientPenalty, Hinge, LeastSquares, Objective, Wasserstein
from audiogan.tasks.game import Game, Weighted, add_loss, draws_of, exchanged

BATCH = 6
CHANCE = Chance(2, 5, range(BATCH), "turn/")


def rows(seed: int) -> Tensor:
    return torch.randn(BATCH, 3, generator=torch.Generator().manual_seed(seed))


def judge(candidate: Tensor, chance: Chance) -> Judgement:
    """Scores by the sum of a candidate, features of their own."""
    return Judgement(candidate.sum(1), features=[candidate])


def weighted(*objectives: Objective, weight: float = 1.0) -> list[Weighted]:
    return [Weighted(objective, weight) for objective in objectives]


def flips(share: float) -> Tensor:
    return CHANCE.uniform("flipped labels", []) < share


def test_exactly_the_drawn_scores_are_exchanged_and_nothing_else() -> None:
    real, fake = judge(rows(0), CHANCE), judge(rows(1), CHANCE)
    which = torch.tensor([True, False, True, False, False, True])
    one, other = exchanged(real, fake, which)
    for n, swapped in enumerate(which.tolist()):
        pair = (real.score[n], fake.score[n])
        assert (one.score[n], other.score[n]) == (pair[::-1] if swapped else pair)
    assert one.features is real.features and other.features is fake.features
    of_places = exchanged(*(Judgement(torch.stack([side.score] * 3, 1)) for side in (real, fake)), which)
    assert all(torch.equal(place, one.score) for place in of_places[0].score.T)
    several = [Judgement([side.score, 2 * side.score]) for side in (real, fake)]
    for plain, listed in zip((one, other), exchanged(*several, which), strict=True):
        assert torch.equal(listed.scores()[0], plain.score) and torch.equal(listed.scores()[1], 2 * plain.score)


@pytest.mark.parametrize(
    ("game", "by_hand"),
    [
        (LeastSquares(), lambda real, fake: (real - 1).square().mean() + fake.square().mean()),
        (Hinge(), lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean()),
        (Wasserstein(clip=None), lambda real, fake: fake.mean() - real.mean()),
    ],
    ids=["least squares", "hinge", "Wasserstein"],
)
def test_flipped_labels_tell_the_discriminator_the_drawn_ones_the_wrong_way_round(
    game: Objective, by_hand: Callable[[Tensor, Tensor], Tensor]
) -> None:
    real, fake = rows(0), rows(1)
    share = 0.4
    assert 0 < flips(share).sum() < BATCH
    told_real = torch.where(flips(share)[:, None], fake, real).sum(1)
    told_fake = torch.where(flips(share)[:, None], real, fake).sum(1)
    playing = Game(weighted(game), share)
    losses = playing.discriminator_losses(judge, real, fake, CHANCE)
    torch.testing.assert_close(losses[type(game).__name__], by_hand(told_real, told_fake))
    honest = Game(weighted(game)).discriminator_losses(judge, real, fake, CHANCE)
    assert not torch.equal(losses[type(game).__name__], honest[type(game).__name__])
    # The generator's loss knows no labels.
    assert playing.generator_losses(judge, fake, real, CHANCE) == Game(weighted(game)).generator_losses(
        judge, fake, real, CHANCE
    )


def test_as_many_labels_are_flipped_as_are_asked_for_anew_in_each_batch() -> None:
    playing = Game(weighted(LeastSquares()), 0.25)
    real, fake = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)  # judged perfectly: each flip costs 2/6
    flipped = [
        BATCH / 2 * playing.discriminator_losses(judge, real, fake, Chance(2, step, range(BATCH)))["LeastSquares"]
        for step in range(400)
    ]
    counts = torch.stack(flipped).round()
    assert abs(counts.mean() / BATCH - 0.25) < 0.05  # 5 deviations of 2400 draws
    assert len(counts.unique()) > 3


def test_the_state_of_a_game_moves_by_what_was_really_judged() -> None:
    games = [Game(weighted(BEGAN(rate=0.1)), share) for share in (0.0, 0.4)]
    for game in games:
        game.discriminator_losses(lambda x, c: Judgement(x.abs().sum(1)), rows(0), rows(1) / 9, CHANCE)
        game.after_step()
    real, fake = rows(0).abs().sum(1).mean(), rows(1).abs().sum(1).mean() / 9
    for game in games:
        vitals = game.vitals()
        assert vitals.keys() == {"BEGAN.k", "BEGAN.convergence"}
        torch.testing.assert_close(vitals["BEGAN.k"], 0.1 * (0.5 * real - fake))
        game.after_step()  # nothing was judged since
        assert torch.equal(game.vitals()["BEGAN.k"], vitals["BEGAN.k"])


def test_losses_of_one_name_are_summed_and_none_adds_nothing() -> None:
    losses: dict[str, Tensor] = {}
    for weight, loss in ((2.0, torch.tensor(3.0)), (0.5, None), (10.0, torch.tensor(0.1))):
        add_loss(losses, "one", weight, loss)
    add_loss(losses, "other", 1.0, None)
    assert losses == {"one": 7.0}


def test_a_penalty_stands_beside_its_game_under_its_own_name() -> None:
    """Of scores that are the sum of three numbers the gradient has the norm √3."""
    scopes: list[str] = []

    def noting(candidate: Tensor, chance: Chance) -> Judgement:
        scopes.append(chance.scope)
        return judge(candidate, chance)

    game = Game([Weighted(Wasserstein(clip=None), 2.0), Weighted(GradientPenalty(), 10.0)])
    losses = game.discriminator_losses(noting, rows(0), rows(1), CHANCE)
    assert losses.keys() == {"Wasserstein", "GradientPenalty.penalty"}
    torch.testing.assert_close(losses["Wasserstein"], 2 * (rows(1).sum(1).mean() - rows(0).sum(1).mean()))
    torch.testing.assert_close(losses["GradientPenalty.penalty"], torch.tensor(10 * (3**0.5 - 1) ** 2))
    assert scopes == ["turn/real/", "turn/fake/", "turn/penalty/"]


def test_real_candidates_are_judged_in_the_generator_s_turn_only_where_they_are_compared() -> None:
    seen: list[Tensor] = []

    def noting(candidate: Tensor, chance: Chance) -> Judgement:
        seen.append(candidate)
        return judge(candidate, chance)

    real, fake = rows(0).requires_grad_(), rows(1).requires_grad_()
    Game(weighted(Hinge())).generator_losses(noting, fake, real, CHANCE)
    assert [x is fake for x in seen] == [True]
    losses = Game(weighted(Hinge(), FeatureMatching())).generator_losses(noting, fake, real, CHANCE)
    assert [x is real for x in seen] == [False, False, True]
    torch.testing.assert_close(losses["FeatureMatching"], (rows(0).mean(0) - rows(1).mean(0)).square().mean())
    torch.stack(list(losses.values())).sum().backward()
    assert fake.grad is not None and real.grad is None


def test_a_task_without_a_discriminator_has_an_empty_game() -> None:
    assert not Game([]) and Game(weighted(Hinge()))
    Game([]).after_step()
    assert Game([]).vitals() == {}


def test_the_state_of_objectives_is_in_the_state_of_the_game() -> None:
    game, other = Game(weighted(Hinge(), BEGAN())), Game(weighted(Hinge(), BEGAN()))
    game.objectives[1].k.fill_(0.3)
    other.load_state_dict(game.state_dict())
    assert other.vitals()["BEGAN.k"] == game.vitals()["BEGAN.k"]


def test_networks_get_what_they_draw_on_the_device_of_their_input() -> None:
    class Drawing(nn.Module):
        def draw(self, chance: Chance, count: int) -> dict[str, Any]:
            return {"z": chance.normal("z", [count]), "shifts": [1, 2]}

    draws = draws_of(Drawing(), torch.empty(BATCH, device="meta"), CHANCE, 4)
    assert draws["z"].is_meta and draws["z"].shape == (BATCH, 4) and draws["shifts"] == [1, 2]
    assert draws_of(nn.Linear(1, 1), rows(0), CHANCE) == {}


def test_a_lazy_penalty_counts_as_often_as_it_is_left_out() -> None:
    """At steps 0, 4 and 8, four times each; the judge of a penalty is not asked in between."""
    lost, shown = [], []

    def curved(candidate: Tensor, chance: Chance) -> Judgement:
        shown.append((chance.step, chance.scope))
        return Judgement(candidate.square().sum(1))

    game = Game(weighted(Hinge(), R1(every=4), weight=3.0))
    for step in range(9):
        losses = game.discriminator_losses(curved, rows(0), rows(1), Chance(2, step, range(BATCH), "turn/"))
        lost.append(losses["R1.penalty"].item())
    slope = (2 * rows(0)).square().sum(1).mean().item() / 2
    assert lost == pytest.approx([12 * slope if step % 4 == 0 else 0 for step in range(9)], rel=1e-5)
    assert [step for step, scope in shown if "penalty" in scope] == [0, 4, 8]

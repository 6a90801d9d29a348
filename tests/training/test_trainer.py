"""The loop, on games that are linear in their weights, so that every step is known beforehand."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from audiogan.chance import Chance
from audiogan.errors import AudioganError
from audiogan.tasks import Player, PointSample, Validation
from audiogan.tasks.task import Batch
from audiogan.training.checkpoint import load
from audiogan.training.journal import read_journal
from tests.tiny_runs import same
from tests.training.toy import RATE, Linear, numbered, steady, trainer


def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [row for row in read_journal(folder / "journal.jsonl") if row["kind"] == kind]


def test_players_move_in_the_recipe_s_order_and_counts(tmp_path: Path) -> None:
    task = Linear("a", "b", "c")
    trainer(task, tmp_path, {"b": {"turns": 2}, "c": {"turns": 3}, "a": {}}, numbered, steps=2).run()
    # Turn n of each player plays on the step's batch n; the next step goes on with batch 3.
    order = [("b", 0), ("b", 1), ("c", 0), ("c", 1), ("c", 2), ("a", 0)]
    assert task.turns == [
        (player, step, f"{player} {turn}/", 3 * step + turn) for step in range(2) for player, turn in order
    ]
    assert task.begun == [(0, 0), (1, 2)]


@pytest.mark.parametrize("names", [("only",), ("a", "b", "c")])
def test_each_player_descends_its_own_loss_and_moves_nobody_else(tmp_path: Path, names: tuple[str, ...]) -> None:
    task = Linear(*names)
    trainer(task, tmp_path, names, steps=4).run()
    # Every loss holds 7 · everybody's weights; were others moved too, they would move once in every turn.
    expected = [-RATE * 4 * (3 + 7), -RATE * 4 * (4 + 7)]
    assert task.weights() == {name: expected for name in names}


def test_a_module_of_two_players_is_moved_by_both(tmp_path: Path) -> None:
    class Shared(Linear):
        def players(self) -> list[Player]:
            return [Player(name, [self.sides["a"]]) for name in self.names]

    task = Shared("a", "b")
    trainer(task, tmp_path, ("a", "b"), steps=1).run()
    assert task.weights()["a"] == [-RATE * (3 + 7 + 7), -RATE * (4 + 7 + 7)]


class Alone(Linear):
    """Loses nothing but the product of its weights with the batch's mean, (3, 4)."""

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        return {"linear": self.sides[player].w @ batch["x"].mean(0)}


@pytest.mark.parametrize(("most", "share"), [(1.0, 1 / 5), (4.5, 0.9), (6.0, 1.0), (None, 1.0)])
def test_clipping_bounds_the_gradient_s_norm(tmp_path: Path, most: float | None, share: float) -> None:
    task = Alone("a")
    trainer(task, tmp_path, {"a": {"clip_gradient": most}}, steps=1, log_every=1).run()
    assert task.weights()["a"] == pytest.approx([-RATE * 3 * share, -RATE * 4 * share], rel=1e-5)
    assert rows(tmp_path, "training")[0]["a.gradient_norm"] == pytest.approx(5)  # as it was before


def test_rates_follow_the_schedule(tmp_path: Path) -> None:
    task = Alone("a")
    trainer(task, tmp_path, ("a",), steps=8, schedule={"shape": "halving", "halve_every": 2, "warm_up": 2}).run()
    factors = [0.5, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]
    assert task.weights()["a"] == pytest.approx([-RATE * 3 * sum(factors), -RATE * 4 * sum(factors)])


def test_a_player_s_own_schedule_goes_before_that_of_all(tmp_path: Path) -> None:
    task, own = Alone("a", "b"), {"shape": "halving", "halve_every": 2}
    trainer(task, tmp_path, {"a": {"schedule": own}, "b": {}}, steps=4, schedule={"shape": "linear"}).run()
    for name, factors in {"a": [1, 1, 0.5, 0.5], "b": [1, 0.75, 0.5, 0.25]}.items():
        assert task.weights()[name] == pytest.approx([-RATE * 3 * sum(factors), -RATE * 4 * sum(factors)])


def test_any_player_s_network_can_be_averaged(tmp_path: Path) -> None:
    task = Alone("a", "b", "c")
    players: dict[str, dict[str, Any]] = {"a": {"average_decay": 0.5}, "b": {"average_decay": 0.7}, "c": {}}
    training = trainer(task, tmp_path, players, steps=30, average_decay=0.9)
    training.run()
    state = load(tmp_path / "checkpoints" / "step-00000030.pt")
    assert list(state["averages"]) == ["b"]
    for found, most in ((state["average"]["w"], 0.5), (state["averages"]["b"]["w"], 0.7)):
        average = 0.0
        for step in range(1, 31):
            decay = min(most, (1 + step) / (10 + step))
            average = decay * average + (1 - decay) * (-RATE * 3 * step)
        assert found[0].item() == pytest.approx(average, rel=1e-5)
    assert training.trained_network().w.equal(state["average"]["w"])
    other = trainer(Alone("a", "b", "c"), tmp_path / "other", players, average_decay=0.9)
    other.load_state(state)
    assert same(other.state()["averages"], state["averages"])


def test_optimizers_are_reset_when_the_task_says_so(tmp_path: Path) -> None:
    class Resets(Alone):
        def resets_optimizers(self, step: int, images_seen: int) -> bool:
            assert images_seen == 2 * step
            return step in (3, 5)

    adam = {"a": {"optimiser": {"name": "Adam", "learning_rate": 0.1}}}
    training = trainer(Resets("a"), tmp_path, adam, steps=7)
    training.run()
    (moments,) = training.optimisers["a"].state_dict()["state"].values()
    assert moments["step"].item() == 2


def test_the_average_follows_its_recurrence(tmp_path: Path) -> None:
    task = Alone("a", "b")
    training = trainer(task, tmp_path, ("a", "b"), steps=30, average_decay=0.7)
    training.run()
    average = 0.0
    for step in range(1, 31):
        decay = min(0.7, (1 + step) / (10 + step))
        average = decay * average + (1 - decay) * (-RATE * 3 * step)
    assert training.trained_network().w[0].item() == pytest.approx(average, rel=1e-5)
    assert not training.trained_network().w.requires_grad


def test_the_journal_holds_means_over_turns_and_steps(tmp_path: Path) -> None:
    trainer(Linear("a", "b"), tmp_path, {"a": {"turns": 2}, "b": {}}, numbered, steps=5, log_every=2).run()
    found = rows(tmp_path, "training")
    assert [row["step"] for row in found] == [2, 4, 5]
    # Batches 0 … 3 in the first two steps; the second player plays on the first batch of each step only.
    assert [row["a.input"] for row in found] == [1.5, 5.5, 8.5]
    assert [row["b.input"] for row in found] == [1.0, 5.0, 8.0]


def test_validation_is_noted_and_the_best_is_kept(tmp_path: Path) -> None:
    task = Linear("a")
    task.qualities = iter([None, -3.0, -1.0, -2.0, -1.0])
    options: dict[str, Any] = {"steps": 10, "checkpoint_every": 3, "keep_checkpoints": 2}
    trainer(task, tmp_path, ("a",), validation={"every": 2}, **options).run()
    assert [(row["step"], row["weight"]) for row in rows(tmp_path, "validation")] == [
        (step, -RATE * 10 * step) for step in (2, 4, 6, 8, 10)
    ]
    folder = tmp_path / "checkpoints"
    assert sorted(path.name for path in folder.iterdir()) == ["best.pt", "step-00000009.pt", "step-00000010.pt"]
    assert load(folder / "best.pt")["step"] == 6
    assert load(folder / "best.pt")["best"] == -1.0


@pytest.mark.parametrize(("every", "validated"), [(4, [4, 8, 10]), (5, [5, 10]), (1000, [10])])
def test_the_last_step_is_validated_always(tmp_path: Path, every: int, validated: list[int]) -> None:
    class Heard(Linear):
        def validate(self, items: list[Any], generator: nn.Module) -> Validation:
            points = np.zeros((1, 2), np.float32)
            sample = PointSample("points", points, points, None, (0, 1, 0, 1))
            return Validation({"weight": 0.0}, [sample], quality=float(self.turns[-1][1]))

    trainer(Heard("a"), tmp_path, ("a",), steps=10, validation={"every": every, "samples": 1}).run()
    assert [row["step"] for row in rows(tmp_path, "validation")] == validated
    assert len(list((tmp_path / "samples").glob("*00000010*"))) == 1
    assert load(tmp_path / "checkpoints" / "best.pt")["step"] == 10


def test_an_interrupted_run_is_validated_where_it_ends(tmp_path: Path) -> None:
    """Not where it was stopped, so that a stop leaves nothing that a run never stopped has not."""

    def interrupt(task: Linear) -> None:
        if task.turns[-1][1] == 2:
            signal.raise_signal(signal.SIGINT)

    task = Linear("a", before=interrupt)
    assert not trainer(task, tmp_path, ("a",), validation={"every": 1000}).run()
    assert rows(tmp_path, "validation") == []
    task = Linear("a")
    task.qualities = iter([None])
    again = trainer(task, tmp_path, ("a",), validation={"every": 1000})
    again.load_state(load(tmp_path / "checkpoints" / "step-00000003.pt"))
    assert again.run()
    assert [row["step"] for row in rows(tmp_path, "validation")] == [4]


def test_the_first_batch_sets_up_and_is_played_on_too(tmp_path: Path) -> None:
    task = Linear("a")
    trainer(task, tmp_path, ("a",), numbered, steps=2).run()
    assert task.first.tolist() == [0, 1]
    assert [batch for *_, batch in task.turns] == [0, 1]
    resumed = Linear("a")
    again = trainer(resumed, tmp_path, ("a",), numbered, steps=4)
    again.load_state(load(tmp_path / "checkpoints" / "step-00000002.pt"))
    assert again.run()
    assert resumed.first.tolist() == [0, 1]  # from the checkpoint, not once more
    assert [batch for *_, batch in resumed.turns] == [2, 3]


OPTIONS: dict[str, Any] = {
    "steps": 11, "log_every": 4, "checkpoint_every": 5, "average_decay": 0.9, "keep_checkpoints": 9,
    "validation": {"every": 3}, "schedule": {"shape": "cosine", "warm_up": 3},
}  # fmt: skip
PLAYERS: dict[str, dict[str, Any]] = {"a": {"turns": 2}, "b": {"optimiser": {"name": "Adam", "learning_rate": 0.1}}}


def qualities(task: Linear, done: int) -> Linear:
    task.qualities = iter([1.0, 5.0, 2.0, 4.0][done:])
    return task


@pytest.mark.parametrize("stop", [1, 4, 5, 7, 11])
def test_interrupted_and_resumed_it_ends_as_if_nothing_had_been(tmp_path: Path, stop: int) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert trainer(qualities(Linear("a", "b"), 0), whole, PLAYERS, numbered, **OPTIONS).run()

    def interrupt(task: Linear) -> None:
        if task.turns[-1][:3] == ("b", stop - 1, "b 0/"):
            signal.raise_signal(signal.SIGINT)

    first = trainer(qualities(Linear("a", "b", before=interrupt), 0), parts, PLAYERS, numbered, **OPTIONS)
    assert first.run() is (stop == 11)
    assert first.step == stop
    again = trainer(qualities(Linear("a", "b"), stop // 3), parts, PLAYERS, numbered, **OPTIONS)
    again.load_state(load(parts / "checkpoints" / f"step-{stop:08d}.pt"))
    assert again.run()
    for name in ("step-00000011.pt", "best.pt"):
        assert same(load(parts / "checkpoints" / name), load(whole / "checkpoints" / name))
    assert (parts / "journal.jsonl").read_text() == (whole / "journal.jsonl").read_text()


def test_a_checkpoint_does_not_remember_how_the_state_was_reached_but_all_of_it(tmp_path: Path) -> None:
    training = trainer(Linear("a", "b"), tmp_path, PLAYERS, numbered, average_decay=0.5)
    training.run()
    other = trainer(Linear("a", "b"), tmp_path / "other", PLAYERS, numbered, average_decay=0.5)
    assert not same(other.state(), training.state())
    other.load_state(load(tmp_path / "checkpoints" / "step-00000004.pt"))
    assert same(other.state(), training.state())


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize(("log_every", "checkpoint_every", "noticed"), [(4, 5, 8), (100, 3, 9)])
def test_values_that_are_not_finite_stop_the_run_and_spare_the_last_checkpoint(
    tmp_path: Path, bad: float, log_every: int, checkpoint_every: int, noticed: int
) -> None:
    class Breaks(Alone):
        def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
            factor = bad if chance.step == 6 else 1.0
            return {"linear": factor * super().losses(player, batch, chance)["linear"]}

    options: dict[str, Any] = {"steps": 20, "log_every": log_every, "checkpoint_every": checkpoint_every}
    with pytest.raises(AudioganError, match=rf"Step {noticed}: .*finite.*learning rate.*clip_gradient"):
        trainer(Breaks("a"), tmp_path, ("a",), **options).run()
    saved = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    good = 6 // checkpoint_every * checkpoint_every
    assert saved[-1] == f"step-{good:08d}.pt"
    assert load(tmp_path / "checkpoints" / saved[-1])["task"]["sides.a.w"].tolist() == [
        -RATE * 3 * good, -RATE * 4 * good,
    ]  # fmt: skip


def test_a_network_that_is_no_longer_finite_is_not_the_best(tmp_path: Path) -> None:
    task = Alone("a", before=lambda task: None)
    task.sides["a"].w.data.fill_(math.nan)
    with pytest.raises(AudioganError, match=r"Step 1: the weights sides\.a\.w are no longer finite"):
        trainer(task, tmp_path, ("a",), validation={"every": 1}).run()
    assert not (tmp_path / "checkpoints").exists()


class Autocast(Alone):
    """Notes the type that a matrix product has."""

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        product = batch["x"] @ self.sides[player].w[:, None]
        self.type = product.dtype
        return {"linear": product.mean()}


@pytest.mark.parametrize(("precision", "kind"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_forward_runs_in_the_precision_and_weights_stay_in_fp32(
    tmp_path: Path, precision: str, kind: torch.dtype
) -> None:
    task = Autocast("a")
    trainer(task, tmp_path, ("a",), steps=3, precision=precision).run()
    assert task.type == kind
    assert task.sides["a"].w.dtype == torch.float32
    assert task.weights()["a"] == pytest.approx([-RATE * 3 * 3, -RATE * 4 * 3], rel=0.01)


def test_fp16_is_refused_on_the_cpu(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match=r"training\.precision: fp16 needs a GPU.*bf16"):
        trainer(Alone("a"), tmp_path, ("a",), precision="fp16")


def test_nothing_is_drawn_from_the_global_generator(tmp_path: Path) -> None:
    state = torch.get_rng_state()
    trainer(Alone("a"), tmp_path, ("a",), steady).run()
    assert torch.equal(torch.get_rng_state(), state)


def damaged_at(place: int) -> Callable[[int], Iterator[Batch]]:
    """Batches of which one cannot be made."""

    def batches(first: int) -> Iterator[Batch]:
        for number, batch in enumerate(numbered(first), first):
            if number == place:
                raise AudioganError("noise/7.wav: there is no such file.")
            yield batch

    return batches


def test_run_is_saved_before_an_item_stops_it_and_resumes_exactly(tmp_path: Path) -> None:
    whole = Linear("a")
    trainer(whole, tmp_path / "whole", ("a",), numbered, steps=9).run()
    stopped = trainer(Linear("a"), tmp_path / "stopped", ("a",), damaged_at(5), steps=9, checkpoint_every=100)
    with pytest.raises(AudioganError, match=r"7\.wav: there is no such file\. Step 5 is saved: .* with --resume"):
        stopped.run()
    state = load(tmp_path / "stopped" / "checkpoints" / "step-00000005.pt")
    task = Linear("a")
    resumed = trainer(task, tmp_path / "stopped", ("a",), numbered, steps=9)
    resumed.load_state(state)
    assert resumed.run() and task.weights() == whole.weights()


def test_item_that_stops_the_first_step_saves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match=r"^noise/7\.wav: there is no such file\.$"):
        trainer(Linear("a"), tmp_path, ("a",), damaged_at(0), steps=9).run()
    assert not list((tmp_path / "checkpoints").glob("*"))

"""What is said of a game, on journals that were made up and on those of recipes that work."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from audiogan.chance import Chance
from audiogan.tasks.task import Batch
from audiogan.training.checkpoint import load
from audiogan.training.health import Health
from audiogan.training.journal import read_journal
from audiogan.training.progress import Progress
from audiogan.training.settings import PlayerSettings
from tests.training.toy import Linear, trainer

RESULTS = Path(__file__).parents[2] / "eval" / "results"
Row = dict[str, Any]


def settings(clip: float | None = None) -> dict[str, PlayerSettings]:
    adam = {"name": "Adam", "learning_rate": 1e-3}
    words = {"discriminator": {"optimiser": adam}, "generator": {"optimiser": adam, "clip_gradient": clip}}
    return {name: PlayerSettings.model_validate(options) for name, options in words.items()}


def sayings(rows: list[Row], clip: float | None = None) -> list[tuple[int, str, bool]]:
    """(step, concern, whether it begins) of all that is said."""
    health = Health(settings(clip))
    return [(row["step"], change.concern, change.begins) for row in rows for change in health.see(row)]


def journal(every: int, until: int, numbers: Callable[[int], dict[str, float]], kind: str = "training") -> list[Row]:
    return [{"step": step, "kind": kind, **numbers(step)} for step in range(every, until + 1, every)]


def played(
    discriminator: float = 1.3, generator: float = 0.7, d_norm: float = 2.0, g_norm: float = 1.0, **others: float
) -> dict[str, float]:
    return {
        "discriminator.NonSaturating": discriminator, "discriminator.gradient_norm": d_norm,
        "generator.NonSaturating": generator, "generator.gradient_norm": g_norm, **others,
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.journal.jsonl")), ids=lambda path: path.name)
def test_nothing_is_said_of_recipes_that_work(path: Path) -> None:
    rows = read_journal(path)
    assert len(rows) > 30
    assert sayings(rows) == []


def balanced(step: int) -> dict[str, float]:
    """The equilibrium of the saturating game: losses log 4 and −log 2, the generator's gradient only noise."""
    return played(math.log(4), -math.log(2), d_norm=0.02, g_norm=1.0 if step < 300 else 0.001)


def wasserstein(step: int) -> dict[str, float]:
    """A critic whose penalty began at 10 and whose loss, minus a distance, goes to 0 as the generator arrives."""
    distance = 2 * math.exp(-step / 300)
    penalty = 10 * math.exp(-step / 20)
    return {
        **played(-distance, 3 * math.sin(step), 1 + 30 * math.exp(-step / 20), distance / 2),
        "discriminator.GradientPenalty.penalty": penalty,
    }


def hinge(step: int) -> dict[str, float]:
    return played(2.0 if step < 500 else 1.9, math.sin(step / 100), 0.5, 0.3)


def warmed_up(step: int) -> dict[str, float]:
    return played(1.3, 0.7, d_norm=min(90.0, 0.01 * step), g_norm=min(90.0, 0.1 * step))


@pytest.mark.parametrize("numbers", [balanced, wasserstein, hinge, warmed_up])
@pytest.mark.parametrize("every", [1, 50, 500])
def test_nothing_is_said_of_games_that_go_well(numbers: Callable[[int], dict[str, float]], every: int) -> None:
    assert sayings(journal(every, 6 * max(every, 500), numbers)) == []


def vanishing(step: int) -> dict[str, float]:
    """A discriminator that wins the saturating game from step 400 to 1200."""
    lost = 400 < step <= 1200
    return played(1e-3 if lost else 1.3, -1e-4 if lost else -0.7, g_norm=1e-4 if lost else 1.0)


def risen(step: int) -> dict[str, float]:
    """One that wins the non-saturating game: the generator's loss rises, its gradient stays."""
    return played(1e-3, 9.0) if 400 < step <= 1200 else played()


@pytest.mark.parametrize("numbers", [vanishing, risen])
def test_a_discriminator_that_wins_is_told_once_when_it_does_and_once_when_it_no_longer_does(
    numbers: Callable[[int], dict[str, float]],
) -> None:
    concern = "discriminator too strong"
    assert sayings(journal(50, 2000, numbers)) == [(600, concern, True), (1400, concern, False)]
    # Lines a step apart need as many steps, lines far apart three.
    assert sayings(journal(1, 2000, numbers)) == [(600, concern, True), (1400, concern, False)]
    assert sayings(journal(400, 1200, numbers)) == []


def test_a_generator_that_wins_is_told_too() -> None:
    rows = journal(50, 2000, lambda step: played(generator=1e-4, d_norm=1e-3) if step > 400 else played())
    assert sayings(rows) == [(600, "generator too strong", True)]


def test_a_player_alone_that_learns_its_task_has_not_won() -> None:
    numbers = {"generator.L1": 1e-6, "generator.gradient_norm": 1e-6}
    first = {"generator.L1": 1.0, "generator.gradient_norm": 1.0}
    assert sayings(journal(50, 3000, lambda step: numbers if step > 200 else first)) == []


def test_a_gradient_that_grows_over_100_is_told_where_it_is_not_clipped() -> None:
    rows = journal(50, 2000, lambda step: played(g_norm=150.0 if 1000 < step <= 1500 else 5.0))
    assert sayings(rows) == [
        (1200, "generator's gradient is large", True),
        (1700, "generator's gradient is large", False),
    ]
    assert sayings(rows, clip=5.0) == []


def test_a_gradient_of_a_heavy_loss_is_large_only_where_it_grows_or_is_huge() -> None:
    heavy = journal(50, 2000, lambda step: played(g_norm=4000.0 + step))
    assert sayings(heavy) == []
    assert sayings(journal(50, 2000, lambda step: played(g_norm=300.0 if step < 500 else 3500.0)))
    assert sayings(journal(50, 2000, lambda step: played(g_norm=20_000.0)))


def test_one_odd_line_says_nothing() -> None:
    def odd(step: int) -> dict[str, float]:
        return played(1e-5, 50.0, g_norm=1e6) if step % 200 == 0 else played()

    assert sayings(journal(50, 4000, odd)) == []


@pytest.mark.parametrize(("end", "side"), [(0.0, "weak"), (1.0, "strong")])
def test_a_balance_that_stays_at_an_end_is_told_after_a_while(end: float, side: str) -> None:
    def numbers(step: int) -> dict[str, float]:
        return played(**{"BEGAN.k": end if 500 < step <= 3000 else 0.3, "BEGAN.convergence": end})

    rows = journal(50, 5000, numbers)
    concern = "BEGAN.k is pinned"
    assert sayings(rows) == [(1500, concern, True), (4000, concern, False)]
    health = Health(settings())
    (told, _) = [change for row in rows for change in health.see(row)]
    assert f"stays at {end:g}" in told.words and f"generator is too {side}" in told.words
    # From 0, where it begins, it may take its time.
    assert sayings(journal(50, 5000, lambda step: played(**{"BEGAN.k": 0.0 if step < 900 else 1e-4 * step}))) == []


def test_samples_that_grow_alike_are_told() -> None:
    def diversity(step: int) -> dict[str, float]:
        return {"diversity": 0.05 if step < 1000 or 3000 < step <= 6000 else 0.8, "fid": 3.0}

    rows = journal(500, 9000, diversity, kind="validation")
    assert sayings(rows) == [(4500, "samples lose diversity", True), (7500, "samples lose diversity", False)]
    assert sayings(journal(500, 9000, lambda step: {"si_sdr": 0.1}, kind="validation")) == []


numbers = st.sampled_from([1e-6, 0.5, 20.0, 1e5])


@given(rows=st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=20, max_size=60), cut=st.integers(0, 60))
def test_read_again_a_journal_says_the_same(rows: list[tuple[float, ...]], cut: int) -> None:
    lines = journal(50, 50 * len(rows), lambda step: played(*rows[step // 50 - 1]))
    whole, resumed = Health(settings()), Health(settings())
    said = [whole.see(line) for line in lines]
    for line in lines[:cut]:
        resumed.see(line)
    assert [resumed.see(line) for line in lines[cut:]] == said[cut:]
    assert resumed.concerns() == whole.concerns()


def keys(words: str) -> Iterator[list[str]]:
    for word in words.replace(",", " ").split():
        if word.startswith("players."):
            yield word.rstrip(".").split(".")


def test_advice_names_keys_that_there_are() -> None:
    health = Health(settings())
    rows = journal(50, 2000, lambda step: played(1e-3, 9.0, g_norm=5e4) if step > 400 else played())
    advice = [key for row in rows for change in health.see(row) for key in keys(change.words)]
    assert len(advice) >= 4
    for _, player, *path in advice:
        found: Any = settings()[player]
        for name in path:
            assert hasattr(found, name)
            found = getattr(found, name)


class Growing(Linear):
    """Loses its weights times the batch's mean, of length 5; a hundred times that from step 300 on."""

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        factor = 100 if chance.step >= 300 else 1
        return {"linear": factor * self.sides[player].w @ batch["x"].mean(0)}

    def vitals(self) -> dict[str, Tensor]:
        return {"game.k": self.first[1]}  # 4 from the first batch on


def test_the_trainer_tells_it_once_and_notes_it_resumed_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(folder: Path, steps: int, resume: bool = False) -> str:
        training = trainer(
            Growing("a"), folder, ("a",), progress=Progress(), steps=steps, log_every=10, checkpoint_every=50
        )
        if resume:
            training.load_state(load(training.records.checkpoints.last()))
        training.run()
        return capsys.readouterr().err

    seen = "a's gradient is large: its norm is 500 (at the beginning at most 5)"
    assert f"step 500: {seen}" in train(tmp_path / "whole", 600)
    assert seen in train(tmp_path / "parts", 550)
    resumed = train(tmp_path / "parts", 600, resume=True)
    assert seen not in resumed
    assert "step 600/600" in resumed and "; ! a's gradient is large; a: linear" in resumed
    assert (tmp_path / "parts" / "journal.jsonl").read_text() == (tmp_path / "whole" / "journal.jsonl").read_text()
    rows = read_journal(tmp_path / "whole" / "journal.jsonl")
    (told,) = [row for row in rows if row["kind"] == "health"]
    assert (told["step"], told["concern"], told["state"]) == (500, "a's gradient is large", "begins")
    assert "players.a.clip_gradient" in told["words"]
    assert {row["game.k"] for row in rows if row["kind"] == "training"} == {4.0}

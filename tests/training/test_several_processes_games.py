"""Every game and every part, played by two processes, ends in the weights of one process with the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor

from audiogan.processes import process_group
from audiogan.recipe.building import build_data, build_plan, build_task
from audiogan.recipe.reading import check
from audiogan.tasks.task import Batch
from audiogan.training.progress import Progress
from audiogan.training.trainer import Trainer
from tests.games import CASES, GAMES_AND_LAYERS, picture_folder, words_of
from tests.tiny_runs import same

STEPS = 10
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}
# Single precision on the games with each layer that looks across the batch, double precision on everything.
PLAYED = [
    *((name, torch.float32) for name in GAMES_AND_LAYERS),
    *((name, torch.float64) for name in CASES),
]
# Adam and RMSprop divide by the gradient's size. Where a gradient ought to be 0, as that of a bias before batch norm,
# they would divide rounding by rounding; an epsilon of 1 keeps them from it.
PLAIN: dict[str, Any] = {"name": "RMSprop", "learning_rate": 0.001, "epsilon": 1.0}


def played(name: str, dtype: torch.dtype, pictures: Path, folder: Path) -> dict[str, Any]:
    """The state after ten steps; the first one is under "before" too."""
    folder.mkdir(exist_ok=True)
    words = words_of(name, pictures, training={"steps": STEPS, "batch_size": 4, "log_every": 100})
    for player in words["players"].values():
        player.update(optimiser=PLAIN, turns=1)
    recipe = check(words, name)
    stream, _ = build_data(recipe)
    task = build_task(recipe).to(dtype)
    before = {key: value.clone() for key, value in task.state_dict().items()}
    training = Trainer(task, build_plan(recipe), in_precision(stream, dtype), [], folder, {}, Progress(quiet=True))
    training.run()
    return {**training.state(), "before": before}


def in_precision(stream: Callable[[int], Iterator[Batch]], dtype: torch.dtype) -> Callable[[int], Iterator[Batch]]:
    def batches(first: int) -> Iterator[Batch]:
        for batch in stream(first):
            yield {name: x.to(dtype) if x.is_floating_point() else x for name, x in batch.items()}

    return batches


def take_part(rank: int, pictures: Path, folder: Path) -> None:
    torch.set_num_threads(1)
    with process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2):
        ends = [played(*case, pictures, folder / f"run {number}") for number, case in enumerate(PLAYED)]
    torch.save(ends, folder / f"{rank}.pt")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def ends(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Any]]]:
    """For each process the states in which it ended."""
    folder = tmp_path_factory.mktemp("processes")
    mp.spawn(take_part, (pictures, folder), nprocs=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.parametrize("number", range(len(PLAYED)), ids=[f"{name}, {dtype}" for name, dtype in PLAYED])
def test_two_processes_end_as_one(
    number: int, ends: list[list[dict[str, Any]]], pictures: Path, tmp_path: Path
) -> None:
    name, dtype = PLAYED[number]
    first, second = (part[number] for part in ends)
    assert same(first, second), "weights, moments, references, k and running statistics agree on both, to the bit"
    one = played(name, dtype, pictures, tmp_path)
    assert same(one["before"], first["before"])
    for part in ("task", "average"):
        assert_close(first[part] or {}, one[part] or {}, TOLERANCE[dtype])
    assert_close(first["optimisers"], one["optimisers"], TOLERANCE[dtype], relative=10 * TOLERANCE[dtype])
    # Ten steps move both networks by more than the tolerance, however closely a game clips.
    for network in {key.partition(".")[0] for key in one["task"]} & {"generator", "discriminator"}:
        weights = [key for key in one["task"] if key.startswith(network) and key.endswith(("weight", "original"))]
        moves = [(one["task"][key] - one["before"][key]).abs().max() for key in weights]
        assert max(moves) > 10 * TOLERANCE[dtype]


def assert_close(found: Any, expected: Any, tolerance: float, relative: float = 0.0) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_close(found[key], expected[key], tolerance, relative)
    elif isinstance(expected, Tensor):
        torch.testing.assert_close(found, expected, rtol=relative, atol=tolerance)
    else:
        assert found == expected

"""Two processes that train together end where one does, stop together, and tell a mistake once."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan import processes
from audiogan.chance import Chance
from audiogan.cli import main
from audiogan.data.batches import BatchStream
from audiogan.errors import AudioganError
from audiogan.tasks import Player, Task, Validation
from audiogan.tasks.task import Batch
from audiogan.training.checkpoint import load
from audiogan.training.journal import read_journal
from tests.test_processes import gloo_threads
from tests.tiny_runs import same, tiny_recipe
from tests.training.toy import trainer

STEPS = 10
PATIENCE_S = 500
PLAYERS: dict[str, dict[str, Any]] = {
    "discriminator": {"turns": 2, "optimiser": {"name": "Adam", "learning_rate": 0.01}, "clip_gradient": 0.5},
    "generator": {"optimiser": {"name": "RMSprop", "learning_rate": 0.01, "epsilon": 1.0}},
}
OPTIONS: dict[str, Any] = {
    "steps": STEPS, "batch_size": 4, "log_every": 4, "checkpoint_every": 5, "average_decay": 0.5,
    "keep_checkpoints": 9, "validation": {"every": 3},
}  # fmt: skip


class Duel(Task):
    """Points against points in float64, with a layer that looks across the batch, a reference batch and a vital."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.generator = nn.Linear(2, 2)
            self.discriminator = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
        self.register_buffer("reference", torch.zeros(OPTIONS["batch_size"], 2))
        self.register_buffer("k", torch.zeros(()))
        self.double()
        self.interrupt_in: int | None = None

    def players(self) -> list[Player]:
        return [Player("discriminator", [self.discriminator]), Player("generator", [self.generator])]

    def averaged(self) -> nn.Module:
        return self.generator

    def setup(self, first_batch: Batch) -> None:
        self.reference.copy_(first_batch["x"])

    def losses(self, player: str, batch: Batch, chance: Chance) -> dict[str, Tensor]:
        if chance.step == self.interrupt_in:
            signal.raise_signal(signal.SIGINT)
            self.interrupt_in = None
        fake = self.generator(chance.normal("latent", (2,)).double())
        if player == "generator":
            return {"game": F.softplus(-self._judge(fake)).mean()}
        real = self._judge(batch["x"])
        self.seen = real.mean().detach()
        return {"real": F.softplus(-real).mean(), "fake": F.softplus(self._judge(fake.detach())).mean()}

    def _judge(self, x: Tensor) -> Tensor:
        whole = processes.gather_batch(x)
        return self.discriminator(torch.tanh((x - whole.mean(0)) / whole.std(0) + self.reference.mean(0)))

    def after_step(self) -> None:
        self.k += processes.mean_over_processes(self.seen)

    def vitals(self) -> dict[str, Tensor]:
        return {"k": self.k}

    def validate(self, items: list[Any], generator: nn.Module) -> Validation:
        weight = generator.get_parameter("weight").sum().item()
        return Validation({"weight": weight}, [], quality=-abs(processes.count() - 1) - weight**2)


class Points:
    """Sixteen points; one of them may be unreadable, in some epoch."""

    def __init__(self, unreadable: tuple[int, int] | None = None) -> None:
        self.unreadable = unreadable

    def __len__(self) -> int:
        return 16

    def item(self, epoch: int, index: int) -> dict[str, np.ndarray]:
        if (epoch, index) == self.unreadable:
            raise AudioganError(f"p{index}: cut short. Get a whole copy.")
        return {"x": np.random.default_rng((epoch, index)).normal((1, 2))}


def duel(folder: Path, items: Points | None = None, resume: bool = False, interrupt_in: int | None = None) -> int:
    """Train a duel in the folder; the step it ends at."""
    task = Duel()
    task.interrupt_in = interrupt_in
    training = trainer(task, folder, PLAYERS, BatchStream(items or Points(), 4, 0), **OPTIONS)
    if resume:
        training.load_state(load(training.records.checkpoints.last()))
    training.run()
    return training.step


def command(*words: object) -> tuple[int, str, str]:
    """Exit code, output and errors of a command line."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


def mistake_of(*arguments: Any) -> tuple[str, str]:
    """The kind and the words of what a duel ends with."""
    with pytest.raises(AudioganError) as raised:
        duel(*arguments)
    return type(raised.value).__name__, str(raised.value)


def take_part(rank: int, ports: list[int], root: Path) -> None:
    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1")
    said: dict[str, Any] = {}
    os.environ["MASTER_PORT"] = str(ports.pop())
    with processes.joined("cpu"):
        said["whole"] = duel(root / "whole")
        said["stopped"] = duel(root / "parts", interrupt_in=6 if rank else None)
        said["resumed"] = duel(root / "parts", resume=True)
        # Items are read in the order of a permutation, so each index meets one of the processes in an epoch.
        said["item"] = mistake_of(root / "item", Points(unreadable=(1, 3)))
        if rank == 0:
            (root / "journal" / "journal.jsonl").mkdir(parents=True)
        said["journal"] = mistake_of(root / "journal")
    recipe = root / "recipe.yaml"
    for name, words in {
        "trained": (recipe, "--run", root / "trained"),
        "first part": (recipe, "--run", root / "recipe parts", f"training.steps={STEPS - 4}"),
        "second part": (recipe, "--run", root / "recipe parts", "--resume"),
        "uneven": (recipe, "--run", root / "uneven", "training.batch_size=3"),
        "no recipe": (root / "nowhere.yaml",),
    }.items():
        os.environ["MASTER_PORT"] = str(ports.pop())
        said[name] = command("train", *words)
    said["threads"] = gloo_threads()
    torch.save(said, root / f"{rank}.pt")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("processes")
    # An epsilon of 1 keeps the optimiser from blowing up the rounding of gradients that ought to be 0.
    smooth = {"optimiser": {"name": "RMSprop", "learning_rate": 1e-3, "epsilon": 1.0}}
    training = {
        "steps": STEPS, "batch_size": 4, "log_every": 4, "checkpoint_every": 5, "schedule": {"shape": "constant"},
    }  # fmt: skip
    players = {"discriminator": {**smooth, "turns": 2}, "generator": smooth}
    tiny_recipe(root, training=training, players=players, validation={"every": 3})
    return root


@pytest.fixture(scope="module")
def said(root: Path) -> list[dict[str, Any]]:
    """What each of two processes saw."""
    with contextlib.ExitStack() as sockets:
        free = [sockets.enter_context(socket.socket()) for _ in range(8)]
        for one in free:
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in free]
    mp.spawn(take_part, (ports, root), nprocs=2)
    return [torch.load(root / f"{rank}.pt") for rank in range(2)]


def last(folder: Path) -> dict[str, Any]:
    return load(folder / "checkpoints" / f"step-{STEPS:08d}.pt")


def assert_close(one: Any, other: Any, tolerance: float) -> None:
    """Nested states are equal but for rounding."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_close(one[key], other[key], tolerance)
    elif isinstance(one, torch.Tensor):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)
    else:
        assert one == (pytest.approx(other, tolerance, tolerance) if isinstance(other, float) else other)


def assert_same_training(one: Path, other: Path, tolerance: float) -> None:
    for part in ("task", "average", "step"):
        assert_close(last(one)[part], last(other)[part], tolerance)
    ours, theirs = read_journal(one / "journal.jsonl"), read_journal(other / "journal.jsonl")
    assert len(ours) == len(theirs) > 0
    for row, like in zip(ours, theirs, strict=True):
        assert_close(row, like, 100 * tolerance)


def test_two_processes_end_in_the_weights_of_one(said: list[dict[str, Any]], root: Path, tmp_path: Path) -> None:
    duel(tmp_path)
    assert [part["whole"] for part in said] == [STEPS, STEPS]
    assert_same_training(root / "whole", tmp_path, 1e-12)
    assert_close(last(root / "whole")["optimisers"], last(tmp_path)["optimisers"], 1e-12)
    best = [load(folder / "checkpoints" / "best.pt") for folder in (root / "whole", tmp_path)]
    assert best[0]["step"] == best[1]["step"] and best[0]["best"] == pytest.approx(best[1]["best"], abs=1e-12)


def test_so_do_they_on_a_recipe(said: list[dict[str, Any]], root: Path, tmp_path: Path) -> None:
    assert command("train", root / "recipe.yaml", "--run", tmp_path, "--quiet")[0] == 0
    assert [part["trained"][0] for part in said] == [0, 0]
    assert_same_training(root / "trained", tmp_path, 1e-6)
    weights = last(tmp_path)["task"]
    with pytest.raises(AssertionError):  # ten steps move the weights by more than the tolerance
        assert_close(load(tmp_path / "checkpoints" / "step-00000005.pt")["task"], weights, 1e-4)


def test_no_thread_outlives_a_training(said: list[dict[str, Any]]) -> None:
    assert [part["threads"] for part in said] == [[], []]


def test_only_the_first_says_how_it_goes(said: list[dict[str, Any]]) -> None:
    first, second = (part["trained"] for part in said)
    assert first[1].startswith(f"Trained {STEPS} steps.") and f"step {STEPS}/{STEPS}" in first[2]
    assert second[1:] == ("", "")


def test_interrupted_on_one_both_stop_at_the_same_step_and_go_on_to_the_bit(
    said: list[dict[str, Any]], root: Path
) -> None:
    assert [part["stopped"] for part in said] == [7, 7]
    assert [part["resumed"] for part in said] == [STEPS, STEPS]
    assert [part["first part"][0] for part in said] == [part["second part"][0] for part in said] == [0, 0]
    assert same(last(root / "parts"), last(root / "whole"))
    assert (root / "parts" / "journal.jsonl").read_text() == (root / "whole" / "journal.jsonl").read_text()
    assert same(last(root / "recipe parts"), last(root / "trained"))


def test_a_run_of_two_goes_on_with_one(said: list[dict[str, Any]], root: Path, tmp_path: Path) -> None:
    os.symlink(root / "parts" / "checkpoints" / "step-00000007.pt", tmp_path / "seven.pt")
    training = trainer(Duel(), tmp_path, PLAYERS, BatchStream(Points(), 4, 0), **OPTIONS)
    training.load_state(load(tmp_path / "seven.pt"))
    training.run()
    assert_close(last(tmp_path)["task"], last(root / "whole")["task"], 1e-12)
    ours, theirs = (read_journal(folder / "journal.jsonl") for folder in (tmp_path, root / "whole"))
    assert_close(ours[0], next(row for row in theirs if row["step"] == 8), 1e-11)


def test_a_mistake_of_one_ends_both_and_is_told_by_it(said: list[dict[str, Any]]) -> None:
    kinds = sorted(part["item"] for part in said)
    message = "p3: cut short. Get a whole copy. Step 3 is saved: fix this and go on with --resume."
    assert kinds == [("AlreadyToldError", ""), ("AudioganError", message)]
    assert said[0]["journal"][0] == "AudioganError" and "journal.jsonl could not be written" in said[0]["journal"][1]
    assert said[1]["journal"] == ("AlreadyToldError", "")


def test_what_all_find_is_told_once_before_anything_starts(said: list[dict[str, Any]], root: Path) -> None:
    message = "audiogan train: training.batch_size: 2 processes cannot share a batch of 3 evenly. Take a multiple of 2"
    assert said[0]["uneven"][0] == 2 and said[0]["uneven"][2].startswith(message)
    assert not (root / "uneven").exists()
    assert said[0]["no recipe"][0] == 2 and "nowhere.yaml" in said[0]["no recipe"][2]
    assert said[1]["uneven"] == said[1]["no recipe"] == (2, "", "")


def test_torchrun_needs_no_other_change_and_passes_ctrl_c_on(root: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    words = ["-m", "audiogan", "train", str(root / "recipe.yaml"), "--folder", str(run), "training.steps=100000"]
    options = ["training.workers=1", "training.checkpoint_every=1", "training.keep_checkpoints=2"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([*torchrun, *words, *options], text=True, start_new_session=True, **pipes)
    patience = time.monotonic() + PATIENCE_S
    while not (run / "checkpoints" / "step-00000003.pt").exists() and not (run / "checkpoints" / "best.pt").exists():
        assert process.poll() is None and time.monotonic() < patience, process.communicate()
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE_S)
    again = r"torchrun --nproc-per-node 2 -m audiogan train .* --folder .* --resume"
    told = re.fullmatch(rf"Stopped and saved at step (\d+)\. To go on: {again}\n", output)
    assert told, (output, errors)
    step = int(told[1])
    assert load(run / "checkpoints" / f"step-{step:08d}.pt")["machine"]["processes"] == 2
    assert errors.count("steps of 4 on cpu") == 1 and "audiogan/training" not in errors, errors

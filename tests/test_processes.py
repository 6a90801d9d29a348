"""Several processes as one: what two gloo processes say, against sums done by hand."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor, nn

from audiogan import processes
from audiogan.errors import AudioganError

Said = dict[str, object]


def own_rows(rank: int) -> Tensor:
    return torch.arange(6, dtype=torch.float64).view(2, 3) + 10 * rank


def gradients(rank: int) -> Said:
    """Of Σ y³ · (rank + 1), y being the gathered batch, and of the sum of the squares of that gradient."""
    x = own_rows(rank).requires_grad_()
    loss = processes.gather_batch(x).pow(3).sum() * (rank + 1)
    (first,) = torch.autograd.grad(loss, x, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), x)
    return {"first": first.detach(), "second": second}


def averages(rank: int) -> list[Tensor | None]:
    """Gradients after averaging: one of another dtype, one stored in another order, and a parameter without one."""
    values = [torch.tensor([1.0, 2.0]), torch.tensor([[4.0, 6.0], [8.0, 9.0]]).T, torch.ones(3).double(), None]
    parameters = [nn.Parameter(torch.zeros(2) if v is None else torch.zeros_like(v)) for v in values]
    for parameter, value in zip(parameters, values, strict=True):
        parameter.grad = None if value is None else value * (2 * rank + 1)
    processes.average_gradients(parameters)
    return [p.grad for p in parameters]


def gloo_threads() -> list[str]:
    """Names of this process's threads that exchange tensors."""
    tasks = Path("/proc/self/task")
    names = [(task / "comm").read_text().strip() for task in tasks.iterdir()] if tasks.is_dir() else []
    return [name for name in names if "gloo" in name or "tcpstore" in name]


def take_part(rank: int, port: int, folder: Path) -> None:
    torch.set_num_threads(1)
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    with processes.joined("cpu") as device:
        said: Said = {
            "device": device.type,
            "place": (processes.rank(), processes.count()),
            "gathered": processes.gather_batch(own_rows(rank).T.contiguous().T),
            "labels": processes.gather_batch(torch.tensor([rank, 7])),
            "own": processes.own_part(processes.gather_batch(own_rows(rank))),
            "mean": processes.mean_over_processes(own_rows(rank).requires_grad_()),
            "any": [processes.any_process(flag) for flag in (False, rank == 1, True)],
            "averages": averages(rank),
            "threads inside": gloo_threads(),
            "meta": processes.own_part(processes.gather_batch(torch.empty(2, 3, device="meta"))).shape,
            **gradients(rank),
        }
        if rank == 0:
            with pytest.raises(KeyError), processes.alone():
                said["alone"] = (processes.rank(), processes.count(), processes.gather_batch(own_rows(0)))
                said["alone any"] = processes.any_process(False)
                raise KeyError
        said["together again"] = processes.count()
        # Imports modules of torch that take the group of the moment as a default argument.
        torch.optim.AdamW([nn.Parameter(torch.zeros(1))])
    said["afterwards"] = processes.count()
    said["threads afterwards"] = gloo_threads()
    torch.save(said, folder / f"{rank}.pt")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    folder = tmp_path_factory.mktemp("processes")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(take_part, (port, folder), nprocs=2)
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(2)]


def test_they_know_their_places_inside_and_forget_them_outside(parts: list[Said]) -> None:
    assert [part["place"] for part in parts] == [(0, 2), (1, 2)]
    assert all((part["together again"], part["afterwards"], part["device"]) == (2, 1, "cpu") for part in parts)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads the names of threads in /proc")
def test_no_thread_of_theirs_outlives_them(parts: list[Said]) -> None:
    """One that does may release a tensor while the interpreter shuts down, which aborts the process."""
    assert all(part["threads inside"] for part in parts)
    assert [part["threads afterwards"] for part in parts] == [[], []]


def test_gathering_puts_the_parts_in_order_on_all(parts: list[Said]) -> None:
    for rank, part in enumerate(parts):
        assert torch.equal(part["gathered"], torch.cat([own_rows(0), own_rows(1)]))
        assert part["labels"].tolist() == [0, 7, 1, 7]
        assert torch.equal(part["own"], own_rows(rank))
        assert part["meta"] == (2, 3)


def test_gradients_of_gathering_sum_what_all_losses_say(parts: list[Said]) -> None:
    """Both losses together are 3 Σ y³: 9 y² for each y, whose squares' sum, over all, has the gradient 324 y³."""
    for rank, part in enumerate(parts):
        torch.testing.assert_close(part["first"], 9 * own_rows(rank) ** 2, rtol=1e-15, atol=0)
        torch.testing.assert_close(part["second"], 324 * own_rows(rank) ** 3, rtol=1e-15, atol=0)


def test_means_and_flags_are_the_same_on_all(parts: list[Said]) -> None:
    for part in parts:
        assert torch.equal(part["mean"], own_rows(0) + 5) and not part["mean"].requires_grad
        assert part["any"] == [False, True, True]


def test_every_gradient_becomes_the_mean_in_its_own_dtype_and_shape(parts: list[Said]) -> None:
    for part in parts:
        vector, matrix, double, missing = part["averages"]
        assert vector.tolist() == [2, 4] and matrix.tolist() == [[8, 16], [12, 18]]
        assert double.tolist() == [2, 2, 2] and double.dtype == torch.float64
        assert missing is None


def test_alone_nobody_is_waited_for(parts: list[Said]) -> None:
    rank, count, gathered = parts[0]["alone"]
    assert (rank, count) == (0, 1) and torch.equal(gathered, own_rows(0))
    assert parts[0]["alone any"] is False and "alone" not in parts[1]


def test_one_process_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    x, weight = torch.randn(3, 2), nn.Parameter(torch.zeros(2))
    weight.grad = torch.ones(2)
    with processes.joined("meta") as device:
        assert device.type == "meta" and (processes.rank(), processes.count()) == (0, 1)
        assert processes.gather_batch(x) is x and processes.own_part(x) is x
        processes.average_gradients([weight])
        assert weight.grad.tolist() == [1, 1]
        assert torch.equal(processes.mean_over_processes(x), x)
        assert processes.any_process(True) and not processes.any_process(False)


@pytest.mark.parametrize(
    ("device", "message"), [("mps", "cpu or cuda, not mps"), ("cuda:1", "not cuda:1"), ("cuda", "Process 10000 of")]
)
def test_devices_that_several_processes_cannot_share_are_refused(
    device: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "20000")
    monkeypatch.setenv("LOCAL_RANK", "9999")
    with pytest.raises(AudioganError, match=message), processes.joined(device):
        pass

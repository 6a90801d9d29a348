"""What looks across the batch, and what moves a state, says on two processes what one says of the whole batch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

from audiogan.judgement import Judgement
from audiogan.objectives import BEGAN, FeatureMatching, PullingAway

BATCH = 6
Said = dict[str, Tensor]


def play(real: Tensor, fake: Tensor) -> Said:
    """Losses, the gradient of each by the fake candidates `[B, 4]`, and the state after a step of BEGAN."""
    fake = fake.clone().requires_grad_()

    def judged(x: Tensor) -> Judgement:
        return Judgement(x.square().sum(1), features=[x.tanh(), x[:, :2].exp()], code=x)

    said: Said = {}
    for game in (PullingAway(), FeatureMatching()):
        name = type(game).__name__
        loss = game.generator_loss(judged(fake), judged(real))
        said[name] = loss.detach()
        (said[name + " gradient"],) = torch.autograd.grad(loss, fake)
    began = BEGAN(rate=0.01).double()
    began.after_step(judged(real), judged(fake))
    return {**said, **began.vitals()}


def batch() -> tuple[Tensor, Tensor]:
    real, fake = torch.randn(2, BATCH, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return 3 * real, fake


def take_part(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.save(play(*(side.chunk(2)[rank] for side in batch())), folder / f"{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    folder = tmp_path_factory.mktemp("processes")
    mp.spawn(take_part, (folder,), nprocs=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def test_losses_and_state_are_the_whole_batch_s_on_both(parts: list[Said]) -> None:
    whole = play(*batch())
    assert 0 < whole["k"] < 1
    for part in parts:
        for name in ("PullingAway", "FeatureMatching", "k", "convergence"):
            torch.testing.assert_close(part[name], whole[name], rtol=1e-12, atol=1e-14)
    assert parts[0]["k"] == parts[1]["k"] and parts[0]["convergence"] == parts[1]["convergence"]


@pytest.mark.parametrize("name", ["PullingAway gradient", "FeatureMatching gradient"])
def test_gradients_averaged_over_processes_are_the_whole_batch_s(parts: list[Said], name: str) -> None:
    """Weights see the mean over both, so each candidate's own gradient is twice what it is in the whole batch."""
    found = torch.cat([part[name] for part in parts]) / 2
    torch.testing.assert_close(found, play(*batch())[name], rtol=1e-12, atol=1e-14)

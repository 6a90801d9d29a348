"""Layers that look across the batch, on two processes and on one with the whole batch: the same to 1e-12."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor, nn

from audiogan.networks import ProGANDiscriminator, SEGANDiscriminator, WaveAutoencoderDiscriminator
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.minibatch import MinibatchDeviation, MinibatchDiscrimination
from audiogan.networks.spectral_norm import spectral_norm
from audiogan.processes import average_gradients, count, gather_batch, own_part, process_group


class WithVirtualBatchNorm(nn.Module):
    """SEGAN's discriminator on pairs as one tensor; its reference is the first batch it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.discriminator = SEGANDiscriminator(16, (3, 4), kernel=5)

    def forward(self, x: Tensor) -> Tensor:
        candidate, noisy = x.split(1, dim=1)
        if self.discriminator.reference.batch.numel() == 0:
            self.discriminator.set_reference(gather_batch(candidate.detach() + 1), gather_batch(noisy))
        return self.discriminator(candidate, noisy).score.unsqueeze(1)


class Score(nn.Module):
    """A discriminator's score and code, as rows."""

    def __init__(self, discriminator: nn.Module) -> None:
        super().__init__()
        self.discriminator = discriminator

    def forward(self, x: Tensor) -> Tensor:
        judgement = self.discriminator(x)
        score = judgement.score.unsqueeze(1)
        return score if judgement.code is None else torch.cat([score, judgement.code], dim=1)


# A network and the shape of the whole batch.
CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "batch norm of rows": (lambda: nn.Sequential(nn.Linear(5, 3), BatchNorm(3), nn.Tanh(), nn.Linear(3, 2)), (8, 5)),
    "batch norm of sound": (
        lambda: nn.Sequential(nn.Conv1d(2, 4, 3), BatchNorm(4), nn.Tanh(), nn.Conv1d(4, 1, 3), BatchNorm(1)),
        (6, 2, 9),
    ),
    "virtual batch norm": (WithVirtualBatchNorm, (6, 2, 16)),
    "minibatch discrimination": (
        lambda: nn.Sequential(nn.Linear(5, 4), MinibatchDiscrimination(4, 3, 2), nn.Tanh(), nn.Linear(7, 2)),
        (6, 5),
    ),
    **{
        f"minibatch deviation, {groups}": (
            lambda: nn.Sequential(nn.Conv1d(2, 3, 3), MinibatchDeviation(), nn.Conv1d(4, 1, 3)),
            (samples, 2, 7),
        )
        for groups, samples in {"a group each": 8, "a group on both": 4, "all one group": 6}.items()
    },
    "spectral norm": (
        lambda: nn.Sequential(spectral_norm(nn.Linear(5, 6)), nn.Tanh(), spectral_norm(nn.Linear(6, 1))),
        (4, 5),
    ),
    "autoencoder of sound": (
        lambda: Score(WaveAutoencoderDiscriminator(64, 1, 2, 5, 3, "batch", "square")),
        (6, 1, 64),
    ),
    "oblong pictures": (lambda: Score(grown(ProGANDiscriminator((16, 8), 1, 2, 4))), (8, 1, 16, 8)),
}


def grown(network: ProGANDiscriminator) -> ProGANDiscriminator:
    """With all its levels in use, the last one fading in."""
    network.set_growth(1, 0.5)
    return network


def learn(name: str) -> dict[str, Tensor]:
    """Everything that a step leaves behind: outputs, slopes, gradients of a loss with a penalty on them, the state."""
    torch.manual_seed(3)
    make, shape = CASES[name]
    network = make().double()
    whole = torch.randn(shape, dtype=torch.float64)
    x = own_part(whole).clone().requires_grad_()
    output = network(x)
    weights = torch.linspace(-1, 2, len(whole) * output[0].numel(), dtype=torch.float64).view(len(whole), -1)
    score = (output.flatten(1) * own_part(weights)).sum(1)
    (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    penalty = (torch.sqrt(slope.flatten(1).square().sum(1) + 1e-12) - 1).square()
    (score.square().mean() + 10 * penalty.mean()).backward()
    average_gradients(network.parameters())
    assert x.grad is not None
    found = {"output": output.detach(), "slope": slope.detach(), "gradient of the input": x.grad / count()}
    found |= {f"gradient of {name}": p.grad for name, p in network.named_parameters() if p.grad is not None}
    return found | dict(network.named_buffers())


def take_part(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    with process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2):
        torch.save({name: learn(name) for name in CASES}, folder / f"{rank}.pt")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, dict[str, Tensor]]]:
    folder = tmp_path_factory.mktemp("processes")
    mp.spawn(take_part, (folder,), nprocs=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.parametrize("name", CASES)
def test_two_processes_are_one_with_the_whole_batch(name: str, parts: list[dict[str, dict[str, Tensor]]]) -> None:
    one, two = learn(name), [part[name] for part in parts]
    assert one.keys() == two[0].keys() and len(one) > 4
    for what, expected in one.items():
        per_sample = what in ("output", "slope", "gradient of the input")
        found = torch.cat([part[what] for part in two]) if per_sample else two[0][what]
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12, msg=lambda m, what=what: f"{what}: {m}")
        assert per_sample or torch.equal(two[1][what], found), what
        assert what.endswith("bias") or expected.abs().max() > 1e-6, what  # a norm takes the bias before it out again

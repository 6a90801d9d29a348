"""Every objective, term and metric target on two processes, against one process with the whole batch.

The members are those of `objectives.__all__`, so one that is added later is tested without a line here. The items of
the batch are of very different level, and more than any term selects by default: a ratio of sums over the own part, a
selection of own items or a statistic of the own part then differs from that of the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor, nn

from audiogan import objectives
from audiogan.audio.representation import Waveform
from audiogan.chance import Chance
from audiogan.components import classes
from audiogan.errors import AudioganError
from audiogan.judgement import Judgement
from audiogan.metrics.quality import SCALES
from audiogan.objectives import MetricGame, Objective, OpinionScore, Reconstruction
from audiogan.processes import count, own_part, own_places, process_group
from audiogan.tasks.game import Judge
from audiogan.tasks.metric_target import MetricTarget
from tests.objectives.judgements import CATEGORIES, CONTINUOUS, judge_in, judgement
from tests.tiny_runs import speech_like

BATCH, SAMPLES, RATE = 12, 4000, 16_000
FIELDS = ("score", "code", "label_logits", "latent_estimate", "label", "latent", "target")
Said = dict[str, Tensor]


class Critic(nn.Module):
    """A curved function of the candidate, so that its slope differs from candidate to candidate."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 2, 4, dtype=torch.float64))

    def forward(self, candidate: Tensor) -> Judgement:
        return Judgement((candidate @ self.weight).tanh() + candidate.square().sum(1))


class OwnRatio(Reconstruction):
    """A fault: a ratio of sums over the own part."""

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        return (output - target).abs().sum() / target.abs().sum()


class OwnChoice(Reconstruction):
    """A fault: a selection of own items."""

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        return (output - target)[:8].square().mean()


class OwnStatistic(Objective):
    """A fault: a mean over the own part inside a product."""

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        return fake.scores()[0].mean().square()


class OwnState(Objective):
    """A fault: state of the own part's scores."""

    k: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("k", torch.zeros(()))

    def after_step(self, real: Judgement, fake: Judgement) -> None:
        self.k += real.scores()[0].mean()


FAULTS: tuple[type[nn.Module], ...] = (OwnRatio, OwnChoice, OwnStatistic, OwnState)


def of_term(term: Reconstruction) -> Said:
    """The value, and the gradient by each output."""
    items = np.stack([10 ** (n / 6 - 1.5) * speech_like(SAMPLES, n, RATE) for n in range(BATCH)])
    noise = np.random.default_rng(0).standard_normal(items.shape) * np.linspace(0.1, 0.001, BATCH)[:, None]
    target, noise = (own_part(torch.from_numpy(x.astype(np.float64))[:, None]) for x in (items, noise))
    output = (target + noise).requires_grad_()
    loss = term(output, target)
    loss.backward()
    assert output.grad is not None
    return {"mean: value": loss.detach(), "rows: gradient": output.grad / count()}


def of_objective(objective: Objective) -> Said:
    """Both losses and the penalty, their gradients by all that was judged, and the state after two steps."""
    objective = objective.double()
    said: Said = {}
    (real, of_real), (fake, of_fake) = (judge_in(own_rows(judgement(seed, BATCH)), torch.float64) for seed in (0, 1))
    losses = {
        "discriminator": objective.discriminator_loss(real, fake),
        "generator": objective.generator_loss(fake, real),
    }
    for name, loss in losses.items():
        if loss is not None:
            said[f"mean: {name}"] = loss.detach()
            leaves = [*of_real, *of_fake]
            for n, slope in enumerate(torch.autograd.grad(loss, leaves, allow_unused=True)):
                if slope is not None:
                    said[f"rows: {name} by leaf {n}"] = slope / count()
    critic, rng = Critic(), torch.Generator().manual_seed(2)
    inputs = [own_part(torch.randn(BATCH, 4, generator=rng, dtype=torch.float64)) for _ in range(2)]
    penalty = objective.penalty(critic, *inputs, Chance(1, 0, own_places(BATCH)))
    if penalty is not None:
        penalty.backward()
        assert critic.weight.grad is not None
        said |= {"mean: penalty": penalty.detach(), "mean: its gradient": critic.weight.grad}
    for _ in range(2):
        objective.after_step(real, fake)
    said |= {f"state: {name}": value.detach().clone() for name, value in objective.state_dict().items()}
    return said | {f"state: vital {name}": value.detach().clone() for name, value in objective.vitals().items()}


def own_rows(whole: Judgement) -> Judgement:
    assert whole.features is not None
    fields = {name: own_part(getattr(whole, name)) for name in FIELDS}
    return Judgement(**fields, features=[own_part(layer) for layer in whole.features])


def of_metric(measure: str, apart: bool = False) -> Said:
    """Three steps of a discriminator's loss, what was kept of them, and the numbers for the journal.

    An item that cannot be measured is in the second half, so that two processes know different numbers of them.

    Args:
        measure: what is measured.
        apart: whether each kind of pair has a turn of its own.
    """
    metric = MetricTarget([measure], RATE, RATE, Waveform(), replay=2, apart=apart)
    clean = torch.stack([torch.from_numpy(speech_like(RATE, seed, RATE)) for seed in range(4)])[:, None]
    noise = 0.03 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    clean[3] = 0
    slope = torch.tensor(0.5, requires_grad=True)

    def beside(condition: Tensor) -> Judge:
        return lambda candidate, chance: Judgement(slope * (candidate - condition).abs().mean((1, 2)))

    said: Said = {}
    for step in range(3):
        sides = [own_part(x) for x in ((clean + noise / (1 + step)).clamp(-1, 1), clean + noise, clean)]
        chance = Chance(1, step, own_places(4))
        if apart:
            turns = [metric.judged_alone(n, beside, lambda: sides[0], *sides[1:], chance) for n in range(4)]  # noqa: B023
            loss = torch.stack([MetricGame().target_loss(judged) for judged in turns]).sum()
        else:
            fake = metric.judged(beside, *sides, chance)
            loss = MetricGame().discriminator_loss(beside(sides[2])(sides[2], chance), fake)
        loss.backward()
        said[f"mean: loss {step}"] = loss.detach()
        said |= {f"state: {name} {step}": value.clone() for name, value in metric.vitals().items()}
    assert slope.grad is not None
    return said | {"mean: gradient": slope.grad} | {f"state: {n}": v for n, v in metric.state_dict().items()}


def member(name: str) -> Callable[[], Said]:
    """A member of `objectives.__all__`, or a class of this file, with its default arguments."""
    cls = next((fault for fault in FAULTS if fault.__name__ == name), None) or getattr(objectives, name)

    def said() -> Said:
        options = {"categories": CATEGORIES, "continuous": CONTINUOUS} if name == "MutualInformation" else {}
        return of_objective(cls(**options)) if issubclass(cls, Objective) else of_term(cls())

    return said


def usable(name: str) -> bool:
    if name != "OpinionScore":
        return True
    try:
        OpinionScore()
    except AudioganError:  # an extra is not installed
        return False
    return True


MEMBERS = sorted({*classes(objectives, base=Objective), *classes(objectives, base=Reconstruction)})
CASES: dict[str, Callable[[], Said]] = {
    **{name: member(name) for name in MEMBERS if usable(name)},
    **{f"metric target {measure}": lambda measure=measure: of_metric(measure) for measure in SCALES},  # type: ignore[misc]
}
CASES["metric target apart"] = lambda: of_metric("si_sdr", apart=True)
if "OpinionScore" in CASES:  # one item for two processes: the second has none
    CASES["OpinionScore of one"] = lambda: of_term(OpinionScore(items=1))


def take_part(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    with process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2):
        faults = {fault.__name__: member(fault.__name__)() for fault in FAULTS}
        torch.save({name: case() for name, case in CASES.items()} | faults, folder / f"{rank}.pt")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Said]]:
    folder = tmp_path_factory.mktemp("processes")
    mp.spawn(take_part, (folder,), nprocs=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def assert_two_are_one(parts: list[Said], whole: Said, tolerance: float) -> None:
    """Values and gradients averaged over processes, rows one part after the other, and state on each of them."""
    first, second = parts
    assert first.keys() == second.keys() == whole.keys()
    for name, expected in whole.items():
        kind = name.partition(":")[0]
        together = {
            "mean": lambda n=name: (first[n] + second[n]) / 2,
            "rows": lambda n=name: torch.cat([first[n], second[n]]),
            "state": lambda n=name: first[n],
        }[kind]()
        assert kind != "state" or torch.equal(first[name], second[name]), name
        near = {"rtol": tolerance, "atol": tolerance * max(1e-3, float(expected.abs().max()))}
        torch.testing.assert_close(together, expected, **near, msg=lambda m, name=name: f"{name}: {m}")


@pytest.mark.parametrize("name", CASES)
def test_two_processes_are_one_with_the_whole_batch(name: str, parts: list[dict[str, Said]]) -> None:
    whole = CASES[name]()
    assert all(value.isfinite().all() for value in whole.values()) and any(value.any() for value in whole.values())
    # DNSMOS is in bfloat16, PESQ and the metric targets in float32.
    tolerance = 1e-2 if "Opinion" in name else 1e-5 if "metric" in name else 1e-10
    assert_two_are_one([part[name] for part in parts], whole, tolerance)


@pytest.mark.parametrize("name", [fault.__name__ for fault in FAULTS])
def test_a_term_that_looks_at_its_own_part_alone_is_found(name: str, parts: list[dict[str, Said]]) -> None:
    with pytest.raises(AssertionError):
        assert_two_are_one([part[name] for part in parts], member(name)(), 1e-3)

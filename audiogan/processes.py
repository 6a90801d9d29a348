"""Several processes that train together as one process with the whole batch would.

Each process runs the same program on its part of the batch. Its loss is a mean over that part; what looks across the
batch calls `gather_batch` and computes on every process what one would; after backward `average_gradients` makes the
gradients those of the whole batch. With one process, and for tensors on "meta", every function here is the identity.

All processes call the same functions in the same order with tensors of the same shapes: each waits for the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from audiogan.errors import AudioganError

# The others wait in a collective while the first one builds data or validates.
LONGEST_WAIT = timedelta(hours=2)

_alone = False
_in_parts = False


def count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if _together() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return dist.get_rank() if _together() else 0


def own_places(batch_size: int) -> range:
    """The places of a batch's items that are this process's.

    Raises:
        AudioganError: the processes cannot share a batch evenly.
    """
    if batch_size % count():
        raise AudioganError(
            f"training.batch_size: {count()} processes cannot share a batch of {batch_size} evenly. "
            f"Take a multiple of {count()}, or another number of processes."
        )
    size = batch_size // count()
    return range(rank() * size, (rank() + 1) * size)


def gather_batch(x: Tensor) -> Tensor:
    """The parts that all processes hold, one after the other: `[B, …]` → `[count · B, …]`, differentiable twice.

    Its gradient is the sum of what all processes' losses say of the own part. Averaged over the processes, gradients
    of parameters are then those of the mean of all losses.
    """
    need_whole_batch()
    return _Gather.apply(x) if count() > 1 and not x.is_meta else x


def own_part(x: Tensor) -> Tensor:
    """The rows of this process of what `gather_batch` gathered, or would: `[count · B, …]` → `[B, …]`."""
    return x.chunk(count())[rank()] if count() > 1 and not x.is_meta else x


def norm_over_batch(x: Tensor) -> Tensor:
    """Return the Frobenius norm, a scalar, of the parts that all processes hold, differentiable twice.

    Exchanges one number per process, where `gather_batch` would exchange the parts themselves.
    """
    need_whole_batch()
    own = torch.linalg.vector_norm(x)
    return torch.linalg.vector_norm(gather_batch(own[None])) if count() > 1 else own


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes, in one exchange for each dtype; call it after backward.

    A parameter has a gradient on all processes or on none, which is so when all run the same step.
    """
    if count() == 1:
        return
    by_kind: dict[tuple[torch.dtype, torch.device], list[Tensor]] = {}
    for parameter in parameters:
        if parameter.grad is not None and not parameter.grad.is_meta:
            by_kind.setdefault((parameter.grad.dtype, parameter.grad.device), []).append(parameter.grad)
    for gradients in by_kind.values():
        flat = mean_over_processes(torch.cat([g.flatten() for g in gradients]))
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))


def mean_over_processes(x: Tensor) -> Tensor:
    """The mean over the processes of a tensor of any shape, without gradient."""
    x = x.detach()
    if count() == 1 or x.is_meta:
        return x
    total = x.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total / count()


def any_process(flag: bool) -> bool:
    """Whether the flag is set on any process; no process goes on before all have asked."""
    if count() == 1:
        return flag
    told = torch.tensor(int(flag))  # on the CPU, so that nothing waits for a GPU
    dist.all_reduce(told, dist.ReduceOp.MAX)
    return bool(told.item())


@contextmanager
def in_parts() -> Iterator[None]:
    """Inside, a process sees a part of its batch at a time, and `need_whole_batch` raises."""
    global _in_parts
    before, _in_parts = _in_parts, True
    try:
        yield
    finally:
        _in_parts = before


def need_whole_batch() -> None:
    """Declare that what is computed looks across the batch, or moves once for each batch; gathering does so too.

    Raises:
        AudioganError: the batch is processed in parts.
    """
    if _in_parts:
        raise AudioganError(
            "training.accumulate: this recipe has a layer or a term that needs the whole batch at once, and gets it in "
            "parts: set training.accumulate to 1, or leave out batch normalisation, minibatch layers, spectral "
            "normalisation, FeatureMatching, PullingAway, MultiResolutionSTFT, OpinionScore and MetricGame."
        )


@contextmanager
def alone() -> Iterator[None]:
    """Inside, this process is the only one: `count()` is 1 and nothing waits for the others.

    For work that one process does while the others go on to their next exchange and wait there, such as validation.
    """
    global _alone
    before, _alone = _alone, True
    try:
        yield
    finally:
        _alone = before


@contextmanager
def joined(device: str = "cpu") -> Iterator[torch.device]:
    """Inside, the processes that torchrun started work together; gives the device that is this one's.

    Without torchrun, or with one process, nothing is started and the device is the one that was named.

    Args:
        device: "cpu" (they talk by gloo) or "cuda" (by NCCL; the process takes the GPU of its local rank).

    Raises:
        AudioganError: several processes on another device, on one GPU that is named, or on more GPUs than there are.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield torch.device(device)
        return
    own = _own_device(device)
    with process_group("cpu:gloo,cuda:nccl" if own.type == "cuda" else "gloo"):
        yield own


@contextmanager
def process_group(backend: str, **options: Any) -> Iterator[None]:
    """Create torch's default process group inside, and end all of its threads at the end.

    Args:
        backend: as of `torch.distributed.init_process_group`.
        options: more of its arguments, such as `init_method`, `rank` and `world_size`.
    """
    # This module's functions take the default group of the moment as a default argument. Imported later, as torch's
    # optimizers do, it would keep the group and its threads alive beyond `destroy_process_group`. A thread that then
    # releases the last tensor of an exchange while the interpreter shuts down aborts the process.
    import torch.distributed.nn.functional  # noqa: F401

    dist.init_process_group(backend, timeout=LONGEST_WAIT, **options)
    try:
        yield
    finally:
        dist.destroy_process_group()


def _own_device(device: str) -> torch.device:
    if device == "cpu":
        return torch.device("cpu")
    if device != "cuda":
        raise AudioganError(
            f"Several processes work on the device cpu or cuda, not {device}: change it, or start one process."
        )
    local_rank, gpus = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if local_rank >= gpus:
        raise AudioganError(
            f"Process {local_rank + 1} of this machine finds {gpus} GPUs: start as many processes as there are GPUs."
        )
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def _together() -> bool:
    return not _alone and dist.is_available() and dist.is_initialized()


class _Gather(torch.autograd.Function):
    """`[B, …]` on each process → `[count · B, …]` on all."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x.contiguous()
        parts = [torch.empty_like(x) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, x)
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _OwnPartOfSum.apply(gradient)


class _OwnPartOfSum(torch.autograd.Function):
    """`[count · B, …]` on each process → the sum's `[B, …]` that is the own part: the adjoint of `_Gather`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total.chunk(dist.get_world_size())[dist.get_rank()].clone()  # no view: it may be added to in place

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _Gather.apply(gradient)

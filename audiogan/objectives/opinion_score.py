"""What DNSMOS would say of the output, as a loss. Needs the extras `dnsmos` and `export`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from audiogan.errors import AudioganError
from audiogan.objectives.reconstruction import Reconstruction
from audiogan.processes import count, gather_batch, rank

RATE = 16_000
HIGHEST = 5.0  # the best that listeners can say
FRAME_LENGTH, HOP_LENGTH = 320, 160  # samples
CONVOLUTIONS = ("conv2d", *(f"conv2d_{number}" for number in range(1, 7)))
POOLED = CONVOLUTIONS[3:6]  # those after which frames and bins are halved
DENSE = tuple(f"mos_estimator_logpow/{name}" for name in ("dense", "dense_1", "dense_3"))
LEAST_POWER = 1e-12
OVERALL = 2  # the network's third value; the first two are of the speech and of the background
TO_OPINION = -0.06766283, 1.11546468, 0.04602535  # square, slope and constant, from what the network says to listeners


class OpinionScore(Reconstruction):
    """Points short of the best opinion: 5 less the overall score of DNSMOS P.835, mean over the items judged.

    The network of Reddy, Gopal & Cutler 2022 (arXiv:2110.01763) with the weights that the package `speechmos` carries.
    It stays as it is and judges the output alone; the target does not count. The score's program repeats a short
    sound until it fills 9 s. Here it is judged as it is, since the network keeps the largest value over time: of 3 s
    the scores differed by 0.03 to 0.27. Products are in bfloat16, which moves the score by less than 0.02.

    A generator that is trained with it learns what pleases this judge, so the judge's score alone says no longer how
    good the generator is: hold it against measures that were not trained for. And as the target does not count, it
    must stand beside terms for which it does.

    Args:
        items: how many of each batch, from the first one on, are judged: of the whole batch where several processes
            share it. 3 s cost 40 billion operations there and back.
        sample_rate: Hz; must be 16,000.

    Raises:
        AudioganError: `speechmos` or `onnx`, with which its weights are read, is not installed.
    """

    real: Tensor
    imaginary: Tensor

    def __init__(self, items: Annotated[int, Field(ge=1)] = 8, sample_rate: int = RATE) -> None:
        super().__init__()
        if sample_rate != RATE:
            raise ValueError(f"sample_rate is {sample_rate}, and DNSMOS judges sound at {RATE}")
        self.items = items
        for name, weight in _weights().items():
            self.register_buffer(name, weight, persistent=False)

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        judged = gather_batch(output.mean(1))[: self.items]
        own = judged[rank() :: count()]  # so that the work is shared evenly; empty where there are too few
        return HIGHEST - self.opinions(own).sum() / (len(judged) / count())

    def opinions(self, sound: Tensor) -> Tensor:
        """Overall scores `[B]` of sounds `[B, samples]` in [-1, 1], at least 0.2 s long."""
        frames = sound.float().unfold(-1, FRAME_LENGTH, HOP_LENGTH)
        power = (frames @ self.real.T).square() + (frames @ self.imaginary.T).square()
        seen = power.clamp(min=LEAST_POWER).log10()[:, None]
        seen = seen.to(torch.bfloat16, memory_format=torch.channels_last)
        for name in CONVOLUTIONS:
            seen = F.relu(F.conv2d(seen, getattr(self, name), getattr(self, f"{name}_bias"), padding=1))
            if name in POOLED:
                seen = F.max_pool2d(seen, 2)
        found = seen.float().amax((2, 3))
        for number in range(len(DENSE)):
            found = found @ getattr(self, f"dense_{number}") + getattr(self, f"dense_{number}_bias")
            found = F.relu(found) if number < len(DENSE) - 1 else found
        square, slope, constant = TO_OPINION
        overall = found[:, OVERALL]
        return square * overall.square() + slope * overall + constant


def _weights() -> dict[str, Tensor]:
    """The network's weights by name, as PyTorch wants them."""
    try:
        import onnx
    except ImportError:
        raise _missing("onnx") from None
    package = find_spec("speechmos")
    if package is None or package.origin is None:
        raise _missing("speechmos")
    graph = onnx.load(Path(package.origin).parent / "dnsmos_models" / "sig_bak_ovr.onnx").graph
    kept = {tensor.name: torch.tensor(onnx.numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    weights = {}
    for ours, theirs in (("real", "real"), ("imaginary", "imag")):
        weights[ours] = next(kept[name] for name in kept if f"stft-{theirs}" in name)[:, :, 0]
    for name in CONVOLUTIONS:
        kernel = kept[f"{name}/kernel:0"]
        weights[name] = kernel.to(torch.bfloat16, memory_format=torch.channels_last)
        weights[f"{name}_bias"] = kept[f"{name}/bias:0"].bfloat16()
    for number, name in enumerate(DENSE):
        weights[f"dense_{number}"] = kept[f"{name}/MatMul/ReadVariableOp/resource:0"]
        weights[f"dense_{number}_bias"] = kept[f"{name}/BiasAdd/ReadVariableOp/resource:0"]
    return weights


def _missing(package: str) -> AudioganError:
    return AudioganError(
        f"OpinionScore needs a package that is not installed ({package}). Run: pip install audiogan[dnsmos,export]"
    )

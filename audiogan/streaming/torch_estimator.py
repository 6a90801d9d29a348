"""A generator's core as an estimator, in torch, and its way into an ONNX graph."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.networks import BandRecurrentGenerator
from audiogan.streaming.engine import SpectralEngine
from audiogan.streaming.estimators import Array, Estimator, Frames, State, StateTensor

STATE = ("level", "features", "hidden")  # of the core's state, what an estimate needs; past frames are kept outside
OPSET = 17
SMALL = 256  # numbers in a tensor that is not worth storing in half precision


class TorchEstimator(Estimator):
    """The core of a generator that is made for streams, on the generator's device.

    Args:
        generator: its sizes and its core.
        sample_rate: Hz, of the sound it was trained on.
    """

    @classmethod
    def of(cls, generator: nn.Module, sample_rate: int) -> TorchEstimator | None:
        """None where the generator is not made for streams."""
        return cls(generator, sample_rate) if isinstance(generator, BandRecurrentGenerator) else None

    def __init__(self, generator: BandRecurrentGenerator, sample_rate: int) -> None:
        core = generator.core
        level, _, features, hidden = core.initial_state(1, torch.empty(0))
        state = [
            StateTensor(name, tuple(part.shape[1:]), float(part.flatten()[0]))
            for name, part in zip(STATE, (level, features, hidden), strict=True)
        ]
        sizes = generator.frame_length, generator.hop_length, core.taps, core.filtered_bins, core.look_ahead
        super().__init__(Frames(sample_rate, *sizes), state)
        self.core = core

    def __call__(self, spectrum: Array, state: State) -> tuple[Array, Array, State]:
        """See `Estimator`."""
        device = next(self.core.parameters()).device
        with torch.inference_mode():
            given = [torch.from_numpy(part).to(device) for part in (spectrum[None], *state)]
            gains, taps, *state = (part.float().cpu().numpy() for part in self.core.estimate(*given))
        return gains[0], taps[0], state


class _Estimate(nn.Module):
    """The core's `estimate` as a `forward`, which the exporter takes."""

    def __init__(self, core: nn.Module) -> None:
        super().__init__()
        self.core = core

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.core.estimate(*given))  # type: ignore[operator]


def write_graph(estimator: TorchEstimator, path: Path) -> None:
    """Export what an estimator calls: standard operators, weights inside, any number of frames at a time.

    Weights that half precision holds exactly are stored so, and arithmetic is in single precision.

    Raises:
        AudioganError: the onnx package is missing.
    """
    try:
        import onnx
    except ImportError:
        raise AudioganError(
            "a bundle of this model holds an ONNX graph, and the onnx package, which writes it, is missing. Install it "
            "by pip install 'audiogan[export]'."
        ) from None

    core = estimator.core.cpu().eval()
    example = (torch.zeros(1, 3, 2, core.bins), *map(torch.from_numpy, estimator.initial_state()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's on itself; what it makes is checked
        torch.onnx.export(
            _Estimate(core), example, path, dynamo=False, opset_version=OPSET,
            input_names=["spectrum", *STATE], output_names=["gains", "taps", *(f"next_{name}" for name in STATE)],
            dynamic_axes={"spectrum": {1: "frames"}, "gains": {1: "frames"}, "taps": {1: "frames"}},
        )  # fmt: skip
    model = onnx.load(path)
    for tensor in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALL:
            continue
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if np.array_equal(half, values):
            name = tensor.name
            tensor.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}.half"))
            cast = onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT)
            model.graph.node.insert(0, cast)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def compare(estimator: Estimator, reference: Estimator) -> float:
    """By how many dB the sound that an estimator makes differs from a reference's, relative to the latter.

    Of three seconds of sound that swells and falls silent: tones over noise.
    """
    rate = reference.frames.sample_rate
    time = np.arange(3 * rate) / rate
    tones = sum(np.sin(2 * np.pi * 150 * number * time) / number for number in range(1, 20))
    noise = np.random.default_rng(0).standard_normal(len(time))
    sound = (0.05 * tones * np.sin(2 * np.pi * time).clip(0) + 0.01 * noise * (time < 2))[None].astype(np.float32)
    made = []
    for each in (estimator, reference):
        engine = SpectralEngine(each, channels=1)
        made.append(sound + np.concatenate([engine.push(sound), engine.finish()], axis=1)[:1])
    difference = np.mean(np.square(made[0] - made[1], dtype=np.float64))
    return float(10 * np.log10((difference + 1e-30) / (np.mean(np.square(made[1], dtype=np.float64)) + 1e-30)))

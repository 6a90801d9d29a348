"""The exported graph is the network: the same sound, standard operators, weights in half precision where exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from audiogan.errors import AudioganError
from audiogan.streaming.engine import SpectralEngine
from audiogan.streaming.estimators import GraphEstimator
from audiogan.streaming.torch_estimator import TorchEstimator, compare, write_graph
from tests.stream_models import RATE, noise, scattered


@pytest.mark.parametrize("half", [False, True])
def test_a_graph_sounds_as_its_core_does(tmp_path: Path, half: bool) -> None:
    generator = scattered(hidden=32)
    for parameter in generator.parameters():
        parameter.data = parameter.data.half().float() if half else parameter.data
    core = TorchEstimator(generator, RATE)
    write_graph(core, tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    model = onnx.load(tmp_path / "model.onnx")
    assert {node.domain for node in model.graph.node} == {""}
    assert not {node.op_type for node in model.graph.node} & {"DFT", "STFT", "Loop", "If"}
    size = sum(parameter.numel() for parameter in generator.parameters())
    tables = 4 * 2 * 48 * 257  # of the bands
    assert (tmp_path / "model.onnx").stat().st_size < (2 if half else 4) * size + tables + 30_000

    graph = GraphEstimator(tmp_path / "model.onnx", core.frames, core.state)
    for samples in (700, 9000):
        sound = noise(2, samples)
        made = []
        for estimator in (core, graph):
            engine = SpectralEngine(estimator, 2)
            made.append(np.concatenate([engine.push(sound[:, :500]), engine.push(sound[:, 500:]), engine.finish()], 1))
        assert np.abs(made[0]).max() > 0.05
        np.testing.assert_allclose(made[1], made[0], rtol=0, atol=1e-5)
    assert compare(graph, core) < -100


def test_how_far_two_estimators_are_apart() -> None:
    """Weights a thousandth larger are about -60 dB away; nothing is as far from nothing as can be told."""
    generator, larger = scattered(), scattered()
    assert compare(TorchEstimator(generator, RATE), TorchEstimator(larger, RATE)) < -200
    for parameter in larger.parameters():
        parameter.data *= 1.001
    assert -90 < compare(TorchEstimator(larger, RATE), TorchEstimator(generator, RATE)) < -40


def test_a_damaged_graph_is_a_sentence(tmp_path: Path) -> None:
    core = TorchEstimator(scattered(), RATE)
    (tmp_path / "model.onnx").write_bytes(b"\x08no graph")
    with pytest.raises(AudioganError, match="the graph cannot be read"):
        GraphEstimator(tmp_path / "model.onnx", core.frames, core.state)

"""The generator in bands: what it lets through, what it waits for, what it remembers, and its ONNX graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from audiogan.networks import BandRecurrentGenerator
from audiogan.networks.band_recurrent import STRAIGHT
from audiogan.networks.bands import band_weights

HOP, FRAME = 8, 16
STATE = ("level", "past", "features", "hidden")


def small(**options: object) -> BandRecurrentGenerator:
    sizes = {"bands": 5, "channels": 2, "hidden": 6, "filtered_bins": 6, "frame_length": FRAME, "hop_length": HOP}
    return BandRecurrentGenerator(**{**sizes, **options})  # type: ignore[arg-type]


def scattered(generator: BandRecurrentGenerator, deviation: float = 0.5) -> BandRecurrentGenerator:
    """With weights under which everything that is seen has an effect."""
    rng = torch.Generator().manual_seed(3)
    for parameter in generator.parameters():
        nn.init.normal_(parameter, std=deviation, generator=rng)
    return generator


def noise(*shape: int, seed: int = 0) -> Tensor:
    return 0.1 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("frame", "hop", "look_ahead"), [(16, 8, 0), (16, 4, 0), (24, 8, 1), (512, 256, 2)])
@pytest.mark.parametrize("samples", [1, 15, 100, 3000])
def test_untrained_it_gives_its_input_at_the_gain_it_starts_from(
    frame: int, hop: int, look_ahead: int, samples: int
) -> None:
    generator = small(frame_length=frame, hop_length=hop, look_ahead=look_ahead)
    noisy = noise(3, 1, samples)
    start = torch.sigmoid(torch.tensor(STRAIGHT))
    torch.testing.assert_close(generator(noisy), start * noisy, rtol=0, atol=1e-6)
    assert start > 0.95


def test_open_gains_give_the_input_back() -> None:
    generator = BandRecurrentGenerator()
    nn.init.constant_(generator.core.to_gains.bias, 100.0)  # type: ignore[arg-type]
    noisy = noise(1, 1, 16_000)
    torch.testing.assert_close(generator(noisy), noisy, rtol=0, atol=1e-6)


def test_one_tap_alone_is_the_sound_some_hops_ago() -> None:
    """A filter whose only weight says "minus now, plus two frames ago" delays what lies in the filtered bins."""
    generator = small(taps=3, filtered_bins=FRAME // 2 + 1).double()
    nn.init.constant_(generator.core.to_gains.bias, 100.0)  # type: ignore[arg-type]
    with torch.no_grad():
        bias = generator.core.to_taps.bias.view(3, 2, -1)
        bias[0, 0], bias[2, 0] = -100.0, 100.0
    noisy = noise(1, 1, 200).double()
    expected = torch.nn.functional.pad(noisy, (2 * HOP, 0))[..., :200]
    torch.testing.assert_close(generator(noisy), expected, rtol=0, atol=1e-6)


def test_a_filter_turns_the_phase() -> None:
    """A tap of i instead of 1 turns a cosine into a sine of the opposite sign."""
    generator = small(frame_length=512, hop_length=256, filtered_bins=257)
    nn.init.constant_(generator.core.to_gains.bias, 100.0)  # type: ignore[arg-type]
    with torch.no_grad():
        bias = generator.core.to_taps.bias.view(3, 2, -1)
        bias[0, 0], bias[0, 1] = -100.0, 100.0
    phase = 2 * torch.pi * 100 / 512 * torch.arange(4096)
    output = generator(torch.cos(phase)[None, None])[0, 0]
    torch.testing.assert_close(output[512:-512], -torch.sin(phase)[512:-512], rtol=0, atol=0.02)


@pytest.mark.parametrize("look_ahead", [0, 1])
def test_it_sees_no_further_than_it_says(look_ahead: int) -> None:
    generator = scattered(small(look_ahead=look_ahead)).double()
    noisy = noise(1, 1, 30 * HOP).double()
    output = generator(noisy)
    reach = FRAME - 1 + look_ahead * HOP
    nearest = 1000
    for place in range(12 * HOP, 13 * HOP):
        changed = noisy.clone()
        changed[..., place] += 1
        first = int((generator(changed) != output).flatten().nonzero()[0])
        assert first >= place - reach
        nearest = min(nearest, first - (place - reach))
        assert (generator(changed) != output)[..., place + 10 * HOP :].any()
    assert nearest == 1  # the window is 0 at its first sample


@pytest.mark.parametrize("hops", [1, 3, 7])
@pytest.mark.parametrize("options", [{}, {"look_ahead": 1, "taps": 2, "layers": 1}, {"hop_length": 4}])
def test_steps_are_the_whole_sound(hops: int, options: dict[str, int]) -> None:
    generator = scattered(small(**options))
    noisy = noise(2, 1, 163)
    hop, delay = generator.hop_length, generator.delay
    whole = generator(noisy)
    sound = torch.nn.functional.pad(noisy[:, 0], (0, 84 * hop - 163))
    state, ready = generator.initial_state(2, noisy), []
    shapes = [part.shape for part in state]
    for block in sound.split(hops * hop, 1):
        output, state = generator.step(block, state)
        assert output.shape == block.shape and [part.shape for part in state] == shapes
        ready.append(output)
    stream = torch.cat(ready, 1)
    torch.testing.assert_close(stream[:, delay : delay + 163], whole[:, 0], rtol=0, atol=1e-6)


def test_a_long_sound_is_taken_in_parts_that_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = scattered(small())
    noisy = noise(1, 1, 40 * HOP)
    whole = generator(noisy)
    monkeypatch.setattr("audiogan.networks.band_recurrent.LONGEST", 3)
    torch.testing.assert_close(generator(noisy), whole, rtol=0, atol=1e-6)


def test_rows_do_not_know_of_each_other() -> None:
    generator = scattered(small())
    noisy = noise(3, 1, 300)
    alone = torch.cat([generator(row[None]) for row in noisy])
    torch.testing.assert_close(generator(noisy), alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("gain_db", [-60, -30, 30])
def test_level_changes_nothing_but_the_level(gain_db: float) -> None:
    generator = scattered(BandRecurrentGenerator(hidden=16), deviation=0.2)
    noisy = noise(1, 1, 16_000) * torch.linspace(0, 1, 16_000)
    gain = 10 ** (gain_db / 20)
    output = generator(noisy).detach()
    assert (output - torch.sigmoid(torch.tensor(STRAIGHT)) * noisy).abs().max() > 0.1 * output.abs().max()
    torch.testing.assert_close(generator(gain * noisy) / gain, output, rtol=0, atol=1e-3 * float(output.abs().max()))


def test_zeros_before_a_sound_are_as_the_time_before_it() -> None:
    """But for the hidden state: the running level is that of what was heard."""
    generator = small().double()
    spectra = torch.randn(1, 9, 2, FRAME // 2 + 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    start = generator.core.initial_state(1, spectra)[0]
    level, _ = generator.core._level(spectra, start)
    later, _ = generator.core._level(torch.cat([torch.zeros_like(spectra), spectra], 1), start)
    torch.testing.assert_close(later[:, 9:], level, rtol=1e-5, atol=0)
    loudness = spectra.square().sum(2).mean(2).sqrt()
    keep = torch.exp(torch.tensor(-HOP / 16_000, dtype=torch.float64))
    for frame in range(9):
        weights = keep ** torch.arange(frame, -1, -1)
        expected = (weights * loudness[0, : frame + 1]).sum() / weights.sum()
        torch.testing.assert_close(level[0, frame, 0, 0], expected, rtol=1e-4, atol=0)


def test_silence_is_silent_and_has_gradients() -> None:
    generator = scattered(BandRecurrentGenerator(hidden=16))
    noisy = torch.zeros(2, 1, 4000, requires_grad=True)
    output = generator(noisy)
    assert not output.any()
    (output - noise(2, 1, 4000)).square().sum().backward()
    assert noisy.grad is not None and noisy.grad.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in generator.parameters())
    paused = torch.cat([noise(1, 1, 4000), torch.zeros(1, 1, 8000), noise(1, 1, 4000, seed=1)], 2)
    output = generator(paused)
    assert output.isfinite().all() and not output[..., 5024:11_488].any() and output[..., 12_000:].any()


def test_it_learns_a_filter() -> None:
    """Noise in the upper half of the spectrum, tone in the lower: 40 steps take most of the noise away."""
    torch.manual_seed(0)
    generator = BandRecurrentGenerator(8000, 64, 32, bands=12, channels=4, hidden=16, filtered_bins=12)
    phase = 2 * torch.pi * torch.arange(512) / 64
    tone, hiss = torch.sin(5 * phase), torch.sin(26 * phase)
    optimiser = torch.optim.Adam(generator.parameters(), 0.03)
    clean = tone[None, None].repeat(2, 1, 1)
    noisy = clean + torch.tensor([0.2, 1.0])[:, None, None] * hiss
    start = (noisy - clean).square().mean()
    for _ in range(40):
        loss = (generator(noisy) - clean).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < start / 20


def test_sizes_are_those_that_are_told() -> None:
    generator = BandRecurrentGenerator()
    count = sum(p.numel() for p in generator.parameters())
    assert f"{count:,} parameters" in (BandRecurrentGenerator.__doc__ or "")
    assert 4 * count < 5_000_000
    assert generator.delay + generator.hop_length == 512  # 32 ms
    state = generator.initial_state(200, torch.empty(0))
    assert all(part.shape[0] == 200 for part in state)
    assert sum(part.numel() for part in state) * 4 / 200 < 50_000  # bytes a stream


def test_bands_share_every_bin() -> None:
    weights = band_weights(48, 512, 16_000)
    torch.testing.assert_close(weights.sum(0), torch.ones(257))
    assert (weights >= 0).all() and (weights.max(1).values > 0.5).all()
    middles = (weights @ torch.arange(257.0)) / weights.sum(1) * 31.25
    assert (middles.diff() > 0).all()
    above = middles[middles > 1000]
    wide = above[1:-1].diff() / (24.7 * (1 + 4.37 * above[1:-2] / 1000))  # in equivalent rectangular bandwidths
    assert wide.max() < 1.25 * wide.min()
    assert torch.equal(band_weights(17, 32, 16_000), torch.eye(17))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frame_length": 15, "hop_length": 5}, "must be even"),
        ({"frame_length": 16, "hop_length": 16}, "twice hop_length, 16,"),
        ({"frame_length": 16, "hop_length": 6}, "twice hop_length, 6,"),
        ({"filtered_bins": 10}, "filtered_bins is 10, and a frame has 9 bins"),
        ({"bands": 10}, "10 bands are more than the 9 bins"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**options)


class NumpyStream:
    """The generator's steps with its core as an ONNX graph and NumPy's Fourier transform, without torch."""

    def __init__(self, graph: Path, generator: BandRecurrentGenerator, rows: int) -> None:
        onnxruntime = pytest.importorskip("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.frame, self.hop = generator.frame_length, generator.hop_length
        self.analysis, self.synthesis = generator.analysis.numpy(), generator.synthesis.numpy()
        state = generator.initial_state(rows, torch.empty(0))
        self.heard, self.made, *self.state = (part.numpy() for part in state)

    def step(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        samples = sound.shape[1]
        heard = np.concatenate([self.heard, sound], 1)
        frames = np.lib.stride_tricks.sliding_window_view(heard, self.frame, 1)[:, :: self.hop] * self.analysis
        spectrum = np.fft.rfft(frames)
        parts = np.stack([spectrum.real, spectrum.imag], 2).astype(np.float32)
        shaped, *self.state = self.session.run(None, {"spectrum": parts, **dict(zip(STATE, self.state, strict=True))})
        frames = np.fft.irfft(shaped[:, :, 0] + 1j * shaped[:, :, 1], self.frame) * self.synthesis
        made = np.pad(self.made, ((0, 0), (0, samples)))
        for number in range(frames.shape[1]):
            made[:, number * self.hop :][:, : self.frame] += frames[:, number].astype(np.float32)
        self.heard, self.made = heard[:, samples:], made[:, samples:]
        return made[:, :samples]


def test_the_onnx_graph_is_the_network(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    generator = scattered(BandRecurrentGenerator(hidden=32), deviation=0.2).eval()
    example = (noise(1, 3, 2, 257), *generator.core.initial_state(1, torch.empty(0)))
    after = [f"next_{name}" for name in STATE]
    dynamic = {name: {0: "rows"} for name in (*STATE, *after)}
    dynamic |= {name: {0: "rows", 1: "frames"} for name in ("spectrum", "shaped")}
    graph = tmp_path / "core.onnx"
    torch.onnx.export(
        generator.core, example, graph, dynamo=False, opset_version=17, dynamic_axes=dynamic,
        input_names=["spectrum", *STATE], output_names=["shaped", *after],
    )  # fmt: skip
    nodes = onnx.load(graph).graph.node
    assert not {node.op_type for node in nodes} & {"DFT", "STFT", "Loop", "If"}
    assert {node.domain for node in nodes} == {""}
    noisy = noise(2, 1, 20 * 256)
    with torch.no_grad():
        whole = generator(noisy)[:, 0].numpy()
    for hops in (1, 4):
        stream = NumpyStream(graph, generator, rows=2)
        sound = np.pad(noisy[:, 0].numpy(), ((0, 0), (0, 4 * 256)))
        ready = np.concatenate(
            [stream.step(sound[:, at : at + hops * 256]) for at in range(0, 24 * 256, hops * 256)], 1
        )
        np.testing.assert_allclose(ready[:, generator.delay :][:, : 20 * 256], whole, rtol=0, atol=1e-5)

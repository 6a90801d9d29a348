"""A small causal generator for speech enhancement in time and frequency, made for streams."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from audiogan.networks.bands import band_weights
from audiogan.networks.bounds import Count, CountOrNone

State = tuple[Tensor, ...]

SILENCE = 1e-6  # root mean square of a spectrum that counts as none; a sound of -144 dB
FLOOR = 1e-6  # of a band's power relative to the level: what lies 60 dB below is not told apart
COMPRESSION = 0.3  # power that magnitudes of single bins are raised to
STRAIGHT = 3.0  # where gains start before their sigmoid: 0.953
PATTERN_FRAMES = 3  # frames that the first convolution sees
HEAD_CHANNELS = 4  # values a band that the recurrent layers give to the gains
LONGEST = 512  # frames that `forward` takes at a time


class SpectralCore(nn.Module):
    """What `BandRecurrentGenerator` does to spectra: frames in, as many frames out, its memory in a state.

    Shapes: `spectrum [B, frames, 2, bins]`, the real and imaginary parts, and the tensors of `initial_state` →
    the shaped spectrum, likewise, `look_ahead` frames late, and the state behind the last frame. Any number of frames
    from 1 on; what comes out does not depend on how they were divided. Working memory grows with the square of the
    frames given at a time: some hundred do no harm.

    It holds no complex tensor, so that it, or its `estimate` alone, becomes an ONNX graph of standard operators as it
    is: `torch.onnx.export(core, …)`, with a dynamic number of frames and rows. Arguments: `BandRecurrentGenerator`'s.
    """

    to_bands: Tensor
    to_bins: Tensor

    def __init__(
        self,
        sample_rate: int,
        frame_length: int,
        hop_length: int,
        bands: int,
        channels: int,
        hidden: int,
        layers: int,
        filtered_bins: int,
        taps: int,
        look_ahead: int,
        level_seconds: float,
    ) -> None:
        super().__init__()
        self.bins, self.bands, self.hidden, self.layers = frame_length // 2 + 1, bands, hidden, layers
        self.filtered_bins, self.taps, self.look_ahead = filtered_bins, taps, look_ahead
        if filtered_bins > self.bins:
            raise ValueError(f"filtered_bins is {filtered_bins}, and a frame has {self.bins} bins")
        self.past_frames = max(taps - 1, look_ahead)
        self.keep = math.exp(-hop_length / (sample_rate * level_seconds))
        weights = band_weights(bands, frame_length, sample_rate)
        self.register_buffer("to_bands", (weights / weights.sum(1, keepdim=True)).T.contiguous(), persistent=False)
        self.register_buffer("to_bins", weights, persistent=False)
        self.patterns = nn.Conv2d(1, channels, (PATTERN_FRAMES, 3), padding=(0, 1))
        self.narrow = nn.Conv2d(channels, channels // 2, (1, 3), stride=(1, 2), padding=(0, 1))
        self.join = nn.Linear(channels // 2 * -(-bands // 2) + 2 * filtered_bins, hidden)
        self.recurrent = nn.GRU(hidden, hidden, layers, batch_first=True)
        self.to_head = nn.Linear(hidden, HEAD_CHANNELS * bands)
        self.to_gains = nn.Conv2d(channels + HEAD_CHANNELS, 1, (1, 3), padding=(0, 1))
        self.to_taps = nn.Linear(hidden, taps * 2 * filtered_bins)
        for last, start in ((self.to_gains, STRAIGHT), (self.to_taps, 0.0)):
            nn.init.zeros_(last.weight)
            nn.init.constant_(last.bias, start)  # type: ignore[arg-type]

    def initial_state(self, rows: int, like: Tensor) -> State:
        """The state before the first frame, on the device and in the precision of a tensor.

        `level [B, 2]`, `past [B, frames, 2, bins]`, `features [B, 2, bands]`, `hidden [B, layers, hidden]`.
        """
        return (
            like.new_zeros(rows, 2),
            like.new_zeros(rows, self.past_frames, 2, self.bins),
            _log_feature(like.new_zeros(rows, PATTERN_FRAMES - 1, self.bands)),
            like.new_zeros(rows, self.layers, self.hidden),
        )

    def forward(
        self, spectrum: Tensor, level: Tensor, past: Tensor, features: Tensor, hidden: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """See the class."""
        gains, taps, level, features, hidden = self.estimate(spectrum, level, features, hidden)
        frames = torch.cat([past, spectrum], 1)
        shaped = gains[:, :, None] * self._filtered(frames, taps)
        return shaped, level, frames[:, -self.past_frames :], features, hidden

    def estimate(
        self, spectrum: Tensor, level: Tensor, features: Tensor, hidden: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """What is to be done to the frames, without doing it, so that several channels can be treated alike.

        Returns:
            Gains `[B, frames, bins]` between 0 and 1 and taps `[B, frames, taps, 2, filtered_bins]`, for the frames
            `look_ahead` behind those given, and the state but for past frames.
        """
        loudness, level = self._level(spectrum, level)
        normal = spectrum / (loudness + SILENCE)
        power = normal.square().sum(2)
        logarithms = torch.cat([features, _log_feature(power @ self.to_bands)], 1)
        patterns = F.elu(self.patterns(logarithms[:, None]))
        compressed = normal * (power + FLOOR).pow((COMPRESSION - 1) / 2)[:, :, None]
        seen = torch.cat(
            [
                F.elu(self.narrow(patterns)).transpose(1, 2).flatten(2),
                compressed[..., : self.filtered_bins].flatten(2),
            ],
            2,
        )
        joined = F.elu(self.join(seen))
        remembered, hidden = self.recurrent(joined, hidden.transpose(0, 1).contiguous())
        remembered = remembered + joined
        taps = torch.tanh(self.to_taps(remembered)).unflatten(2, (self.taps, 2, self.filtered_bins))
        gains = self._gains(remembered, patterns)
        return gains, taps, level, logarithms[:, 1 - PATTERN_FRAMES :], hidden.transpose(0, 1)

    def _level(self, spectrum: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        """The mean of the frames' root mean squares so far, recent ones counting most, `[B, frames, 1, 1]`.

        Frames without sound do not count, so that a pause, or zeros before the sound, change nothing. The state is the
        weighted sum and the sum of weights.
        """
        mean_square = spectrum.square().sum(2).mean(2)
        counts = mean_square / (mean_square + SILENCE**2)
        heard = torch.stack([counts * (mean_square + SILENCE**2).sqrt(), counts], 2)
        steps = torch.arange(spectrum.shape[1], device=spectrum.device, dtype=spectrum.dtype)
        weights = torch.tril(self.keep ** (steps[:, None] - steps).clamp(min=0.0))
        sums = (1 - self.keep) * (weights @ heard) + self.keep ** (steps[:, None] + 1) * level[:, None]
        loudness = sums[..., 0] / (sums[..., 1] + 1e-9)
        return loudness[..., None, None], sums[:, -1]

    def _gains(self, remembered: Tensor, patterns: Tensor) -> Tensor:
        """Between 0 and 1 for each bin, `[B, frames, bins]`."""
        head = self.to_head(remembered).unflatten(2, (HEAD_CHANNELS, self.bands)).transpose(1, 2)
        gains = torch.sigmoid(self.to_gains(torch.cat([patterns, head], 1)))
        return gains[:, 0] @ self.to_bins

    def _filtered(self, frames: Tensor, taps: Tensor) -> Tensor:
        """The frame `look_ahead` behind the newest, to whose low bins a complex filter over frames adds."""
        behind = [
            frames[:, self.past_frames - tap : -tap or None] for tap in range(max(self.taps, self.look_ahead + 1))
        ]
        middle = behind[self.look_ahead]
        low = torch.stack([frame[..., : self.filtered_bins] for frame in behind[: self.taps]], 2)
        same, crossed = taps[:, :, :, :1] * low, taps[:, :, :, 1:] * low
        real = (same[:, :, :, 0] - crossed[:, :, :, 1]).sum(2)
        imaginary = (same[:, :, :, 1] + crossed[:, :, :, 0]).sum(2)
        correction = torch.stack([real, imaginary], 2)
        return middle + F.pad(correction, (0, self.bins - self.filtered_bins))


def _log_feature(power: Tensor) -> Tensor:
    """Half of the decimal logarithm of powers relative to the level, from −2 in silence over 1 at the level upwards."""
    return torch.log10(power + FLOOR) / 2 + 1


class BandRecurrentGenerator(nn.Module):
    """A recurrent generator that shapes spectra by gains in bands and by short complex filters of the low bins.

    Shapes: `noisy [B, 1, samples]` → `[B, 1, samples]`, any number of samples, aligned with its input.

    Frames are cut and joined with the square root of a Hann window. Each is divided by a running level, so that loud
    and quiet sound are treated alike, and seen in two ways: the log power in bands as wide as those of hearing, through
    two small convolutions over frames and bands, and the low bins themselves with compressed magnitude. Gated recurrent
    layers look at both and give a gain from 0 to 1 for each band and, for every low bin, a complex filter over the
    last frames whose output is added before the gain: `gain · (X[t] + Σ tap[k] · X[t − k])`. Bands and gains are those
    of Valin 2018 (arXiv:1709.08243), filters over frames those of Mack & Habets 2020 (arXiv:1904.08369) and, beside
    gains in bands, Schröter et al. 2022 (arXiv:2110.05588). Silence gives silence. Untrained, the output is the input,
    0.42 dB lower. With no arguments it has 1,151,781 parameters.

    Streams: `step` takes sound in any whole number of hops with a state from `initial_state`, and gives as many
    samples, `delay` samples late; what it gives does not depend on how the sound was divided, and `forward` is made of
    it. Every tensor of a state has rows first and a fixed shape, so states of several streams can be stacked. The
    Fourier transforms are left outside of `core`, which does everything else on real tensors and is what becomes an
    ONNX graph: as matrix products they would add 2 MB to it and half as much work again, and NumPy needs microseconds.

    Args:
        sample_rate: Hz; where the bands lie.
        frame_length: samples in a frame, even.
        hop_length: samples from one frame to the next; divides frame_length twice or more often.
        bands: in which power is seen and gains are given.
        channels: of the first convolution; the second has half as many.
        hidden: width of the recurrent layers.
        layers: how many of them.
        filtered_bins: how many bins, from the lowest up, are seen singly and have filters.
        taps: frames under a filter, the newest one included.
        look_ahead: frames after the one that is shaped; each makes the delay longer by a hop.
        level_seconds: the time in which a frame's weight in the running level falls to 1/e.

    Raises:
        ValueError: the sizes do not fit each other.
    """

    analysis: Tensor
    synthesis: Tensor

    def __init__(
        self,
        sample_rate: Count = 16_000,
        frame_length: Count = 512,
        hop_length: Count = 256,
        bands: Annotated[int, Field(ge=4)] = 48,
        channels: Annotated[int, Field(ge=2)] = 16,
        hidden: Count = 256,
        layers: Count = 2,
        filtered_bins: Count = 128,
        taps: Annotated[int, Field(ge=2)] = 3,
        look_ahead: CountOrNone = 0,
        level_seconds: Annotated[float, Field(gt=0)] = 1.0,
    ) -> None:
        super().__init__()
        if frame_length % 2 or frame_length % hop_length or frame_length < 2 * hop_length:
            raise ValueError(
                f"frame_length is {frame_length}, and must be even and twice hop_length, {hop_length}, or more times it"
            )
        self.frame_length, self.hop_length = frame_length, hop_length
        self.delay = frame_length - hop_length + look_ahead * hop_length
        window = torch.hann_window(frame_length, dtype=torch.float64).sqrt()
        overlap = window.square().view(-1, hop_length).sum(0).repeat(frame_length // hop_length)
        self.register_buffer("analysis", window.float(), persistent=False)
        self.register_buffer("synthesis", (window / overlap).float(), persistent=False)
        self.core = SpectralCore(
            sample_rate, frame_length, hop_length, bands, channels, hidden, layers, filtered_bins, taps, look_ahead,
            level_seconds,
        )  # fmt: skip

    def forward(self, noisy: Tensor) -> Tensor:
        """See the class."""
        rows, _, samples = noisy.shape
        hops = -(-(samples + self.delay) // self.hop_length)
        sound = F.pad(noisy[:, 0], (0, hops * self.hop_length - samples))
        state = self.initial_state(rows, noisy)
        ready = []
        for block in sound.split(LONGEST * self.hop_length, 1):
            made, state = self.step(block, state)
            ready.append(made)
        return torch.cat(ready, 1)[:, None, self.delay : self.delay + samples]

    def initial_state(self, rows: int, like: Tensor) -> State:
        """The state before a sound begins, on the device and in the precision of a tensor.

        The end of the sound so far and the end of the output so far, `[B, frame_length − hop_length]` each, and what
        `core` remembers.
        """
        ends = like.new_zeros(rows, self.frame_length - self.hop_length)
        return (ends, ends.clone(), *self.core.initial_state(rows, like))

    def step(self, sound: Tensor, state: State) -> tuple[Tensor, State]:
        """Next hops of a stream, `[B, hops · hop_length]` → as many samples, `delay` samples late, and a state."""
        heard, made, *remembered = state
        samples = sound.shape[1]
        heard = torch.cat([heard, sound], 1)
        spectrum = torch.fft.rfft(heard.unfold(1, self.frame_length, self.hop_length) * self.analysis)
        shaped, *remembered = self.core(torch.stack([spectrum.real, spectrum.imag], 2), *remembered)
        frames = torch.fft.irfft(torch.complex(shaped[:, :, 0], shaped[:, :, 1]), self.frame_length) * self.synthesis
        made = self._overlapped(frames, made)
        return made[:, :samples], (heard[:, samples:], made[:, samples:], *remembered)

    def _overlapped(self, frames: Tensor, before: Tensor) -> Tensor:
        """Frames `[B, frames, frame_length]` added at their places to the end of what came before them."""
        parts = frames.unflatten(2, (-1, self.hop_length))
        overlaps = parts.shape[2]
        total = F.pad(before.unflatten(1, (-1, self.hop_length)), (0, 0, 0, frames.shape[1]))
        for number in range(overlaps):
            total = total + F.pad(parts[:, :, number], (0, 0, number, overlaps - 1 - number))
        return total.flatten(1)

"""Framing, Fourier transforms, shaping and overlap-add around an estimator, in NumPy, at the model's rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError
from audiogan.streaming.estimators import Array, Estimator

Complex = NDArray[np.complex64]

AT_ONCE = 64  # frames that the estimator takes at a time where there are as many: the fastest here
TOP = (0.5, 0.94)  # of half a sample rate: the top of the band, by which the band above it is judged
UNHEARD = 1e-10  # energy of a spectrum's top that counts as none


class SpectralEngine:
    """Takes sound and gives what the model changes about it: output minus input, `frames.delay` samples late.

    All channels are filtered alike: one filter is estimated for all, from the mean of their powers with the phase of
    their sum, and applied to each. So what lies between the channels, level and time, stays as it is, two equal
    channels stay equal and sound as one would, and channels of opposite sign do not cancel. Filters of their own would
    move a voice to the side where less noise is; those of the plain sum would fail where channels cancel.

    Args:
        estimator: says the filters.
        channels: how many.
        rate_heard: the rate of the recording in Hz, the model's if None: where it is lower, the top of its band is too.
    """

    def __init__(self, estimator: Estimator, channels: int, rate_heard: int | None = None) -> None:
        frames = estimator.frames
        self._estimator, self._frames, self._channels = estimator, frames, channels
        self._state = estimator.initial_state()
        window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frames.frame_length) / frames.frame_length))
        overlaps = frames.frame_length // frames.hop_length
        both = np.tile((window**2).reshape(overlaps, -1).sum(0), overlaps)
        self._analysis, self._synthesis = window.astype(np.float32), (window / both).astype(np.float32)
        self._fading = (window**2 / both).astype(np.float32)
        self._heard = np.zeros((channels, frames.frame_length - frames.hop_length), np.float32)
        self._made = np.zeros((channels + 1, frames.frame_length - frames.hop_length), np.float32)
        self._past = np.zeros((channels, frames.past, frames.frame_length // 2 + 1), np.complex64)
        half = min(rate_heard or frames.sample_rate, frames.sample_rate) / 2
        self._top = slice(*(round(share * half * frames.frame_length / frames.sample_rate) for share in TOP))
        self._waits = frames.delay  # samples of what comes first that lie before the sound
        self._taken = self._given = 0

    def ready(self, taken: int) -> int:
        """How many samples have come out when so many have gone in."""
        frames = self._frames
        return max(0, taken // frames.hop_length * frames.hop_length - frames.delay)

    def push(self, sound: Array) -> Array:
        """Take `[channels, any number]`, give what is ready: `[channels + 1, 0 or more]`.

        The last row is by how much the top of the band was lowered, from 0 to 1.
        """
        self._taken += sound.shape[1]
        made = self._run(sound)
        self._given += made.shape[1]
        return made

    def finish(self) -> Array:
        """The rest, so that as much has come out as went in. Nothing may be pushed after it."""
        frames = self._frames
        samples = -(-(self._taken + frames.delay) // frames.hop_length) * frames.hop_length - self._taken
        rest = self._taken - self._given
        return self._run(np.zeros((self._channels, samples), np.float32))[:, :rest]

    def _run(self, sound: Array) -> Array:
        frame, hop = self._frames.frame_length, self._frames.hop_length
        heard = np.concatenate([self._heard, sound], axis=1)
        count = max(0, (heard.shape[1] - frame) // hop + 1)
        if not count:
            self._heard = heard
            return np.zeros((self._channels + 1, 0), np.float32)
        parts = []
        for start in range(0, count, AT_ONCE):
            stop = min(count, start + AT_ONCE)
            parts.append(self._shape(heard[:, start * hop : (stop - 1) * hop + frame]))
        self._heard = heard[:, count * hop :].copy()
        made = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        skipped = min(self._waits, made.shape[1])
        self._waits -= skipped
        return made[:, skipped:]

    def _shape(self, sound: Array) -> Array:
        frames = self._frames
        spectrum: Complex = np.fft.rfft(self._cut(sound) * self._analysis).astype(np.complex64, copy=False)
        seen = spectrum[0] if self._channels == 1 else _mixed_down(spectrum)
        parts = np.empty((len(seen), 2, seen.shape[1]), np.float32)
        parts[:, 0], parts[:, 1] = seen.real, seen.imag
        gains, taps = self._filters(parts)
        change, lowered = self._change(spectrum, gains, taps)
        made = np.empty((self._channels + 1, len(seen), frames.frame_length), np.float32)
        np.multiply(np.fft.irfft(change, frames.frame_length), self._synthesis, out=made[:-1], casting="same_kind")
        np.multiply(lowered[:, None], self._fading, out=made[-1])
        return self._overlapped(made)

    def _filters(self, parts: Array) -> tuple[Array, Array]:
        """Gains and taps for frames `[frames, 2, bins]`, all finite.

        Where a frame leaves the estimator's state without finite values, the frame is estimated again from the initial
        state, so that no frame affects those after it for longer than its own length.

        Raises:
            AudioganError: the estimator gives NaN or infinite values from its initial state too.
        """
        gains, taps, state = self._estimator(parts, self._state)
        if _finite(gains, taps, *state):
            self._state = state
            return gains, taps
        if len(parts) > 1:
            single = [self._filters(part[None]) for part in parts]
            return np.concatenate([gains for gains, _ in single]), np.concatenate([taps for _, taps in single])
        gains, taps, self._state = self._estimator(parts, self._estimator.initial_state())
        if not _finite(gains, taps, *self._state):
            raise AudioganError(
                "the model gives NaN or infinite values: its training went wrong. Use another checkpoint."
            )
        return gains, taps

    def _cut(self, sound: Array) -> Array:
        """Frames `[channels, frames, frame_length]`; a single one without NumPy's slow way of making windows."""
        frame, hop = self._frames.frame_length, self._frames.hop_length
        if sound.shape[1] == frame:
            return sound[:, None]
        return np.lib.stride_tricks.sliding_window_view(sound, frame, axis=1)[:, ::hop]

    def _change(self, spectrum: Complex, gains: Array, taps: Array) -> tuple[Complex, Array]:
        """Shaped frames minus frames `[channels, frames, bins]`, and by how much the top of each fell `[frames]`."""
        known = np.concatenate([self._past, spectrum], axis=1)
        past, count, low = self._frames.past, spectrum.shape[1], self._frames.filtered_bins
        self._past = known[:, count:].copy()
        shift = past - self._frames.look_ahead
        middle = known[:, shift : shift + count]
        change: Complex = (gains - 1) * middle
        filters = np.empty((taps.shape[1], count, low), np.complex64)
        filters.real, filters.imag = taps[:, :, 0].swapaxes(0, 1), taps[:, :, 1].swapaxes(0, 1)
        filters *= gains[:, :low]
        for tap, weights in enumerate(filters):
            change[..., :low] += weights * known[:, past - tap : past - tap + count, :low]
        before = middle[..., self._top]
        share = (_energy(before + change[..., self._top]) + UNHEARD) / (_energy(before) + UNHEARD)
        return change, 1 - np.sqrt(np.minimum(share, 1))

    def _overlapped(self, made: Array) -> Array:
        """Frames `[rows, frames, frame_length]` added at their places to the end of what came before them."""
        hop = self._frames.hop_length
        rows, count, frame = made.shape
        total = np.zeros((rows, count - 1 + frame // hop, hop), np.float32)
        joined = total.reshape(rows, -1)
        joined[:, : frame - hop] = self._made
        for part in range(frame // hop):
            total[:, part : part + count] += made[:, :, part * hop : (part + 1) * hop]
        self._made = joined[:, count * hop :].copy()
        return joined[:, : count * hop]


def _mixed_down(spectrum: Complex) -> Complex:
    """The root of the mean power of all channels, with the phase of their sum.

    Real parts are divided by real sizes: NumPy's division of a complex number by a denormal one is infinite.
    """
    total = spectrum.sum(0)
    size = np.abs(total)
    silent = size == 0
    size[silent] = 1
    power = (spectrum.real**2 + spectrum.imag**2).mean(0)
    level = np.sqrt(power)
    mixed = np.empty_like(total)
    mixed.real = level * np.where(silent, 1, total.real / size)
    mixed.imag = level * (total.imag / size)
    return mixed


def _finite(*arrays: NDArray[np.floating]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _energy(spectrum: Complex) -> Array:
    """Of each frame, over channels and bins."""
    parts = spectrum.view(np.float32)
    energy: Array = np.einsum("cfb,cfb->f", parts, parts)
    return energy

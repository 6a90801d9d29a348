"""What every measure of a pair begins with: the pair's checks, its rate, and its short frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audiogan.errors import AudioganError

Signal = NDArray[np.float64]

FRAME_SECONDS = 0.03
LARGEST = 1e4  # a sample beyond this is no sound in [-1, 1], however hot: 16-bit values that became floats
FRAMES_AT_ONCE = 1024


class NotMeasurable(Exception):  # noqa: N818 (it is an answer, not a failure)
    """A measure cannot judge what it was given; no number stands for that, and none enters a mean.

    Args:
        reason: why, as "kind" or "kind: details"; a table counts by kind.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def kind(self) -> str:
        """The reason without its details."""
        return self.reason.partition(":")[0]

    def __str__(self) -> str:
        return f"not measurable, because {self.reason}"


def checked(signal: ArrayLike, who: str) -> Signal:
    """One channel as float64 `[samples]`.

    Args:
        signal: `[samples]`.
        who: how a reason calls it ("the reference").

    Raises:
        AudioganError: not floating-point samples.
        ValueError: it has more than one axis.
        NotMeasurable: no samples, NaN or infinite samples, samples beyond ±10,000, or silence (all samples equal).
    """
    given = floating(signal, who)
    if given.ndim != 1:
        raise ValueError(f"{who} has shape {given.shape}: a measure takes one channel, [samples]")
    samples: Signal = given.astype(np.float64)
    if samples.size == 0:
        raise NotMeasurable(f"{who} has no samples")
    finite = np.isfinite(samples)
    if not finite.all():
        raise NotMeasurable(f"{who} has NaN or infinite samples: {samples.size - int(finite.sum())} of {samples.size}")
    largest = float(np.abs(samples).max())
    if largest > LARGEST:
        raise NotMeasurable(
            f"{who} is not in [-1, 1]: its largest sample is {largest:g}; divide 16-bit values by 32768"
        )
    if np.ptp(samples) == 0:
        raise NotMeasurable(f"{who} is silent")
    return samples


def floating(signal: ArrayLike, who: str) -> NDArray[np.floating]:
    """Return a signal as a floating-point array of its own precision, whatever its shape.

    Raises:
        AudioganError: integers, booleans, complex numbers or anything else that is no floating-point sound; integers as
            `scipy.io.wavfile` gives them would be judged at a level 32768 times too high.
    """
    try:
        samples = np.asarray(signal)
    except ValueError as error:  # rows of unequal length
        raise AudioganError(f"{who} is no array of samples: {error}.") from None
    if not np.issubdtype(samples.dtype, np.floating):
        raise AudioganError(
            f"{who} holds {samples.dtype} values: floating-point samples in [-1, 1] are expected. Divide 16-bit "
            "integers by 32768."
        )
    return samples


def checked_pair(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> tuple[Signal, Signal]:
    """Both sides of a pair as float64 `[samples]`.

    Raises:
        AudioganError: a side is not floating-point samples.
        ValueError: a side has more than one axis, or the rate is not above 0.
        NotMeasurable: as `checked`; or unequal lengths.
    """
    if sample_rate <= 0:
        raise ValueError(f"the sample rate is {sample_rate} Hz: it must be above 0")
    estimate, reference = floating(estimate, "the estimate"), floating(reference, "the reference")
    sides = np.size(estimate), np.size(reference)
    if sides[0] != sides[1]:
        raise NotMeasurable(f"the lengths differ: estimate {sides[0]} samples, reference {sides[1]}")
    return checked(estimate, "the estimate"), checked(reference, "the reference")


def need_samples(signal: Signal, wanted: int, sample_rate: int) -> None:
    """Raises NotMeasurable where `signal` is shorter than `wanted` samples."""
    if signal.size < wanted:
        raise NotMeasurable(
            f"the sound is too short: {signal.size / sample_rate:.3f} s, {wanted / sample_rate:.3f} s are needed"
        )


def at_rate(signal: Signal, from_rate: int, to_rate: int) -> Signal:
    """`signal` brought down to another rate by soxr (HQ), for a measure that is defined at `to_rate` only.

    Raises:
        NotMeasurable: `from_rate` is the lower one: the upper band would be judged, and there is none.
    """
    if from_rate == to_rate:
        return signal
    if from_rate < to_rate:
        raise NotMeasurable(f"the sample rate is too low: {from_rate} Hz, {to_rate} Hz or more are needed")
    from audiogan.audio.resample import resample

    return resample(signal, from_rate, to_rate).astype(np.float64)


def by_frames(
    function: Callable[[Signal, Signal], Signal], estimate: Signal, reference: Signal, sample_rate: int
) -> Signal:
    """What `function` says of each short frame of a pair.

    Frames are 30 ms under a Hann window that has no zero at its ends, a quarter of that apart, and the last whole one
    is left out: as in the programs of Loizou's book "Speech Enhancement: Theory and Practice", which segmental SNR,
    LLR, WSS and the composite scores follow.

    Args:
        function: takes windowed frames of estimate and reference, `[frames, length]` each, and gives `[frames]`.
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz.

    Returns:
        `[frames]`.

    Raises:
        NotMeasurable: not one frame fits.
    """
    length = round(FRAME_SECONDS * sample_rate)
    hop = length // 4
    if hop == 0:
        raise NotMeasurable(f"the sample rate is too low: {sample_rate} Hz")
    need_samples(reference, length + hop, sample_rate)
    count = (reference.size - length) // hop
    window = np.hanning(length + 2)[1:-1]
    sides = [np.lib.stride_tricks.sliding_window_view(side, length)[::hop] for side in (estimate, reference)]
    parts: list[Any] = []
    for first in range(0, count, FRAMES_AT_ONCE):
        part = slice(first, min(first + FRAMES_AT_ONCE, count))
        parts.append(function(sides[0][part] * window, sides[1][part] * window))
    return np.concatenate(parts)


def mean_of_best(distances: Signal, share: float = 0.95) -> float:
    """The mean of the smallest `share` of the frames' distances: Loizou's guard against a few absurd frames."""
    return float(np.sort(distances)[: round(distances.size * share)].mean())

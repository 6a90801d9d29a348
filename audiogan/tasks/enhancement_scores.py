"""Validation of an enhancer: fixed pairs enhanced window by window, scored beside what was noisy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import nn

from audiogan import metrics
from audiogan.audio.framing import Grid, process_windows
from audiogan.audio.representation import Representation
from audiogan.networks.windows import apply_to_windows
from audiogan.tasks.task import SoundSample, Validation

Waveform = NDArray[np.float32]
Measure = Callable[[Waveform, Waveform, int], float]

MEASURES: dict[str, Measure] = {
    "pesq": metrics.pesq_wide,
    "stoi": metrics.stoi,
    "estoi": metrics.estoi,
    "si_sdr": metrics.si_sdr,
    "segmental_snr": metrics.segmental_snr,
    "log_spectral_distance": metrics.log_spectral_distance,
}
LOWER_IS_BETTER = {"log_spectral_distance"}
BATCH_SIZE = 8


class Pair(Protocol):
    """What is validated on: `noisy` and `clean`, float32 `[samples]`."""

    name: str
    noisy: Waveform
    clean: Waveform


def score(
    pairs: Sequence[Pair],
    enhanced: Sequence[Waveform],
    sample_rate: int,
    measures: Sequence[str],
    best: str,
) -> Validation:
    """The mean of each measure over the pairs, of what each became (`pesq`) and of the noisy side (`pesq_noisy`).

    A pair that a measure cannot judge is left out of that measure's means and counted (`pesq_not_measurable`).
    """
    numbers: dict[str, float] = {}
    for name in measures:
        after = [_measured(name, sound, pair.clean, sample_rate) for pair, sound in zip(pairs, enhanced, strict=True)]
        before = [_measured(name, pair.noisy, pair.clean, sample_rate) for pair in pairs]
        both = [(a, b) for a, b in zip(after, before, strict=True) if a is not None and b is not None]
        if both:
            numbers[name], numbers[f"{name}_noisy"] = (float(np.mean(column)) for column in zip(*both, strict=True))
        if len(both) < len(pairs):
            numbers[f"{name}_not_measurable"] = len(pairs) - len(both)
    quality = numbers.get(best)
    if quality is not None and best in LOWER_IS_BETTER:
        quality = -quality
    samples = [
        SoundSample(
            pair.name, {"noisy": pair.noisy[None], "clean": pair.clean[None]}, {"enhanced": waveform[None]}, sample_rate
        )
        for pair, waveform in zip(pairs, enhanced, strict=True)
    ]
    return Validation(numbers, samples, quality)


def enhance(
    noisy: Waveform, generator: nn.Module, representation: Representation, window: int, strength: float = 1.0
) -> Waveform:
    """A whole recording through the generator, float32 `[samples]` in and out.

    A generator that takes streams hears it from beginning to end, another one window by window.
    """
    encoded = representation.stream_encode()(noisy[None])
    process = partial(apply_to_windows, generator, strength=strength)
    if hasattr(generator, "step"):
        return representation.stream_decode()(process(encoded, [0]))[0].astype(np.float32)
    output = process_windows(encoded, Grid.for_window(window), process, BATCH_SIZE)
    return representation.stream_decode()(output)[0].astype(np.float32)


def _measured(name: str, estimate: Waveform, reference: Waveform, sample_rate: int) -> float | None:
    try:
        return MEASURES[name](estimate, reference, sample_rate)
    except metrics.NotMeasurable:
        return None

"""Validation of a generator of sounds: how far they are from real ones, and some of them for ears and eyes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn

from audiogan import metrics
from audiogan.tasks.synthesis import Generate
from audiogan.tasks.synthesis_scores import measured
from audiogan.tasks.task import SoundsSample, Validation

SILENT_DB = -60.0


@dataclass(frozen=True)
class SoundScores:
    """The Fréchet distance of log-mel statistics, the diversity beside real sounds and the share of silent ones.

    Args:
        real: `[N, channels, samples]`; as many are generated.
        sample_rate: in Hz.
        shown: sounds kept for ears and eyes.
        label: `[N]`, of the real ones, which the generated ones are then asked for; None where there are none. A set
            with other shares of the classes would be far from the real one however good its sounds are.
    """

    real: np.ndarray
    sample_rate: int
    shown: int
    label: np.ndarray | None = None

    def __call__(self, generate: Generate, discriminator: nn.Module) -> Validation:
        """Numbers and one `SoundsSample`; the quality is minus the distance."""
        compared = generate(len(self.real), self.label).clamp(-1, 1).numpy()
        features = metrics.log_mel_statistics(self.real, self.sample_rate)
        standard = metrics.Standard.of(features)
        real, fake = standard(features), standard(metrics.log_mel_statistics(compared, self.sample_rate))
        level_db = 10 * np.log10(np.square(compared, dtype=np.float64).mean(axis=(1, 2)) + 1e-12)
        numbers = {
            **measured("log_mel_frechet", lambda: metrics.log_mel_frechet_distance(fake, real)),
            **measured("diversity", lambda: metrics.relative_diversity(fake, real)),
            "silent": float((level_db < SILENT_DB).mean()),
        }
        distance = numbers.get("log_mel_frechet")
        shown = generate(self.shown).clamp(-1, 1).numpy()
        sample = SoundsSample("sounds", shown, self.sample_rate)
        return Validation(numbers, [sample], None if distance is None else -distance)

"""The sample rates and channel counts that are accepted, wherever they come from: headers, arrays or options."""

from __future__ import annotations

from audiogan.errors import AudioganError

LEAST_RATE, MOST_RATE = 1_000, 768_000
MOST_CHANNELS = 1024  # libsndfile's limit too


def check_rate(sample_rate: float) -> None:
    """Raise an error for a sample rate outside of 1 kHz to 768 kHz.

    Raises:
        AudioganError: the rate is outside, or NaN.
    """
    if not LEAST_RATE <= sample_rate <= MOST_RATE:
        raise AudioganError(
            f"a sample rate of {sample_rate} Hz: it must lie between {LEAST_RATE} and {MOST_RATE} Hz. Give the "
            "true one."
        )


def check_channels(channels: int) -> None:
    """Raise an error for a number of channels outside of 1 to 1024.

    Raises:
        AudioganError: there are none or more.
    """
    if not 1 <= channels <= MOST_CHANNELS:
        raise AudioganError(f"{channels} channels: 1 to {MOST_CHANNELS} are possible. Give the true number.")

"""Speech codecs as conditions of training: sound through a real encoder and decoder, in memory."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]

TELEPHONE_RATE = 8000
WIDE_BAND_RATES = (8000, 12000, 16000, 24000, 48000)  # Opus and MP3 know these


@dataclass(frozen=True)
class Codec:
    """One of libsndfile's encoders.

    Args:
        format: libsndfile's name of the container.
        subtype: libsndfile's name of the encoding.
        rate: in Hz, of the coded sound; None codes at the rate of the item.
        compression: range of libsndfile's compression level that is drawn from; None has no level.
        constant: whether the bit rate is constant.
    """

    format: str
    subtype: str
    rate: int | None = None
    compression: tuple[float, float] | None = None
    constant: bool = False


# The levels give about 20 to 45 kbit/s with Opus, 24 to 64 with MP3, 37 to 60 with Vorbis, of 16 kHz mono. Fewer would
# cut the band (Opus), or lose the tag by which the decoder removes the encoder's delay (MP3).
CODECS = {
    "mu_law": Codec("WAV", "ULAW", TELEPHONE_RATE),
    "a_law": Codec("WAV", "ALAW", TELEPHONE_RATE),
    "gsm": Codec("WAV", "GSM610", TELEPHONE_RATE),
    "opus": Codec("OGG", "OPUS", compression=(0.86, 0.95)),
    "mp3": Codec("MP3", "MPEG_LAYER_III", compression=(0.6, 0.85), constant=True),
    "vorbis": Codec("OGG", "VORBIS", compression=(0.4, 1.0)),
}


def check_codecs(names: list[str], sample_rate: int) -> None:
    """Check that codecs are installed and work at a sample rate.

    Raises:
        AudioganError: libsndfile cannot write one of them, or not at this rate.
    """
    import soundfile

    for name in names:
        codec = CODECS[name]
        if not soundfile.check_format(codec.format, codec.subtype):
            raise AudioganError(
                f"data.conditions.codecs: this libsndfile ({soundfile.__libsndfile_version__}) has no {name}. "
                "Leave it out, or upgrade soundfile."
            )
        if codec.rate is None and sample_rate not in WIDE_BAND_RATES:
            rates = ", ".join(map(str, WIDE_BAND_RATES))
            raise AudioganError(
                f"data.conditions.codecs: {name} needs a sample_rate of {rates}, not {sample_rate}. Leave it out."
            )


def coded(waveform: Waveform, sample_rate: int, name: str, rng: np.random.Generator) -> Waveform:
    """Return the waveform as a codec gives it back, without delay.

    Args:
        waveform: float32 `[samples]`; what lies beyond ±1 is clipped by most codecs.
        sample_rate: in Hz.
        name: of `CODECS`.
        rng: draws the bit rate, where the codec has several.
    """
    codec = CODECS[name]
    options: dict[str, Any] = {}
    if codec.compression:
        options["compression_level"] = rng.uniform(*codec.compression)
    if codec.constant:
        options["bitrate_mode"] = "CONSTANT"
    if codec.rate is None:
        return _through(waveform, sample_rate, codec, options)
    return _at_rate(_through(_at_rate(waveform, sample_rate, codec.rate), codec.rate, codec, options), codec.rate,
                    sample_rate, waveform.size)  # fmt: skip


def uncoded(waveform: Waveform, sample_rate: int, name: str) -> Waveform:
    """Return the waveform through the codec's resampling alone: the band of the coded sound, and nothing else."""
    rate = CODECS[name].rate
    if rate is None:
        return waveform
    return _at_rate(_at_rate(waveform, sample_rate, rate), rate, sample_rate, waveform.size)


def _through(waveform: Waveform, rate: int, codec: Codec, options: dict[str, Any]) -> Waveform:
    import soundfile

    memory = io.BytesIO()
    soundfile.write(memory, waveform, rate, format=codec.format, subtype=codec.subtype, **options)
    memory.seek(0)
    return _fitted(soundfile.read(memory, dtype="float32")[0], waveform.size)


def _at_rate(waveform: Waveform, rate: int, other: int, samples: int | None = None) -> Waveform:
    """The waveform at another rate, cut or padded to a number of samples."""
    import soxr

    sound = waveform if rate == other else soxr.resample(waveform, rate, other, quality="MQ")
    return sound if samples is None else _fitted(sound, samples)


def _fitted(sound: Waveform, samples: int) -> Waveform:
    return np.pad(sound[:samples], (0, max(0, samples - sound.size))).astype(np.float32)

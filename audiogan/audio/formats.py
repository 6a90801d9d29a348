"""Formats that libsndfile writes: names, suffixes, and the sample rates and types that each can store."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from audiogan.errors import AudioganError

PathLike = str | os.PathLike[str]

FORMATS = {
    ".wav": "WAV", ".wave": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".oga": "OGG", ".opus": "OGG", ".mp3": "MP3",
    ".aif": "AIFF", ".aiff": "AIFF", ".aifc": "AIFF", ".au": "AU", ".snd": "AU", ".caf": "CAF", ".w64": "W64",
    ".rf64": "RF64", ".nist": "NIST", ".sph": "NIST", ".voc": "VOC",
}  # fmt: skip
UNBOUNDED_SUBTYPES = frozenset({"FLOAT", "DOUBLE"})
FINE_SUBTYPES = frozenset({"FLOAT", "DOUBLE", "PCM_24", "PCM_32", "ALAC_20", "ALAC_24", "ALAC_32"})
LOSSY_SUBTYPES = frozenset({"MPEG_LAYER_III", "VORBIS", "OPUS"})

# Encoders take these rates only, in Hz.
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
HIGHEST_VORBIS_RATE = 192_000  # beyond, the encoder ends the process
HIGHEST_FLAC_RATE = 655_350
FLAC_EXACT = 65_535  # above, FLAC stores multiples of 10 Hz


@dataclass(frozen=True)
class SoundInfo:
    """Properties of a sound file.

    Args:
        path: the file.
        sample_rate: in Hz, 1,000 to 768,000.
        channels: 1 to 1024.
        samples: samples per channel, above 0.
        format: libsndfile's name of the container ("WAV", "FLAC", "OGG", …), or FFmpeg's ("mov,mp4,m4a,3gp,3g2,mj2").
        subtype: libsndfile's name of the sample format ("PCM_16", "FLOAT", "VORBIS", …), or FFmpeg's codec ("aac").
        endian: byte order as libsndfile names it; "FILE" is the format's own.
    """

    path: Path
    sample_rate: int
    channels: int
    samples: int
    format: str
    subtype: str
    endian: str = "FILE"

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.samples / self.sample_rate


def format_for(path: Path, format: str | None, subtype: str | None) -> tuple[str, str]:
    """libsndfile's names of container and sample format; what is None follows from the suffix and the container.

    Raises:
        AudioganError: the suffix is not known.
    """
    import soundfile

    suffix = path.suffix.lower()
    if format is None:
        if suffix not in FORMATS:
            raise AudioganError(f"{path}: no sound format has this suffix. Use one of {' '.join(sorted(FORMATS))}.")
        format = FORMATS[suffix]
    if subtype is None:
        subtype = "OPUS" if suffix == ".opus" else soundfile.default_subtype(format)
    return format, str(subtype)


def finest_subtype(format: str, source_subtype: str) -> str | None:
    """The integer subtype that loses least of a source of more than 16 bits; None if the format's usual one does.

    Args:
        format: the container to write.
        source_subtype: of the sound to store, which the container cannot hold.
    """
    import soundfile

    if source_subtype not in FINE_SUBTYPES:
        return None
    return next((subtype for subtype in ("PCM_24", "ALAC_24") if soundfile.check_format(format, subtype)), None)


def storable_rate(subtype: str, format: str, sample_rate: int) -> int:
    """The sample rate in Hz that a format can store and that loses least: the next higher one, else the highest."""
    if subtype in ("MPEG_LAYER_III", "OPUS"):
        rates = MP3_RATES if subtype == "MPEG_LAYER_III" else OPUS_RATES
        return next((rate for rate in rates if rate >= sample_rate), rates[-1])
    if subtype == "VORBIS":
        return min(sample_rate, HIGHEST_VORBIS_RATE)
    if format == "FLAC" and sample_rate > FLAC_EXACT:
        return min(-(-sample_rate // 10) * 10, HIGHEST_FLAC_RATE)
    return sample_rate

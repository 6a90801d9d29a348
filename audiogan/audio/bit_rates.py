"""Bit rates of lossy sound files, and the settings of libsndfile's encoders that give them back."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from audiogan.audio.formats import LOSSY_SUBTYPES, SoundInfo
from audiogan.errors import AudioganError

BEST = 10.0  # of a quality
# libsndfile's encoders: the least and the most kbit/s that a compression level of 1 and of 0 stands for.
_OPUS_KBPS = (6.0, 256.0)  # a channel
_MP3_KBPS = ((32_000, 32.0, 320.0), (16_000, 8.0, 160.0), (0, 8.0, 64.0))  # from a sample rate in Hz on
_MPEG_KBPS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG-1 layer III
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG-2 and 2.5
}
_HEAD = 64 * 1024
_CALIBRATION_LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)
_MOST_COMPRESSED = 0.99  # libsndfile refuses 1 for some encoders


@dataclass(frozen=True)
class Quality:
    """How good a lossy file is to be: exactly one of both.

    Args:
        kbps: bit rate in kbit/s.
        scale: from 0, smallest, to 10, best.
    """

    kbps: float | None = None
    scale: float | None = None

    @classmethod
    def parse(cls, word: str) -> Quality:
        """The quality of a word: "192k" for kbit/s, or a number from 0 to 10.

        Raises:
            AudioganError: it is neither.
        """
        try:
            number = float(word[:-1] if word[-1:] in ("k", "K") else word)
        except ValueError:
            number = -1.0
        if word[-1:] in ("k", "K") and 4 <= number <= 1024:
            return cls(kbps=number)
        if word[-1:] not in ("k", "K") and 0 <= number <= BEST:
            return cls(scale=number)
        raise AudioganError(f"a quality of {word!r}: give a bit rate such as 192k, or a number from 0 to 10, the best.")


@dataclass(frozen=True)
class Compression:
    """Settings of one of libsndfile's encoders.

    Args:
        level: 0, the best, to 1.
        mode: of an MP3's bit rate, "CONSTANT", "AVERAGE" or "VARIABLE"; None for other formats.
    """

    level: float
    mode: str | None = None

    def arguments(self) -> dict[str, Any]:
        """The arguments of `soundfile.SoundFile`."""
        chosen: dict[str, Any] = {"compression_level": float(np.clip(self.level, 0.0, _MOST_COMPRESSED))}
        return chosen if self.mode is None else {**chosen, "bitrate_mode": self.mode}


def compression(subtype: str, sample_rate: int, channels: int, quality: Quality, mode: str | None) -> Compression:
    """The encoder's settings for a quality.

    Args:
        subtype: "MPEG_LAYER_III", "VORBIS" or "OPUS".
        sample_rate: in Hz.
        channels: of the sound.
        quality: wanted.
        mode: of an MP3's bit rate; where it is None, a bit rate is constant and a number from 0 to 10 variable.
    """
    if quality.kbps is None:
        level = 1 - (quality.scale or 0.0) / BEST
        return Compression(level, "VARIABLE" if subtype == "MPEG_LAYER_III" else None)
    if subtype == "MPEG_LAYER_III":
        least, most = next((low, high) for rate, low, high in _MP3_KBPS if sample_rate >= rate)
        return Compression((most - quality.kbps) / (most - least), mode or "CONSTANT")
    if subtype == "OPUS":
        least, most = _OPUS_KBPS
        return Compression((most - quality.kbps / channels) / (most - least))
    nominal = [_vorbis_nominal(_vorbis_head(sample_rate, channels, level)) for level in _CALIBRATION_LEVELS]
    return Compression(float(np.interp(-quality.kbps, -np.array(nominal), _CALIBRATION_LEVELS)))


def quality_of(info: SoundInfo) -> tuple[Quality, str | None] | None:
    """The quality of a lossy file and, of an MP3, the mode of its bit rate; None for other files."""
    if info.subtype not in LOSSY_SUBTYPES or info.format not in ("MP3", "OGG"):
        return None
    with info.path.open("rb") as file:
        head = file.read(_HEAD)
    kbps = measured_kbps(info.path, info.seconds)
    if info.subtype == "VORBIS":
        kbps = _vorbis_nominal(head) or kbps
    return _mp3_quality(info) if info.subtype == "MPEG_LAYER_III" else (Quality(kbps=kbps), None)


def id3_size(head: bytes) -> int:
    """The bytes of the ID3v2 tag at the beginning of a file; 0 without one."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    a, b, c, d = head[6:10]
    return 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 0x10 else 0)


def _mp3_quality(info: SoundInfo) -> tuple[Quality, str]:
    with info.path.open("rb") as file:
        start = id3_size(file.read(10))
        file.seek(start)
        head = file.read(_HEAD)
    mean = (info.path.stat().st_size - start) * 8 / info.seconds / 1000
    for place in range(len(head) - 4):
        word = struct.unpack(">I", head[place : place + 4])[0]
        # Frame sync, layer III, neither a reserved version, nor a bad bit rate or sample rate.
        if word >> 21 != 0x7FF or word >> 17 & 3 != 1 or word >> 19 & 3 == 1:
            continue
        if word >> 12 & 15 in (0, 15) or word >> 10 & 3 == 3:
            continue
        frame = head[place : place + 400]
        if b"Xing" in frame[:60]:
            scale = _vbr_scale(frame[frame.index(b"Xing") :])
            return (Quality(kbps=mean), "AVERAGE") if scale is None else (Quality(scale=scale), "VARIABLE")
        if b"VBRI" in frame[:60]:
            return Quality(kbps=mean), "AVERAGE"
        rates = _MPEG_KBPS[word >> 19 & 3 == 3]
        listed = float(rates[word >> 12 & 15])
        # The frame that carries the "Info" of a constant rate may be of another size than the others.
        if abs(listed - mean) > 0.1 * mean:
            listed = float(min(rates[1:], key=lambda rate: abs(rate - mean)))
        return Quality(kbps=listed), "CONSTANT"
    return Quality(kbps=mean), "AVERAGE"


def _vbr_scale(xing: bytes) -> float | None:
    """The quality, 10 the best, of LAME's header of a variable bit rate; None where it has none."""
    flags = struct.unpack_from(">I", xing, 4)[0]
    if not flags & 8 or xing[120:124] not in (b"LAME", b"Lavf", b"Lavc"):
        return None
    place = 8 + 4 * bool(flags & 1) + 4 * bool(flags & 2) + 100 * bool(flags & 4)
    quality = struct.unpack_from(">I", xing, place)[0]
    method = xing[129] & 15
    return BEST - (100 - quality) // 10 if method in (3, 4, 5) and 0 < quality <= 100 else None


def _vorbis_nominal(head: bytes) -> float:
    """The nominal bit rate in kbit/s of a Vorbis identification header; 0 where it has none."""
    place = head.find(b"\x01vorbis")
    if place < 0 or len(head) < place + 28:
        return 0.0
    return float(max(0, struct.unpack("<i", head[place + 20 : place + 24])[0])) / 1000


def _vorbis_head(sample_rate: int, channels: int, level: float) -> bytes:
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", sample_rate, channels, "VORBIS", format="OGG", **Compression(level).arguments()
    ) as sound:
        sound.write(np.zeros((64, channels), np.float32))
    return file.getvalue()


def channel_kbps(scale: float) -> float:
    """The kbit/s a channel that a quality from 0 to 10 stands for where an encoder knows bit rates only (AAC, WMA)."""
    return 16.0 + 14.4 * scale


def measured_kbps(path: Path, seconds: float) -> float:
    """The mean bit rate of a whole file in kbit/s."""
    return path.stat().st_size * 8 / max(seconds, 1e-3) / 1000

"""Sound in containers that libsndfile does not know (M4A, MP4, MKV, WebM, WMA, AMR, …), by PyAV or by ffmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.formats import SoundInfo
from audiogan.errors import AudioganError

# By suffix: FFmpeg's name of the container, and the codec of the sound where the source's cannot be written.
MEDIA = {
    ".m4a": ("ipod", "aac"), ".m4b": ("ipod", "aac"), ".mp4": ("mp4", "aac"), ".m4v": ("mp4", "aac"),
    ".mov": ("mov", "aac"), ".3gp": ("3gp", "aac"), ".3g2": ("3g2", "aac"), ".mkv": ("matroska", "opus"),
    ".mka": ("matroska", "opus"), ".webm": ("webm", "opus"), ".wma": ("asf", "wmav2"), ".wmv": ("asf", "wmav2"),
    ".aac": ("adts", "aac"), ".amr": ("amr", "amr_nb"), ".avi": ("avi", "mp3"),
}  # fmt: skip
WITHOUT_PICTURE = frozenset({".m4a", ".m4b", ".mka", ".wma", ".aac", ".amr"})
MISSING = "pip install 'audiogan[media]', or install ffmpeg (apt install ffmpeg, brew install ffmpeg)"
LARGEST_GAP_S = 60.0  # a longer one between time stamps is damage
SMALLEST_GAP_S = 0.05  # a shorter one is the rounding of a container's time stamps
_SHORT_S, _SHORT_SHARE = 0.5, 0.01  # a track of less sound than this below its length is cut short


@dataclass(frozen=True)
class Track:
    """The sound track of a container that is decoded: its best one.

    Args:
        index: among the container's streams.
        codec: FFmpeg's name.
        sample_rate: in Hz, of the decoded sound.
        channels: of the decoded sound.
        bits: of a sample of a lossless codec; 0 where unknown.
        bit_rate: in bit/s; 0 where unknown.
        start: time of the first sample in seconds, on the container's clock.
        seconds: length that the container promises; 0 where it promises none.
        container: FFmpeg's name.
    """

    index: int
    codec: str
    sample_rate: int
    channels: int
    bits: int
    bit_rate: int
    start: float
    seconds: float
    container: str


class Backend(Protocol):
    """What PyAV and ffmpeg both do."""

    def probe(self, path: Path) -> Track:
        """The sound track of a file. Raises AudioganError where there is none."""
        ...

    def decode(self, path: Path, track: Track, skip_damage: bool) -> Iterator[NDArray[np.float32]]:
        """The track's sound in pieces `[channels, any number]`; gaps are filled with silence.

        Raises:
            DamageError: something cannot be decoded, unless it is to be skipped.
        """
        ...

    def metadata(self, path: Path) -> dict[str, str]:
        """The container's tags."""
        ...


@lru_cache(maxsize=1)
def backend() -> Backend:
    """PyAV where it is installed, else the ffmpeg on the path; looked for once.

    Raises:
        AudioganError: there is neither.
    """
    try:
        from audiogan.audio.media_av import AvBackend, pyav

        pyav()
        return AvBackend()
    except ImportError:
        pass
    from audiogan.audio.media_ffmpeg import FfmpegBackend

    found = FfmpegBackend.find()
    if found is None:
        raise AudioganError(f"sound in this kind of file needs PyAV or ffmpeg: {MISSING}.")
    return found


def is_media(path: Path) -> bool:
    """Whether a file's first bytes are those of a container that libsndfile does not know."""
    with path.open("rb") as file:
        head = file.read(16)
        if head[:3] == b"ID3" and path.suffix.lower() == ".aac":
            return True
    return (
        head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"skip")
        or head[:4] == b"\x1aE\xdf\xa3"  # Matroska and WebM
        or head[:8] == b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"  # ASF
        or head[:5] == b"#!AMR"
        or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xF6 == 0xF0)  # ADTS; layer 0 is no MPEG audio
        or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
    )


class MediaSource:
    """The sound track of a container, decoded from its beginning whenever it is read.

    Args:
        path: the file.
        salvage: skip what cannot be decoded.

    Raises:
        AudioganError: neither PyAV nor ffmpeg is there, there is no sound track, or the file is damaged.
    """

    def __init__(self, path: Path, salvage: bool) -> None:
        try:
            self._backend = backend()
        except AudioganError as error:
            raise AudioganError(f"{path}: {error}") from None
        status = path.stat()
        self._path, self._salvage = path, salvage
        self._track, samples, reason = _measure(path.resolve(), status.st_size, status.st_mtime_ns, salvage)
        track = self._track
        self.promised = max(samples, round(track.seconds * track.sample_rate))
        margin = max(_SHORT_S, _SHORT_SHARE * track.seconds)
        self.short = bool(reason) or self.promised - samples > margin * track.sample_rate
        if not self.short:
            self.promised = samples
        if self.short and not salvage:
            from audiogan.audio.streams import WHOLE_COPY

            because = f" ({reason})" if reason else ""
            raise AudioganError(
                f"{path}: damaged or cut short{because}: {samples / track.sample_rate:.2f} of "
                f"{self.promised / track.sample_rate:.2f} s of sound are there. {WHOLE_COPY}"
            )
        if samples <= 0:
            raise AudioganError(f"{path}: holds no samples. Give a file with sound in it.")
        self.info = SoundInfo(path, track.sample_rate, track.channels, samples, track.container, track.codec)

    def pieces(self, size: int, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        """Blocks of samples start to stop, as `audiogan.audio.streams.Source`."""
        position, waiting, count = 0, [], 0
        with closing(self._backend.decode(self._path, self._track, self._salvage)) as pieces:  # type: ignore[type-var]
            for piece in pieces:
                first, last = max(0, start - position), min(piece.shape[1], stop - position)
                position += piece.shape[1]
                if last > first:
                    waiting.append(piece[:, first:last])
                    count += last - first
                if count >= size:
                    whole = np.concatenate(waiting, axis=1)
                    for place in range(0, count - size + 1, size):
                        yield whole[:, place : place + size]
                    waiting = [whole[:, count - count % size :]]
                    count %= size
                if position >= stop:
                    break
        if count:
            yield np.concatenate(waiting, axis=1)

    def close(self) -> None:
        """Nothing is open between calls."""


def open_media(path: Path, salvage: bool = False) -> MediaSource:
    """The sound track of a container; see `MediaSource`."""
    return MediaSource(path, salvage)


def track_of(path: Path) -> Track:
    """The sound track of a container.

    Raises:
        AudioganError: as `MediaSource`.
    """
    return backend().probe(path)


@lru_cache(maxsize=1024)
def _measure(path: Path, size: int, changed: int, salvage: bool) -> tuple[Track, int, str]:
    """The track, its number of samples, and the reason where decoding ends early: found once for each file."""
    from audiogan.audio.streams import DamageError

    found = backend()
    track, samples = found.probe(path), 0
    try:
        for piece in found.decode(path, track, salvage):
            samples += piece.shape[1]
    except DamageError as error:
        return track, samples, str(error)
    return track, samples, ""

"""Writing sound into M4A, MP4, MKV, WebM, WMA, AMR, …: pictures are copied, and the sound keeps its time."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.bit_rates import Quality, channel_kbps
from audiogan.audio.media import MEDIA, MISSING, WITHOUT_PICTURE, Track, backend
from audiogan.errors import AudioganError, explain_os_error
from audiogan.writing import temporary_path

ENCODERS = {
    "aac": ("aac",), "opus": ("libopus",), "vorbis": ("libvorbis", "libopus"), "wmav1": ("wmav2",),
    "wmav2": ("wmav2",), "wmapro": ("wmav2",), "amr_nb": ("libopencore_amrnb",), "amr_wb": ("libvo_amrwbenc",),
    "mp3": ("libmp3lame",), "flac": ("flac",), "alac": ("alac",), "ac3": ("ac3",), "eac3": ("eac3",), "mp2": ("mp2",),
    "pcm_s16le": ("pcm_s16le",), "pcm_s16be": ("pcm_s16be",), "pcm_s24le": ("pcm_s24le",),
    "pcm_s24be": ("pcm_s24be",), "pcm_f32le": ("pcm_f32le",), "pcm_u8": ("pcm_u8",),
}  # fmt: skip
LOSSLESS = frozenset(name for name in ENCODERS if name in ("flac", "alac") or name.startswith("pcm"))
UNBOUNDED = frozenset({"pcm_f32le"})
_AAC = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_MP3 = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_RATES = {
    "aac": _AAC, "libopus": (8000, 12000, 16000, 24000, 48000), "libmp3lame": _MP3, "ac3": (32000, 44100, 48000),
    "eac3": (32000, 44100, 48000), "mp2": (16000, 22050, 24000, 32000, 44100, 48000), "libopencore_amrnb": (8000,),
    "libvo_amrwbenc": (16000,), "wmav2": (8000, 11025, 16000, 22050, 32000, 44100, 48000),
    "libvorbis": (8000, 11025, 16000, 22050, 32000, 44100, 48000),
}  # fmt: skip
_MONO = frozenset({"libopencore_amrnb", "libvo_amrwbenc"})
_MOST_CHANNELS = {"libmp3lame": 2, "mp2": 2, "wmav2": 2, "ac3": 6, "eac3": 6, "libopencore_amrnb": 1}
_AMR_NB = (4750, 5150, 5900, 6700, 7400, 7950, 10200, 12200)
_AMR_WB = (6600, 8850, 12650, 14250, 15850, 18250, 19850, 23050, 23850)
_LEAST_WMA = 24_000
_CALIBRATION_S = 2.0


class _Output(Protocol):
    dropped: list[str]

    def write(self, sound: NDArray[np.float32]) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class MediaWriter:
    """A container being written block by block: beside its place, renamed when the `with` block ends well.

    The sound goes through a codec with a delay. Containers that store the delay lose it in decoding; for others the
    delay is measured, once for each setting, and taken off, so that what is decoded lies where the source's sound lies.

    Args:
        path: the file; its suffix gives the container.
        sample_rate: in Hz, of the sound; see `rate`.
        channels: 1 or more.
        source: a file in a container; its other tracks, chapters and tags are copied.
        track: the source's sound track; its codec and bit rate are kept where the container takes them.
        quality: of the sound, instead of the source's.
        tags: FFmpeg's names and values, for a file without a source.

    Attributes:
        rate: in Hz, that the codec takes; what is written must have it.
        codec: FFmpeg's name of the encoder.
        clipped: samples so far that were beyond full scale.
        dropped: kinds of the source's tracks that the container does not take.

    Raises:
        AudioganError: there is no backend or no encoder, or the place cannot be written.
    """

    def __init__(
        self,
        path: Path,
        sample_rate: int,
        channels: int,
        source: Path | None = None,
        track: Track | None = None,
        quality: Quality | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        self.path, self.clipped, self._written = Path(path), 0, 0
        container, usual = MEDIA[self.path.suffix.lower()]
        self.codec = _encoder(self.path, container, track.codec if track else usual, usual)
        if channels > _MOST_CHANNELS.get(self.codec, 8):
            raise AudioganError(
                f"{self.path}: {self.codec} stores at most {_MOST_CHANNELS.get(self.codec, 8)} channels, and the sound "
                f"has {channels}. Choose another suffix, such as .flac."
            )
        self.rate = _rate(self.codec, sample_rate)
        bit_rate = _bit_rate(self.codec, self.rate, channels, track, quality)
        self._bounded = self.codec not in UNBOUNDED
        delay = _delay(container, self.codec, self.rate, channels, bit_rate)
        self._skip, self._beside = delay, temporary_path(self.path)
        pictures = self.path.suffix.lower() not in WITHOUT_PICTURE
        start = track.start if track and source and pictures else 0.0
        try:
            if os.path.exists(self.path) and not self.path.is_file():
                raise OSError(0, "there is something that is not a file. Choose another name")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._beside.open("wb").close()
            self._output = _open_output(
                self._beside, container, self.codec, self.rate, channels, bit_rate, start, track.bits if track else 0,
                source, track, pictures, tags or {},
            )  # fmt: skip
        except OSError as error:
            self._beside.unlink(missing_ok=True)
            raise AudioganError(f"{self.path}: cannot be written: {explain_os_error(error)}") from None
        except ValueError as error:
            self._beside.unlink(missing_ok=True)
            raise AudioganError(_refused(self.path, error)) from None
        self.dropped = self._output.dropped

    def __enter__(self) -> MediaWriter:
        return self

    def write(self, block: NDArray[Any]) -> None:
        """Append `[channels, samples]`.

        Raises:
            AudioganError: the block contains NaN or infinite samples, or it cannot be written.
        """
        if not np.isfinite(block).all():
            raise AudioganError(f"{self.path}: the sound to write contains NaN or infinite samples. Nothing was kept.")
        if self._bounded:
            self.clipped += int(np.count_nonzero(np.abs(block) > 1.0))
            block = np.clip(block, -1.0, 1.0)
        self._written += block.shape[1]
        if self._skip < 0:  # the beginning would be lost
            block = np.concatenate([np.zeros((block.shape[0], -self._skip)), block], axis=1)
            self._skip = 0
        skipped = min(self._skip, block.shape[1])
        self._skip -= skipped
        with _Errors(self.path):
            self._output.write(block[:, skipped:].astype(np.float32, copy=False))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None:
                self._output.abort()
                return
            with _Errors(self.path):
                self._output.close()
                os.replace(self._beside, self.path)
        finally:
            self._beside.unlink(missing_ok=True)


class _Errors:
    """Turns what a backend raises in writing into a message."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        # PyAV's errors are OSErrors or ValueErrors; ffmpeg's are ValueErrors here.
        if isinstance(error, OSError) and error.errno in (27, 28, 122):  # too large, no space, quota
            raise AudioganError(f"{self._path}: could not be written to its end: {explain_os_error(error)}") from None
        if isinstance(error, (OSError, ValueError)):
            raise AudioganError(_refused(self._path, error)) from None


def _refused(path: Path, error: Exception) -> str:
    why = str(getattr(error, "strerror", None) or error).rstrip(".")
    return (
        f"{path}: could not be written ({why}). Nothing was kept. Choose another suffix: .mkv takes any picture, and "
        ".flac sound alone."
    )


def writes_media(path: Path) -> bool:
    """Whether a file's suffix names a container that `MediaWriter` writes."""
    return Path(path).suffix.lower() in MEDIA


def _open_output(path: Path, *rest: Any) -> _Output:
    found = type(backend()).__name__
    if found == "AvBackend":
        from audiogan.audio.media_av import AvOutput

        return AvOutput(path, *rest)
    from audiogan.audio.media_ffmpeg import FfmpegOutput

    return FfmpegOutput(path, *rest)


def _encoder(path: Path, container: str, codec: str, usual: str) -> str:
    try:
        found = type(backend()).__name__
    except AudioganError as error:
        raise AudioganError(f"{path}: {error}") from None
    if found == "AvBackend":
        from audiogan.audio.media_av import encoder_for
    else:
        from audiogan.audio.media_ffmpeg import encoder_for
    wanted = [codec, usual] if _takes(container, codec) else [usual]
    for name in wanted:
        encoder = encoder_for(ENCODERS.get(name, ()))
        if encoder is not None:
            return encoder
    raise AudioganError(
        f"{path}: this {'PyAV' if found == 'AvBackend' else 'ffmpeg'} cannot write {codec} sound. Choose another "
        f"suffix, such as .m4a or .flac, or try the other one: {MISSING}."
    )


def _takes(container: str, codec: str) -> bool:
    only = {
        "ipod": {"aac", "alac", "ac3"}, "mp4": {"aac", "alac", "ac3", "eac3", "mp3", "mp2", "opus", "flac"},
        "3gp": {"aac", "amr_nb", "amr_wb"}, "3g2": {"aac", "amr_nb", "amr_wb"}, "webm": {"opus", "vorbis"},
        "asf": {"wmav1", "wmav2", "wmapro", "mp3", "aac"}, "adts": {"aac"}, "amr": {"amr_nb", "amr_wb"},
    }  # fmt: skip
    return codec in only.get(container, {codec})


def _rate(codec: str, sample_rate: int) -> int:
    rates = _RATES.get(codec)
    if rates is None:
        return sample_rate
    return next((rate for rate in rates if rate >= sample_rate), rates[-1])


def _bit_rate(codec: str, rate: int, channels: int, track: Track | None, quality: Quality | None) -> int | None:
    if codec in LOSSLESS:
        return None
    if quality is not None:
        wanted = 1000 * (quality.kbps or channels * channel_kbps(quality.scale or 0.0))
    elif track is not None and track.bit_rate and track.codec not in LOSSLESS:
        wanted = float(track.bit_rate)
    else:
        wanted = 1000 * channels * channel_kbps(6.0) * min(1.0, rate / 32000)
    if codec in _MONO:
        rates = _AMR_NB if codec == "libopencore_amrnb" else _AMR_WB
        return min(rates, key=lambda listed: abs(listed - wanted))
    if codec == "wmav2":
        wanted = max(wanted, _LEAST_WMA)
    return round(wanted)


@lru_cache(maxsize=64)
def _delay(container: str, codec: str, rate: int, channels: int, bit_rate: int | None) -> int:
    """The samples by which sound comes later out of the file than it went in (below 0: sooner), measured."""
    if codec in LOSSLESS:
        return 0
    sound = np.tile(_clicks(round(_CALIBRATION_S * rate), rate), (channels, 1))
    found = backend()
    with TemporaryDirectory(prefix="audiogan-") as folder:
        path = Path(folder) / "sound"
        output = _open_output(path, container, codec, rate, channels, bit_rate, 0.0, 0, None, None, False, {})
        output.write(sound)
        output.close()
        back = np.concatenate(list(found.decode(path, found.probe(path), True)), axis=1)[0]
    size = 1 << int(np.ceil(np.log2(sound.shape[1] + back.size)))
    correlation = np.fft.irfft(np.fft.rfft(back, size) * np.conj(np.fft.rfft(sound[0], size)), size)
    shift = int(np.argmax(correlation))
    return shift if shift < size // 2 else shift - size


def _clicks(samples: int, sample_rate: int) -> NDArray[np.float32]:
    """Damped tones of random pitch at random times, which speech codecs keep in their place too."""
    rng = np.random.default_rng(0)
    time = np.arange(round(0.03 * sample_rate)) / sample_rate
    sound = np.zeros(samples + time.size)
    for place in rng.choice(samples, round(12 * samples / sample_rate), replace=False):
        tone = np.exp(-time / 0.006) * np.sin(2 * np.pi * rng.uniform(250, 900) * time)
        sound[place : place + time.size] += rng.uniform(0.1, 0.3) * tone
    return np.asarray(sound[:samples], np.float32)

"""Sound files open for reading or writing block by block, with errors that a person can act on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.chunks import set_true_samples, true_samples
from audiogan.audio.formats import UNBOUNDED_SUBTYPES, PathLike, SoundInfo, format_for
from audiogan.audio.mp3_frames import counted_samples, states_length
from audiogan.audio.rates import LEAST_RATE, MOST_RATE
from audiogan.audio.truncation import is_cut_short, promised_samples
from audiogan.errors import AudioganError, explain_os_error
from audiogan.writing import explain_failed_write, temporary_path

if TYPE_CHECKING:
    import soundfile

    from audiogan.audio.bit_rates import Compression

__all__ = ["BLOCK", "SoundInfo", "SoundReader", "SoundWriter"]

BLOCK = 65536
_MP3_SLACK = 4 * 1152  # samples; encoders write frames behind the sound
_FINE = 2048  # samples of a piece where the last good one is looked for
WHOLE_COPY = "Get a whole copy, or enhance what is there by --salvage."


class Source(Protocol):
    """A decoder of one file, as `SoundReader` uses it.

    Attributes:
        info: the header.
        promised: samples that the file should contain, as far as is known.
        short: whether its end is known to be missing.
    """

    info: SoundInfo
    promised: int
    short: bool

    def pieces(self, size: int, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        """Blocks `[channels, at most size]` of samples start to stop; fewer where the file ends before.

        Raises:
            DamageError: the file cannot be decoded any further.
        """
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class DamageError(Exception):
    """Raised by a `Source` where decoding ends before the file does; its text is the decoder's reason."""


class SoundReader:
    """A sound file, open for reading in blocks: a context manager with the header in `info`.

    Args:
        path: a file that libsndfile reads, or PyAV or ffmpeg where one of them is installed.
        salvage: accept a file that is cut short or damaged; `info.samples` is then what can be read.

    Attributes:
        info: the header.
        salvaged: what is missing, in a sentence, where `salvage` made a difference; None otherwise.

    Raises:
        AudioganError: as `audiogan.audio.files.describe`.
    """

    def __init__(self, path: PathLike, salvage: bool = False) -> None:
        self.salvaged: str | None = None
        self._source: Source = _open(Path(path), salvage)
        self.info = self._source.info
        if salvage:
            self._count()

    def __enter__(self) -> SoundReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def blocks(self, size: int = BLOCK, start: int = 0, samples: int | None = None) -> Iterator[NDArray[np.float32]]:
        """Blocks `[channels, at most size]`, float32, from `start` on.

        Raises:
            AudioganError: a NaN or infinite sample, or fewer samples than the header promises.
        """
        info = self.info
        position = min(start, info.samples)
        stop = info.samples if samples is None else min(info.samples, position + samples)
        try:
            for block in self._source.pieces(size, position, stop):
                if not np.isfinite(block).all():
                    where = position + int(np.argmin(np.isfinite(block).all(axis=0)))
                    raise AudioganError(
                        f"{info.path}: sample {where} ({where / info.sample_rate:.3f} s) is NaN or infinite. "
                        "Make the file again, or replace these samples."
                    )
                yield block
                position += block.shape[1]
        except DamageError as error:
            raise AudioganError(_damaged(info, position, str(error))) from None
        if position < stop:
            raise AudioganError(
                f"{info.path}: cut short, {position} of {info.samples} samples can be read. {WHOLE_COPY}"
            )

    def _count(self) -> None:
        """Set `info.samples` to what can be read, and `salvaged` where that is less than there was."""
        info, readable, reason = self.info, 0, ""
        try:
            for block in self._source.pieces(_FINE, 0, info.samples):
                readable += block.shape[1]
        except DamageError as error:
            reason = f" ({error})"
        self._source.close()
        if not readable:
            raise AudioganError(f"{info.path}: no samples can be read{reason}. Get another copy.")
        promised, short, rate = self._source.promised, self._source.short or bool(reason), info.sample_rate
        self._source = _open(info.path, True)
        self.info = replace(info, samples=readable)
        if promised > readable:
            self.salvaged = (
                f"cut short or damaged{reason}: {readable / rate:.2f} of {promised / rate:.2f} s can be read"
            )
        elif short:
            self.salvaged = f"cut short or damaged{reason}: {readable / rate:.2f} s can be read"


class _SndfileSource:
    """A file open in libsndfile."""

    def __init__(self, file: soundfile.SoundFile, info: SoundInfo) -> None:
        self._file, self.info = file, info
        self.short = is_cut_short(info.path, file.extra_info)
        self.promised = promised_samples(info.path, info.samples) if self.short else info.samples

    def close(self) -> None:
        self._file.close()

    def pieces(self, size: int, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        import soundfile

        position = start
        try:
            if position:
                self._file.seek(position)
            while position < stop:
                block = self._file.read(min(size, stop - position), dtype="float32", always_2d=True).T
                if not block.shape[1]:
                    return
                yield block
                position += block.shape[1]
        except soundfile.LibsndfileError as error:
            raise DamageError(_reason(error)) from None


class SoundWriter:
    """A sound file being written block by block: beside its place, renamed when the `with` block ends well.

    If the block ends with an exception nothing is left behind. Makes the parent folder.

    Args:
        path: the file; its suffix gives the format if `format` is None.
        sample_rate: in Hz.
        channels: 1 or more.
        format: libsndfile's name of the container.
        subtype: libsndfile's name of the sample format; the format's usual one if None.
        endian: byte order ("FILE", "LITTLE", "BIG").
        compression: settings of a lossy encoder; the encoder's own if None.
        complete: called with the path of the complete file before it is renamed, to add metadata.

    Attributes:
        clipped: samples so far, over all channels, that were beyond full scale and were clipped.

    Raises:
        AudioganError: the suffix or combination is not known, or the place cannot be written, or the disk is full.
    """

    def __init__(
        self,
        path: PathLike,
        sample_rate: int,
        channels: int,
        format: str | None = None,
        subtype: str | None = None,
        endian: str = "FILE",
        compression: Compression | None = None,
        complete: Callable[[Path], None] | None = None,
    ) -> None:
        import soundfile

        self.path = Path(path)
        format, subtype = format_for(self.path, format, subtype)
        if not soundfile.check_format(format, subtype, endian):
            endian = "FILE"
        if format == "RAW" or not soundfile.check_format(format, subtype, endian):
            raise AudioganError(
                f"{self.path}: {format} cannot be written with {subtype} samples. Choose another suffix."
            )
        self.clipped = 0
        self._bounded = subtype not in UNBOUNDED_SUBTYPES
        self._subtype, self._complete = subtype, complete
        self._written = 0
        self._beside = temporary_path(self.path)
        encoder = {} if compression is None else compression.arguments()
        try:
            if os.path.exists(self.path) and not self.path.is_file():  # renaming would replace a folder or device
                raise OSError(0, "there is something that is not a file. Choose another name")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._beside.open("wb").close()  # libsndfile does not say why it cannot open a file; the system does
            self._file = soundfile.SoundFile(
                self._beside, "w", sample_rate, channels, subtype, endian, format, **encoder
            )
        except OSError as error:
            raise AudioganError(f"{self.path}: cannot be written: {explain_os_error(error)}") from None
        except soundfile.LibsndfileError as error:
            self._beside.unlink(missing_ok=True)
            raise AudioganError(
                f"{self.path}: {format} with {subtype} samples cannot be written with {channels} channels "
                f"at {sample_rate} Hz ({_reason(error)}). Choose another format."
            ) from None
        except BaseException:  # a signal
            self._beside.unlink(missing_ok=True)
            raise

    def __enter__(self) -> SoundWriter:
        return self

    def write(self, block: NDArray[Any]) -> None:
        """Append `[channels, samples]`.

        Raises:
            AudioganError: the block contains NaN or infinite samples, or the disk is full.
        """
        finite = np.isfinite(block).all(axis=0)
        if not finite.all():
            raise AudioganError(
                f"{self.path}: sample {self._written + int(np.argmin(finite))} of the sound to write is NaN or "
                "infinite. Nothing was kept. Use another model, or repair the input."
            )
        if self._bounded:
            self.clipped += int(np.count_nonzero(np.abs(block) > 1.0))
            block = np.clip(block, -1.0, 1.0)
        with self._errors():
            self._file.write(np.ascontiguousarray(block.T))
        self._written += block.shape[1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import soundfile

        try:
            with self._errors():
                self._file.close()
                if kind is None:
                    # Some encoders do not pass on that the disk is full: look at what is really there.
                    if self._written and soundfile.info(self._beside).frames < self._written:
                        raise AssertionError("fewer samples are in the file than were written")
                    set_true_samples(self._beside, self._written, self._subtype)
                    if self._complete:
                        self._complete(self._beside)
                    os.replace(self._beside, self.path)
        except AudioganError:
            if kind is None:
                raise
        finally:
            self._beside.unlink(missing_ok=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import soundfile

        try:
            yield
        except OSError as error:
            raise AudioganError(f"{self.path}: could not be written to its end: {explain_os_error(error)}") from None
        # soundfile asserts that all samples were taken; on a full disk they are not.
        except (soundfile.SoundFileRuntimeError, AssertionError) as error:
            otherwise = (
                f"libsndfile cannot write {self._subtype} samples here ({_reason(error)}). Choose another format, such "
                "as .flac"
            )
            why = explain_failed_write(self._beside, otherwise).removesuffix(" Try again, or choose another place.")
            raise AudioganError(f"{self.path}: could not be written to its end: {why}") from None


def _damaged(info: SoundInfo, position: int, reason: str) -> str:
    if "psf_fseek" in reason:  # the sound is there, and libsndfile has no way through this codec
        return f"{info.path}: {info.format} with {info.subtype} samples is not supported. Convert it to FLAC."
    return f"{info.path}: damaged or cut short after {position} of {info.samples} samples ({reason}). {WHOLE_COPY}"


def _open(path: Path, salvage: bool) -> Source:
    from audiogan.audio.media import is_media, open_media

    _refuse_unreadable(path)
    if is_media(path):
        return open_media(path, salvage)
    import soundfile

    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError) as error:
        raise AudioganError(_not_sound(path, _reason(error))) from None
    samples = file.frames
    if file.subtype == "MPEG_LAYER_III" and not states_length(path):
        if counted_samples(path) > file.frames + _MP3_SLACK:
            file.close()
            return open_media(path, salvage)  # libsndfile would end at its estimate
        samples = _mp3_samples(file)
    samples = true_samples(path, samples, file.channels, file.subtype)
    info = SoundInfo(path, file.samplerate, file.channels, samples, file.format, file.subtype, file.endian)
    source = _SndfileSource(file, info)
    trouble = _trouble(source, salvage)
    if trouble:
        file.close()
        raise AudioganError(f"{path}: {trouble}")
    return source


def _mp3_samples(file: soundfile.SoundFile) -> int:
    """The samples of an open MP3 file that does not state its length, decoded and counted.

    libsndfile estimates it by the bit rate, and is some hundred samples off.
    """
    import soundfile

    samples = 0
    try:
        while size := len(file.read(BLOCK, dtype="float32")):
            samples += size
        file.seek(0)
    except soundfile.LibsndfileError:
        return int(file.frames)  # damaged: reported when it is read
    return samples


def _refuse_unreadable(path: Path) -> None:
    try:
        if os.path.exists(path) and not path.is_file() and not path.is_dir():
            raise AudioganError(f"{path}: neither a file nor a folder. Save the sound to a file first.")
        path.open("rb").close()  # libsndfile does not say why it cannot open a file; the system does
    except FileNotFoundError:
        raise AudioganError(f"{path}: there is no such file. Check the path.") from None
    except IsADirectoryError:
        raise AudioganError(f"{path}: a sound file is wanted here, and this is a folder.") from None
    except OSError as error:
        raise AudioganError(f"{path}: cannot be read: {explain_os_error(error)}") from None


def _not_sound(path: Path, reason: str) -> str:
    if path.stat().st_size == 0:
        return f"{path}: an empty file (0 bytes). Get a whole copy."
    if is_cut_short(path, log=""):
        return f"{path}: cut short, hardly more than its header is there. Get a whole copy."
    if "malformed" in reason:
        return f"{path}: damaged or cut short ({reason}). Get a whole copy."
    if "SF_INFO struct incomplete" in reason:
        return f"{path}: its header gives a sample rate or channel count of 0. Write the file again with the true ones."
    return f"{path}: cannot be read as sound ({reason}). Give a WAV, FLAC, Ogg, MP3 or AIFF file."


def _trouble(source: _SndfileSource, salvage: bool) -> str | None:
    if source.short and not salvage:
        return f"cut short: its end is missing after {source.info.samples} samples. {WHOLE_COPY}"
    if not LEAST_RATE <= source.info.sample_rate <= MOST_RATE:
        return (
            f"its header gives a sample rate of {source.info.sample_rate} Hz; rates from {LEAST_RATE} to {MOST_RATE} "
            "Hz are read. Write the file again with the true one."
        )
    if source.info.samples <= 0:
        return "holds no samples. Give a file with sound in it."
    return None


def _reason(error: BaseException) -> str:
    said = getattr(error, "error_string", None) or str(error) or type(error).__name__
    return str(said).strip().rstrip(".")

"""Sound files open for reading or writing block by block, with errors that a person can act on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.rates import LEAST_RATE, MOST_RATE
from audiogan.audio.truncation import is_cut_short
from audiogan.errors import AudioganError, explain_os_error
from audiogan.writing import explain_failed_write, temporary_path

if TYPE_CHECKING:
    import soundfile

PathLike = str | os.PathLike[str]

FORMATS = {
    ".wav": "WAV", ".wave": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".oga": "OGG", ".opus": "OGG", ".mp3": "MP3",
    ".aif": "AIFF", ".aiff": "AIFF", ".aifc": "AIFF", ".au": "AU", ".snd": "AU", ".caf": "CAF", ".w64": "W64",
    ".rf64": "RF64", ".nist": "NIST", ".sph": "NIST", ".voc": "VOC",
}  # fmt: skip
UNBOUNDED_SUBTYPES = frozenset({"FLOAT", "DOUBLE"})
BLOCK = 65536


@dataclass(frozen=True)
class SoundInfo:
    """What a sound file's header says.

    Args:
        path: the file.
        sample_rate: in Hz, 1,000 to 768,000.
        channels: 1 to 1024.
        samples: samples per channel, above 0.
        format: libsndfile's name of the container ("WAV", "FLAC", "OGG", …).
        subtype: libsndfile's name of the sample format ("PCM_16", "FLOAT", "VORBIS", …).
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


class SoundReader:
    """A sound file, open for reading in blocks: a context manager with the header in `info`.

    Raises:
        AudioganError: as `describe`.
    """

    def __init__(self, path: PathLike) -> None:
        self._file, self.info = _open(Path(path))

    def __enter__(self) -> SoundReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def blocks(self, size: int = BLOCK, start: int = 0, samples: int | None = None) -> Iterator[NDArray[np.float32]]:
        """Blocks `[channels, at most size]`, float32, from `start` on.

        Raises:
            AudioganError: a NaN or infinite sample, or fewer samples than the header promises.
        """
        import soundfile

        info = self.info
        position = min(start, info.samples)
        stop = info.samples if samples is None else min(info.samples, position + samples)
        try:
            if position:
                self._file.seek(position)
            while position < stop:
                block = self._file.read(min(size, stop - position), dtype="float32", always_2d=True).T
                if not block.shape[1]:
                    raise AudioganError(
                        f"{info.path}: cut short, {position} of {info.samples} samples can be read. Get a whole copy."
                    )
                if not np.isfinite(block).all():
                    where = position + int(np.argmin(np.isfinite(block).all(axis=0)))
                    raise AudioganError(
                        f"{info.path}: sample {where} ({where / info.sample_rate:.3f} s) is NaN or infinite. "
                        "Make the file again, or replace these samples."
                    )
                yield block
                position += block.shape[1]
        except soundfile.LibsndfileError as error:
            raise AudioganError(
                f"{info.path}: damaged or cut short after {position} of {info.samples} samples "
                f"({_reason(error)}). Get a whole copy."
            ) from None


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
    ) -> None:
        import soundfile

        self.path = Path(path)
        format, subtype = format_for(self.path, format, subtype)
        if not soundfile.check_format(format, subtype, endian):
            endian = "FILE"
        if not soundfile.check_format(format, subtype, endian):
            raise AudioganError(
                f"{self.path}: {format} cannot be written with {subtype} samples. Choose another suffix."
            )
        self._bounded = subtype not in UNBOUNDED_SUBTYPES
        self._written = 0
        self._beside = temporary_path(self.path)
        try:
            if os.path.exists(self.path) and not self.path.is_file():  # renaming would replace a folder or device
                raise OSError(0, "there is something that is not a file. Choose another name")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._beside.open("wb").close()  # libsndfile does not say why it cannot open a file; the system does
            self._file = soundfile.SoundFile(self._beside, "w", sample_rate, channels, subtype, endian, format)
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
            block = np.clip(block, -1.0, 1.0)
        with _write_errors(self.path, self._beside):
            self._file.write(np.ascontiguousarray(block.T))
        self._written += block.shape[1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import soundfile

        try:
            with _write_errors(self.path, self._beside):
                self._file.close()
                if kind is None:
                    # Some encoders do not pass on that the disk is full: look at what is really there.
                    if self._written and soundfile.info(self._beside).frames < self._written:
                        raise soundfile.SoundFileRuntimeError("only a part of the samples was written")
                    os.replace(self._beside, self.path)
        except AudioganError:
            if kind is None:
                raise
        finally:
            self._beside.unlink(missing_ok=True)


@contextmanager
def _write_errors(path: Path, beside: Path) -> Iterator[None]:
    import soundfile

    try:
        yield
    except OSError as error:
        raise AudioganError(f"{path}: could not be written to its end: {explain_os_error(error)}") from None
    # soundfile asserts that all samples were taken; on a full disk they are not.
    except (soundfile.SoundFileRuntimeError, AssertionError) as error:
        raise AudioganError(
            f"{path}: could not be written to its end: {explain_failed_write(beside, _reason(error))}"
        ) from None


def _open(path: Path) -> tuple[soundfile.SoundFile, SoundInfo]:
    import soundfile

    try:
        if os.path.exists(path) and not path.is_file() and not path.is_dir():
            raise AudioganError(f"{path}: neither a file nor a folder. Save the sound to a file first.")
        path.open("rb").close()  # libsndfile does not say why it cannot open a file; the system does
        file = soundfile.SoundFile(path)
    except FileNotFoundError:
        raise AudioganError(f"{path}: there is no such file. Check the path.") from None
    except IsADirectoryError:
        raise AudioganError(f"{path}: a sound file is wanted here, and this is a folder.") from None
    except OSError as error:
        raise AudioganError(f"{path}: cannot be read: {explain_os_error(error)}") from None
    except (soundfile.LibsndfileError, TypeError) as error:
        raise AudioganError(_not_sound(path, _reason(error))) from None
    info = SoundInfo(path, file.samplerate, file.channels, file.frames, file.format, file.subtype, file.endian)
    trouble = _trouble(info, file.extra_info)
    if trouble:
        file.close()
        raise AudioganError(f"{path}: {trouble}")
    return file, info


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


def _trouble(info: SoundInfo, log: str) -> str | None:
    if is_cut_short(info.path, log):
        return f"cut short: its end is missing after {info.samples} samples. Get a whole copy."
    if not LEAST_RATE <= info.sample_rate <= MOST_RATE:
        return (
            f"its header gives a sample rate of {info.sample_rate} Hz; rates from {LEAST_RATE} to {MOST_RATE} Hz are "
            "read. Write the file again with the true one."
        )
    if info.samples <= 0:
        return "holds no samples. Give a file with sound in it."
    return None


def format_for(path: Path, format: str | None, subtype: str | None) -> tuple[str, str]:
    """libsndfile's names of container and sample format, where they are not given by the suffix and the container.

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


def _reason(error: BaseException) -> str:
    said = getattr(error, "error_string", None) or str(error) or type(error).__name__
    return str(said).strip().rstrip(".")

"""Reading and writing sound files, whole or block by block, with errors that a person can act on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

if TYPE_CHECKING:
    import soundfile

PathLike = str | os.PathLike[str]

FORMATS = {
    ".wav": "WAV", ".wave": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".oga": "OGG", ".opus": "OGG", ".mp3": "MP3",
    ".aif": "AIFF", ".aiff": "AIFF", ".aifc": "AIFF", ".au": "AU", ".snd": "AU", ".caf": "CAF", ".w64": "W64",
    ".rf64": "RF64", ".nist": "NIST", ".sph": "NIST", ".voc": "VOC",
}  # fmt: skip
SOUND_SUFFIXES = frozenset(FORMATS)
UNBOUNDED_SUBTYPES = frozenset({"FLOAT", "DOUBLE"})
BLOCK = 65536

# What libsndfile's log says of a file whose end is missing. A data size of 2 GiB less a little, or above, is what
# programs write that stream a WAV to a pipe and cannot know its length: such a file is whole.
_CUT_CHUNK = re.compile(r"^\s*(?:data|SSND|Data Size)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
_CUT_RIFF64 = re.compile(r"^\s*riff\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
_CUT_DS64 = re.compile(r"Calculated frame count (\d+) does not match value from 'ds64' chunk of (\d+)")
_CUT_OGG = "Last page lacks an end-of-stream bit"
_STREAMED_SIZE = 0x7FFF0000


@dataclass(frozen=True)
class SoundInfo:
    """What a sound file's header says.

    Args:
        path: the file.
        sample_rate: in Hz, above 0.
        channels: 1 or more.
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


def describe(path: PathLike) -> SoundInfo:
    """The header of a sound file, checked.

    Raises:
        AudioganError: it is missing, a folder, not sound, cut short, of zero samples, or of rate 0.
    """
    with SoundReader(path) as reader:
        return reader.info


def check(path: PathLike) -> SoundInfo:
    """The header of a sound file that was read to its end, in constant memory.

    Raises:
        AudioganError: as `describe`; also damaged further on, NaN or infinite samples, or all samples zero.
    """
    with SoundReader(path) as reader:
        heard = False
        for block in reader.blocks():
            heard = heard or bool(block.any())
        if not heard:
            raise AudioganError(f"{reader.info.path}: every sample is zero. Give a file with sound in it.")
        return reader.info


def read(path: PathLike, start: int = 0, samples: int | None = None) -> tuple[NDArray[np.float32], int]:
    """Samples of a file, and its sample rate.

    Args:
        path: the file.
        start: first sample.
        samples: how many; all that follow if None, fewer where the file ends.

    Returns:
        float32 `[channels, samples]`, integer formats scaled to [-1, 1), and the rate in Hz.

    Raises:
        AudioganError: as `describe`; also NaN or infinite samples.
    """
    with SoundReader(path) as reader:
        blocks = list(reader.blocks(start=start, samples=samples))
        if not blocks:
            return np.zeros((reader.info.channels, 0), np.float32), reader.info.sample_rate
        return np.concatenate(blocks, axis=1), reader.info.sample_rate


def read_mono(path: PathLike, sample_rate: int, start: int = 0, samples: int | None = None) -> NDArray[np.float32]:
    """Samples of a file at another rate, its channels averaged.

    Args:
        path: the file.
        sample_rate: the rate wanted, in Hz.
        start: first sample, counted at `sample_rate`.
        samples: how many, counted at `sample_rate`; all that follow if None, fewer where the file ends.

    Returns:
        float32 `[samples]`: what the same slice of the whole file, resampled, would hold.

    Raises:
        AudioganError: as `read`.
    """
    from audiogan.audio.resample import resample, resampled_length

    info = describe(path)
    if info.sample_rate == sample_rate:
        return _averaged(path, start, samples)
    total = resampled_length(info.samples, info.sample_rate, sample_rate)
    stop = total if samples is None else min(total, start + samples)
    if start >= stop:
        return np.zeros(0, np.float32)
    # Begin at an instant that both rates sample, far enough before `start` for the filter to have settled.
    common = int(np.gcd(info.sample_rate, sample_rate))
    step_in, step_out = info.sample_rate // common, sample_rate // common
    margin = info.sample_rate // 10
    first = max(0, (start * step_in // step_out - margin) // step_in) * step_in
    last = min(info.samples, stop * step_in // step_out + margin)
    part = _averaged(path, first, last - first)
    skipped = first // step_in * step_out
    return resample(part, info.sample_rate, sample_rate)[start - skipped : stop - skipped]


def write(
    path: PathLike,
    waveform: NDArray[Any],
    sample_rate: int,
    format: str | None = None,
    subtype: str | None = None,
) -> None:
    """Write a sound file: beside its place, then renamed, so that it is whole or not there. Makes the parent folder.

    Args:
        path: the file; its suffix gives the format if `format` is None.
        waveform: `[channels, samples]` or `[samples]`; values beyond ±1 are clipped in all but floating-point subtypes.
        sample_rate: in Hz.
        format: libsndfile's name of the container.
        subtype: libsndfile's name of the sample format; the format's usual one if None.

    Raises:
        AudioganError: the suffix or combination is not known, or the place cannot be written.
    """
    sound = np.atleast_2d(waveform)
    with SoundWriter(path, sample_rate, sound.shape[0], format, subtype) as writer:
        for start in range(0, sound.shape[1], BLOCK):
            writer.write(sound[:, start : start + BLOCK])


def keeps_subtype(path: PathLike, subtype: str) -> bool:
    """Whether the format that a file's suffix names can hold a subtype.

    Raises:
        AudioganError: the suffix is not known.
    """
    import soundfile

    return bool(soundfile.check_format(_format_for(Path(path), None, subtype)[0], subtype))


def find_sounds(folder: PathLike) -> list[Path]:
    """All sound files in a folder and its subfolders, sorted.

    Raises:
        AudioganError: the folder is missing, is not a folder, or holds no sound.
    """
    root = Path(folder)
    if not root.exists():
        raise AudioganError(f"{root}: there is no such folder. Check the path.")
    if not root.is_dir():
        raise AudioganError(f"{root}: a folder of sound files is wanted here, and this is a file.")
    found = sorted(p for p in root.rglob("*") if p.suffix.lower() in SOUND_SUFFIXES and p.is_file())
    if not found:
        kinds = " ".join(sorted(SOUND_SUFFIXES))
        raise AudioganError(f"{root}: no sound file in this folder. Files are known by their suffix: {kinds}.")
    return found


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
        format, subtype = _format_for(self.path, format, subtype)
        if not soundfile.check_format(format, subtype, endian):
            endian = "FILE"
        if not soundfile.check_format(format, subtype, endian):
            raise AudioganError(f"{self.path}: {format} does not hold {subtype} samples. Choose another subtype.")
        self._bounded = subtype not in UNBOUNDED_SUBTYPES
        self._written = 0
        self._beside = self.path.with_name(f"{self.path.name}.tmp-{os.getpid()}")
        try:
            if self.path.exists() and not self.path.is_file():
                raise OSError(0, "there is something that is not a file")  # renaming would replace a folder or device
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._beside.open("wb").close()  # libsndfile does not say why it cannot open a file; the system does
            self._file = soundfile.SoundFile(self._beside, "w", sample_rate, channels, subtype, endian, format)
        except OSError as error:
            raise AudioganError(f"{self.path}: cannot be written ({error.strerror}). Choose another place.") from None
        except soundfile.LibsndfileError as error:
            self._beside.unlink(missing_ok=True)
            raise AudioganError(
                f"{self.path}: {format} with {subtype} samples cannot be written with {channels} channels "
                f"at {sample_rate} Hz ({_reason(error)}). Choose another format."
            ) from None

    def __enter__(self) -> SoundWriter:
        return self

    def write(self, block: NDArray[Any]) -> None:
        """Append `[channels, samples]`.

        Raises:
            AudioganError: the disk is full.
        """
        if self._bounded:
            block = np.clip(block, -1.0, 1.0)
        with _write_errors(self.path):
            self._file.write(np.ascontiguousarray(block.T))
        self._written += block.shape[1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import soundfile

        try:
            with _write_errors(self.path):
                self._file.close()
                if kind is None:
                    # Some encoders do not pass on that the disk is full: look at what is really there.
                    if self._written and soundfile.info(self._beside).frames < self._written:
                        raise OSError(0, "the disk took only a part")
                    os.replace(self._beside, self.path)
        except AudioganError:
            if kind is None:
                raise
        finally:
            self._beside.unlink(missing_ok=True)


class _write_errors:  # noqa: N801 (reads as a statement: `with _write_errors(path):`)
    """Turns what goes wrong while writing `path` into an AudioganError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import soundfile

        # soundfile asserts that all samples were taken; on a full disk they are not.
        if isinstance(error, OSError | soundfile.LibsndfileError | AssertionError):
            reason = error.strerror if isinstance(error, OSError) else _reason(error)
            raise AudioganError(
                f"{self._path}: could not be written to its end ({reason}). Is the disk full? Nothing was kept."
            ) from None


def _averaged(path: PathLike, start: int, samples: int | None) -> NDArray[np.float32]:
    return np.asarray(read(path, start, samples)[0].mean(axis=0, dtype=np.float32))


def _open(path: Path) -> tuple[soundfile.SoundFile, SoundInfo]:
    import soundfile

    try:
        path.open("rb").close()  # libsndfile does not say why it cannot open a file; the system does
        file = soundfile.SoundFile(path)
    except FileNotFoundError:
        raise AudioganError(f"{path}: there is no such file. Check the path.") from None
    except IsADirectoryError:
        raise AudioganError(f"{path}: a sound file is wanted here, and this is a folder.") from None
    except OSError as error:
        raise AudioganError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from None
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
    if "SF_INFO struct incomplete" in reason:
        return f"{path}: its header gives a sample rate or channel count of 0. Write the file again with the true ones."
    return f"{path}: cannot be read as sound ({reason}). Give a WAV, FLAC, Ogg, MP3 or AIFF file."


def _trouble(info: SoundInfo, log: str) -> str | None:
    if _is_cut(log):
        return f"cut short: its end is missing after {info.samples} samples. Get a whole copy."
    if info.samples <= 0:
        return "holds no samples. Give a file with sound in it."
    return None


def _is_cut(log: str) -> bool:
    if _CUT_OGG in log:
        return True
    cut = _CUT_DS64.search(log)
    if cut:
        return int(cut[1]) < int(cut[2])
    sizes = _CUT_CHUNK.search(log) or _CUT_RIFF64.search(log)
    return sizes is not None and int(sizes[2]) < int(sizes[1]) < _STREAMED_SIZE


def _format_for(path: Path, format: str | None, subtype: str | None) -> tuple[str, str]:
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

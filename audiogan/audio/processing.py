"""Applying a stream to a sound file: reading, writing in the source's format, metadata, loudness, and notes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.bit_rates import Quality, compression, quality_of
from audiogan.audio.formats import (
    FORMATS,
    LOSSY_SUBTYPES,
    PathLike,
    SoundInfo,
    finest_subtype,
    format_for,
    storable_rate,
)  # fmt: skip
from audiogan.audio.media import is_media, track_of
from audiogan.audio.media_output import LOSSLESS, MediaWriter, writes_media
from audiogan.audio.resample import StreamResampler
from audiogan.audio.streams import BLOCK, SoundReader, SoundWriter
from audiogan.audio.tags import carry, ffmpeg_tags, read_tags
from audiogan.errors import AudioganError
from audiogan.writing import temporary_path

LOUDEST_TARGET, SOFTEST_TARGET = -5.0, -60.0  # LUFS


class Stream(Protocol):
    """What is applied: sound in, as much sound out in the end."""

    @property
    def replaced(self) -> int:
        """Number of samples so far that were out of range and were replaced by silence."""
        ...

    def push(self, chunk: NDArray[Any]) -> NDArray[np.float32]: ...
    def finish(self) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class FileOptions:
    """How a processed file is read and written.

    Args:
        quality: of a lossy output; the source's if None.
        loudness: integrated loudness of the output in LUFS, true peaks at most −1 dBTP; as it comes if None.
        salvage: accept a source that is cut short or damaged, as far as it can be read.

    Raises:
        AudioganError: the loudness is out of range.
    """

    quality: Quality | None = None
    loudness: float | None = None
    salvage: bool = False

    def __post_init__(self) -> None:
        if self.loudness is not None and not SOFTEST_TARGET <= self.loudness <= LOUDEST_TARGET:
            raise AudioganError(
                f"a loudness of {self.loudness:g} LUFS: it lies between {SOFTEST_TARGET:g} and {LOUDEST_TARGET:g}; "
                "podcasts are at -16, broadcasts at -23."
            )


@dataclass(frozen=True)
class ProcessedFile(SoundInfo):
    """The header of a source, and what was written of it.

    Args:
        output_rate: of the output in Hz.
        clipped: samples of the output, over all channels, that were beyond full scale.
        loudness: integrated loudness of the output in LUFS where one was asked for.
        notes: sentences about what differs from what was asked for or came in.
    """

    output_rate: int = 0
    clipped: int = 0
    loudness: float | None = None
    notes: tuple[str, ...] = field(default=())


def process_file(
    open_stream: Callable[[int, int], Stream],
    source: PathLike | BinaryIO,
    destination: PathLike | BinaryIO,
    progress: Callable[[float], None] | None = None,
    options: FileOptions | None = None,
    format: str | None = None,
) -> ProcessedFile:
    """Apply a stream to a sound file, in constant memory.

    The output has the source's format, sample format, bit rate and metadata where its suffix allows. It is written
    beside its place and renamed.

    Args:
        open_stream: gives the stream for a sample rate in Hz and a number of channels.
        source: a sound file or a binary file object, which is read to its end.
        destination: a path, or a binary file object to which the whole file is written.
        progress: called with the seconds of sound done since the last call.
        options: how to read and write.
        format: suffix of the output, such as "wav", for a file object; the source's if None.

    Raises:
        AudioganError: the source is missing, not sound, cut short or contains NaN; the destination is the source
            or cannot be written.
    """
    with ExitStack() as stack:
        if isinstance(source, (str, os.PathLike)):
            read_from = Path(source)
        else:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="audiogan-")))
            read_from = _spool(source, folder / "input")
        if isinstance(destination, (str, os.PathLike)):
            return _process(open_stream, read_from, Path(destination), progress, options or FileOptions())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="audiogan-")))
        suffix = read_from.suffix if format is None else f".{format.lower().lstrip('.')}"
        write_to = folder / f"output{suffix}"
        try:
            done = _process(open_stream, read_from, write_to, progress, options or FileOptions())
        except AudioganError as error:
            raise AudioganError(str(error).replace(str(write_to), "the output")) from None
        with write_to.open("rb") as result:
            shutil.copyfileobj(result, destination, 1 << 20)
        return done


def _spool(source: BinaryIO, path: Path) -> Path:
    with path.open("wb") as spool:
        shutil.copyfileobj(source, spool, 1 << 20)
    return path


def _process(
    open_stream: Callable[[int, int], Stream],
    source: Path,
    destination: Path,
    progress: Callable[[float], None] | None,
    options: FileOptions,
) -> ProcessedFile:
    if os.path.exists(destination) and os.path.exists(source) and os.path.samefile(source, destination):
        raise AudioganError(f"{destination}: output and input are the same file. Choose another output.")
    silent = _is_silent(source, options.salvage)
    notes: list[str] = []
    reached: float | None = None
    with SoundReader(source, options.salvage) as reader:
        info = reader.info
        if reader.salvaged:
            notes.append(reader.salvaged)
        stream = open_stream(info.sample_rate, info.channels)
        writer, rate = _writer_like(info, destination, options, notes)
        with writer, ExitStack() as stack:
            blocks = _applied(None if silent else stream, reader, progress)
            if options.loudness is not None:
                blocks, reached = _levelled(blocks, info, destination, options.loudness, notes, stack)
            for block in _resampled(blocks, info, rate):
                writer.write(block)
    if stream.replaced:
        notes.append(f"{stream.replaced} samples were NaN or out of all range and were replaced by silence")
    if isinstance(writer, MediaWriter) and writer.dropped:
        notes.append(f"left out, which {destination.suffix} does not take: {', '.join(sorted(set(writer.dropped)))}")
    if writer.clipped:
        notes.append(
            f"{writer.clipped} samples beyond full scale were clipped. Use --loudness -16, or write floating point "
            "(a .wav of a .wav that has it)"
        )
    status = source.stat()
    os.utime(destination, ns=(status.st_atime_ns, status.st_mtime_ns))
    header = {item.name: getattr(info, item.name) for item in fields(SoundInfo)}
    return ProcessedFile(**header, output_rate=rate, clipped=writer.clipped, loudness=reached, notes=tuple(notes))


def _is_silent(source: Path, salvage: bool) -> bool:
    """Whether every sample is zero; reads the file to its end, so that damage is found before anything is written."""
    with SoundReader(source, salvage) as reader:
        silent = True
        for block in reader.blocks():
            silent = silent and not block.any()
        return silent


def _applied(
    stream: Stream | None, reader: SoundReader, progress: Callable[[float], None] | None
) -> Iterator[NDArray[np.float32]]:
    info = reader.info
    # Ten seconds at most: at the model's rate a block of a file of very low rate would be enormous.
    for block in reader.blocks(size=min(BLOCK, 10 * info.sample_rate, 8 * BLOCK // info.channels)):
        yield block if stream is None else stream.push(block)
        if progress:
            progress(block.shape[1] / info.sample_rate)
    if stream is not None:
        yield stream.finish()


def _resampled(blocks: Iterator[NDArray[np.float32]], info: SoundInfo, rate: int) -> Iterator[NDArray[np.float32]]:
    if rate == info.sample_rate:
        yield from blocks
        return
    resampler = StreamResampler(info.sample_rate, rate, info.channels)
    for block in blocks:
        yield resampler.push(block)
    yield resampler.finish()


def _levelled(
    blocks: Iterator[NDArray[np.float32]],
    info: SoundInfo,
    destination: Path,
    target: float,
    notes: list[str],
    stack: ExitStack,
) -> tuple[Iterator[NDArray[np.float32]], float | None]:
    """The sound at another loudness: it is kept in a file beside the destination meanwhile, as 32-bit floats."""
    from audiogan.audio.loudness import CEILING_DB, LoudnessMeter, gain_to, limited

    place = temporary_path(destination)
    stack.callback(place.unlink, missing_ok=True)
    rate, channels = info.sample_rate, info.channels
    meter = LoudnessMeter(rate, channels)
    with SoundWriter(place, rate, channels, "CAF", "FLOAT") as kept:
        for block in blocks:
            meter.push(block)
            kept.write(block)

    def again() -> Iterator[NDArray[np.float32]]:
        with SoundReader(place) as reader:
            yield from reader.blocks()

    before = meter.integrated()
    if not np.isfinite(before):
        notes.append("silent or shorter than 0.4 s, so its loudness was left as it is")
        return again(), None
    gain, reached = gain_to(again, rate, channels, target, before)
    line = f"loudness {before:.1f} LUFS, now {reached:.1f} LUFS, true peaks at most {CEILING_DB:g} dBTP"
    notes.append(line if abs(reached - target) < 0.5 else f"{line}: the peaks leave no room for {target:g}")
    return limited(again, rate, channels, gain), reached


def _writer_like(
    info: SoundInfo, destination: Path, options: FileOptions, notes: list[str]
) -> tuple[SoundWriter | MediaWriter, int]:
    """A writer in the source's format, or in the one of the destination's suffix, and its sample rate."""
    from_media = is_media(info.path)
    if writes_media(destination):
        return _media_writer(info, destination, options, notes, from_media)
    format, subtype, endian = _libsndfile_format(info, destination, from_media, notes)
    rate = storable_rate(subtype, format, info.sample_rate)
    if rate != info.sample_rate:
        notes.append(
            f"{subtype if format == 'OGG' else format} does not store {info.sample_rate} Hz: resampled to {rate} Hz"
        )
    encoder = None
    if subtype in LOSSY_SUBTYPES:
        found = (options.quality, None) if options.quality else _source_quality(info, from_media, subtype)
        if found is not None and found[0] is not None:
            encoder = compression(subtype, rate, info.channels, found[0], found[1])
    complete = partial(carry, info.path, loudness_changes=options.loudness is not None)
    return SoundWriter(destination, rate, info.channels, format, subtype, endian, encoder, complete), rate


def _libsndfile_format(info: SoundInfo, destination: Path, from_media: bool, notes: list[str]) -> tuple[str, str, str]:
    import soundfile

    suffix = destination.suffix.lower()
    same = not from_media and (suffix == info.path.suffix.lower() or FORMATS.get(suffix) == info.format)
    if same and _can_write(info.format, info.subtype, info.channels):
        return info.format, info.subtype, info.endian
    format, usual = format_for(destination, None, None)
    fine = "PCM_24" if from_media and info.subtype in LOSSLESS and track_of(info.path).bits > 16 else info.subtype
    subtype = fine if soundfile.check_format(format, fine) else finest_subtype(format, fine) or usual
    if not _can_write(format, subtype, info.channels):
        subtype = usual
    if same:
        notes.append(f"{info.subtype} samples cannot be written: {subtype} samples instead")
    return format, subtype, "FILE"


def _can_write(format: str, subtype: str, channels: int) -> bool:
    import io

    import soundfile

    if format == "RAW" or not soundfile.check_format(format, subtype) or subtype.startswith("DWVW"):
        return False
    rate = storable_rate(subtype, format, 44100)
    try:
        with soundfile.SoundFile(io.BytesIO(), "w", rate, channels, subtype, format=format):
            return True
    except (soundfile.LibsndfileError, AssertionError, OSError):
        return False


def _source_quality(info: SoundInfo, from_media: bool, subtype: str) -> tuple[Quality, str | None] | None:
    if from_media:
        if info.subtype in LOSSLESS:
            return None
        bit_rate = track_of(info.path).bit_rate
        return (Quality(kbps=bit_rate / 1000), None) if bit_rate else None
    found = quality_of(info)
    return found if found is None or info.subtype == subtype else (found[0], None)


def _media_writer(
    info: SoundInfo, destination: Path, options: FileOptions, notes: list[str], from_media: bool
) -> tuple[MediaWriter, int]:
    if from_media:
        track = track_of(info.path)
        writer = MediaWriter(destination, info.sample_rate, info.channels, info.path, track, options.quality)
        if not _same_codec(writer.codec, track.codec):
            notes.append(f"{track.codec} sound cannot be written here: {writer.codec} instead")
    else:
        found = quality_of(info)
        quality = options.quality or (found[0] if found else None)
        tags = ffmpeg_tags(read_tags(info.path))
        writer = MediaWriter(destination, info.sample_rate, info.channels, quality=quality, tags=tags)
    if writer.rate != info.sample_rate:
        notes.append(f"{writer.codec} does not store {info.sample_rate} Hz: resampled to {writer.rate} Hz")
    return writer, writer.rate


def _same_codec(encoder: str, codec: str) -> bool:
    from audiogan.audio.media_output import ENCODERS

    return encoder in ENCODERS.get(codec, ())[:1] or (encoder == "wmav2" and codec.startswith("wma"))

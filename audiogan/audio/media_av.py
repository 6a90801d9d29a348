"""Sound in containers by PyAV: decoding, and writing beside copied pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.media import LARGEST_GAP_S, SMALLEST_GAP_S, Track
from audiogan.errors import AudioganError

COPIED = frozenset({"video", "audio", "subtitle", "attachment"})  # streams; chapters are no stream here


@cache
def pyav() -> Any:
    """Return the package, which an extra installs; its messages are silenced, since what is wrong is raised."""
    import av
    import av.stream

    av.logging.set_level(av.logging.PANIC)
    return av


def open_input(path: Path) -> Any:
    """A container open for reading.

    Raises:
        AudioganError: it is damaged, cut short or of an unknown kind.
    """
    try:
        return pyav().open(str(path))
    except (pyav().error.FFmpegError, OSError) as error:
        raise AudioganError(
            f"{path}: damaged or cut short: its index or header cannot be read ({reason(error)}). Get a whole copy."
        ) from None


def reason(error: Exception) -> str:
    """FFmpeg's reason without the path."""
    return str(getattr(error, "strerror", None) or error).rstrip(".")


class AvBackend:
    """Decoding by PyAV."""

    def probe(self, path: Path) -> Track:
        """The sound track of a file; see `audiogan.audio.media.Backend`."""
        with open_input(path) as container:
            stream = container.streams.best("audio")
            if stream is None:
                raise AudioganError(f"{path}: there is no sound track in it. Give a file with sound.")
            try:
                first = next(iter(container.decode(stream)), None)
            except pyav().error.FFmpegError as error:
                raise AudioganError(
                    f"{path}: its sound ({stream.codec_context.name}) cannot be decoded ({reason(error)}). "
                    "Get another copy."
                ) from None
            if first is None:
                raise AudioganError(f"{path}: its sound track is empty. Give a file with sound in it.")
            seconds = 0.0
            if stream.duration:
                seconds = float(stream.duration * stream.time_base)
            elif "DURATION" in stream.metadata:
                seconds = clock(stream.metadata["DURATION"])
            elif container.duration and len(container.streams) == 1:
                seconds = container.duration / pyav().time_base
            if container.format.name in ("aac", "amr"):
                seconds = 0.0  # estimated from the bit rate
            start = float(first.time or 0.0)
            bit_rate = stream.bit_rate or stream.codec_context.bit_rate or _packet_bits(path, stream.index)
            codec = getattr(stream.codec_context.codec, "canonical_name", stream.codec_context.name)
            return Track(
                stream.index, codec, first.sample_rate, first.layout.nb_channels,
                32 if "s32" in stream.format.name else 16 if "s16" in stream.format.name else 0,
                bit_rate, start, seconds, container.format.name,
            )  # fmt: skip

    def decode(self, path: Path, track: Track, skip_damage: bool) -> Iterator[NDArray[np.float32]]:
        """The sound of a track in pieces; see `audiogan.audio.media.Backend`."""
        from audiogan.audio.streams import DamageError

        with open_input(path) as container:
            stream = container.streams[track.index]
            resampler, given = None, 0
            try:
                for frame in _frames(container, stream, skip_damage):
                    if resampler is None:
                        layout = frame.layout.name
                        resampler = pyav().AudioResampler(format="fltp", layout=layout, rate=track.sample_rate)
                    gap = 0 if frame.time is None else round((frame.time - track.start) * track.sample_rate) - given
                    if SMALLEST_GAP_S < gap / track.sample_rate < LARGEST_GAP_S:
                        yield np.zeros((track.channels, gap), np.float32)
                        given += gap
                    for part in resampler.resample(frame):
                        given += part.samples
                        yield _shaped(part.to_ndarray(), track.channels)
                for part in resampler.resample(None) if resampler else ():
                    yield _shaped(part.to_ndarray(), track.channels)
            except pyav().error.FFmpegError as error:
                raise DamageError(reason(error)) from None

    def metadata(self, path: Path) -> dict[str, str]:
        """The container's tags."""
        with open_input(path) as container:
            return dict(container.metadata)


def _packet_bits(path: Path, index: int) -> int:
    """The mean bit rate of a stream in bit/s, of its packets; 0 where their times are not known."""
    total, first, last = 0, None, 0.0
    with suppress(pyav().error.FFmpegError), open_input(path) as container:
        for packet in container.demux(container.streams[index]):
            if packet.pts is None:
                continue
            total += packet.size
            last = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            first = float(packet.pts * packet.time_base) if first is None else first
    return round(total * 8 / (last - first)) if first is not None and last > first else 0


def _shaped(sound: NDArray[Any], channels: int) -> NDArray[np.float32]:
    return np.asarray(sound, np.float32).reshape(channels, -1)


def _frames(container: Any, stream: Any, skip_damage: bool) -> Iterator[Any]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except pyav().error.FFmpegError:
            if skip_damage:
                return
            raise
        try:
            yield from packet.decode()
        except pyav().error.FFmpegError:
            if not skip_damage:
                raise


def clock(word: str) -> float:
    """Seconds of a time such as "00:01:02.500000000"; 0 where it is none."""
    with suppress(ValueError):
        hours, minutes, seconds = word.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return 0.0


class AvOutput:
    """A container being written: the source's streams copied, its sound track replaced.

    Args:
        path: the file to write.
        container: FFmpeg's name of its kind.
        codec: FFmpeg's name of the encoder.
        sample_rate: in Hz.
        channels: of the sound.
        bit_rate: in bit/s; None for lossless codecs and for the encoder's own.
        start: time of the first sample in seconds.
        bits: of a sample of a lossless codec.
        source: the file whose other streams, chapters and tags are copied; None for none.
        track: the source's sound track, which is left out.
        pictures: whether to copy moving pictures and subtitles; a cover is copied always.
        tags: of a file without a source.
    """

    def __init__(
        self, path: Path, container: str, codec: str, sample_rate: int, channels: int, bit_rate: int | None,
        start: float, bits: int, source: Path | None, track: Track | None, pictures: bool, tags: dict[str, str],
    ) -> None:  # fmt: skip
        self._rate, self._channels, self._given = sample_rate, channels, 0
        self._start = round(start * sample_rate)
        self.dropped: list[str] = []
        self._out: Any = pyav().open(str(path), "w", format=container)
        self._source = open_input(source) if source and track else None
        self._streams: dict[int, Any] = {}
        if self._source is not None and track is not None:
            self._out.metadata.update(kept_tags(self._source.metadata))
            with suppress(pyav().error.FFmpegError, ValueError):
                self._out.set_chapters(self._source.chapters())
            for stream in self._source.streams:
                if stream.index == track.index:
                    self._add_sound(codec, sample_rate, channels, bit_rate, bits)
                    self._sound.metadata.update(stream.metadata)
                    self._sound.disposition = stream.disposition
                else:
                    self._copy_stream(stream, pictures)
        else:
            self._out.metadata.update(tags)
            self._add_sound(codec, sample_rate, channels, bit_rate, bits)
        layout = self._sound.layout.name
        self._layout = layout
        self._resampler = pyav().AudioResampler(format=self._sound.format.name, layout=layout, rate=sample_rate)
        self._packets = self._copied_packets()
        self._next: Any = next(self._packets, None)

    def _add_sound(self, codec: str, sample_rate: int, channels: int, bit_rate: int | None, bits: int) -> None:
        layouts = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
        stream: Any = self._out.add_stream(codec, rate=sample_rate)
        stream.layout = layouts.get(channels, f"{channels}c")
        formats = [form.name for form in stream.codec_context.codec.audio_formats or []]
        wide = [form for form in formats if "s32" in form]
        stream.format = wide[0] if bits > 16 and wide else next((f for f in formats if f not in wide), formats[0])
        if bit_rate:
            stream.bit_rate = bit_rate
        self._sound = stream

    def _copy_stream(self, stream: Any, pictures: bool) -> None:
        cover = stream.type == "video" and bool(stream.disposition & pyav().stream.Disposition.attached_pic)
        if stream.type not in COPIED or not (pictures or cover):
            if stream.type in COPIED or stream.codec_context is not None:
                self.dropped.append(stream.type)
            return
        try:
            copy: Any = self._out.add_stream_from_template(stream)
        except (ValueError, pyav().error.FFmpegError):
            self.dropped.append(stream.type)
            return
        copy.metadata.update(stream.metadata)
        copy.disposition = stream.disposition
        self._streams[stream.index] = copy

    def _copied_packets(self) -> Iterator[Any]:
        if self._source is None or not self._streams:
            return
        for packet in self._source.demux([self._source.streams[index] for index in self._streams]):
            if packet.dts is not None or packet.pts is not None:
                yield packet

    def write(self, sound: NDArray[np.float32]) -> None:
        """Append `[channels, samples]`."""
        self._copy_until((self._start + self._given) / self._rate)
        if not sound.shape[1]:
            return
        samples = np.ascontiguousarray(sound, np.float32)
        frame = pyav().AudioFrame.from_ndarray(samples, format="fltp", layout=self._layout)
        frame.rate, frame.pts = self._rate, self._start + self._given
        frame.time_base = Fraction(1, self._rate)
        self._given += sound.shape[1]
        for part in self._resampler.resample(frame):
            self._out.mux(self._sound.encode(part))

    def close(self) -> None:
        """Write what is left, and the container's end."""
        try:
            for part in self._resampler.resample(None):
                self._out.mux(self._sound.encode(part))
            self._out.mux(self._sound.encode(None))
            self._copy_until(None)
        finally:
            self.abort()

    def abort(self) -> None:
        """Close the files as they are."""
        with suppress(pyav().error.FFmpegError):
            self._out.close()
        if self._source is not None:
            self._source.close()

    def _copy_until(self, seconds: float | None) -> None:
        while self._next is not None:
            packet = self._next
            stamp = packet.dts if packet.dts is not None else packet.pts
            if seconds is not None and stamp * packet.time_base > seconds:
                return
            packet.stream = self._streams[packet.stream.index]
            self._out.mux(packet)
            self._next = next(self._packets, None)


def kept_tags(tags: dict[str, str]) -> dict[str, str]:
    """Tags without those that the container writes of itself."""
    own = {"major_brand", "minor_version", "compatible_brands", "encoder"}
    return {key: value for key, value in tags.items() if key.lower() not in own}


def encoder_for(names: tuple[str, ...]) -> str | None:
    """The first of some encoders that this FFmpeg has."""
    for name in names:
        try:
            pyav().Codec(name, "w")
        except Exception:  # PyAV has had several classes for it
            continue
        return name
    return None

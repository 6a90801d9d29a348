"""Chunks of WAV, RF64, AIFF and CAF files: true lengths of compressed sound, and copying of what is not sound."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# Chunks that describe the samples: the writer of the new samples writes its own. Padding and peaks are not copied.
_OWN = {
    "RIFF": {b"fmt ", b"data", b"fact", b"ds64", b"JUNK", b"junk", b"PAD ", b"FLLR", b"PEAK", b"levl", b"afsp"},
    "FORM": {b"COMM", b"SSND", b"FVER", b"PEAK"},
    "caff": {b"desc", b"data", b"pakt", b"kuki", b"chan", b"free", b"peak", b"ovvw"},
}
_BLOCK_CODECS = frozenset(
    {"IMA_ADPCM", "MS_ADPCM", "GSM610", "G721_32", "NMS_ADPCM_16", "NMS_ADPCM_24", "NMS_ADPCM_32"}
)
_LARGEST_BLOCK = 8192  # samples; no codec of a WAV file has larger ones
_LOUDNESS_OFFSET, _LOUDNESS_SIZE, _UNSET = 412, 10, b"\xff\x7f"  # of a bext chunk, EBU Tech 3285 version 2


@dataclass(frozen=True)
class Chunk:
    """A chunk of a file.

    Args:
        name: four bytes.
        start: byte at which its content begins.
        size: of its content in bytes, as it says.
    """

    name: bytes
    start: int
    size: int


@dataclass(frozen=True)
class _Layout:
    """How a kind of file lays out chunks."""

    kind: str
    order: str  # of struct
    wide: bool  # 64-bit sizes, no padding to even sizes

    @property
    def header(self) -> int:
        return 8 if self.wide else 12

    def chunk_header(self, name: bytes, size: int) -> bytes:
        return name + struct.pack(f"{self.order}{'q' if self.wide else 'I'}", size)


def _layout(head: bytes) -> _Layout | None:
    if head[:4] in (b"RIFF", b"RF64", b"RIFX") and head[8:12] == b"WAVE":
        return _Layout("RIFF", ">" if head[:4] == b"RIFX" else "<", False)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _Layout("FORM", ">", False)
    return _Layout("caff", ">", True) if head[:4] == b"caff" else None


def _chunks(file: BinaryIO, layout: _Layout) -> Iterator[Chunk]:
    end = file.seek(0, 2)
    place, wide_data = layout.header, None
    size_format = f"{layout.order}{'q' if layout.wide else 'I'}"
    while place + 8 <= end:
        file.seek(place)
        name = file.read(4)
        field = file.read(struct.calcsize(size_format))
        if len(field) < struct.calcsize(size_format):
            return
        size = struct.unpack(size_format, field)[0]
        start = file.tell()
        if name == b"ds64":
            wide_data = struct.unpack("<q", file.read(16)[8:16].ljust(8, b"\0"))[0]
        if name == b"data" and size == 0xFFFFFFFF and not layout.wide:
            size = end - start if wide_data is None else wide_data
        if size < 0:  # the last chunk of a CAF that was streamed
            size = end - start
        yield Chunk(name, start, size)
        place = start + size + (0 if layout.wide else size % 2)


def true_samples(path: Path, samples: int, channels: int, subtype: str) -> int:
    """The samples per channel that a file contains, where libsndfile counts the padding of the last block as well.

    Args:
        path: the file.
        samples: libsndfile's count.
        channels: of the sound.
        subtype: libsndfile's name of the sample format.
    """
    with path.open("rb") as file:
        layout = _layout(file.read(12))
        if layout is None or layout.wide:
            return samples
        for chunk in _chunks(file, layout):
            file.seek(chunk.start)
            if chunk.name == b"COMM":
                said = struct.unpack(">I", file.read(6)[2:].ljust(4, b"\0"))[0]
                # Of compressed kinds some writers count packets.
                return said if samples - 2 <= said <= samples else samples
            if chunk.name == b"fact" and subtype in _BLOCK_CODECS:
                said = struct.unpack(f"{layout.order}I", file.read(4).ljust(4, b"\0"))[0]
                # libsndfile divides the count by the channels for IMA ADPCM.
                halved = subtype == "IMA_ADPCM" and channels > 1 and said == samples // channels
                return said if samples - _LARGEST_BLOCK < said <= samples and said and not halved else samples
    return samples


def set_true_samples(path: Path, samples: int, subtype: str) -> None:
    """Write the true length of compressed sound into a WAV file's `fact` chunk."""
    if subtype not in _BLOCK_CODECS:
        return
    with path.open("r+b") as file:
        layout = _layout(file.read(12))
        if layout is None or layout.kind != "RIFF":
            return
        for chunk in _chunks(file, layout):
            if chunk.name == b"fact":
                file.seek(chunk.start)
                file.write(struct.pack(f"{layout.order}I", samples))
                return


def sound_chunk(path: Path) -> Chunk | None:
    """The chunk with the encoded sound of a WAV, RF64, AIFF or CAF file; None for other files."""
    with path.open("rb") as file:
        layout = _layout(file.read(12))
        if layout is None:
            return None
        return next((chunk for chunk in _chunks(file, layout) if chunk.name in (b"data", b"SSND")), None)


def same_kind(source: Path, destination: Path) -> bool:
    """Whether two files lay out chunks in the same way."""
    with source.open("rb") as one, destination.open("rb") as other:
        first, second = _layout(one.read(12)), _layout(other.read(12))
    return first is not None and first == second


def copy_chunks(source: Path, destination: Path, loudness_changes: bool = False) -> None:
    """Append all chunks of a file that do not describe its samples to another file of the same kind.

    Args:
        source: the file with the chunks.
        destination: a complete file, which is changed.
        loudness_changes: whether to mark the loudness in a broadcast extension as unset, because it is another one.
    """
    with source.open("rb") as file, destination.open("r+b") as out:
        layout = _layout(file.read(12))
        if layout is None:
            return
        end = file.seek(0, 2)
        for chunk in list(_chunks(file, layout)):
            if chunk.name in _OWN[layout.kind] or chunk.start + chunk.size > end:
                continue
            start = _begin(out, layout, chunk.name, chunk.size)
            file.seek(chunk.start)
            _copy(file, out, chunk.size)
            _end(out, layout)
            if loudness_changes and chunk.name == b"bext" and chunk.size >= _LOUDNESS_OFFSET + _LOUDNESS_SIZE:
                out.seek(start + _LOUDNESS_OFFSET)
                out.write(_UNSET * (_LOUDNESS_SIZE // 2))
        _set_size(out, layout)


def append_chunk(path: Path, name: bytes, content: bytes) -> None:
    """Append a chunk to a complete WAV, RF64, AIFF or CAF file."""
    with path.open("r+b") as out:
        layout = _layout(out.read(12))
        if layout is None:
            return
        _begin(out, layout, name, len(content))
        out.write(content)
        _end(out, layout)
        _set_size(out, layout)


def _begin(out: BinaryIO, layout: _Layout, name: bytes, size: int) -> int:
    out.seek(0, 2)
    if not layout.wide and out.tell() % 2:
        out.write(b"\0")
    out.write(layout.chunk_header(name, size))
    return out.tell()


def _end(out: BinaryIO, layout: _Layout) -> None:
    if not layout.wide and out.tell() % 2:
        out.write(b"\0")


def _copy(file: BinaryIO, out: BinaryIO, size: int) -> None:
    while size:
        piece = file.read(min(size, 1 << 20))
        if not piece:
            return
        out.write(piece)
        size -= len(piece)


def _set_size(out: BinaryIO, layout: _Layout) -> None:
    """Correct the size of the whole in the header; RF64 has it in its ds64 chunk, CAF has none."""
    if layout.wide:
        return
    size = out.seek(0, 2) - 8
    out.seek(0)
    if out.read(4) == b"RF64":
        out.seek(20)
        out.write(struct.pack("<q", size))
    elif size < 1 << 32:
        out.seek(4)
        out.write(struct.pack(f"{layout.order}I", size))


def replace_file(path: Path, head: bytes, start: int, tail: bytes = b"") -> None:
    """Rewrite a file: `head`, what it has from byte `start` on, `tail`."""
    beside = path.with_name(f"{path.name}.t")
    try:
        with path.open("rb") as file, beside.open("wb") as out:
            out.write(head)
            file.seek(start)
            shutil.copyfileobj(file, out, 1 << 20)
            out.write(tail)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)

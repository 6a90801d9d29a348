"""Recordings out of the archives that games keep them in: Beneath a Steel Sky, Flight of the Amazon Queen, Qt's .rcc.

Each reader takes the archive's files, a new folder and a test of names, and writes the wanted recordings into the
folder, which appears whole or not at all. A recording that is damaged by itself is written as it was found, so that
the decoder counts it as not readable; a damaged table of contents is an error.
"""

from __future__ import annotations

import io
import os
import shutil
import struct
import tempfile
import wave
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from rnc import unpack_rnc

from audiogan.data.archives import unpack
from audiogan.errors import AudioganError

Wanted = Callable[[str], bool]
Members = Iterator[tuple[str, bytes]]

SKY_SPEECH = range(50000, 60000)
SKY_HEADER_BYTES = 22
SKY_RATE = 11025
QUEEN_MP3 = 1
QUEEN_HEADER = struct.Struct(">4s6s2xBH")
QUEEN_ENTRY = struct.Struct(">12sxII")
RCC_HEADER = struct.Struct(">4sIIII")
RCC_NODE = struct.Struct(">IHII")
RCC_ZLIB, RCC_FOLDER, RCC_ZSTD = 1, 2, 4
MOST_BYTES_OF_A_FILE = 2**28


def read_archives(reader: str, archives: list[Path], folder: Path, wanted: Wanted) -> list[Path]:
    """Write the wanted recordings of some archives into a new folder.

    Args:
        reader: `archive` (zip, tar), `steel_sky`, `amazon_queen` or `rcc`.
        archives: the archive; for `steel_sky` its table `sky.dnr` and its data `sky.dsk`; for `rcc` any number.
        folder: must not exist yet.
        wanted: returns whether to write the recording of a name.

    Returns:
        The paths of the files written, sorted.

    Raises:
        AudioganError: an archive is missing or damaged.
    """
    if not archives:
        raise AudioganError(f"{folder.parent}: the archive is not in the package. Is it the version of Debian 12?")
    if reader == "archive":
        return unpack(archives[0], folder, wanted)
    members = {"steel_sky": steel_sky, "amazon_queen": amazon_queen, "rcc": rcc}[reader](archives)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f"{folder.name}.tmp-", dir=folder.parent))
    try:
        for name, content in members:
            if wanted(name):
                (staging / name).write_bytes(content)
        os.replace(staging, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return sorted(folder.iterdir())


def steel_sky(archives: list[Path]) -> Members:
    """Yield the speech of Beneath a Steel Sky as `NUMBER.wav`, 8 bits at 11,025 Hz.

    `sky.dnr`: u32 count; entries of 8 bytes, little endian: u16 number, 24-bit offset (in units of 16 bytes where bit
    23 is set), 24-bit size (22 bits used). The data of speech: 22 bytes, then an RNC block of unsigned samples.

    Raises:
        AudioganError: the table is damaged, or a file of the two is missing.
    """
    files = {path.name: path for path in archives}
    if not {"sky.dnr", "sky.dsk"} <= files.keys():
        raise AudioganError(f"{archives[0].parent}: sky.dnr and sky.dsk are needed. Fetch the package again.")
    table, data = files["sky.dnr"].read_bytes(), files["sky.dsk"].read_bytes()
    if len(table) < 4 or len(table) < 4 + 8 * int.from_bytes(table[:4], "little"):
        raise AudioganError(f"{files['sky.dnr']}: shorter than its count of entries. Fetch the package again.")
    for at in range(4, 4 + 8 * int.from_bytes(table[:4], "little"), 8):
        number, offset, size = (
            int.from_bytes(table[at + first : at + stop], "little") for first, stop in ((0, 2), (2, 5), (5, 8))
        )
        if number not in SKY_SPEECH:
            continue
        start = (offset & 0x7FFFFF) * (16 if offset >> 23 else 1)
        block = _part(files["sky.dsk"], data, start, size & 0x3FFFFF)
        try:
            content = _wav_of_bytes(unpack_rnc(block[SKY_HEADER_BYTES:], f"{files['sky.dsk']}: {number}"), SKY_RATE)
        except AudioganError:
            content = block
        yield f"{number}.wav", content


def amazon_queen(archives: list[Path]) -> Members:
    """Yield the files of Flight of the Amazon Queen; sounds (`*.SB`) as `NAME.mp3`.

    `queen.1c`, big endian: `QTBL`, version (6 bytes), 2 bytes, u8 compression (1: MP3), u16 count; entries: name (12
    bytes, padded with zeros), u8, u32 offset, u32 size.

    Raises:
        AudioganError: not such an archive, one without MP3, or a damaged one.
    """
    (archive,) = archives[:1]
    data = archive.read_bytes()
    if len(data) < QUEEN_HEADER.size or not data.startswith(b"QTBL"):
        raise AudioganError(f"{archive}: no table QTBL at its beginning. Fetch the package again.")
    _, _, compression, count = QUEEN_HEADER.unpack_from(data)
    if compression != QUEEN_MP3:
        raise AudioganError(f"{archive}: compression {compression}, not MP3 (1). Debian's package has MP3.")
    for number in range(count):
        entry = _part(archive, data, QUEEN_HEADER.size + number * QUEEN_ENTRY.size, QUEEN_ENTRY.size)
        raw_name, offset, size = QUEEN_ENTRY.unpack(entry)
        name = raw_name.split(b"\0")[0].decode("ascii", "replace")
        if not name.replace(".", "").replace("_", "").isalnum():
            raise AudioganError(f"{archive}: entry {number} has the name {name!r}. Fetch the package again.")
        if name.endswith(".SB"):
            yield f"{name.removesuffix('.SB')}.mp3", _part(archive, data, offset, size)


def rcc(archives: list[Path]) -> Members:
    """Yield the files in Qt resource files, as `ARCHIVE-NAME` without the folders inside.

    Big endian: `qres`, u32 version, offsets of tree, data and names. A node of the tree: u32 offset of its name, u16
    flags, then of a folder the number of its children and the index of the first, of a file two u16 and the offset of
    its size (u32) and data; from version 2 on, 8 bytes of time. A name: u16 length, u32 hash, UTF-16.

    Raises:
        AudioganError: not a resource file, or a damaged one.
    """
    for archive in archives:
        data = archive.read_bytes()
        if len(data) < RCC_HEADER.size or not data.startswith(b"qres"):
            raise AudioganError(f"{archive}: not a Qt resource file. Fetch the package again.")
        for name, flags, offset in _rcc_files(archive, data):
            size = int.from_bytes(_part(archive, data, offset, 4), "big")
            content = _part(archive, data, offset + 4, size)
            if flags & RCC_ZLIB:
                content = _inflated(archive, name, content)
            yield f"{archive.stem}-{name}", content


def _rcc_files(archive: Path, data: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, flags and offset of all files that are stored or packed by zlib."""
    _, version, tree, contents, names = RCC_HEADER.unpack_from(data)
    node_bytes = RCC_NODE.size + (8 if version >= 2 else 0)
    seen: set[int] = set()
    waiting = [0]
    while waiting:
        number = waiting.pop()
        if number in seen:
            raise AudioganError(f"{archive}: its tree runs in a circle. Fetch the package again.")
        seen.add(number)
        node = _part(archive, data, tree + number * node_bytes, RCC_NODE.size)
        name_offset, flags, first, second = RCC_NODE.unpack(node)
        if flags & RCC_FOLDER:
            if first > len(data):
                raise AudioganError(f"{archive}: a folder of {first} files. Fetch the package again.")
            waiting.extend(range(second + first - 1, second - 1, -1))
        elif not flags & RCC_ZSTD:
            length = int.from_bytes(_part(archive, data, names + name_offset, 2), "big")
            name = _part(archive, data, names + name_offset + 6, 2 * length).decode("utf-16-be", "replace")
            if not name or {"/", "\\", "\0"} & set(name):
                raise AudioganError(f"{archive}: a file of the name {name!r}. Fetch the package again.")
            yield name, flags, contents + second


def _inflated(archive: Path, name: str, content: bytes) -> bytes:
    """Data that zlib packed, after the four bytes of its size."""
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(content[4:], MOST_BYTES_OF_A_FILE)
    except zlib.error as error:
        raise AudioganError(f"{archive}: {name} is damaged ({error}). Fetch the package again.") from error
    if inflater.unconsumed_tail:
        raise AudioganError(f"{archive}: {name} is larger than {MOST_BYTES_OF_A_FILE} bytes; refused.")
    return unpacked


def _part(archive: Path, data: bytes, start: int, size: int) -> bytes:
    """Bytes of an archive.

    Raises:
        AudioganError: they lie beyond its end.
    """
    if start + size > len(data):
        raise AudioganError(f"{archive}: bytes {start} to {start + size} lie beyond its end. Fetch the package again.")
    return data[start : start + size]


def _wav_of_bytes(samples: bytes, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()

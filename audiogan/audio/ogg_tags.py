"""Comments (titles, covers, …) of Ogg Vorbis and Ogg Opus files (RFC 3533, RFC 7845, the Vorbis I specification)."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

_MARKS = (b"\x03vorbis", b"OpusTags")
_MOST_SEGMENTS = 255
_CONTINUED = 1
_NO_POSITION = (1 << 64) - 1
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


@dataclass(frozen=True)
class _Page:
    flags: int
    position: int
    serial: int
    number: int
    lacing: bytes
    content: bytes

    def encode(self) -> bytes:
        head = struct.pack("<4sBBQIII", b"OggS", 0, self.flags, self.position, self.serial, self.number, 0)
        page = head + bytes([len(self.lacing)]) + self.lacing + self.content
        return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def copy_comments(source: Path, destination: Path) -> None:
    """Replace an Ogg file's comments by another's."""
    with source.open("rb") as file, suppress(ValueError, struct.error):
        packets, _ = _headers(_pages(file))
        listed = _listed(packets[1])
        if listed:
            write_comments(destination, listed)


def write_comments(path: Path, comments: list[bytes]) -> None:
    """Replace an Ogg file's comments by others, each as b"NAME=value"."""
    beside = path.with_name(f"{path.name}.t")
    try:
        with path.open("rb") as file, beside.open("wb") as out:
            pages = _pages(file)
            packets, first = _headers(pages)
            packets[1] = _with_comments(packets[1], comments)
            number = first.number + 1
            out.write(first.encode())
            for page in _paged(packets[1:], first.serial, number):
                out.write(page.encode())
                number += 1
            for page in pages:
                out.write(replace(page, number=number).encode())
                number += 1
        os.replace(beside, path)
    except (ValueError, struct.error):
        return  # not as it should be: the comments stay as they are
    finally:
        beside.unlink(missing_ok=True)


def _pages(file: BinaryIO) -> Iterator[_Page]:
    while head := file.read(27):
        mark, _, flags, position, serial, number, _ = struct.unpack("<4sBBQIII", head[:26])
        if mark != b"OggS":
            raise ValueError("no page of Ogg")
        lacing = file.read(head[26])
        yield _Page(flags, position, serial, number, lacing, file.read(sum(lacing)))


def _headers(pages: Iterator[_Page]) -> tuple[list[bytes], _Page]:
    """The header packets (two of Opus, three of Vorbis) and the first page; the pages of them all are taken."""
    first = next(pages)
    packets, wanted, open_packet = [first.content], 3 if first.content[:7] == b"\x01vorbis" else 2, b""
    while len(packets) < wanted:
        page = next(pages, None)
        if page is None or page.serial != first.serial:
            raise ValueError("headers end early, or several streams are in the file")
        place = 0
        for size in page.lacing:
            open_packet += page.content[place : place + size]
            place += size
            if size < _MOST_SEGMENTS:
                packets.append(open_packet)
                open_packet = b""
    if len(packets) > wanted or open_packet:
        raise ValueError("sound begins in a page of headers")
    return packets, first


def _paged(packets: list[bytes], serial: int, number: int) -> Iterator[_Page]:
    lacing, ends = [], set()
    for packet in packets:
        lacing += [255] * (len(packet) // 255) + [len(packet) % 255]
        ends.add(len(lacing))
    content, place, continued = b"".join(packets), 0, False
    for start in range(0, len(lacing), _MOST_SEGMENTS):
        part = bytes(lacing[start : start + _MOST_SEGMENTS])
        complete = any(start < end <= start + len(part) for end in ends)
        yield _Page(
            _CONTINUED if continued else 0, 0 if complete else _NO_POSITION, serial, number, part,
            content[place : place + sum(part)],
        )  # fmt: skip
        place += sum(part)
        continued = part[-1] == 255
        number += 1


def _listed(packet: bytes) -> list[bytes]:
    mark = next((mark for mark in _MARKS if packet.startswith(mark)), None)
    if mark is None:
        raise ValueError("no comments")
    place = len(mark)
    place += 4 + struct.unpack_from("<I", packet, place)[0]
    count = struct.unpack_from("<I", packet, place)[0]
    place += 4
    listed = []
    for _ in range(count):
        size = struct.unpack_from("<I", packet, place)[0]
        listed.append(packet[place + 4 : place + 4 + size])
        place += 4 + size
    return listed


def _with_comments(packet: bytes, comments: list[bytes]) -> bytes:
    mark = next(mark for mark in _MARKS if packet.startswith(mark))
    vendor_end = len(mark) + 4 + struct.unpack_from("<I", packet, len(mark))[0]
    own = [comment for comment in _listed(packet) if comment.upper().startswith(b"ENCODER=")]
    kept = [comment for comment in comments if not comment.upper().startswith(b"ENCODER=")]
    parts = [struct.pack("<I", len(comment)) + comment for comment in [*own, *kept]]
    end = b"\x01" if mark == _MARKS[0] else b""
    return packet[:vendor_end] + struct.pack("<I", len(parts)) + b"".join(parts) + end


def _checksum(page: bytes) -> int:
    """Ogg's CRC (polynomial 0x04c11db7, no reflection) by zlib's, which is the same with all bits in reverse order."""
    reflected = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reflected:032b}"[::-1], 2)

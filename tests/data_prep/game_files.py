"""Small archives of the shapes that games ship: RNC blocks, sky.dnr and sky.dsk, queen.1c, Qt's .rcc."""

from __future__ import annotations

import struct
import zlib

Token = tuple[bytes, tuple[int, int] | None]


class RncPacker:
    """Packs given tokens into chunks of RNC method 1 with code tables of 16 codes of 4 bits each."""

    CODES = 16

    def __init__(self) -> None:
        self.out = bytearray()
        self.bits: list[int] = []
        self.words: list[int] = []

    def write(self, value: int, count: int) -> None:
        if 16 * len(self.words) - len(self.bits) < count:
            self.words.append(len(self.out))
            self.out += b"\0\0"
        self.bits += [value >> place & 1 for place in range(count)]

    def table(self) -> None:
        self.write(self.CODES, 5)
        for _ in range(self.CODES):
            self.write(4, 4)

    def number(self, value: int) -> None:
        """A code for the count of bits, its first bit first, and the bits below the highest."""
        code = value.bit_length()
        self.write(int(f"{code:04b}"[::-1], 2), 4)
        if code > 1:
            self.write(value - (1 << code - 1), code - 1)

    def chunk(self, tokens: list[Token]) -> None:
        for _ in range(3):
            self.table()
        self.write(len(tokens), 16)
        for literals, match in tokens:
            self.number(len(literals))
            self.out += literals
            if match:
                distance, length = match
                self.number(distance - 1)
                self.number(length - 2)

    def packed(self) -> bytes:
        for place, bit in enumerate(self.bits):
            word, shift = divmod(place, 16)
            self.out[self.words[word] + shift // 8] |= bit << shift % 8
        return bytes(self.out)


def rnc_block(unpacked: bytes, chunks: list[list[Token]], crc: int) -> bytes:
    """A whole block; `unpacked` is given by the test, not computed from the tokens."""
    packer = RncPacker()
    packer.write(0, 2)
    for chunk in chunks:
        packer.chunk(chunk)
    packed = packer.packed()
    return struct.pack(">4sIIHHBB", b"RNC\x01", len(unpacked), len(packed), crc, 0, 0, len(chunks)) + packed


def sky_files(blocks: dict[int, bytes], distant: int | None = None) -> tuple[bytes, bytes]:
    """`sky.dnr` and `sky.dsk`; the entry `distant` has its offset in units of 16 bytes."""
    table, data = struct.pack("<I", len(blocks)), b""
    for number, block in blocks.items():
        data += b"\0" * (-len(data) % 16)
        offset = len(data) // 16 | 1 << 23 if number == distant else len(data)
        table += struct.pack("<H", number) + offset.to_bytes(3, "little") + len(block).to_bytes(3, "little")
        data += block
    return table, data


def queen_file(files: dict[str, bytes], compression: int = 1) -> bytes:
    """`queen.1c`."""
    at = 15 + 21 * len(files)
    table = b"QTBL" + b"CEM10\0" + b"\0\0" + bytes([compression]) + struct.pack(">H", len(files))
    for name, content in files.items():
        table += name.encode().ljust(12, b"\0") + b"\x01" + struct.pack(">II", at, len(content))
        at += len(content)
    return table + b"".join(files.values())


def rcc_file(files: dict[str, bytes], packed: frozenset[str] = frozenset()) -> bytes:
    """A Qt resource file of version 2: the root and one folder with the files, some packed by zlib."""
    names = data = b""
    nodes = [(0, 2, 1, 1), (0, 2, len(files), 2)]
    names += struct.pack(">HI", 1, 0) + "d".encode("utf-16-be")
    for name, content in files.items():
        if name in packed:
            content = struct.pack(">I", len(content)) + zlib.compress(content)
        nodes.append((len(names), 1 if name in packed else 0, 0, len(data)))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
        data += struct.pack(">I", len(content)) + content
    tree = b"".join(struct.pack(">IHIIQ", *node, 0) for node in nodes)
    return struct.pack(">4sIIII", b"qres", 2, 20, 20 + len(tree), 20 + len(tree) + len(data)) + tree + data + names

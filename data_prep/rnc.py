"""Unpacking of RNC ProPack, method 1: Huffman-coded runs of literals and matches, as used by games of the 1990s.

A block begins with 18 bytes, big endian: `RNC\\1`, unpacked size u32, packed size u32, CRC-16 of the unpacked and of
the packed data, two bytes that only in-place unpackers need. Bits come from 16-bit little-endian words, lowest bit
first; literals lie between the words as plain bytes.
"""

from __future__ import annotations

import struct

from audiogan.errors import AudioganError

HEADER = struct.Struct(">4sIIHHBB")
MAGIC = b"RNC\x01"
MOST_BYTES = 2**26
_LEAST_MATCH = 2

_Code = tuple[int, int, int, int]


def unpack_rnc(block: bytes, name: str) -> bytes:
    """Unpack a block and check its CRC.

    Args:
        block: the header and the packed data; what follows them is ignored.
        name: of the file, for error messages.

    Raises:
        AudioganError: not a block of method 1, damaged, or larger than 64 MiB when unpacked.
    """
    if len(block) < HEADER.size or not block.startswith(MAGIC):
        raise AudioganError(f"{name}: not an RNC block of method 1. Fetch the package again.")
    _, size, packed_size, crc, _, _, _ = HEADER.unpack_from(block)
    packed = block[HEADER.size : HEADER.size + packed_size]
    if len(packed) < packed_size or size > MOST_BYTES:
        raise AudioganError(f"{name}: damaged RNC block (sizes {packed_size} and {size}). Fetch the package again.")
    try:
        unpacked = _unpack(_Bits(packed), size)
    except (IndexError, ValueError) as error:
        raise AudioganError(f"{name}: damaged RNC block ({error}). Fetch the package again.") from error
    if (computed := crc16(unpacked)) != crc:
        raise AudioganError(f"{name}: damaged RNC block (CRC {computed:04x}, not {crc:04x}). Fetch the package again.")
    return unpacked


def crc16(data: bytes) -> int:
    """CRC-16/ARC (polynomial 0x8005 reflected, initial value 0)."""
    crc = 0
    table = _CRC_TABLE
    for byte in data:
        crc = crc >> 8 ^ table[crc & 255 ^ byte]
    return crc


class _Bits:
    """Bits and literals of the packed data; a word is read when its first bit is needed."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed + b"\0\0"
        self._position = 0
        self._held = 0
        self._count = 0

    def read(self, count: int) -> int:
        """The next bits, at most 16, the first one lowest."""
        if self._count < count:
            self._load()
        value = self._held & (1 << count) - 1
        self._held >>= count
        self._count -= count
        return value

    def literals(self, count: int) -> bytes:
        start = self._position
        self._position += count
        if self._position > len(self._packed) - 2:
            raise ValueError("ends too early")
        return self._packed[start : self._position]

    def value(self, codes: list[_Code]) -> int:
        """The next Huffman-coded number."""
        for length, code, mask, extra in codes:
            if self._count < length:
                self._load()
            if self._held & mask == code:
                self._held >>= length
                self._count -= length
                return (1 << extra | self.read(extra)) if extra > 0 else extra + 1
        raise ValueError("unknown code")

    def _load(self) -> None:
        at = self._position
        if at + 2 > len(self._packed):
            raise ValueError("ends too early")
        self._held |= (self._packed[at] | self._packed[at + 1] << 8) << self._count
        self._count += 16
        self._position = at + 2


def _codes(bits: _Bits) -> list[_Code]:
    """Read a code table: length, code (mirrored), mask, and how many more bits give the value below its top bit."""
    lengths = [bits.read(4) for _ in range(bits.read(5))]
    codes: list[_Code] = []
    code = 0
    for length in range(1, 16):
        for number, its_length in enumerate(lengths):
            if its_length == length:
                mirrored = int(f"{code:0{length}b}"[-length:][::-1], 2)
                codes.append((length, mirrored, (1 << length) - 1, number - 1))
                code += 1
        code <<= 1
    return codes


def _unpack(bits: _Bits, size: int) -> bytes:
    out = bytearray()
    bits.read(2)
    while len(out) < size:
        literal_codes, distance_codes, length_codes = _codes(bits), _codes(bits), _codes(bits)
        for left in range(bits.read(16), 0, -1):
            if count := bits.value(literal_codes):
                out += bits.literals(count)
            if left > 1:
                distance = bits.value(distance_codes) + 1
                length = bits.value(length_codes) + _LEAST_MATCH
                if distance > len(out):
                    raise ValueError("a match before the first byte")
                start = len(out) - distance
                repeated = out[start : start + length]
                out += (repeated * (length // len(repeated) + 1))[:length]
            if len(out) > size:
                raise ValueError("more than its size")
    return bytes(out)


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        table.append(value)
    return table


_CRC_TABLE = _crc_table()

"""The true length of MP3 files that do not state it, by counting their frames (ISO/IEC 11172-3 and 13818-3)."""

from __future__ import annotations

from pathlib import Path

from audiogan.audio.bit_rates import id3_size

_KBPS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG-1
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG-2
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_FIRST_FRAME = 4096  # bytes, with padding behind a tag


def states_length(path: Path) -> bool:
    """Whether an MP3 file states its number of frames, in a header of LAME (Xing, Info) or Fraunhofer (VBRI)."""
    with path.open("rb") as file:
        file.seek(id3_size(file.read(10)))
        head = file.read(_FIRST_FRAME)
    return any(name in head for name in (b"Xing", b"Info", b"VBRI"))


def counted_samples(path: Path) -> int:
    """Return the samples per channel of all frames from the first one to the first place that is no frame."""
    samples = 0
    with path.open("rb") as file:
        place = id3_size(file.read(10))
        while True:
            file.seek(place)
            size, each = _frame(file.read(4))
            if not size:
                return samples
            samples += each
            place += size


def _frame(header: bytes) -> tuple[int, int]:
    """Bytes and samples of the layer III frame that begins with a header; 0 and 0 where it is none."""
    word = int.from_bytes(header, "big")
    version, bit_rate, rate = word >> 19 & 3, word >> 12 & 15, word >> 10 & 3
    if len(header) < 4 or word >> 21 != 0x7FF or word >> 17 & 3 != 1 or version == 1:
        return 0, 0
    if bit_rate in (0, 15) or rate == 3:
        return 0, 0
    each = 1152 if version == 3 else 576
    kbps = _KBPS[3 if version == 3 else 2][bit_rate]
    return each // 8 * kbps * 1000 // _RATES[version][rate] + (word >> 9 & 1), each

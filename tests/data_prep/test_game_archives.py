from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from game_archives import read_archives
from rnc import crc16, unpack_rnc

from audiogan.errors import AudioganError

from .conftest import tone, wav_bytes
from .game_files import queen_file, rcc_file, rnc_block, sky_files

TEXT = b"abcabcabcabcabc" + b"-" * 40 + b"xyz" + b"0123456789" * 12
CHUNKS = [
    [(b"abc", (3, 12)), (b"-", (1, 39)), (b"xyz0123456789", None)],
    [(b"0123456789", (10, 90)), (b"012345678", None), ],
]  # fmt: skip


def samples(count: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(60, 200, count).astype(np.uint8).tobytes()


def plain_block(content: bytes) -> bytes:
    return rnc_block(content, [[(content, None)]], crc16(content))


def test_crc16_check_value() -> None:
    assert crc16(b"123456789") == 0xBB3D


def test_unpack_rnc_literals_matches_and_chunks() -> None:
    expected = TEXT[:-1]
    block = rnc_block(expected, CHUNKS, crc16(expected))
    assert unpack_rnc(block, "x") == expected
    assert unpack_rnc(block + b"what follows", "x") == expected


@pytest.mark.parametrize("seed", range(3))
def test_unpack_rnc_many_literals(seed: int) -> None:
    content = samples(5000, seed)
    chunks = [[(content[:1234], None)], [(content[1234:1235], None)], [(content[1235:], None)]]
    assert unpack_rnc(rnc_block(content, chunks, crc16(content)), "x") == content


def test_unpack_rnc_damaged() -> None:
    block = plain_block(samples(400))
    for damaged in (block[:10], block[:-30], b"RNC\x02" + block[4:], block[:4] + b"\xff" + block[5:]):
        with pytest.raises(AudioganError, match="clip 7"):
            unpack_rnc(damaged, "clip 7")
    # Behind the code tables, of which half is not used, every bit counts.
    rng = np.random.default_rng(0)
    for _ in range(100):
        hurt = bytearray(block)
        hurt[rng.integers(len(block) - 350, len(block))] ^= 1 << rng.integers(8)
        with pytest.raises(AudioganError, match=r"clip 7: damaged"):
            unpack_rnc(bytes(hurt), "clip 7")


def write(folder: Path, files: dict[str, bytes]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def test_read_archives_steel_sky(tmp_path: Path) -> None:
    spoken = {number: samples(3000, number) for number in (50001, 50002)}
    blocks = {number: b"h" * 22 + plain_block(content) for number, content in spoken.items()}
    dnr, dsk = sky_files({1: b"a picture", **blocks, 50003: b"h" * 22 + b"no block", 60000: b"music"}, distant=50002)
    archives = write(tmp_path, {"sky.dnr": dnr, "sky.dsk": dsk})
    files = read_archives("steel_sky", archives, tmp_path / "out", lambda name: True)
    assert [path.name for path in files] == ["50001.wav", "50002.wav", "50003.wav"]
    for path, content in zip(files, spoken.values(), strict=False):
        sound, rate = soundfile.read(path)
        assert rate == 11025
        assert np.array_equal(np.round(sound * 128) + 128, np.frombuffer(content, np.uint8))


def test_read_archives_amazon_queen(tmp_path: Path) -> None:
    spoken = wav_bytes(tone(0.5, 300), format="MP3")
    (archive,) = write(
        tmp_path, {"queen.1c": queen_file({"A.PCX": b"picture", "020001J1.SB": spoken, "SSSS1.SB": b"x"})}
    )
    files = read_archives("amazon_queen", [archive], tmp_path / "out", lambda name: "SSSS" not in name)
    assert [path.name for path in files] == ["020001J1.mp3"]
    assert files[0].read_bytes() == spoken


def test_read_archives_rcc(tmp_path: Path) -> None:
    sounds = {"cow.ogg": wav_bytes(tone(0.2, 300), format="OGG"), "pig.ogg": b"OggS pig" * 50, "a.svg": b"<svg>"}
    (archive,) = write(tmp_path, {"farm.rcc": rcc_file(sounds, packed=frozenset({"pig.ogg"}))})
    files = read_archives("rcc", [archive], tmp_path / "out", lambda name: name.endswith(".ogg"))
    assert [path.name for path in files] == ["farm-cow.ogg", "farm-pig.ogg"]
    assert [path.read_bytes() for path in files] == [sounds["cow.ogg"], sounds["pig.ogg"]]


QUEEN = queen_file({"020001J1.SB": samples(50)})
RCC = rcc_file({"cow.ogg": samples(50)}, packed=frozenset({"cow.ogg"}))
SKY_TABLE, SKY_DATA = sky_files({50001: samples(50)})


@pytest.mark.parametrize(
    ("reader", "files", "blamed"),
    [
        ("amazon_queen", {"q": b"no table at all"}, "q"),
        ("amazon_queen", {"q": QUEEN[:-1]}, "q"),
        ("amazon_queen", {"q": QUEEN[:20]}, "q"),
        ("amazon_queen", {"q": queen_file({"020001J1.SB": b""}, compression=2)}, "compression 2"),
        ("amazon_queen", {"q": queen_file({"../../J1.SB": b""})}, "q"),
        ("rcc", {"r": b"PK"}, "r"),
        ("rcc", {"r": RCC[:90]}, "r"),
        ("rcc", {"r": rcc_file({"../x.ogg": b""})}, "r"),
        ("rcc", {"r": RCC[:24] + b"\0\x02\xff\xff\xff\xff\0\0\0\x01" + RCC[34:]}, "r"),
        ("rcc", {"r": RCC[:24] + b"\0\x02\0\0\0\x01\0\0\0\0" + RCC[34:]}, "circle"),
        ("rcc", {"r": RCC.replace(b"\x78\x9c", b"\x79\x9d")}, "cow.ogg"),
        ("steel_sky", {"sky.dnr": SKY_TABLE}, "sky.dsk"),
        ("steel_sky", {"sky.dnr": SKY_TABLE[:-1], "sky.dsk": SKY_DATA}, "sky.dnr"),
        ("steel_sky", {"sky.dnr": SKY_TABLE, "sky.dsk": SKY_DATA[:-1]}, "sky.dsk"),
        ("archive", {"z": b"not a zip"}, "z"),
        ("rcc", {}, "not in the package"),
    ],
)
def test_read_archives_damaged(reader: str, files: dict[str, bytes], blamed: str, tmp_path: Path) -> None:
    archives = write(tmp_path / "in", files)
    with pytest.raises(AudioganError, match=blamed):
        read_archives(reader, archives, tmp_path / "out", lambda name: True)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]

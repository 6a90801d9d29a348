"""Archives that mean harm must leave nothing behind, neither outside of their folder nor in it."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from audiogan.data.archives import unpack
from audiogan.errors import AudioganError

Member = tuple[str, bytes] | tarfile.TarInfo


def tar_of(path: Path, members: list[Member], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return path


def zip_of(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members:
            bundle.writestr(name, content)
    return path


def deb_of(path: Path, members: list[Member], suffix: str = "xz") -> Path:
    data = tar_of(path.with_suffix(f".data.{suffix}"), members, f"w:{suffix}").read_bytes()
    archive = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar.gz", b"odd"), (f"data.tar.{suffix}", data)):
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        archive += head + content + b"\n" * (len(content) % 2)
    path.write_bytes(archive)
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def device(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.devmajor, info.devminor = kind, 1, 3
    return info


def all_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


GOOD: list[tuple[str, bytes]] = [("a/one.wav", b"1" * 3000), ("./two.wav", b""), ("a/b/three.txt", b"3")]


@pytest.mark.parametrize("make", [zip_of, tar_of, deb_of])
def test_files_come_out_as_they_went_in(tmp_path: Path, make: Callable[..., Path]) -> None:
    archive = make(tmp_path / "x.bin", GOOD)
    found = unpack(archive, tmp_path / "deep" / "out")
    assert [str(path.relative_to(tmp_path / "deep" / "out")) for path in found] == [
        "a/b/three.txt",
        "a/one.wav",
        "two.wav",
    ]
    assert {path.name: path.read_bytes() for path in found} == {Path(name).name: content for name, content in GOOD}


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_compressed_tars(tmp_path: Path, mode: str) -> None:
    assert len(unpack(tar_of(tmp_path / "x.tar", GOOD, mode), tmp_path / "out")) == 3


def test_deb_compressed_with_gzip(tmp_path: Path) -> None:
    assert len(unpack(deb_of(tmp_path / "x.deb", GOOD, "gz"), tmp_path / "out")) == 3


def test_deb_compressed_with_zstandard_is_refused_with_advice(tmp_path: Path) -> None:
    archive = deb_of(tmp_path / "x.deb", GOOD)
    archive.write_bytes(archive.read_bytes().replace(b"data.tar.xz ", b"data.tar.zst"))
    with pytest.raises(AudioganError, match="dpkg -x"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("make", [zip_of, tar_of, deb_of])
def test_only_what_is_wanted(tmp_path: Path, make: Callable[..., Path]) -> None:
    archive = make(tmp_path / "x.bin", [*GOOD, ("../unwanted", b"")])
    found = unpack(archive, tmp_path / "out", wanted=lambda name: name.endswith(".wav"))
    assert [path.name for path in found] == ["one.wav", "two.wav"]
    assert all_below(tmp_path / "out") == ["a", "a/one.wav", "two.wav"]


# Names of every kind that could lead out of a folder on some system; OUTSIDE stands for a folder that is there.
HOSTILE = [
    "../evil", "a/../../evil", "OUTSIDE/evil", "a/../../../evil", "..", "../", "a/..", "a/../..", ".", "./", "",
    "./OUTSIDE/evil", ".//OUTSIDE/evil", "././/OUTSIDE/evil", "./././OUTSIDE/evil", "/OUTSIDE/evil", "//OUTSIDE/evil",
    ".//../evil", "./../evil", ".//..//evil", "a//../..//evil", "./a/.././../evil", "../OUTSIDE/evil", "....//evil/..",
    ".//OUTSIDE/victim", "OUTSIDE/victim", "../outside/victim", ".//../outside/victim", "a/../../outside/victim",
    "C:/evil", "C:evil", "c:\\evil", "..\\evil", "a\\..\\..\\evil", "\\\\host\\share\\evil", "\\evil", ".\\..\\evil",
    "//host/share/evil", "./C:/evil", "./\\evil", ".. /evil", "a/.. ./../evil", ". ./evil",
    "../../../../../../tmp/evil",
    "/proc/self/cwd/evil", "/dev/shm/evil", "file:///OUTSIDE/evil/../../..", "..%2fevil/..",
    "a/\u2024\u2024/../../evil",
]  # fmt: skip
# These look like "..", "/" and "\\" and are ordinary letters: they land inside or are refused.
LOOK_ALIKES = [
    "\u2024\u2024/evil", "\uff0e\uff0e/evil", "..\u2215evil", "..\uff0fevil", "..\u2044evil", "..\uff3cevil",
    "%2e%2e/evil",
    "..%2fevil", "\u202e../evil", "\ufeff/../x", "..\n/evil", "~/evil", "$HOME/evil", "a" * 300, "x/" * 90 + "evil",
    "-rf",
    "..;/evil", "\u2025/evil", "\u2026/evil", "\x01../evil", "evil\x00/../../x", "con/evil", "a/b:stream",
    "\u00ad../evil",
]  # fmt: skip


def raw_zip(path: Path, name: str) -> Path:
    """A zip whose second member has a name that `zipfile` would change before it writes it."""
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("good.wav", b"1")
        info = zipfile.ZipInfo("x")
        info.filename = name
        bundle.writestr(info, b"evil")
    return path


def raw_tar(path: Path, name: str) -> Path:
    info = tarfile.TarInfo(name)
    info.size = 4
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        good = tarfile.TarInfo("good.wav")
        tar.addfile(good)
        info.pax_headers = {"path": name}  # as it is, with slashes at its end
        tar.addfile(info, io.BytesIO(b"evil"))
    return path


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "victim").write_text("mine")
    return folder


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("make", [raw_zip, raw_tar])
def test_names_that_lead_out_leave_nothing(
    tmp_path: Path, outside: Path, make: Callable[[Path, str], Path], name: str
) -> None:
    archive = make(tmp_path / "x.bin", name.replace("OUTSIDE", str(outside)))
    before = all_below(tmp_path)
    escaped = [Path(root, "evil") for root in ("/", "/tmp", "/dev/shm", Path.cwd())]
    # A name that ends in a slash is a folder's in either format, and folders are made as files need them.
    if make is raw_zip and name.endswith("/"):
        assert [path.name for path in unpack(archive, outside.parent / "work")] == ["good.wav"]
        return
    with pytest.raises(AudioganError, match="refused"):
        unpack(archive, tmp_path / "work")
    assert all_below(tmp_path) == before and (outside / "victim").read_text() == "mine"
    assert not any(path.exists() for path in escaped)


@pytest.mark.parametrize("name", LOOK_ALIKES)
@pytest.mark.parametrize("make", [raw_zip, raw_tar])
def test_names_that_only_look_so_stay_inside(
    tmp_path: Path, outside: Path, make: Callable[[Path, str], Path], name: str
) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    archive = make(tmp_path / "x.bin", name)
    before = all_below(tmp_path)
    try:
        for path in unpack(archive, tmp_path / "deep" / "er" / "work"):
            assert path.resolve().is_relative_to(tmp_path / "deep" / "er" / "work")
    except AudioganError:
        assert not (tmp_path / "deep" / "er" / "work").exists()
    assert [one for one in all_below(tmp_path) if not one.startswith("deep/er/work")] == before
    assert (outside / "victim").read_text() == "mine"


def test_a_debian_package_and_a_folder_named_through_another(tmp_path: Path, outside: Path) -> None:
    archive = deb_of(tmp_path / "x.deb", [("./usr/one.wav", b"1"), (f".//{outside}/evil", b"evil")])
    with pytest.raises(AudioganError, match="refused"):
        unpack(archive, tmp_path / "work")
    good = deb_of(tmp_path / "y.deb", [("./usr/one.wav", b"1"), ("././usr//two.wav", b"2")])
    found = unpack(good, outside / ".." / "work")
    assert [path.name for path in found] == ["one.wav", "two.wav"]


@pytest.mark.parametrize(
    "member",
    [
        link("a/l", "../../evil"),
        link("l", "/etc/passwd"),
        link("l", ".."),
        link("a/l", "b/../../../evil"),
        link("l", "../evil", tarfile.LNKTYPE),
        link("a/l", "../evil", tarfile.LNKTYPE),
        link("l", "/etc/passwd", tarfile.LNKTYPE),
        device("d", tarfile.CHRTYPE),
        device("d", tarfile.BLKTYPE),
        device("d", tarfile.FIFOTYPE),
    ],
    ids=lambda member: f"{member.type!r} {member.linkname}",
)
@pytest.mark.parametrize("make", [tar_of, deb_of])
def test_links_out_and_devices_are_refused(tmp_path: Path, make: Callable[..., Path], member: tarfile.TarInfo) -> None:
    archive = make(tmp_path / "x.bin", [("good.wav", b"1"), member])
    before = all_below(tmp_path)
    with pytest.raises(AudioganError, match="refused"):
        unpack(archive, tmp_path / "out")
    assert all_below(tmp_path) == before


def test_links_that_stay_inside_are_left_out(tmp_path: Path) -> None:
    members: list[Member] = [("a/one.wav", b"1"), link("a/l", "../a/one.wav"), link("h", "a/one.wav", tarfile.LNKTYPE)]
    unpack(tar_of(tmp_path / "x.tar", members), tmp_path / "out")
    assert all_below(tmp_path / "out") == ["a", "a/one.wav"]


def test_writing_through_a_link_of_the_archive_is_not_possible(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    members: list[Member] = [link("door", "room"), ("room/x", b"1"), ("door/evil", b"2")]
    unpack(tar_of(tmp_path / "x.tar", members), tmp_path / "out")
    assert (tmp_path / "out" / "door" / "evil").read_bytes() == b"2"
    assert all_below(tmp_path / "out" / "room") == ["x"]


def test_a_zip_with_a_link_out_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("l")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as bundle:
        bundle.writestr(info, "../../etc/passwd")
    with pytest.raises(AudioganError, match="refused"):
        unpack(tmp_path / "x.zip", tmp_path / "out")
    assert all_below(tmp_path) == ["x.zip"]


@pytest.mark.parametrize(("make", "mode"), [(zip_of, ""), (tar_of, "w:xz"), (deb_of, "xz")])
def test_bombs_are_refused_by_what_comes_out(tmp_path: Path, make: Callable[..., Path], mode: str) -> None:
    members = [("a", bytes(2_000_000)), ("b", bytes(2_000_000))]
    archive = make(tmp_path / "x.bin", members, *([mode] if mode else []))
    assert archive.stat().st_size < 20_000
    with pytest.raises(AudioganError, match="larger than allowed"):
        unpack(archive, tmp_path / "out", most_bytes=3_999_999)
    assert not list(tmp_path.glob("out*"))
    assert len(unpack(archive, tmp_path / "out", most_bytes=4_000_000)) == 2


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "x.zip", [("a", bytes(100_000))])
    true, said = (100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(true, said))
    with pytest.raises(AudioganError):
        unpack(archive, tmp_path / "out", most_bytes=50_000)
    assert not (tmp_path / "out").exists()


def test_many_empty_files_count_too(tmp_path: Path) -> None:
    archive = tar_of(tmp_path / "x.tar", [(f"{number}", b"") for number in range(11)])
    with pytest.raises(AudioganError, match="larger than allowed"):
        unpack(archive, tmp_path / "out", most_bytes=10 * 512)


@pytest.mark.parametrize(
    "content", [b"", b"no archive at all", b"!<arch>\n", b"!<arch>\n" + b"x" * 200, b"PK\x03\x04damaged"]
)
def test_what_is_no_archive_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(AudioganError, match="odd"):
        unpack(tmp_path / "odd", tmp_path / "out")
    assert all_below(tmp_path) == ["odd"]


@pytest.mark.parametrize("make", [zip_of, tar_of, deb_of])
def test_a_cut_archive_leaves_nothing(tmp_path: Path, make: Callable[..., Path]) -> None:
    archive = make(tmp_path / "x.bin", [("a", os.urandom(50_000)), ("b", os.urandom(50_000))])
    archive.write_bytes(archive.read_bytes()[:60_000])
    with pytest.raises(AudioganError, match=r"x\.bin"):
        unpack(archive, tmp_path / "out")
    assert not list(tmp_path.glob("out*"))


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match="already a file"):
        unpack(tar_of(tmp_path / "x.tar", [("a", b"1"), ("a/b", b"2")]), tmp_path / "out")


def test_an_existing_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(AudioganError, match="already there"):
        unpack(tar_of(tmp_path / "x.tar", [("a", b"1")]), tmp_path / "out")
    assert all_below(tmp_path / "out") == []


def test_a_missing_archive(tmp_path: Path) -> None:
    with pytest.raises(AudioganError, match="no such file"):
        unpack(tmp_path / "x.tar", tmp_path / "out")

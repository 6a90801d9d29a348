"""Unpacking zip, tar and Debian archives without ever leaving the folder they are unpacked into.

What an archive says about itself is not trusted: names that lead out of the folder, links that lead out, devices
and archives that grow beyond a limit are refused before anything of the archive is left on disk. The standard
library's own guards are not relied on: they differ between Python's versions and do not exist for Debian packages.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from typing import IO

from audiogan.errors import AudioganError

MOST_BYTES = 64 * 2**30
"""How large an archive may become; VoiceBank-DEMAND's largest zip holds about 3 GiB, LibriSpeech's largest tar 30."""

_LEAST_BYTES_A_MEMBER = 512
_BLOCK = 2**20
_DEB_MAGIC = b"!<arch>\n"


def unpack(
    archive: Path,
    folder: Path,
    wanted: Callable[[str], bool] | None = None,
    most_bytes: int = MOST_BYTES,
) -> list[Path]:
    """Unpack an archive's regular files into a new folder, which appears whole or not at all.

    Links that stay inside the folder are left out: what they point to is unpacked under its own name. A Debian
    package gives the files that it would install, under the names of their places without the first slash.

    Args:
        archive: a zip file (by content, so `.pk3` too), a tar file (plain, gz, bz2 or xz) or a Debian package.
        folder: must not exist yet.
        wanted: takes a member's name (`a/b.wav`) and says whether to unpack it; members left out are not checked.
        most_bytes: more than this in all, where each member counts at least 512 bytes, is refused.

    Returns:
        The paths of the files unpacked, sorted.

    Raises:
        AudioganError: not an archive, damaged, or one that reaches out of its folder or grows beyond `most_bytes`.
    """
    if folder.exists():
        raise AudioganError(f"{folder}: already there; unpack {archive.name} into a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f"{folder.name}.tmp-", dir=folder.parent)).resolve()
    try:
        room = most_bytes
        for name, source in _members(archive, wanted):
            target = _inside(staging, name, archive)
            _make_parents(target, staging, archive)
            room = _copy(source, target, room, archive)
        os.replace(staging, folder)
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, ValueError, RuntimeError) as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise AudioganError(f"{archive}: cannot be unpacked ({error}); fetch it again") from error
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _members(archive: Path, wanted: Callable[[str], bool] | None) -> Iterator[tuple[str, IO[bytes]]]:
    """The wanted regular files of an archive of any kind: a safe name and what to read them from."""
    if not archive.is_file():
        raise AudioganError(f"{archive}: no such file")
    with archive.open("rb") as file:
        is_deb = file.read(len(_DEB_MAGIC)) == _DEB_MAGIC
    if is_deb:
        with archive.open("rb") as file:
            yield from _tar_members(_deb_data(file, archive), archive, wanted)
    elif zipfile.is_zipfile(archive):
        yield from _zip_members(archive, wanted)
    elif tarfile.is_tarfile(archive):
        with archive.open("rb") as file:
            yield from _tar_members(file, archive, wanted)
    else:
        raise AudioganError(
            f"{archive}: neither a zip, a tar (plain, gz, bz2, xz) nor a Debian package. "
            "Unpack other kinds by hand and give the folder."
        )


def _tar_members(
    file: IO[bytes], archive: Path, wanted: Callable[[str], bool] | None
) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=file, mode="r|*") as tar:
        for member in tar:
            if member.isdir() or (wanted is not None and not wanted(_plain(member.name))):
                continue
            name = _safe_name(member.name, archive)
            if member.issym() or member.islnk():
                _refuse_link_out(name, member.linkname, archive, from_root=member.islnk())
                continue
            source = tar.extractfile(member) if member.isreg() else None
            if source is None:
                raise AudioganError(f"{archive}: {member.name!r} is a device or a pipe, which no corpus needs; refused")
            yield name, source


def _zip_members(archive: Path, wanted: Callable[[str], bool] | None) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as bundle:
        for member in bundle.infolist():
            if member.filename.endswith("/") or (wanted is not None and not wanted(_plain(member.filename))):
                continue
            name = _safe_name(member.filename, archive)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind == stat.S_IFLNK:
                with bundle.open(member) as source:
                    _refuse_link_out(name, source.read(4096).decode(errors="replace"), archive, from_root=False)
                continue
            if kind not in (0, stat.S_IFREG):
                raise AudioganError(f"{archive}: {member.filename!r} is a device or a pipe; refused")
            with bundle.open(member) as source:
                yield name, source


def _plain(name: str) -> str:
    while name.startswith("./"):
        name = name[2:]
    return name


def _safe_name(name: str, archive: Path) -> str:
    """The member's name without leading `./`, if it stays below the folder whatever system unpacks it."""
    plain = _plain(name)
    windows = PureWindowsPath(plain)
    if plain.startswith("/") or windows.drive or windows.root:
        raise AudioganError(f"{archive}: the member {name!r} has an absolute path; refused, nothing was unpacked")
    parts = [part for part in re.split(r"[/\\]", plain) if part not in ("", ".")]
    # Windows drops spaces and dots at the end of a name, so "..  " is ".." there.
    if not parts or any(not part.strip(" .") for part in parts):
        raise AudioganError(f"{archive}: the member {name!r} leads out of its folder; refused, nothing was unpacked")
    return plain


def _inside(staging: Path, name: str, archive: Path) -> Path:
    """The final path of a member, checked as it will be opened, whatever its name looks like."""
    target = Path(os.path.normpath(staging / name))
    if staging not in target.parents:
        raise AudioganError(f"{archive}: the member {name!r} leads out of its folder; refused, nothing was unpacked")
    return target


def _refuse_link_out(name: str, target: str, archive: Path, from_root: bool) -> None:
    """Hard links name their target from the archive's root, symbolic ones from their own folder."""
    place = posixpath.normpath(target if from_root else posixpath.join(posixpath.dirname(name), target))
    if place.startswith(("/", "../")) or place == ".." or PureWindowsPath(target).drive:
        raise AudioganError(f"{archive}: the link {name!r} leads out of its folder, to {target!r}; refused")


def _make_parents(target: Path, staging: Path, archive: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        inside = target.relative_to(staging)
        raise AudioganError(f"{archive}: {inside} is under a name that is already a file; refused") from error


def _copy(source: IO[bytes], target: Path, room: int, archive: Path) -> int:
    """Copy one member; how many bytes the others may still take, by what comes out and not by what is declared."""
    taken = 0
    with target.open("wb") as file:
        while block := source.read(_BLOCK):
            taken += len(block)
            if taken > room:
                break
            file.write(block)
    room -= max(taken, _LEAST_BYTES_A_MEMBER)
    if room < 0:
        raise AudioganError(f"{archive}: becomes larger than allowed when unpacked; refused, nothing was kept")
    return room


class _Part:
    """A stretch of an open file, read as a file of its own."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block


def _deb_data(file: IO[bytes], archive: Path) -> IO[bytes]:
    """The tar of what a Debian package installs (deb(5): an ar archive whose member `data.tar*` it is)."""
    file.seek(len(_DEB_MAGIC))
    while header := file.read(60):
        if len(header) < 60 or header[58:] != b"`\n" or not header[48:58].strip().isdigit():
            break
        name, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), int(header[48:58])
        if name == "data.tar.zst":
            raise AudioganError(f"{archive}: packed with Zstandard; unpack it with 'dpkg -x' and give the folder")
        if name.startswith("data.tar"):
            return _Part(file, size)  # type: ignore[return-value]
        file.seek(size + size % 2, os.SEEK_CUR)
    raise AudioganError(f"{archive}: a damaged Debian package, it has no data; fetch it again")

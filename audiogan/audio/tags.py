"""Titles, covers, cue points and other metadata: copied from one sound file into another.

Between files of one kind all of it is copied as bytes, so that nothing is lost. Between kinds, fields and pictures are
read by tinytag and written as Vorbis comments (FLAC, Ogg, Opus) or as an ID3v2.4 tag (MP3, WAV, AIFF).
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from pathlib import Path

from audiogan.audio.bit_rates import id3_size
from audiogan.audio.chunks import append_chunk, copy_chunks, replace_file, same_kind
from audiogan.audio.media import backend, is_media
from audiogan.audio.ogg_tags import copy_comments, write_comments

# Vorbis names, the frames of ID3v2.4, FFmpeg's names.
FIELDS = {
    "title": ("TITLE", "TIT2", "title"), "artist": ("ARTIST", "TPE1", "artist"), "album": ("ALBUM", "TALB", "album"),
    "albumartist": ("ALBUMARTIST", "TPE2", "album_artist"), "composer": ("COMPOSER", "TCOM", "composer"),
    "genre": ("GENRE", "TCON", "genre"), "year": ("DATE", "TDRC", "date"), "track": ("TRACKNUMBER", "TRCK", "track"),
    "disc": ("DISCNUMBER", "TPOS", "disc"), "comment": ("COMMENT", "COMM", "comment"),
    "copyright": ("COPYRIGHT", "TCOP", "copyright"), "language": ("LANGUAGE", "TLAN", "language"),
    "publisher": ("ORGANIZATION", "TPUB", "publisher"), "isrc": ("ISRC", "TSRC", "isrc"), "bpm": ("BPM", "TBPM", "bpm"),
    "url": ("CONTACT", "WXXX", "url"), "encoded_by": ("ENCODED-BY", "TENC", "encoded_by"),
}  # fmt: skip
_BY_BACKEND = frozenset({".mkv", ".mka", ".webm", ".avi", ".3gp", ".3g2", ".mov"})  # tinytag knows them not
_FRONT_COVER = 3
_ID3V1 = 128
_FLAC_COMMENT, _FLAC_PICTURE = 4, 6
_FLAC_COPIED = frozenset({2, _FLAC_COMMENT, 5, _FLAC_PICTURE})  # application, comment, cue sheet, picture


@dataclass(frozen=True)
class Tags:
    """Metadata that kinds of files have in common.

    Args:
        fields: pairs of a name, as in `FIELDS` or any other, and a value.
        covers: pairs of a MIME type and an encoded picture.
    """

    fields: tuple[tuple[str, str], ...]
    covers: tuple[tuple[str, bytes], ...]


def read_tags(path: Path) -> Tags:
    """The fields and covers of a file; none where its kind has none or they are damaged."""
    from tinytag import TinyTag, TinyTagException

    if path.suffix.lower() in _BY_BACKEND and is_media(path):
        by_name = {names[2]: name for name, names in FIELDS.items()}
        said = backend().metadata(path).items()
        return Tags(tuple((by_name.get(key.lower(), key.lower()), value) for key, value in said), ())
    try:
        found = TinyTag.get(str(path), tags=True, duration=False, image=True)
    except (TinyTagException, OSError, ValueError, struct.error):
        return Tags((), ())
    fields: list[tuple[str, str]] = []
    for name in ("title", "artist", "album", "albumartist", "composer", "genre", "year", "comment"):
        value = getattr(found, name)
        if value:
            fields.append((name, str(value)))
    for name in ("track", "disc"):
        number, total = getattr(found, name), getattr(found, f"{name}_total")
        if number:
            fields.append((name, f"{number}/{total}" if total else str(number)))
    fields += [(name, str(value)) for name, values in found.other.items() for value in values if value]
    pictures = [picture for listed in found.images.as_dict().values() for picture in listed]
    covers = tuple((str(picture.mime_type or "image/jpeg"), bytes(picture.data)) for picture in pictures)
    return Tags(tuple(fields), covers)


def ffmpeg_tags(tags: Tags) -> dict[str, str]:
    """The fields by FFmpeg's names."""
    return {FIELDS[name][2] if name in FIELDS else name: value for name, value in tags.fields}


def carry(source: Path, destination: Path, loudness_changes: bool = False) -> None:
    """Copy a file's metadata into another that is complete and has none.

    Args:
        source: any sound file.
        destination: of the same kind or another one; kinds without metadata (AU, W64, VOC, NIST) stay as they are.
        loudness_changes: whether what the source says of its loudness no longer holds.
    """
    kind, other = _kind(source), _kind(destination)
    if same_kind(source, destination):
        copy_chunks(source, destination, loudness_changes)
    elif kind == other == "flac":
        _write_flac(destination, [block for block in _flac_blocks(source)[0] if block[0] in _FLAC_COPIED])
    elif kind == other == "ogg":
        copy_comments(source, destination)
    elif kind == other == "mp3":
        _copy_id3(source, destination)
    elif other is not None:
        _write_tags(destination, other, read_tags(source))


def _write_tags(path: Path, kind: str, tags: Tags) -> None:
    if not tags.fields and not tags.covers:
        return
    if kind == "mp3":
        replace_file(path, _id3(tags), _id3_end(path))
    elif kind in ("wav", "aiff"):
        append_chunk(path, b"id3 " if kind == "wav" else b"ID3 ", _id3(tags))
        if kind == "wav":
            append_chunk(path, b"LIST", _info_list(tags))
    elif kind == "flac":
        pictures = [(_FLAC_PICTURE, _flac_picture(mime, data)) for mime, data in tags.covers]
        _write_flac(path, [(_FLAC_COMMENT, _comments(tags)), *pictures])
    elif kind == "ogg":
        covers = [b"METADATA_BLOCK_PICTURE=" + base64.b64encode(_flac_picture(m, data)) for m, data in tags.covers]
        write_comments(path, [*_comment_list(tags), *covers])


def _kind(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] in (b"RIFF", b"RF64", b"RIFX") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM":
        return "aiff"
    if head[:4] in (b"fLaC", b"OggS"):
        return "flac" if head[:4] == b"fLaC" else "ogg"
    mp3 = head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0)
    return "mp3" if mp3 else None


def _comment_list(tags: Tags) -> list[bytes]:
    return [f"{FIELDS[name][0] if name in FIELDS else name.upper()}={value}".encode() for name, value in tags.fields]


def _comments(tags: Tags) -> bytes:
    listed = _comment_list(tags)
    vendor = b"audiogan"
    parts = [struct.pack("<I", len(vendor)), vendor, struct.pack("<I", len(listed))]
    return b"".join([*parts, *(struct.pack("<I", len(comment)) + comment for comment in listed)])


def _flac_picture(mime: str, data: bytes) -> bytes:
    name = mime.encode()
    head = struct.pack(">II", _FRONT_COVER, len(name)) + name + struct.pack(">I", 0)
    return head + struct.pack(">IIIII", 0, 0, 0, 0, len(data)) + data


def _flac_blocks(path: Path) -> tuple[list[tuple[int, bytes]], int]:
    """The metadata blocks, as pairs of type and content, and the byte where frames begin."""
    blocks, last = [], False
    with path.open("rb") as file:
        file.seek(4)
        while not last:
            head = file.read(4)
            if len(head) < 4:
                break
            last = bool(head[0] & 0x80)
            blocks.append((head[0] & 0x7F, file.read(int.from_bytes(head[1:], "big"))))
        return blocks, file.tell()


def _write_flac(path: Path, added: list[tuple[int, bytes]]) -> None:
    blocks, frames = _flac_blocks(path)
    given = {kind for kind, _ in added}
    # Padding is left out, and so is what is given anew.
    kept = [block for block in blocks if block[0] not in given and block[0] != 1]
    whole = [block for block in [*kept, *added] if len(block[1]) < 1 << 24]
    head = b"fLaC"
    for place, (kind, content) in enumerate(whole):
        head += bytes([kind | (0x80 if place == len(whole) - 1 else 0)]) + len(content).to_bytes(3, "big") + content
    replace_file(path, head, frames)


def _id3_end(path: Path) -> int:
    with path.open("rb") as file:
        return id3_size(file.read(10))


def _copy_id3(source: Path, destination: Path) -> None:
    size = _id3_end(source)
    with source.open("rb") as file:
        version_2 = file.read(size)
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _ID3V1))
        version_1 = file.read()
    version_1 = version_1 if version_1[:3] == b"TAG" else b""
    if version_1 or version_2:
        replace_file(destination, version_2, _id3_end(destination), version_1)


def _frame(name: str, content: bytes) -> bytes:
    return name.encode() + _safe_size(len(content)) + b"\0\0" + content


def _safe_size(size: int) -> bytes:
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))


def _id3(tags: Tags) -> bytes:
    """An ID3v2.4 tag, text in UTF-8."""
    frames = []
    for name, value in tags.fields:
        frame = FIELDS[name][1] if name in FIELDS else "TXXX"
        text = value.encode()
        if frame == "COMM":
            frames.append(_frame(frame, b"\x03und\0" + text))
        elif frame == "WXXX":
            frames.append(_frame(frame, b"\x03\0" + text))
        elif frame == "TXXX":
            frames.append(_frame(frame, b"\x03" + name.encode() + b"\0" + text))
        else:
            frames.append(_frame(frame, b"\x03" + text))
    for mime, data in tags.covers:
        frames.append(_frame("APIC", b"\0" + mime.encode() + b"\0" + bytes([_FRONT_COVER]) + b"\0" + data))
    content = b"".join(frames)
    return b"ID3\x04\0\0" + _safe_size(len(content)) + content


def _info_list(tags: Tags) -> bytes:
    """A LIST chunk of type INFO, which programs that know no ID3 in WAV files read."""
    names = {"title": b"INAM", "artist": b"IART", "album": b"IPRD", "comment": b"ICMT", "year": b"ICRD",
             "genre": b"IGNR", "track": b"ITRK", "copyright": b"ICOP"}  # fmt: skip
    content = b"INFO"
    for name, value in tags.fields:
        if name in names:
            text = value.encode() + b"\0"
            content += names[name] + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    return content

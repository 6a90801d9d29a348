"""Telling whether the end of a sound file is missing, which libsndfile notes in its log but does not call an error."""

from __future__ import annotations

import re
from pathlib import Path

# What libsndfile's log says of a chunk that is shorter than its header has it.
_CHUNK = re.compile(r"^\s*(?:data|SSND|Data Size)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
_RIFF64 = re.compile(r"^\s*riff\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
_DS64 = re.compile(r"Calculated frame count (\d+) does not match value from 'ds64' chunk of (\d+)")
# Programs that stream a WAV into a pipe cannot know its length and write about 2 or 4 GiB: such a file is whole.
_STREAMED_SIZE = 0x7FFF0000
_VOC = "Seems to be a truncated file"

_OGG_MARK = b"OggS"
_OGG_LAST_PAGE = 0x04
_OGG_TAIL = 128 * 1024  # more than two pages of the largest size


def is_cut_short(path: Path, log: str) -> bool:
    """Whether a file ends before its own structure says so.

    Flac and MP3 files do not show it here: with them, fewer samples can be read than the header promises.

    Args:
        path: the file.
        log: what libsndfile noted when it opened it; empty if it could not.
    """
    frames = _DS64.search(log)
    if frames:
        return int(frames[1]) < int(frames[2])
    sizes = _CHUNK.search(log) or _RIFF64.search(log)
    if sizes:
        return int(sizes[2]) < int(sizes[1]) < _STREAMED_SIZE
    return _VOC in log or _ogg_is_cut(path)


def promised_samples(path: Path, samples: int) -> int:
    """The samples per channel that a file cut short would contain if it were whole.

    Args:
        path: the file.
        samples: that it contains; they are returned where its header does not say more.
    """
    from audiogan.audio.chunks import sound_chunk

    chunk = sound_chunk(path)
    there = 0 if chunk is None else path.stat().st_size - chunk.start
    return samples if chunk is None or there <= 0 else max(samples, round(samples * chunk.size / there))


def _ogg_is_cut(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(4) != _OGG_MARK:
            return False
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _OGG_TAIL))
        tail = file.read()
    # A page (RFC 3533): 27 bytes, the sixth of them flags and the last a count of segments, a byte of length for each
    # segment, and the segments.
    page = tail[tail.rfind(_OGG_MARK) :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    whole = 27 + page[26] + sum(page[27 : 27 + page[26]])
    return len(page) < whole or not page[5] & _OGG_LAST_PAGE

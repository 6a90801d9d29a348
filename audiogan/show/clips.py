"""Sound and pictures inside a page: files become data URIs, and sounds get small spectrograms beside them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiogan.audio.files import read
from audiogan.audio.spectrogram import spectrogram
from audiogan.errors import AudioganError
from audiogan.show.page import Html, tag

MOST_SECONDS = 20  # of a sound; what is longer is cut, and said to be
MOST_BYTES = 200_000  # of a FLAC file; what is larger becomes Opus
BLOCK = 48_000  # samples given to the encoder at once
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
LOUDEST_DB, RANGE_DB = -10.0, 80.0  # the colours of every spectrogram, so that all can be compared
COLOURS = "magma"
FRAME_S = 0.032
SEEN = (240, 96)  # pixels of a spectrogram
SEEN_LARGE = (640, 192)
MOST_PICTURE_BYTES = 80_000
KEPT = 512  # clips that a run which writes its report again and again keeps in memory


def sound(
    path: Path, name: str, group: str | None = None, large: bool = False, words: str = "", span: float | None = None
) -> Html:
    """A sound to play with its spectrogram, or a word about why there is none.

    Args:
        path: the file.
        name: what it is called.
        group: sounds of the same group go on from the same instant where one is played after the other.
        large: a wide spectrogram.
        words: below the name.
        span: seconds that the spectrogram's width stands for; left out, the sound's length.
    """
    try:
        played, seen, remark = _clip(path, _changed(path), large, span)
    except (AudioganError, OSError) as problem:
        return tag("figure", tag("figcaption", f"{name}: {problem}"), class_="missing")
    told = f"{name}{f' ({remark})' if remark else ''}"
    below = tag("p", words, class_="soft") if words else ""
    return tag(
        "figure",
        tag("img", src=seen, alt=f"Spectrogram of {name}"),
        tag("figcaption", told),
        tag("audio", controls="", preload="none", src=played, aria_label=name),
        below,
        class_="sound",
        data_group=group,
    )


def picture(path: Path, name: str) -> Html:
    """A picture with its name below; a large one becomes a JPEG."""
    try:
        uri, pixels = _picture(path, _changed(path))
    except OSError as problem:
        return tag("figure", tag("figcaption", f"{name}: {problem.strerror or 'not a picture'}"), class_="missing")
    return tag(
        "figure",
        tag("img", src=uri, alt=name),
        tag("figcaption", name),
        class_="picture pixels" if pixels else "picture",
    )


def strip(figures: Sequence[Html], wrapped: bool = False) -> Html:
    """Figures side by side; where they do not fit they scroll, or go on below if `wrapped`."""
    entries = [tag("li", figure) for figure in figures]
    return tag("ul", *entries, class_="strip wrapped") if wrapped else tag("ul", *entries, class_="strip", tabindex=0)


def encoded(waveform: NDArray[Any], sample_rate: int, most_bytes: int = MOST_BYTES) -> tuple[str, bytes]:
    """A sound's media type and file: FLAC, exactly to 16 bits, or where that is larger than `most_bytes` Opus.

    Args:
        waveform: `[channels, samples]` in [-1, 1].
        sample_rate: in Hz.
        most_bytes: of a FLAC file.
    """
    import soundfile

    clipped = np.clip(waveform[:2], -1, 1)
    file = BytesIO()
    soundfile.write(file, clipped.T, sample_rate, format="FLAC", subtype="PCM_16")
    if len(file.getvalue()) <= most_bytes or "OPUS" not in soundfile.available_subtypes("OGG"):
        return "audio/flac", file.getvalue()
    from audiogan.audio.resample import resample

    rate = next((rate for rate in OPUS_RATES if rate >= sample_rate), OPUS_RATES[-1])
    fitting = resample(clipped, sample_rate, rate) if rate != sample_rate else clipped
    file = BytesIO()
    with soundfile.SoundFile(file, "w", rate, len(fitting), "OPUS", format="OGG") as opus:
        for start in range(0, fitting.shape[1], BLOCK):
            opus.write(np.ascontiguousarray(fitting[:, start : start + BLOCK].T))
    return "audio/ogg; codecs=opus", file.getvalue()


def spectrogram_jpeg(waveform: NDArray[Any], sample_rate: int, width: int, height: int, samples: int) -> bytes:
    """A spectrogram without axes: time to the right over `samples`, frequency upwards to half the rate.

    Args:
        waveform: `[samples]`.
        sample_rate: in Hz.
        width: in pixels.
        height: in pixels.
        samples: what the width stands for; behind the end of the sound it is black.
    """
    from PIL import Image

    frame = max(16, round(FRAME_S * sample_rate))
    hop = max(1, samples // width)
    level = spectrogram(waveform, sample_rate, frame, hop).level_db
    shade = np.clip((level - LOUDEST_DB + RANGE_DB) / RANGE_DB, 0, 1) * 255
    whole = np.zeros((len(shade), max(shade.shape[1], -(-samples // hop))), np.uint8)
    whole[:, : shade.shape[1]] = shade.astype(np.uint8)
    small = Image.fromarray(whole[::-1].copy()).resize((width, height), Image.Resampling.BILINEAR)
    coloured = Image.fromarray(_palette()[np.asarray(small)])
    file = BytesIO()
    coloured.save(file, format="jpeg", quality=80)
    return file.getvalue()


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns


@lru_cache(maxsize=KEPT)
def _clip(path: Path, changed: int, large: bool, span: float | None) -> tuple[str, str, str]:
    """The data URIs of sound and spectrogram, and what was done to it. `changed` makes a new file another one."""
    waveform, rate = read(path)
    remark = ""
    if waveform.shape[1] > MOST_SECONDS * rate:
        waveform, remark = waveform[:, : MOST_SECONDS * rate], f"the first {MOST_SECONDS} s"
    as_it_is = path.suffix.lower() == ".flac" and not remark and path.stat().st_size <= MOST_BYTES
    media, content = ("audio/flac", path.read_bytes()) if as_it_is else encoded(waveform, rate)
    samples = max(waveform.shape[1], round(min(span or 0, MOST_SECONDS) * rate))
    seen = spectrogram_jpeg(waveform.mean(axis=0), rate, *(SEEN_LARGE if large else SEEN), samples)
    return _uri(media, content), _uri("image/jpeg", seen), remark


@lru_cache(maxsize=KEPT)
def _picture(path: Path, changed: int) -> tuple[str, bool]:
    """The data URI of a picture, and whether its pixels are meant to be seen as such."""
    from PIL import Image

    content = path.read_bytes()
    with Image.open(path) as image:
        pixels = image.mode != "RGBA"  # written by ourselves, not by matplotlib
        if len(content) > MOST_PICTURE_BYTES:
            file = BytesIO()
            image.convert("RGB").save(file, format="jpeg", quality=80)
            return _uri("image/jpeg", file.getvalue()), pixels
    return _uri("image/png", content), pixels


@lru_cache(maxsize=1)
def _palette() -> NDArray[np.uint8]:
    from matplotlib import colormaps

    return np.asarray(colormaps[COLOURS](np.arange(256), bytes=True))[:, :3].copy()


def _uri(media: str, content: bytes) -> str:
    return f"data:{media};base64,{base64.b64encode(content).decode('ascii')}"

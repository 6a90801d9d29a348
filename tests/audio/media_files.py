"""Files of phones and cameras, made by PyAV, and the measures that the tests take of what came back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

COVER = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


class Unchanged:
    """A stream that gives back what it gets."""

    replaced = 0

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def push(self, chunk: np.ndarray) -> np.ndarray:
        return chunk

    def finish(self) -> np.ndarray:
        return np.zeros((self.channels, 0), np.float32)


def speechlike(seconds: float, rate: int, channels: int = 1) -> np.ndarray:
    """Damped tones of random pitch at random times: every lag but 0 is another sound. `[channels, samples]`."""
    rng = np.random.default_rng(1)
    samples = round(seconds * rate)
    time = np.arange(round(0.05 * rate)) / rate
    sound = np.zeros(samples + time.size)
    for place in rng.choice(samples, round(12 * seconds), replace=False):
        tone = np.exp(-time / 0.01) * np.sin(2 * np.pi * rng.uniform(250, 900) * time)
        sound[place : place + time.size] += rng.uniform(0.1, 0.3) * tone
    return np.tile(sound[:samples].astype(np.float32), (channels, 1))


def encode(
    path: Path, sound: np.ndarray, rate: int, codec: str, format: str, bit_rate: int = 0,
    picture: bool = False, tags: dict[str, str] | None = None, chapters: bool = False, start: float = 0.0,
) -> None:  # fmt: skip
    """Write sound, and a moving picture of 25 frames a second beside it if wanted."""
    import av

    with av.open(str(path), "w", format=format) as out:
        out.metadata.update(tags or {})
        if chapters:
            half = round(500 * sound.shape[1] / rate)
            out.set_chapters(
                [
                    {"id": n, "start": n * half, "end": (n + 1) * half, "time_base": Fraction(1, 1000),
                     "metadata": {"title": f"part {n}"}}
                    for n in range(2)
                ]
            )  # fmt: skip
        video: Any = out.add_stream("mpeg4" if format != "webm" else "libvpx", rate=25) if picture else None
        if video is not None:
            video.width = video.height = 32
            video.pix_fmt = "yuv420p"
        stream = out.add_stream(codec, rate=rate)
        layout = {1: "mono", 2: "stereo"}[sound.shape[0]]
        stream.layout = layout
        if bit_rate:
            stream.bit_rate = bit_rate
        stream.format = stream.codec_context.codec.audio_formats[0].name
        if video is not None:
            for number in range(int(25 * sound.shape[1] / rate)):
                level = np.full((32, 32, 3), 10 * number % 256, np.uint8)
                out.mux(video.encode(av.VideoFrame.from_ndarray(level, format="rgb24")))
            out.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=layout)
        frame.rate, frame.time_base, frame.pts = rate, Fraction(1, rate), round(start * rate)
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def packets(path: Path, kind: str) -> list[bytes]:
    """The encoded packets of a file's first stream of a kind."""
    import av

    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def shift(before: np.ndarray, after: np.ndarray) -> int:
    """By how many samples a sound comes later than another, by their cross-correlation."""
    size = 1 << int(np.ceil(np.log2(before.size + after.size)))
    correlation = np.fft.irfft(np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size)), size)
    place = int(np.argmax(correlation))
    return place if place < size // 2 else place - size

"""Raw samples without a header, as pipes carry them: bytes to `[channels, samples]` and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audiogan.errors import AudioganError

# Named as ffmpeg names them: how a sample is kept, and what stands for 1.0.
PCM = {"s16le": ("<i2", 32768.0), "f32le": ("<f4", 1.0)}

# How sound files begin, which are no raw samples.
HEADERS = {b"RIFF": "WAV", b"fLaC": "FLAC", b"OggS": "Ogg", b"FORM": "AIFF", b"ID3\x03": "MP3", b"ID3\x04": "MP3"}


class PcmDecoder:
    """Bytes that come in pieces of any size, as sound; what is no whole sample of all channels waits for the rest.

    Args:
        pcm: one of `PCM`.
        channels: that take turns in the bytes.
    """

    def __init__(self, pcm: str, channels: int) -> None:
        self._dtype, self._full = PCM[pcm]
        self._channels = channels
        self._frame = np.dtype(self._dtype).itemsize * channels
        self._waiting = b""
        self._head = b""

    @property
    def waiting(self) -> int:
        """Bytes that are no whole sample of all channels yet."""
        return len(self._waiting)

    def push(self, piece: bytes) -> NDArray[np.float32]:
        """The next bytes as `[channels, samples]`.

        Raises:
            AudioganError: the first of them are the header of a sound file.
        """
        data = self._waiting + piece
        if len(self._head) < 4:
            self._head = (self._head + piece)[:4]
            if self._head in HEADERS:
                raise AudioganError(
                    f"what comes in is a {HEADERS[self._head]} file, not raw samples. Leave --stream for files, or "
                    "send the samples alone (sox IN -t raw -, ffmpeg -i IN -f s16le -)."
                )
        whole = len(data) - len(data) % self._frame
        self._waiting = data[whole:]
        samples = np.frombuffer(data[:whole], self._dtype).astype(np.float32) / np.float32(self._full)
        return samples.reshape(-1, self._channels).T


def encode_pcm(sound: NDArray[np.float32], pcm: str) -> bytes:
    """Sound `[channels, samples]` as bytes; integers are rounded, and clipped where they have no room."""
    dtype, full = PCM[pcm]
    samples = sound.T * np.float32(full)
    if np.issubdtype(np.dtype(dtype), np.integer):
        samples = np.rint(samples).clip(-full, full - 1)
    return samples.astype(dtype).tobytes()

"""Raw samples to sound and back."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiogan.audio.pcm import PcmDecoder, encode_pcm
from audiogan.errors import AudioganError


def test_channels_take_turns() -> None:
    left, right = [0, 16384, -32768], [32767, 1, -1]
    data = struct.pack("<6h", *[sample for pair in zip(left, right, strict=True) for sample in pair])
    sound = PcmDecoder("s16le", 2).push(data)
    np.testing.assert_array_equal(sound, np.array([left, right]) / 32768)
    assert encode_pcm(sound, "s16le") == data


@given(st.binary(max_size=200), st.lists(st.integers(1, 9), min_size=1), st.integers(1, 3))
def test_pieces_of_any_size_are_the_whole(data: bytes, sizes: list[int], channels: int) -> None:
    data = b"\0\0\0\0" + data
    decoder, parts, at = PcmDecoder("s16le", channels), [], 0
    while at < len(data):
        size = sizes[len(parts) % len(sizes)]
        parts.append(decoder.push(data[at : at + size]))
        at += size
    whole = len(data) - len(data) % (2 * channels)
    assert decoder.waiting == len(data) - whole
    assert encode_pcm(np.concatenate(parts, axis=1), "s16le") == data[:whole]


def test_floats_come_back_to_the_bit() -> None:
    sound = np.random.default_rng(0).standard_normal((3, 50)).astype(np.float32)
    assert encode_pcm(PcmDecoder("f32le", 3).push(encode_pcm(sound, "f32le")), "f32le") == sound.T.tobytes()


def test_integers_are_rounded_and_clipped() -> None:
    sound = np.array([[2.0, -2.0, 0.4 / 32768, 0.6 / 32768]], np.float32)
    assert struct.unpack("<4h", encode_pcm(sound, "s16le")) == (32767, -32768, 0, 1)


def test_a_sound_file_is_no_raw_samples() -> None:
    decoder = PcmDecoder("s16le", 1)
    assert decoder.push(b"RI").shape[1] == 1
    with pytest.raises(AudioganError, match="is a WAV file, not raw samples"):
        decoder.push(b"FF\0\0\0\0WAVE")
    assert PcmDecoder("s16le", 1).push(b"\0\0" + b"RIFF").shape == (1, 3)

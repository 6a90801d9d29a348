"""Sound files: what is written comes back, and whatever is wrong with a file is said in one line."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import wave
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.audio.files import check, describe, find_sounds, is_silent, read, read_mono, write
from audiogan.audio.resample import resampled_length
from audiogan.audio.streams import SoundReader, SoundWriter
from audiogan.errors import AudioganError

LOSSLESS = [
    ("wav", "WAV", "PCM_U8", 2**-7),
    ("wav", "WAV", "PCM_16", 2**-15),
    ("wav", "WAVEX", "PCM_24", 2**-23),
    ("wav", "WAV", "PCM_32", 2**-24),
    ("wav", "WAV", "FLOAT", 0),
    ("w64", "W64", "DOUBLE", 0),
    ("rf64", "RF64", "PCM_16", 2**-15),
    ("flac", "FLAC", "PCM_16", 2**-15),
    ("flac", "FLAC", "PCM_24", 2**-23),
    ("aiff", "AIFF", "PCM_16", 2**-15),
    ("au", "AU", "PCM_16", 2**-15),
    ("caf", "CAF", "PCM_16", 2**-15),
]
LOSSY = [("ogg", "OGG", "VORBIS"), ("opus", "OGG", "OPUS"), ("mp3", "MP3", "MPEG_LAYER_III")]


def noise(channels: int, samples: int) -> np.ndarray:
    return (0.2 * np.random.default_rng(0).standard_normal((channels, samples))).clip(-0.9, 0.9).astype(np.float32)


def says_in_one_line(error: pytest.ExceptionInfo[AudioganError], path: Path, *words: str) -> None:
    message = str(error.value)
    assert "\n" not in message and message.startswith(f"{path}: ") and message.endswith(".")
    assert all(word in message for word in words), message


@pytest.mark.parametrize(("suffix", "format", "subtype", "step"), LOSSLESS)
def test_lossless_formats_come_back_to_a_step(
    tmp_path: Path, suffix: str, format: str, subtype: str, step: float
) -> None:
    sound, path = noise(2, 1001), tmp_path / f"a.{suffix}"
    write(path, sound, 16000, format, subtype)
    info = describe(path)
    assert (info.format, info.subtype) == (format, subtype)
    assert (info.sample_rate, info.channels, info.samples, info.seconds) == (16000, 2, 1001, 1001 / 16000)
    back, rate = read(path)
    assert rate == 16000 and back.dtype == np.float32
    assert np.abs(back - sound).max() <= step


@pytest.mark.parametrize(("suffix", "format", "subtype"), LOSSY)
def test_lossy_formats_keep_length_and_sound(tmp_path: Path, suffix: str, format: str, subtype: str) -> None:
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(48001) / 48000)
    path = tmp_path / f"a.{suffix}"
    write(path, sine, 48000)
    info = describe(path)
    assert (info.format, info.subtype, info.samples) == (format, subtype, 48001)
    inside = slice(4800, -4800)
    assert np.abs(read(path)[0][0] - sine)[inside].max() < 0.02


def test_the_standard_library_reads_what_is_written_and_clipped(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.wav"
    write(path, np.array([[0.5, 1.0, 1.5, -1.0, -1.5]]), 8000)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert struct.unpack("<5h", file.readframes(5)) == (16384, 32767, 32767, -32768, -32768)


def test_floats_beyond_full_scale_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", np.array([1.5, -2.0]), 8000, subtype="FLOAT")
    assert read(tmp_path / "a.wav")[0].tolist() == [[1.5, -2.0]]


def test_byte_order_is_read_and_written(tmp_path: Path) -> None:
    with SoundWriter(tmp_path / "a.wav", 8000, 1, "WAV", "PCM_16", "BIG") as writer:
        writer.write(noise(1, 10))
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RIFX"
    assert describe(tmp_path / "a.wav").endian == "BIG"


@pytest.mark.parametrize(("start", "samples"), [(0, None), (10, 20), (990, 50), (1000, 5), (3000, 5), (7, 0)])
def test_a_slice_is_the_slice_of_the_whole(tmp_path: Path, start: int, samples: int | None) -> None:
    sound = noise(2, 1000)
    write(tmp_path / "a.wav", sound, 8000, subtype="FLOAT")
    stop = None if samples is None else start + samples
    np.testing.assert_array_equal(read(tmp_path / "a.wav", start, samples)[0], sound[:, start:stop])


def test_blocks_join_to_the_whole(tmp_path: Path) -> None:
    sound = noise(3, 1000)
    write(tmp_path / "a.flac", sound, 8000)
    with SoundReader(tmp_path / "a.flac") as reader:
        blocks = list(reader.blocks(size=333))
    assert [block.shape for block in blocks] == [(3, 333)] * 3 + [(3, 1)]
    np.testing.assert_allclose(np.concatenate(blocks, axis=1), sound, atol=2**-15)


def test_read_mono_averages_and_resamples(tmp_path: Path) -> None:
    def sine(rate: int) -> np.ndarray:
        return np.sin(2 * np.pi * 1000 * np.arange(2 * rate) / rate)

    path = tmp_path / "a.wav"
    write(path, np.stack([sine(44100), 0.5 * sine(44100)]), 44100, subtype="FLOAT")
    inside = slice(800, -800)
    whole = read_mono(path, 16000)
    assert whole.shape == (32000,)
    np.testing.assert_allclose(whole[inside], 0.75 * sine(16000)[inside], atol=1e-5)
    for start, samples in [(0, 100), (12345, 4000), (31000, 5000), (40000, 10)]:
        np.testing.assert_allclose(read_mono(path, 16000, start, samples), whole[start : start + samples], atol=1e-5)
    np.testing.assert_allclose(read_mono(path, 44100, 5, 9), 0.75 * sine(44100)[5:14], atol=1e-6)


def cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


@pytest.mark.parametrize("share", [0.4, 0.999])
@pytest.mark.parametrize(
    ("suffix", "format", "subtype"),
    [case[:3] for case in LOSSLESS] + LOSSY + [("wav", "WAV", "ULAW"), ("voc", "VOC", "PCM_16")],
)
def test_a_file_whose_end_is_missing(tmp_path: Path, suffix: str, format: str, subtype: str, share: float) -> None:
    path = tmp_path / f"a.{suffix}"
    write(path, noise(1, 96000), 48000, format, subtype)
    check(path)
    cut(path, share)
    with pytest.raises(AudioganError) as error:
        check(path)
    says_in_one_line(error, path, "cut short")


def test_a_wav_that_was_streamed_without_its_length_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, noise(1, 1000), 8000)
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert check(path).samples == 1000


def test_what_is_not_a_sound_file(tmp_path: Path) -> None:
    text, empty = tmp_path / "text.wav", tmp_path / "empty.wav"
    text.write_text("no sound here\n" * 100)
    empty.touch()
    os.mkfifo(tmp_path / "pipe.wav")
    for path, word in [
        (tmp_path / "missing.wav", "no such file"),
        (tmp_path, "folder"),
        (text, "cannot be read as sound"),
        (empty, "empty file"),
        (tmp_path / "pipe.wav", "neither a file nor a folder"),
    ]:
        with pytest.raises(AudioganError) as error:
            describe(path)
        says_in_one_line(error, path, word)


def test_headers_that_cannot_be(tmp_path: Path) -> None:
    none, rate = tmp_path / "none.wav", tmp_path / "rate.wav"
    soundfile.write(none, np.zeros(0), 8000)
    soundfile.write(rate, np.zeros(10), 8000)
    content = bytearray(rate.read_bytes())
    content[24:28] = bytes(4)
    rate.write_bytes(content)
    for path, word in [(none, "no samples"), (rate, "sample rate")]:
        with pytest.raises(AudioganError) as error:
            describe(path)
        says_in_one_line(error, path, word)


def claiming(path: Path, rate: int) -> Path:
    """100 samples in a WAV file whose header gives this rate."""
    soundfile.write(path, 0.1 * np.ones(100), 16000, subtype="PCM_16")
    path.write_bytes(path.read_bytes().replace((16000).to_bytes(4, "little"), rate.to_bytes(4, "little")))
    return path


@pytest.mark.parametrize("rate", [1, 10, 999, 768_001, 10**7, 2**31 - 1])
def test_a_rate_in_a_header_is_not_believed(tmp_path: Path, rate: int) -> None:
    path = claiming(tmp_path / "a.wav", rate)
    for way in (describe, check, read, partial(read_mono, sample_rate=16000)):
        with pytest.raises(AudioganError) as error:
            way(path)
        says_in_one_line(error, path, f"its header gives a sample rate of {rate} Hz", "from 1000 to 768000 Hz")


@pytest.mark.parametrize("rate", [1000, 997 * 2, 768_000])
def test_rates_within_the_bounds_are_read(tmp_path: Path, rate: int) -> None:
    path = claiming(tmp_path / "a.wav", rate)
    assert describe(path).sample_rate == rate
    assert read_mono(path, 16000).size == resampled_length(100, rate, 16000)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_named(tmp_path: Path, bad: float) -> None:
    sound = noise(2, 100_000)
    sound[1, 80_000] = bad
    soundfile.write(tmp_path / "a.wav", sound.T, 16000, subtype="FLOAT")
    with pytest.raises(AudioganError) as error:
        read(tmp_path / "a.wav")
    says_in_one_line(error, tmp_path / "a.wav", "sample 80000 (5.000 s)", "NaN")


def test_silence_is_found_and_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, np.zeros((1, 100)), 8000)
    assert not read(path)[0].any() and check(path).samples == 100 and is_silent(path)
    write(path, np.eye(1, 100_000, 99_999), 8000)
    assert not is_silent(path)


def test_an_interrupted_writer_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, noise(1, 10), 8000)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), SoundWriter(path, 8000, 1) as writer:
        writer.write(noise(1, 100_000))
        raise KeyboardInterrupt
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_places_and_formats_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe.wav")
    for path, format, subtype, word in [
        (tmp_path / "file" / "a.wav", None, None, "cannot be written"),
        (tmp_path / "pipe.wav", None, None, "not a file"),
        (tmp_path / "a.xyz", None, None, "suffix"),
        (tmp_path / "a.flac", None, "FLOAT", "cannot be written with FLOAT samples"),
        (tmp_path / "a.mp3", "MP3", "MPEG_LAYER_III", "cannot be written with 8 channels"),
    ]:
        with pytest.raises(AudioganError) as error:
            write(path, noise(8, 10), 8000, format, subtype)
        says_in_one_line(error, path, word)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "pipe.wav"]


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_a_full_disk(tmp_path: Path, name: str) -> None:
    # A limit on the size of files fails a write as a full disk does.
    program = (
        "import resource, sys, numpy as np\n"
        "from audiogan.audio.files import write\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: write(sys.argv[1], np.random.default_rng(0).uniform(-1, 1, (1, 200_000)), 16000)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    path = tmp_path / name
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"AudioganError {path}: could not be written to its end"), done.stdout + done.stderr
    assert "ulimit -f" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_find_sounds(tmp_path: Path) -> None:
    for name in ["b/z.WAV", "a/y.flac", "a/notes.txt", "x.opus", "a/y.flac.tmp-1"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [str(path.relative_to(tmp_path)) for path in find_sounds(tmp_path)] == ["a/y.flac", "b/z.WAV", "x.opus"]
    (tmp_path / "silent").mkdir()
    for path, word in [
        (tmp_path / "missing", "no such folder"),
        (tmp_path / "x.opus", "this is a file"),
        (tmp_path / "silent", "no sound file"),
    ]:
        with pytest.raises(AudioganError) as error:
            find_sounds(path)
        says_in_one_line(error, path, word)


def without_length(mp3: bytes) -> bytes:
    """An MP3 file without its first frame, in which LAME states the length, as recorders write them."""
    second = mp3.index(mp3[:2], 4)
    assert b"Xing" in mp3[:second] or b"Info" in mp3[:second]
    return mp3[second:]


@pytest.mark.parametrize(("rate", "mode"), [(44_100, "CONSTANT"), (16_000, "CONSTANT"), (44_100, "VARIABLE")])
def test_an_mp3_that_does_not_state_its_length_is_whole(tmp_path: Path, rate: int, mode: str) -> None:
    sound = 0.3 * np.sin(2 * np.pi * 440 * np.arange(3 * rate) / rate)
    soundfile.write(tmp_path / "stated.mp3", sound, rate, bitrate_mode=mode, compression_level=0.5)
    (tmp_path / "bare.mp3").write_bytes(without_length((tmp_path / "stated.mp3").read_bytes()))
    bare, _ = read(tmp_path / "bare.mp3")
    assert describe(tmp_path / "bare.mp3").samples == bare.shape[1]
    assert 2.9 * rate < bare.shape[1] < 3.1 * rate
    level = 20 * np.log10(np.std(bare[0, rate : 2 * rate]) / np.std(sound))
    assert level == pytest.approx(0, abs=1)

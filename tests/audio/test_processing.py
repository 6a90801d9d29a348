"""What a file is processed into: format, length, bit rate, tags, loudness, and what is said about it."""

from __future__ import annotations

import io
import os
import shutil
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.audio.bit_rates import Quality
from audiogan.audio.chunks import append_chunk
from audiogan.audio.files import describe, read, write
from audiogan.audio.processing import FileOptions, ProcessedFile, process_file
from audiogan.audio.tags import Tags, _write_tags, read_tags
from audiogan.errors import AudioganError
from tests.audio.media_files import COVER, Unchanged, shift, speechlike


def copied(source: object, destination: object, format: str | None = None, **options: object) -> ProcessedFile:
    chosen = FileOptions(**options)  # type: ignore[arg-type]
    return process_file(lambda rate, channels: Unchanged(channels), source, destination, None, chosen, format)  # type: ignore[arg-type]


def noise(seconds: float, rate: int, channels: int = 2, level: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (level * rng.standard_normal((channels, round(seconds * rate)))).astype(np.float32)


def chunks(path: Path) -> dict[bytes, bytes]:
    content, place, found = path.read_bytes(), 12, {}
    while place + 8 <= len(content):
        size = struct.unpack("<I", content[place + 4 : place + 8])[0]
        found[content[place : place + 4]] = content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    assert place == len(content) == struct.unpack("<I", content[4:8])[0] + 8
    return found


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate", "settings"),
    [
        ("mp3", None, 44100, {"bitrate_mode": "CONSTANT", "compression_level": 0.0}),
        ("mp3", None, 22050, {"bitrate_mode": "CONSTANT", "compression_level": 0.5}),
        ("mp3", None, 44100, {"bitrate_mode": "VARIABLE", "compression_level": 0.0}),
        ("mp3", None, 44100, {"bitrate_mode": "VARIABLE", "compression_level": 0.5}),
        ("ogg", "VORBIS", 44100, {"compression_level": 0.1}),
        ("ogg", "VORBIS", 16000, {"compression_level": 0.8}),
        ("opus", "OPUS", 48000, {"compression_level": 0.5}),
        ("opus", "OPUS", 48000, {"compression_level": 0.9}),
    ],
)
def test_the_bit_rate_comes_back(
    tmp_path: Path, suffix: str, subtype: str | None, rate: int, settings: dict[str, object]
) -> None:
    source, output = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    format = {"mp3": "MP3", "ogg": "OGG", "opus": "OGG"}[suffix]
    soundfile.write(source, noise(4, rate).T, rate, format=format, subtype=subtype, **settings)
    copied(source, output)
    assert output.stat().st_size == pytest.approx(source.stat().st_size, rel=0.08)
    assert describe(output).samples == describe(source).samples


def test_an_mp3_of_320_kbit_comes_back_with_320(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.mp3", noise(4, 44100).T, 44100, bitrate_mode="CONSTANT", compression_level=0.0)
    copied(tmp_path / "a.mp3", tmp_path / "b.mp3")
    for name in ("a.mp3", "b.mp3"):
        assert (tmp_path / name).stat().st_size * 8 / 4 == pytest.approx(320_000, rel=0.03)


@pytest.mark.parametrize(("word", "kbps"), [("64k", 64), ("192k", 192)])
@pytest.mark.parametrize("suffix", ["mp3", "ogg", "opus"])
def test_quality_as_a_bit_rate(tmp_path: Path, suffix: str, word: str, kbps: int) -> None:
    write(tmp_path / "a.wav", noise(4, 48000), 48000)
    copied(tmp_path / "a.wav", tmp_path / f"b.{suffix}", quality=Quality.parse(word))
    assert (tmp_path / f"b.{suffix}").stat().st_size * 8 / 4 == pytest.approx(1000 * kbps, rel=0.2)


def test_quality_from_0_to_10_is_monotonic_and_else_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(2, 48000), 48000)
    for suffix in ("mp3", "ogg", "opus"):
        sizes = []
        for word in ("0", "5", "10"):
            copied(tmp_path / "a.wav", tmp_path / f"b.{suffix}", quality=Quality.parse(word))
            sizes.append((tmp_path / f"b.{suffix}").stat().st_size)
        assert sizes[0] < sizes[1] < sizes[2]
    for word in ("11", "-1", "high", "2k", "", "k"):
        with pytest.raises(AudioganError, match="a number from 0 to 10"):
            Quality.parse(word)


@pytest.mark.parametrize(
    ("suffix", "rate", "stored"),
    [("mp3", 96000, 48000), ("mp3", 44056, 44100), ("opus", 44100, 48000), ("opus", 96000, 48000),
     ("ogg", 384000, 192000)],
)  # fmt: skip
def test_a_rate_that_the_format_does_not_store(tmp_path: Path, suffix: str, rate: int, stored: int) -> None:
    write(tmp_path / "a.wav", speechlike(2, rate), rate)
    info = copied(tmp_path / "a.wav", tmp_path / f"b.{suffix}")
    output = describe(tmp_path / f"b.{suffix}")
    assert output.sample_rate == info.output_rate == stored
    assert output.seconds == pytest.approx(2, abs=1e-3)
    assert f"does not store {rate} Hz: resampled to {stored} Hz" in info.notes[0]


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM", "GSM610"])
@pytest.mark.parametrize("samples", [1, 504, 1003, 5000])
def test_block_codecs_of_wav_keep_their_length(tmp_path: Path, subtype: str, samples: int) -> None:
    write(tmp_path / "a.wav", speechlike(1, 8000)[:, :samples] + 0.1, 8000, subtype=subtype)
    assert describe(tmp_path / "a.wav").samples == samples
    info = copied(tmp_path / "a.wav", tmp_path / "b.wav")
    after = describe(tmp_path / "b.wav")
    assert (after.samples, after.subtype, info.notes) == (samples, subtype, ())


def test_samples_that_cannot_be_written_are_said_to_be(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.mp3", noise(1, 44100, 1).T, 44100)
    data = (tmp_path / "a.mp3").read_bytes()
    head = struct.pack("<HHIIHHHHIHHH", 0x55, 1, 44100, 16000, 1, 0, 12, 1, 2, 1152, 1, 0)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    info = copied(tmp_path / "a.wav", tmp_path / "b.wav")
    assert info.notes[0] == "MPEG_LAYER_III samples cannot be written: PCM_16 samples instead"
    assert describe(tmp_path / "b.wav").subtype == "PCM_16"


def test_float_beyond_full_scale_is_counted_and_has_24_bits_in_flac(tmp_path: Path) -> None:
    sound = noise(1, 44100, 2, 0.6)
    write(tmp_path / "a.wav", sound, 44100, subtype="FLOAT")
    info = copied(tmp_path / "a.wav", tmp_path / "b.flac")
    beyond = int((np.abs(sound) > 1).sum())
    assert info.clipped == beyond > 1000 and f"{beyond} samples beyond full scale" in info.notes[0]
    assert describe(tmp_path / "b.flac").subtype == "PCM_24"
    np.testing.assert_allclose(read(tmp_path / "b.flac")[0], sound.clip(-1, 1), atol=2**-22)
    assert copied(tmp_path / "a.wav", tmp_path / "b.wav").clipped == 0


@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a.wav", "a.ogg"])
def test_salvage(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, noise(4, 48000), 48000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioganError, match="--salvage"):
        copied(path, tmp_path / f"b{path.suffix}")
    assert not (tmp_path / f"b{path.suffix}").exists()
    info = copied(path, tmp_path / f"b{path.suffix}", salvage=True)
    assert 1.5 < info.seconds < 2.5 and "cut short" in info.notes[0] and f"{info.seconds:.2f}" in info.notes[0]
    if path.suffix != ".ogg":
        assert "of 4.00 s" in info.notes[0]
    assert describe(tmp_path / f"b{path.suffix}").samples == info.samples


def test_salvage_changes_nothing_for_a_complete_file(tmp_path: Path) -> None:
    write(tmp_path / "a.flac", noise(1, 8000), 8000)
    assert copied(tmp_path / "a.flac", tmp_path / "b.flac", salvage=True).notes == ()
    np.testing.assert_array_equal(read(tmp_path / "a.flac")[0], read(tmp_path / "b.flac")[0])


@pytest.mark.parametrize("format", ["wav", "flac", "mp3"])
def test_file_objects(tmp_path: Path, format: str) -> None:
    write(tmp_path / "a.wav", noise(1, 16000, 1), 16000)
    output = io.BytesIO()
    info = copied(io.BytesIO((tmp_path / "a.wav").read_bytes()), output, format)
    assert info.samples == 16000
    output.seek(0)
    found = soundfile.info(output)
    assert (found.format, found.frames) == (format.upper(), 16000)
    alike = io.BytesIO()
    copied(io.BytesIO((tmp_path / "a.wav").read_bytes()), alike)
    assert alike.getvalue()[:4] == b"RIFF"


def test_chunks_of_wav_and_the_time_of_the_file(tmp_path: Path) -> None:
    source, output = tmp_path / "a.wav", tmp_path / "b.wav"
    write(source, noise(1, 8000, 1), 8000)
    bext = b"interview".ljust(602, b"\0")
    cue = struct.pack("<IIIIIII", 1, 1, 4000, int.from_bytes(b"data", "little"), 0, 0, 4000)
    kept = {b"bext": bext, b"cue ": cue, b"iXML": b"<x>1</x>", b"LIST": b"INFOINAM" + struct.pack("<I", 4) + b"abc\0"}
    for name, content in kept.items():
        append_chunk(source, name, content)
    append_chunk(source, b"JUNK", bytes(100))
    os.utime(source, (1_000_000_000, 1_000_000_000))
    copied(source, output)
    found = chunks(output)
    assert {name: found[name] for name in kept} == kept and b"JUNK" not in found
    assert output.stat().st_mtime == 1_000_000_000
    assert describe(output).samples == 8000
    np.testing.assert_array_equal(read(source)[0], read(output)[0])


def test_loudness_in_a_broadcast_extension_is_unset_where_it_changes(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(2, 8000, 1, 0.02), 8000)
    append_chunk(tmp_path / "a.wav", b"bext", bytes(range(256)) * 2 + bytes(90))
    copied(tmp_path / "a.wav", tmp_path / "b.wav", loudness=-20.0)
    assert chunks(tmp_path / "b.wav")[b"bext"][412:422] == b"\xff\x7f" * 5


@pytest.mark.parametrize("suffix", ["aiff", "caf"])
def test_chunks_of_other_kinds(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"a.{suffix}", noise(1, 8000, 1), 8000)
    append_chunk(tmp_path / f"a.{suffix}", b"ANNO" if suffix == "aiff" else b"info", b"a remark, kept")
    copied(tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}")
    assert b"a remark, kept" in (tmp_path / f"b.{suffix}").read_bytes()
    np.testing.assert_array_equal(read(tmp_path / f"a.{suffix}")[0], read(tmp_path / f"b.{suffix}")[0])


TAGGED = ["mp3", "flac", "ogg", "opus", "wav"]


@pytest.mark.parametrize("into", TAGGED)
@pytest.mark.parametrize("out_of", TAGGED)
def test_titles_and_covers_between_all_kinds(tmp_path: Path, out_of: str, into: str) -> None:
    source, output = tmp_path / f"a.{out_of}", tmp_path / f"b.{into}"
    write(source, noise(3, 48000), 48000)
    fields = (("title", "Grüße"), ("artist", "Ada"), ("album", "Talks"), ("genre", "Speech"), ("year", "2024-05-06"),
              ("comment", "first"), ("track", "3/12"))  # fmt: skip
    big = COVER + bytes(100_000)  # several pages of Ogg
    _write_tags(source, {"opus": "ogg"}.get(out_of, out_of), Tags(fields, (("image/png", big),)))
    before = read(source)[0]
    copied(source, output)
    found = read_tags(output)
    assert {name: dict(found.fields).get(name) for name, _ in fields} == dict(fields)
    assert [data for _, data in found.covers] == [big]
    after, rate = read(output)
    assert rate == 48000 and after.shape == before.shape and abs(shift(before[0], after[0])) <= 1


def test_an_independent_program_reads_the_tags(tmp_path: Path) -> None:
    av = pytest.importorskip("av", reason="PyAV reads the tags")
    for suffix in TAGGED:
        write(tmp_path / f"a.{suffix}", noise(1, 48000), 48000)
        _write_tags(
            tmp_path / f"a.{suffix}", {"opus": "ogg"}.get(suffix, suffix),
            Tags((("title", "Grüße"), ("artist", "Ada")), (("image/png", COVER),)),
        )  # fmt: skip
        with av.open(str(tmp_path / f"a.{suffix}")) as container:
            tags = {**container.metadata, **container.streams.audio[0].metadata}
            assert {key.lower(): value for key, value in tags.items()}["title"] == "Grüße"
            assert suffix == "wav" or len(container.streams.video) == 1


def test_damaged_tags_do_not_stop_the_work(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", noise(1, 8000, 1), 8000)
    append_chunk(tmp_path / "a.wav", b"id3 ", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(50))
    copied(tmp_path / "a.wav", tmp_path / "b.flac")
    copied(tmp_path / "a.wav", tmp_path / "b.wav")


@pytest.mark.parametrize("loudness", [None, -16.0])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, loudness: float | None) -> None:
    peaks = []
    for seconds in (20, 120):
        write(tmp_path / "a.wav", np.tile(noise(10, 16000, 1), (1, seconds // 10)), 16000)
        tracemalloc.start()
        copied(tmp_path / "a.wav", tmp_path / "b.flac", loudness=loudness)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    shutil.rmtree(tmp_path)

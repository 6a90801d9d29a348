"""Sound in M4A, MP4, MKV, WebM, WMA, AMR, …: it comes back in its place, beside what else is in the file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audiogan.audio import media, media_output
from audiogan.audio.files import check, describe, read, read_mono, write
from audiogan.audio.media import track_of
from audiogan.audio.processing import FileOptions, ProcessedFile, process_file
from audiogan.errors import AudioganError
from tests.audio.media_files import Unchanged, encode, packets, shift, speechlike

pytest.importorskip("av", reason="files are made by PyAV (pip install 'audiogan[media]')")
BACKENDS = ["av", pytest.param("ffmpeg", marks=pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg"))]
KINDS = [  # suffix, container, codec, rate, channels, bit rate, samples by which the length may differ
    ("m4a", "ipod", "aac", 44100, 2, 128_000, 1024), ("mp4", "mp4", "aac", 48000, 1, 64_000, 1024),
    ("mov", "mov", "aac", 44100, 1, 64_000, 1024), ("aac", "adts", "aac", 44100, 1, 64_000, 1024),
    ("mkv", "matroska", "aac", 48000, 2, 96_000, 1024), ("webm", "webm", "libopus", 48000, 1, 48_000, 0),
    ("3gp", "3gp", "aac", 16000, 1, 24_000, 1024), ("m4a", "ipod", "alac", 44100, 2, 0, 0),
    ("mka", "matroska", "flac", 44100, 2, 0, 0), ("avi", "avi", "mp3", 44100, 1, 96_000, 1152),
]  # fmt: skip


def copied(source: Path, destination: Path, **options: object) -> ProcessedFile:
    return process_file(
        lambda rate, channels: Unchanged(channels), source, destination, None, FileOptions(**options)  # type: ignore[arg-type]
    )


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "ffmpeg":
        monkeypatch.setitem(sys.modules, "audiogan.audio.media_av", None)
    for cached in (media.backend, media._measure, media_output._delay):
        cached.cache_clear()
    yield request.param
    for cached in (media.backend, media._measure, media_output._delay):
        cached.cache_clear()


@pytest.mark.parametrize(("suffix", "container", "codec", "rate", "channels", "bit_rate", "margin"), KINDS)
def test_sound_keeps_place_length_codec_and_bit_rate(
    tmp_path: Path, backend: str, suffix: str, container: str, codec: str, rate: int, channels: int, bit_rate: int,
    margin: int,
) -> None:  # fmt: skip
    source, output = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    encode(source, speechlike(3, rate, channels), rate, codec, container, bit_rate)
    info = copied(source, output)
    before, after = read(source)[0], read(output)[0]
    assert (info.sample_rate, info.channels, info.samples) == (rate, channels, before.shape[1])
    assert abs(shift(before[0], after[0])) <= 1
    assert 0 <= after.shape[1] - before.shape[1] <= margin + 1
    assert track_of(output).codec == track_of(source).codec
    inside = slice(4096, before.shape[1] - 4096)
    error = np.mean(np.square(before[:, inside] - after[:, inside])) / np.mean(np.square(before[:, inside]))
    assert error < 0.05
    if bit_rate:
        assert track_of(output).bit_rate == pytest.approx(track_of(source).bit_rate, rel=0.25)
    else:
        assert error < 1e-8


@pytest.mark.parametrize(("suffix", "container", "codec", "rate"), [("wma", "asf", "wmav2", 44100)])
def test_wma_keeps_its_place(tmp_path: Path, backend: str, suffix: str, container: str, codec: str, rate: int) -> None:
    source, output = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    encode(source, speechlike(3, rate, 2), rate, codec, container, 96_000)
    copied(source, output)
    before, after = read(source)[0], read(output)[0]
    assert abs(shift(before[0], after[0])) <= 1
    assert abs(after.shape[1] - before.shape[1]) <= 2 * 2048


@pytest.mark.parametrize(("suffix", "container"), [("amr", "amr"), ("3gp", "3gp")])
def test_amr_of_a_telephone(tmp_path: Path, backend: str, suffix: str, container: str) -> None:
    source, output = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    encode(source, speechlike(3, 8000), 8000, "libopencore_amrnb", container, 12_200)
    if backend == "ffmpeg" and suffix == "amr" and "amrnb" not in _encoders():
        with pytest.raises(AudioganError, match="cannot write amr_nb"):
            copied(source, output)
        copied(source, tmp_path / "b.wav")
        return
    copied(source, output)
    before, after = read(source)[0], read(output)[0]
    assert abs(shift(before[0], after[0])) <= 4  # half a millisecond: speech codecs keep no waveform
    assert abs(after.shape[1] - before.shape[1]) <= 1024


def _encoders() -> str:
    return subprocess.run(["ffmpeg", "-encoders"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("suffix", "container"), [("mp4", "mp4"), ("mov", "mov"), ("mkv", "matroska")])
def test_pictures_chapters_and_tags_are_copied(tmp_path: Path, backend: str, suffix: str, container: str) -> None:
    import av

    source, output = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    tags = {"title": "A talk", "artist": "Ada"}
    encode(source, speechlike(3, 48000, 2), 48000, "aac", container, 96_000, True, tags, chapters=True, start=0.25)
    copied(source, output)
    assert packets(output, "video") == packets(source, "video")
    # On the container's clock: where sound begins after the picture, some containers do not hide the codec's delay.
    late = track_of(output).start - track_of(source).start + shift(read(source)[0][0], read(output)[0][0]) / 48000
    # The clock of Matroska counts milliseconds, and ffmpeg up to 5 takes the delay of AAC off twice there.
    assert abs(late) < (0.022 if (backend, suffix) == ("ffmpeg", "mkv") else 0.0015)
    with av.open(str(source)) as before, av.open(str(output)) as after:
        assert {key.lower(): value for key, value in after.metadata.items()}["title"] == "A talk"
        assert [chapter["metadata"]["title"] for chapter in after.chapters()] == ["part 0", "part 1"]
        assert len(after.streams.video) == 1 and len(after.streams.audio) == 1
        assert after.duration == pytest.approx(before.duration, abs=60_000)


def test_reading_as_of_any_other_file(tmp_path: Path, backend: str) -> None:
    sound = speechlike(2, 44100, 2)
    encode(tmp_path / "a.m4a", sound, 44100, "alac", "ipod")
    assert check(tmp_path / "a.m4a").samples == 88200
    np.testing.assert_allclose(read(tmp_path / "a.m4a")[0], sound, atol=2**-15)
    np.testing.assert_allclose(read(tmp_path / "a.m4a", 1000, 500)[0], sound[:, 1000:1500], atol=2**-15)
    assert read_mono(tmp_path / "a.m4a", 16000).shape == (32000,)


def test_a_wav_becomes_an_m4a_with_its_tags(tmp_path: Path, backend: str) -> None:
    write(tmp_path / "a.wav", speechlike(2, 44100), 44100)
    info = copied(tmp_path / "a.wav", tmp_path / "b.m4a", loudness=-23.0)
    assert info.loudness == pytest.approx(-23, abs=0.5) and track_of(tmp_path / "b.m4a").codec == "aac"


def test_a_file_cut_short_is_refused_or_salvaged(tmp_path: Path, backend: str) -> None:
    encode(tmp_path / "a.mkv", speechlike(6, 48000), 48000, "libopus", "matroska", 64_000)
    whole = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AudioganError, match=r"a\.mkv: damaged or cut short.*--salvage\.$"):
        describe(tmp_path / "a.mkv")
    info = copied(tmp_path / "a.mkv", tmp_path / "b.wav", salvage=True)
    assert "cut short" in info.notes[0] and 2 < info.seconds < 4
    encode(tmp_path / "a.m4a", speechlike(6, 48000), 48000, "aac", "ipod", 64_000)
    whole = (tmp_path / "a.m4a").read_bytes()
    (tmp_path / "a.m4a").write_bytes(whole[: len(whole) // 2])  # its index was at its end
    with pytest.raises(AudioganError, match="index or header cannot be read"):
        describe(tmp_path / "a.m4a")


def test_a_picture_without_sound(tmp_path: Path, backend: str) -> None:
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        video = out.add_stream("mpeg4", rate=25)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        for _ in range(5):
            out.mux(video.encode(av.VideoFrame(32, 32, "yuv420p")))
        out.mux(video.encode(None))
    with pytest.raises(AudioganError, match="there is no sound track"):
        describe(tmp_path / "a.mp4")


def test_without_pyav_and_ffmpeg_the_message_has_the_command(tmp_path: Path) -> None:
    encode(tmp_path / "a.m4a", speechlike(1, 44100), 44100, "aac", "ipod")
    program = (
        "import sys; sys.modules['av'] = None\n"
        "from audiogan.cli import main\n"
        "sys.exit(main(['enhance', sys.argv[1], '-o', sys.argv[2]]))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a.m4a"), str(tmp_path / "b.m4a")]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": str(tmp_path)})
    assert done.returncode == 2 and "pip install 'audiogan[media]', or install ffmpeg" in done.stderr
    assert done.stderr.count("\n") == 1 and not (tmp_path / "b.m4a").exists()

"""Sounds go to the server and come back as the command line would write them, and nothing stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audiogan.audio.files import read
from audiogan.cli import main
from audiogan.demo.app import AT_ONCE, Demo
from audiogan.demo.work import Job
from tests.demo.material import noisy

SHAPES: list[tuple[str, dict[str, Any]]] = [
    ("a.wav", {"rate": 16000, "subtype": "PCM_16"}),
    ("a.wav", {"rate": 44100, "channels": 2, "subtype": "PCM_24"}),
    ("a.WAV", {"rate": 8000, "subtype": "PCM_U8"}),
    ("a.flac", {"rate": 48000, "channels": 2, "subtype": "PCM_24"}),
    ("a.aiff", {"rate": 22050, "subtype": "PCM_16"}),
    ("a.mp3", {"rate": 32000}),
]


def enhanced(client: Any, path: Path, **words: object) -> Any:
    """What the server answers to a file."""
    asked = {"model": "enhancer", "name": path.name, **words}
    return client.post("/enhance", params=asked, content=path.read_bytes())


def by_command(path: Path, *options: str) -> Path:
    """What `audiogan enhance` writes."""
    place = path.with_name(f"by_command{path.suffix}")
    assert main(["enhance", str(path), "-o", str(place), "--overwrite", *options]) == 0
    return place


@pytest.mark.parametrize(("name", "shape"), SHAPES, ids=[f"{name}-{shape['rate']}" for name, shape in SHAPES])
def test_the_answer_is_the_file_that_the_command_writes(
    client: Any, tmp_path: Path, name: str, shape: dict[str, Any]
) -> None:
    path = noisy(tmp_path / name, **shape)
    answer = enhanced(client, path)
    assert answer.status_code == 200, answer.text
    assert answer.content == by_command(path).read_bytes()
    told, info = json.loads(answer.headers["X-Sound"]), soundfile.info(path)
    assert (told["sample_rate"], told["channels"], told["samples"]) == (info.samplerate, info.channels, info.frames)
    assert (told["format"], told["subtype"]) == (info.format, info.subtype)


@pytest.mark.parametrize(("name", "how"), [("a.ogg", {}), ("a.opus", {}), ("a.wav", {"subtype": "FLOAT"})])
def test_files_with_a_date_or_a_drawn_number_hold_the_same_samples(
    client: Any, tmp_path: Path, name: str, how: dict[str, str]
) -> None:
    """A stream of Ogg has a serial number that is drawn anew, a WAV file of floats the time of its writing."""
    how = {"format": "OGG", "subtype": "OPUS"} if name.endswith(".opus") else how
    path, answer = noisy(tmp_path / name, **how), tmp_path / f"answer{name}"
    answer.write_bytes(enhanced(client, path).content)
    assert np.array_equal(read(answer)[0], read(by_command(path))[0])


def test_strength_and_limit_are_the_commands(client: Any, tmp_path: Path) -> None:
    path = noisy(tmp_path / "a.wav")
    plain = enhanced(client, path).content
    weak = enhanced(client, path, strength=0.3).content
    limited = enhanced(client, path, limit=6).content
    assert weak == by_command(path, "--strength", "0.3").read_bytes()
    assert limited == by_command(path, "--attenuation-limit", "6").read_bytes()
    assert len({plain, weak, limited}) == 3
    stereo = noisy(tmp_path / "b.wav", 44100, 2)
    apart = enhanced(client, stereo, channels="apart").content
    assert apart == by_command(stereo, "--channels", "apart").read_bytes() != enhanced(client, stereo).content
    assert enhanced(client, path).content == plain, "what one visitor chose, the next one does not get"


def test_a_model_on_windows_says_what_it_loses(client: Any, segan: Path, tmp_path: Path) -> None:
    path = noisy(tmp_path / "a.wav", 44100, 2)
    answer = enhanced(client, path, model="segan")
    assert answer.content == by_command(path, "-m", str(segan)).read_bytes()
    rate = client.get("/models").json()["denoisers"][1]["sample_rate"]
    assert json.loads(answer.headers["X-Sound"])["lost_above"] == rate / 2
    assert json.loads(enhanced(client, path).headers["X-Sound"])["lost_above"] is None


@pytest.mark.parametrize("model", ["enhancer", "segan"])
def test_many_at_once_get_their_own(client: Any, tmp_path: Path, model: str) -> None:
    paths = [
        noisy(tmp_path / f"{n}.wav", (8000, 16000, 44100)[n % 3], 1 + n % 2, 0.5 + n / 10, n) for n in range(12)
    ]  # fmt: skip
    alone = [enhanced(client, path, model=model, limit=3 + n).content for n, path in enumerate(paths)]

    def again(n: int) -> bytes:
        return bytes(enhanced(client, paths[n], model=model, limit=3 + n).content)

    with ThreadPoolExecutor(len(paths)) as pool:
        together = list(pool.map(again, reversed(range(len(paths)))))
    assert together[::-1] == alone
    assert len(set(alone)) == len(alone)


def test_nothing_is_left_before_the_answer_is_read(client: Any, demo: Demo, tmp_path: Path) -> None:
    path = noisy(tmp_path / "a.wav")
    asked = {"model": "enhancer", "name": "a.wav"}
    with client.stream("POST", "/enhance", params=asked, content=path.read_bytes()) as answer:
        assert answer.status_code == 200
        assert list(demo.folder.iterdir()) == []
        assert len(answer.read()) == path.stat().st_size
    assert demo.jobs == {}


def test_a_format_that_browsers_do_not_know_can_be_heard(client: Any, tmp_path: Path) -> None:
    path = noisy(tmp_path / "a.aiff", 22050, 2)
    answer = client.post("/wav", params={"name": "a.aiff"}, content=path.read_bytes())
    (tmp_path / "heard.wav").write_bytes(answer.content)
    assert soundfile.info(tmp_path / "heard.wav").format == "WAV"
    heard, rate = read(tmp_path / "heard.wav")
    assert rate == 22050
    assert np.array_equal(heard, read(path)[0])


def cut(path: Path) -> bytes:
    return noisy(path).read_bytes()[:-9000]


def silent(path: Path) -> bytes:
    soundfile.write(path, np.zeros(8000), 16000)
    return path.read_bytes()


def long(path: Path) -> bytes:
    soundfile.write(path, np.ones(8 * 2000), 2000)
    return path.read_bytes()


def wide(path: Path) -> bytes:
    """Under the limits of size and length, yet 6.6 million values a second."""
    soundfile.write(path, np.zeros((600_000, 8), np.int16), 200_000, format="FLAC")
    return path.read_bytes()


def claiming(rate: int) -> Callable[[Path], bytes]:
    """A short WAV file whose header gives another rate."""

    def made(path: Path) -> bytes:
        soundfile.write(path, np.ones(100), 16000, subtype="PCM_16")
        return path.read_bytes().replace((16000).to_bytes(4, "little"), rate.to_bytes(4, "little"))

    return made


BAD: list[tuple[Any, int, str]] = [
    (lambda path: b"Dear all", 415, "x.wav: cannot be read as sound"),
    (lambda path: b"", 415, "x.wav: an empty file (0 bytes)"),
    (cut, 415, "x.wav: cut short"),
    (long, 413, "The sound lasts 0:08, and this page takes 0:06 at most"),
    (wide, 413, "8 channels at 200000 Hz for 0:03 are more than this page takes"),
    (claiming(2**31 - 1), 415, "x.wav: its header gives a sample rate of 2147483647 Hz"),
    (claiming(1), 415, "x.wav: its header gives a sample rate of 1 Hz"),
    (lambda path: bytes(1_000_001), 413, "The file is larger than 1 MB"),
]


@pytest.mark.parametrize(("content", "status", "words"), BAD, ids=[words[:30] for _, _, words in BAD])
def test_what_cannot_be_done_is_said(
    client: Any, demo: Demo, tmp_path: Path, content: Any, status: int, words: str
) -> None:
    for address in ("/enhance", "/wav"):
        asked = {"model": "enhancer", "name": "C:\\my sounds\\x.wav"}
        answer = client.post(address, params=asked, content=content(tmp_path / "made.wav"))
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
        assert str(demo.folder) not in answer.text
        assert list(demo.folder.iterdir()) == []


@pytest.mark.parametrize("address", ["/enhance", "/wav"])
def test_silence_comes_back_as_it_was(client: Any, tmp_path: Path, address: str) -> None:
    asked = {"model": "enhancer", "name": "x.wav"}
    answer = client.post(address, params=asked, content=silent(tmp_path / "x.wav"))
    assert answer.status_code == 200, answer.text
    (tmp_path / "answer.wav").write_bytes(answer.content)
    sound, rate = read(tmp_path / "answer.wav")
    assert (sound.shape, rate, sound.any()) == ((1, 8000), 16000, False)


def test_a_large_file_without_a_length_is_refused_on_the_way(client: Any) -> None:
    pieces = (bytes(100_000) for _ in range(20))
    answer = client.post("/enhance", params={"model": "enhancer", "name": "x.wav"}, content=pieces)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        ({"model": "enhanser"}, 404, "no model enhanser. Did you mean enhancer?"),
        ({"model": ""}, 404, "no model "),
        ({"strength": "1.2"}, 400, "a strength of 1.2: it lies between 0"),
        ({"strength": "nan"}, 400, "a strength of nan"),
        ({"strength": "much"}, 400, "'much' is no number for strength"),
        ({"limit": "-3"}, 400, "an attenuation limit of -3.0 dB"),
    ],
)
def test_wrong_words_are_refused(
    client: Any, tmp_path: Path, words: dict[str, str], status: int, complaint: str
) -> None:
    answer = enhanced(client, noisy(tmp_path / "a.wav"), **words)
    assert answer.status_code == status
    assert complaint in answer.json()["error"]


@pytest.mark.parametrize("name", ["../../up.wav", "a.toolongsuffix", "no suffix", "x.w/v", ".wav", "a.%00", "ü🙂.flac"])
def test_a_name_is_only_a_name(client: Any, tmp_path: Path, name: str) -> None:
    path = noisy(tmp_path / "a.wav")
    answer = client.post("/enhance", params={"model": "enhancer", "name": name}, content=path.read_bytes())
    if name.endswith(".flac"):  # what it is called, not what it is, chooses the format, as on the command line
        (tmp_path / "a.flac").write_bytes(path.read_bytes())
        assert answer.content == by_command(tmp_path / "a.flac").read_bytes()
    else:
        assert answer.content == by_command(path).read_bytes()


def test_too_many_are_sent_away(client: Any, demo: Demo, tmp_path: Path) -> None:
    demo.jobs.update({str(n): Job() for n in range(AT_ONCE)})
    answer = enhanced(client, noisy(tmp_path / "a.wav"))
    assert (answer.status_code, "Try again" in answer.json()["error"]) == (503, True)
    demo.jobs.popitem()
    assert enhanced(client, noisy(tmp_path / "a.wav")).status_code == 200


def test_progress_is_told_by_ticket(client: Any, demo: Demo) -> None:
    demo.jobs["mine"] = Job(seconds=8, done=2)
    assert client.get("/progress", params={"ticket": "mine"}).json() == {"share": 0.25}
    assert client.get("/progress", params={"ticket": "other"}).json() == {"share": None}

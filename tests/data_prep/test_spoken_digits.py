"""Spoken digits and words, from packages of the shape that Debian has."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from spoken_digits import high_passed, recording_of, word_in

from .conftest import Run, deb, tone, wav_bytes

FR, RU = "asterisk-core-sounds-fr-g722", "asterisk-core-sounds-ru-g722"
TUX, KLETTRES = "tuxpaint-stamps-default", "klettres-data"
FR_AT, RU_AT = "usr/share/asterisk/sounds/fr_CA_f_June", "usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU"
TUX_AT, KLETTRES_AT = "usr/share/tuxpaint/stamps/symbols/math", "usr/share/klettres"


def g722(waveform: np.ndarray, folder: Path) -> bytes:
    """A headerless G.722 recording."""
    av = pytest.importorskip("av")
    with av.open(str(folder / "x.g722"), "w", format="g722") as container:
        stream = container.add_stream("adpcm_g722", rate=16000)
        stream.layout = "mono"
        pcm = np.round(waveform * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = 16000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    content = (folder / "x.g722").read_bytes()
    (folder / "x.g722").unlink()
    return content


@pytest.mark.parametrize(
    ("package", "path", "voice", "name", "digit", "parts"),
    [
        (FR, f"{FR_AT}/digits/7.g722", "asterisk-fr", "digits-7", "7", ["digits/train/7", "words/train"]),
        (FR, f"{FR_AT}/digits/17.g722", "asterisk-fr", "digits-17", None, ["words/train"]),
        (RU, f"{RU_AT}/digits/0.g722", "asterisk-ru", "digits-0", "0", ["digits/held_out/0", "words/held_out"]),
        (RU, f"{RU_AT}/phonetic/9_p.g722", "asterisk-ru", "phonetic-9_p", None, ["words/held_out"]),
        (TUX, f"{TUX_AT}/3.ogg", "tuxpaint-en", "3", "3", ["digits/train/3"]),
        (TUX, f"{TUX_AT}/3_en_GB.ogg", "tuxpaint-en_GB", "3", "3", ["digits/held_out/3"]),
        (TUX, f"{TUX_AT}/0_zh_tw.ogg", "tuxpaint-zh_tw", "0", "0", ["digits/train/0"]),
        (KLETTRES, f"{KLETTRES_AT}/pt_BR/syllab/ba.ogg", "klettres-pt_BR", "syllab-ba", None, ["words/train"]),
        (KLETTRES, f"{KLETTRES_AT}/fr/alpha/0.ogg", "klettres-fr", "alpha-0", None, ["words/held_out"]),
    ],
)
def test_paths_tell_voice_and_digit(
    package: str, path: str, voice: str, name: str, digit: str | None, parts: list[str]
) -> None:
    recording = recording_of(Path(path), package)
    assert recording and (recording.voice, recording.name, recording.digit) == (voice, name, digit)
    assert recording.parts == parts


@pytest.mark.parametrize(
    ("package", "path"),
    [
        (FR, f"{FR_AT}/silence/1.g722"), (FR, f"{FR_AT}/vm-goodbye.g722"), (TUX, f"{TUX_AT}/3_desc_fr.ogg"),
        (TUX, f"{TUX_AT}/3_el.ogg"), (TUX, f"{TUX_AT}/plus.ogg"), (TUX, f"{TUX_AT}/3.png"),
        (KLETTRES, f"{KLETTRES_AT}/ml/alpha/a.ogg"), (KLETTRES, "usr/share/klettres/pics/kids/klettres_kids.jpeg"),
    ],
)  # fmt: skip
def test_what_is_left_in_the_packages(package: str, path: str) -> None:
    assert recording_of(Path(path), package) is None


def test_a_constant_and_the_silence_around_a_word_go() -> None:
    word = np.pad(tone(0.4, 300), (8000, 6000)) + np.float32(0.05)
    assert len(word_in(word)) == len(word)  # a constant is no silence
    found = word_in(high_passed(word))
    assert abs(len(found) - (6400 + 2 * 480)) < 700
    inner = found[len(found) // 2 - 2000 : len(found) // 2 + 2000]
    assert np.sqrt(2 * np.mean(inner**2)) == pytest.approx(0.3, rel=0.02) and abs(inner.mean()) < 0.005


def test_recordings_are_sorted_and_the_rest_is_counted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads, out = tmp_path / "downloads", tmp_path / "data" / "spoken"
    padded = np.pad(tone(0.3, 200, 44100), 22050)
    files = {
        FR: {f"{FR_AT}/digits/7.g722": g722(tone(0.5, 300), tmp_path), f"{FR_AT}/letters/a.g722": b""},
        RU: {f"{RU_AT}/digits/7.g722": g722(tone(0.5, 400), tmp_path)},
        TUX: {
            f"{TUX_AT}/7_de.ogg": wav_bytes(np.stack([padded, padded], axis=1), 44100, "OGG"),
            f"{TUX_AT}/7_nl.ogg": wav_bytes(np.clip(9 * tone(0.5, 210), -1, 1), format="FLAC"),
            f"{TUX_AT}/8_fr.ogg": wav_bytes(tone(0.5, 220), format="FLAC"),
        },
        KLETTRES: {
            f"{KLETTRES_AT}/cs/alpha/a.ogg": wav_bytes(tone(0.5, 500), format="FLAC"),
            f"{KLETTRES_AT}/cs/alpha/b.ogg": wav_bytes(tone(0.5, 500), format="FLAC"),
            f"{KLETTRES_AT}/cs/alpha/c.ogg": wav_bytes(tone(1.5, 500), format="FLAC"),
            f"{KLETTRES_AT}/cs/alpha/d.ogg": wav_bytes(np.zeros(8000), format="FLAC"),
        },
    }
    for package, recordings in files.items():
        copyright_file = {f"usr/share/doc/{package}/copyright": b"a licence"}
        deb(downloads / f"{package}_1_all.deb", recordings | copyright_file)
    monkeypatch.setitem(sys.modules, "av", None)
    refused = run("spoken_digits", out, "--downloads", downloads)
    assert refused.returncode == 2 and "pip install audiogan[corpora]" in refused.stderr
    monkeypatch.undo()
    done = run("spoken_digits", out, "--downloads", downloads)
    assert done.returncode == 0, done.stderr
    assert "5 recordings; left out: 1 clipped, 1 silent, 1 there twice, 1 too long, 1 unreadable" in done.stdout
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == [
        "digits/held_out/7/asterisk-ru-digits-7.flac",
        "digits/held_out/8/tuxpaint-fr-8.flac",
        "digits/train/7/asterisk-fr-digits-7.flac",
        "digits/train/7/tuxpaint-de-7.flac",
        *(f"licences/{package}.txt" for package in sorted(files)),
        "words/held_out/asterisk-ru-digits-7.flac",
        "words/train/asterisk-fr-digits-7.flac",
        "words/train/klettres-cs-alpha-a.flac",
    ]
    info = soundfile.info(out / "digits/train/7/tuxpaint-de-7.flac")
    assert (info.samplerate, info.channels) == (16000, 1) and 0.3 < info.duration < 0.45
    assert "digits/train: 2 sounds, 0.0 min (7: 2)" in done.stdout and "words/train: 2 sounds" in done.stdout
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["spoken"]
    again = run("spoken_digits", out, "--downloads", tmp_path / "nowhere")
    assert again.returncode == 0 and again.stdout == "".join(done.stdout.splitlines(keepends=True)[1:])
    (tmp_path / "other" / "mine").mkdir(parents=True)
    refused = run("spoken_digits", tmp_path / "other")
    assert refused.returncode == 2 and "holds something else than spoken digits" in refused.stderr

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from debian_corpora import DebianCorpus, check_splits, chosen, read_table
from rnc import crc16

from audiogan.data.clips import checksum
from audiogan.errors import AudioganError

from .conftest import ROOT, Run, deb, tone, wav_bytes
from .game_files import queen_file, rnc_block, sky_files

TABLE = read_table(ROOT / "data_prep" / "debian_corpora.yaml")
SPLITS = "train", "select", "develop", "strangers"
CS = "usr/share/games/fillets-ng/sound"


def rows_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """Two packages, of speech with everything that is to be left out, and of noise in an archive inside."""
    files = {
        f"{CS}/one/cs/a-m-first.ogg": wav_bytes(tone(1, 200, 22050), 22050, "OGG"),
        f"{CS}/one/cs/a-m-again.ogg": wav_bytes(tone(1, 200, 22050), 22050, "OGG"),
        f"{CS}/one/cs/a-m-loud.ogg": wav_bytes(np.clip(tone(1, 300, 22050, 3.0), -1, 1), 22050, "OGG"),
        f"{CS}/one/cs/a-m-short.ogg": wav_bytes(tone(0.2, 300, 22050), 22050, "OGG"),
        f"{CS}/one/cs/a-m-silent.ogg": wav_bytes(np.zeros(22050), 22050, "OGG"),
        f"{CS}/one/cs/a-m-broken.ogg": b"OggS and no more",
        f"{CS}/one/cs/a-pap-parrot.ogg": wav_bytes(tone(1, 500, 22050), 22050, "OGG"),
        f"{CS}/one/cs/a-v-held.ogg": wav_bytes(tone(1, 600, 22050), 22050, "OGG"),
        f"{CS}/one/cs/a-m-as-held.ogg": wav_bytes(tone(1, 600, 22050), 22050, "OGG"),
        f"{CS}/one/en/a-m-other.ogg": wav_bytes(tone(1, 700, 22050), 22050, "OGG"),
    }
    deb(tmp_path / "downloads" / "fillets-ng-data-cs_1_all.deb", files)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as pk3:
        pk3.writestr("sound/ambience/wind.ogg", wav_bytes(np.stack([tone(2, 100), tone(2, 200)], axis=1), format="OGG"))
        pk3.writestr("sound/ambience/loud.ogg", wav_bytes(np.clip(tone(2, 300, amplitude=3), -1, 1), format="OGG"))
        pk3.writestr("sound/ambience/aliencom.ogg", wav_bytes(tone(2, 400), format="OGG"))
        rare = np.concatenate([tone(0.5, 600), np.zeros(32000, np.float32), tone(0.5, 600)])
        pk3.writestr("sound/ambience/rare.ogg", wav_bytes(rare, format="OGG"))
        late = np.concatenate([np.zeros(48000, np.float32), tone(2, 700)])
        pk3.writestr("sound/ambience/late.ogg", wav_bytes(late, format="OGG"))
        pk3.writestr("sound/ambience/creak.ogg", wav_bytes(tone(0.9, 500), format="OGG"))
    deb(tmp_path / "downloads" / "ufoai-sound_2_all.deb", {"usr/share/games/ufoai/base/0snd.pk3": inner.getvalue()})
    return tmp_path / "downloads"


PACKAGES = ("--packages", "fillets-ng-data-cs", "ufoai-sound")


def test_speakers_are_held_out_and_the_rest_is_sorted_out(run: Run, downloads: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("debian_corpora", out, "--downloads", downloads, *PACKAGES)
    assert result.returncode == 0, result.stderr

    train = rows_of(out / "train" / "speech")
    assert {(Path(row["source"]).name, row["speaker"]) for row in train} == {
        ("a-m-again.ogg", "fillets-cs/m"), ("a-pap-parrot.ogg", "fillets-cs/pap"),
    }  # fmt: skip
    held = rows_of(out / "select" / "speech")
    assert [(row["corpus"], row["speaker"]) for row in held] == [("fillets-cs-v", "fillets-cs-v")]
    # The copy of what is held out, and the second of two equal recordings.
    said = next(line for line in result.stdout.splitlines() if line.startswith("train/speech/fillets-cs:"))
    for reason in ("2 a duplicate", "1 clipped", "1 shorter than 0.25 s", "1 silent", "1 not readable"):
        assert reason in said
    # Noise may be clipped; what stays of ufoai lies in an archive inside the package.
    noise = rows_of(out / "train" / "noise")
    assert sorted(Path(row["source"]).name for row in noise) == ["late.ogg", "loud.ogg", "wind.ogg"]
    assert all(row["seconds"] == pytest.approx(2, abs=0.1) for row in noise)
    assert "1 more than half silent" in result.stdout

    for split, kind in (("train", "speech"), ("select", "speech"), ("train", "noise")):
        for row in rows_of(out / split / kind):
            samples, rate = soundfile.read(out / split / kind / row["path"], dtype="int16")
            info = soundfile.info(out / split / kind / row["path"])
            assert (rate, info.channels, info.subtype) == (16000, 1, "PCM_16")
            assert row["sha256"] == checksum(samples)
            assert row["seconds"] == pytest.approx(len(samples) / 16000, abs=1e-4)
            assert (row["kind"], row["licence"][:3]) == (kind, "GPL")
    assert not (out / "unfinished").exists()


def test_a_second_run_makes_nothing_and_goes_on_where_a_corpus_is_missing(
    run: Run, downloads: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run("debian_corpora", out, "--downloads", downloads, *PACKAGES).returncode == 0
    files = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    # What an interrupted run leaves: a corpus begun, and its record not written.
    (out / "prepared" / "ufoai.json").unlink()
    (out / "unfinished" / "ufoai" / "clips").mkdir(parents=True)
    (out / "unfinished" / "ufoai" / "clips" / "half.wav").write_bytes(b"RIFF")

    result = run("debian_corpora", out, "--downloads", downloads, *PACKAGES)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("there already") == 2
    again = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert again.keys() == files.keys()
    assert {path.parent.name for path in files if again[path] != files[path]} <= {"ufoai", "noise", "prepared"}
    assert again[out / "prepared" / "fillets-cs.json"] == files[out / "prepared" / "fillets-cs.json"]


def test_errors_are_one_line_with_exit_code_2(run: Run, tmp_path: Path) -> None:
    result = run("debian_corpora", tmp_path / "out", "--packages", "gcc")
    assert result.returncode == 2
    assert "gcc not known" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()

    deb(tmp_path / "ufoai-sound_1_all.deb", {"usr/share/games/ufoai/base/0snd.pk3": b"not a zip"})
    result = run("debian_corpora", tmp_path / "out", "--downloads", tmp_path, "--packages", "ufoai-sound")
    assert result.returncode == 2
    assert "0snd.pk3" in result.stderr
    assert "Traceback" not in result.stderr


def test_typing_is_made_of_key_strokes(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    strokes = {
        f"usr/share/buckle/wav/{n:02d}-{way}.wav": wav_bytes(0.1 * rng.standard_normal(3000))
        for n in range(5)
        for way in (0, 1)
    }
    deb(tmp_path / "bucklespring-data_1_all.deb", strokes)
    result = run("debian_corpora", tmp_path / "out", "--downloads", tmp_path, "--packages", "bucklespring-data")
    assert result.returncode == 0, result.stderr
    rows = rows_of(tmp_path / "out" / "train" / "noise")
    assert [row["seconds"] for row in rows] == [10.0] * 12
    samples = soundfile.read(tmp_path / "out" / "train" / "noise" / rows[0]["path"])[0]
    # Strokes of 0.19 s come in twos, about 5 pairs a second with pauses: sound and silence both have their share.
    assert 0.3 < np.mean(np.abs(samples) > 1e-3) < 0.98
    assert len({row["sha256"] for row in rows}) == 12


def test_g722_is_decoded(run: Run, tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    sound = tone(1.0, 1000)
    with av.open(str(tmp_path / "x.g722"), "w", format="g722") as container:
        stream = container.add_stream("adpcm_g722", rate=16000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.round(sound * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate = 16000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    root = "usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU"
    content = (tmp_path / "x.g722").read_bytes()
    deb(
        tmp_path / "asterisk-core-sounds-ru-g722_1_all.deb",
        {f"{root}/hello.g722": content, f"{root}/silence/1.g722": content[:4000], f"{root}/beep.g722": content[:4000]},
    )
    result = run(
        "debian_corpora", tmp_path / "out", "--downloads", tmp_path, "--packages", "asterisk-core-sounds-ru-g722"
    )
    assert result.returncode == 0, result.stderr
    (row,) = rows_of(tmp_path / "out" / "develop" / "speech")
    decoded = soundfile.read(tmp_path / "out" / "develop" / "speech" / row["path"])[0]
    # G.722 delays by a few samples (its filter bank) and holds a tone at about 30 dB: find both by correlation.
    best = max(range(40), key=lambda delay: float(np.dot(decoded[delay:15000], sound[: 15000 - delay])))
    error = decoded[best + 500 : 15000] - sound[500 : 15000 - best]
    assert 10 * np.log10(np.mean(sound**2) / np.mean(error**2)) > 25


def test_the_table_holds_out_what_it_should() -> None:
    folders = Counter((corpus.split, corpus.kind) for corpus in TABLE)
    assert set(folders) == {(split, kind) for split in SPLITS for kind in ("speech", "noise")}
    assert {c.name for c in TABLE if c.split == "develop"} == {
        "asterisk-ru",
        "fillets-nl-v",
        "lincity-ng",
        "unknown-horizons",
    }
    assert {c.name for c in TABLE if c.split == "select"} == {"fillets-cs-v", "wesnoth", "widelands"}
    assert len({corpus.name for corpus in TABLE}) == len(TABLE)
    # What is held out claims a recording first.
    splits = [corpus.split for corpus in TABLE]
    assert splits.index("train") > max(i for i, split in enumerate(splits) if split != "train")


@pytest.mark.parametrize(
    "name", ["x/cs/a-v-b.ogg", "x/cs/a-m-b.ogg", "x/cs/a-v.ogg", "x/cs/a-m-v-b.ogg", "x/cs/rand-0.ogg"]
)
def test_a_file_of_fillets_is_in_one_corpus_only(name: str) -> None:
    owners = [corpus.name for corpus in TABLE if corpus.package == "fillets-ng-data-cs" and corpus.wants(name)]
    assert owners == (["fillets-cs-v"] if "-v" in name else ["fillets-cs"])


def test_another_entry_is_another_definition() -> None:
    entry = {"name": "a", "split": "train", "kind": "noise", "licence": "CC0", "package": "p", "take": ["*"]}
    first = DebianCorpus(**entry)
    assert DebianCorpus(**entry, loudest=4).definition() == first.definition()
    assert DebianCorpus(**entry, loudest=5).definition() != first.definition()
    assert DebianCorpus(**{**entry, "split": "select"}).definition() != first.definition()


def test_packages_are_chosen_by_name() -> None:
    assert {corpus.name for corpus in chosen(TABLE, ["fillets-ng-data-cs"])} == {"fillets-cs", "fillets-cs-v"}
    assert chosen(TABLE, None) == TABLE
    with pytest.raises(AudioganError, match="Known: 0ad-data"):
        chosen(TABLE, ["nothing"])


def test_strangers_share_no_package_with_training() -> None:
    # A package may have its noise in one split and its voices in another; redeclipse's announcer is the one case.
    for kind in ("speech", "noise"):
        packages = {split: {c.package for c in TABLE if (c.split, c.kind) == (split, kind)} for split in SPLITS}
        for split in set(SPLITS) - {"strangers"}:
            assert not packages["strangers"] & packages[split]
        # What is held out of a package of noise is held out as a whole.
        assert not packages["train"] & (packages["select"] | packages["develop"]) or kind == "speech"
    # Packages of speech in two splits are divided by speaker: no file is wanted twice.
    names = [f"usr/share/games/fillets-ng/sound/a/{lang}/x-{who}-y.ogg" for lang in ("cs", "nl") for who in "mvz"]
    assert all(sum(corpus.wants(name) and "fillets" in corpus.package for corpus in TABLE) <= 1 for name in names)


def test_names_of_the_second_part() -> None:
    corpora = {corpus.name: corpus for corpus in TABLE}
    queen = corpora["flight-of-the-amazon-queen"]
    speakers = {"020006J1": "J", "020007P2": "020", "C11_3": "C11"}
    for name, speaker in speakers.items():
        assert queen.speaker_of(f"{name}.mp3") == f"flight-of-the-amazon-queen/{speaker}"
    assert corpora["qabcs"].speaker_of("usr/share/qabcs/abcs/uk/sounds/a.ogg") == "qabcs/uk"
    assert not queen.wants("216SSSS1.mp3")
    noise = corpora["0ad"]
    assert noise.wants("audio/ambient/water/wave_21.ogg") and noise.wants("audio/attack/fire/c_11.ogg")
    assert not noise.wants("audio/attack/axe/a.ogg") and not noise.wants("audio/music/a.ogg")
    ambience = "usr/share/games/redeclipse/data/sounds/ambience"
    assert corpora["redeclipse"].wants(f"{ambience}/wind.ogg")
    assert not any(
        corpora["redeclipse"].wants(f"{ambience}/{name}.ogg") for name in ("morph/rain", "alienwind", "lava1")
    )
    bombs = "usr/share/games/scorched3d/data/globalmods/none/data/wav/misc"
    assert corpora["scorched3d"].wants(f"{bombs}/f16_2.wav") and not corpora["scorched3d"].wants(f"{bombs}/f16_1.wav")
    planes = "usr/share/games/flightgear/Sounds"
    assert corpora["flightgear"].wants(f"{planes}/rain.wav")
    for skipped in (
        "turbine_loop",
        "exhaust_loop",
        "jet",
        "turbojet_fan",
        "turboprop1",
        "beep",
        "stall",
        "mk-viii/retard",
    ):
        assert not corpora["flightgear"].wants(f"{planes}/{skipped}.wav")


def test_recordings_in_game_archives(run: Run, tmp_path: Path) -> None:
    loud = np.concatenate([tone(0.5, 300, 11025, 0.5), tone(0.5, 300, 11025, 0.005)])
    said = {
        50001: ((loud + 1) * 128).astype(np.uint8).tobytes(),
        50002: ((tone(1, 300, 11025, 0.1) + 1) * 128).astype(np.uint8).tobytes(),
    }
    blocks = {n: b"h" * 22 + rnc_block(content, [[(content, None)]], crc16(content)) for n, content in said.items()}
    table, data = sky_files({**blocks, 50003: b"damaged"})
    root = "usr/share/scummvm"
    name = "beneath-a-steel-sky"
    deb(tmp_path / f"{name}_1_all.deb", {f"{root}/{name}/sky.dnr": table, f"{root}/{name}/sky.dsk": data})
    name = "flight-of-the-amazon-queen"
    spoken = {"020001J1.SB": tone(1, 400), "020001P1.SB": tone(1, 500), "1SSSS1.SB": tone(1, 600)}
    queen = queen_file({key: wav_bytes(sound, format="MP3") for key, sound in spoken.items()})
    deb(tmp_path / f"{name}_1_all.deb", {f"{root}/{name}/queen.1c": queen})
    packages = ("--packages", "beneath-a-steel-sky", "flight-of-the-amazon-queen")
    result = run("debian_corpora", tmp_path / "out", "--downloads", tmp_path, *packages)
    assert result.returncode == 0, result.stderr
    rows = rows_of(tmp_path / "out" / "train" / "speech")
    assert [(row["source"].split(": ")[1], row["speaker"].split("/")[-1], row["band_hz"]) for row in rows] == [
        ("50001.wav", "beneath-a-steel-sky", 5400),
        ("020001J1.mp3", "J", 4600),
        ("020001P1.mp3", "020", 4600),
    ]
    assert "1 of an SNR under 22 dB, 1 not readable" in result.stdout


def test_band_is_no_reason_to_make_a_corpus_again(run: Run, downloads: Path, tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "out"
    arguments = (out, "--downloads", downloads, "--packages", "ufoai-sound")
    assert run("debian_corpora", *arguments).returncode == 0
    assert all("band_hz" not in row for row in rows_of(out / "train" / "noise"))
    files = {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}
    narrow = [replace(corpus, band_hz=4000) for corpus in TABLE]
    monkeypatch.setattr("debian_corpora.read_table", lambda path: narrow)
    result = run("debian_corpora", *arguments)
    assert "there already" in result.stdout
    assert all(row["band_hz"] == 4000 for row in rows_of(out / "train" / "noise"))
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")} == files
    monkeypatch.undo()
    assert [c.band_hz for c in read_table(ROOT / "data_prep" / "debian_corpora.yaml") if c.name == "ufoai"] == [None]


def test_typing_of_a_wheel(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "keyboardsounds-6.4.3-py3-none-any.whl", "w") as wheel:
        for keyboard, names in {"a": ("press_key1", "press_key2", "release_key"), "b": ("enter", "space")}.items():
            for key in names:
                sound = wav_bytes(0.01 * rng.standard_normal(1600), format="MP3")
                wheel.writestr(f"keyboardsounds/profiles/{keyboard}/{key}.mp3", sound)
            wheel.writestr(f"keyboardsounds/profiles/{keyboard}/profile.yaml", b"name: x")
    result = run("debian_corpora", tmp_path / "out", "--downloads", tmp_path, "--packages", "keyboardsounds")
    assert result.returncode == 0, result.stderr
    rows = rows_of(tmp_path / "out" / "train" / "noise")
    assert [(row["source"], row["seconds"]) for row in rows] == [
        (f"keyboardsounds: {name}", 10.0) for name in ("a-0", "a-1", "b-0", "b-1")
    ]


def test_check_splits_finds_a_leak(run: Run, downloads: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("debian_corpora", out, "--downloads", downloads, *PACKAGES).returncode == 0
    other = out / "train" / "mine" / "corpus.jsonl"
    other.parent.mkdir()
    other.write_text('{"path": "a.wav", "licence": "CC0"}\n')
    check_splits(out)
    train, held = (rows_of(out / split / "speech") for split in ("train", "select"))
    table = out / "train" / "speech" / "corpus.jsonl"
    for leak in ({"sha256": held[0]["sha256"]}, {"speaker": held[0]["speaker"]}):
        table.write_text("".join(json.dumps(row) + "\n" for row in [*train, train[0] | leak]))
        with pytest.raises(AudioganError, match="both in select and train"):
            check_splits(out)


def test_band_of_a_speaker() -> None:
    tuxpaint = next(corpus for corpus in TABLE if corpus.name == "tuxpaint")
    assert [tuxpaint.band_of(f"tuxpaint/{speaker}") for speaker in ("ca", "ru")] == [4400, None]

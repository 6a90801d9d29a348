"""`audiogan eval`, run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiogan.cli import main
from tests.metrics.signals import noisy, speech_like

FAST = ["--measures", "si_sdr,segmental_snr", "--jobs", "1"]
NAMES = ("one", "sub/two", "three")


def put(path: Path, sound: np.ndarray, rate: int = 16000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, subtype="FLOAT")


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """clean/, noisy/ at 5 dB and enhanced/ at 15 dB, three files each."""
    for seed, name in enumerate(NAMES):
        clean = speech_like(1.0, seed=seed)
        put(tmp_path / "clean" / f"{name}.wav", clean)
        put(tmp_path / "noisy" / f"{name}.wav", noisy(clean, 5))
        put(tmp_path / "enhanced" / f"{name}.aiff", noisy(clean, 15))
    return tmp_path


def places(folder: Path) -> list[str]:
    return [str(folder / "clean"), str(folder / "enhanced"), "--noisy", str(folder / "noisy")]


def test_a_table_with_noisy_beside_enhanced(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = folders / "scores.json"
    code = main(["eval", *places(folders), *FAST, "--json", str(result), "--csv", str(folders / "scores.csv")])
    shown = capsys.readouterr()
    assert (code, shown.err) == (0, "")
    line = next(line for line in shown.out.splitlines() if "SI-SDR" in line)
    noisy_mean, enhanced_mean, difference = (float(cell.split("[")[0]) for cell in line.split("│")[2:5])
    assert noisy_mean == pytest.approx(5, abs=0.2)
    assert enhanced_mean == pytest.approx(15, abs=0.2)
    assert difference == pytest.approx(10, abs=0.2)
    assert "Le Roux" in shown.out
    assert f"audiogan eval {folders / 'clean'}" in shown.out.replace("\n", " ")

    read = json.loads(result.read_text(), parse_constant=pytest.fail)
    assert [item["name"] for item in read["files"]] == ["one", "sub/two", "three"]
    assert read["summary"]["noisy"]["si_sdr"]["files"] == 3
    assert read["summary"]["difference"]["si_sdr"]["mean"] == pytest.approx(10, abs=0.2)
    assert len((folders / "scores.csv").read_text().splitlines()) == 7
    assert not list(folders.rglob(".audiogan-*"))


def test_every_default_measure_gives_a_number(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = folders / "scores.json"
    assert main(["eval", *places(folders), "--jobs", "1", "--json", str(result)]) == 0
    summary = json.loads(result.read_text())["summary"]["enhanced"]
    assert len(summary) == 11
    assert all(mean["files"] == 3 for mean in summary.values())
    shown = capsys.readouterr().out
    assert all(package in shown for package in ("pesq 0.", "pystoi 0.", "audiogan "))


def test_single_files_need_not_share_a_name(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(folders / "clean/one.wav"), str(folders / "enhanced/one.aiff")]
    assert main(["eval", *files, "--noisy", str(folders / "noisy/one.wav"), *FAST, "--per-file"]) == 0
    shown = capsys.readouterr().out
    assert "Means over 1 pair " in shown
    assert "difference" in shown


def test_missing_partners_and_ambiguous_names_are_told(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folders / "enhanced/three.aiff").unlink()
    put(folders / "enhanced/four.wav", speech_like(0.5))
    put(folders / "clean/sub/two.flac.wav", speech_like(0.5))  # another name
    soundfile.write(folders / "clean/one.flac", speech_like(0.5), 16000)  # the same name
    (folders / "noisy/sub/two.wav").unlink()
    assert main(["eval", *places(folders), *FAST]) == 0
    told = capsys.readouterr().err
    assert "1 clean names stand for several files: one" in told
    assert "2 clean files have no enhanced partner: sub/two.flac, three" in told
    assert "2 enhanced files have no clean partner: four, one" in told
    assert "1 pairs have no noisy file: sub/two" in told


def test_what_cannot_be_judged_is_counted_and_the_rest_goes_on(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folders / "enhanced/one.aiff", np.zeros(16000))
    (folders / "enhanced/three.aiff").write_text("this is no sound")
    result = folders / "scores.json"
    assert main(["eval", *places(folders), *FAST, "--json", str(result)]) == 3
    shown = capsys.readouterr()
    assert "1 enhanced file by any measure: the estimate is silent" in shown.out
    assert "1 file could not be read" in shown.err and "three.aiff" in shown.err
    summary = json.loads(result.read_text())["summary"]
    assert summary["enhanced"]["si_sdr"]["files"] == 1
    assert summary["noisy"]["si_sdr"]["files"] == 3
    assert summary["difference"]["si_sdr"]["files"] == 1
    assert summary["difference"]["si_sdr"]["mean"] == pytest.approx(10, abs=0.3)


def test_means_by_snr_where_the_manifest_tells(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = folders / "manifest.jsonl"
    rows = [
        {"id": name, "clean": f"clean/{name}.wav", "noisy": f"noisy/{name}.wav", "sample_rate": 16000, "samples": 8000,
         "snr_db": snr}
        for name, snr in zip(NAMES[:2], (2.5, 7.5), strict=True)
    ]  # fmt: skip
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = folders / "scores.json"
    assert main(["eval", *places(folders), *FAST, "--manifest", str(manifest), "--json", str(result)]) == 0
    shown = capsys.readouterr()
    assert "2.5 dB" in shown.out and "7.5 dB" in shown.out
    assert "1 of 3 pairs have no SNR" in shown.err
    read = json.loads(result.read_text())
    assert list(read["by_snr"]) == ["2.5", "7.5"]
    assert read["by_snr"]["2.5"]["enhanced"]["si_sdr"]["files"] == 1
    assert read["files"][1]["snr_db"] == 7.5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["{}/nowhere", "{}/enhanced"], "nowhere: there is no such file or folder of clean sound"),
        (["{}/clean", "{}/other"], "no name is in both"),
        (["{}/clean", "{}/empty"], "no sound file in this folder"),
        (["{}/clean", "{}/enhanced/one.aiff"], "one is a folder, one a file"),
        (["{}/clean", "{}/enhanced", "--measures", "si_sdr,stio"], "Did you mean stoi?"),
        (["{}/clean", "{}/enhanced", "--jobs", "0"], "give 1 or more"),
        (["{}/clean", "{}/enhanced", "--json", "{}/clean"], "this is a folder"),
        (["{}/clean", "{}/enhanced", "--csv", "{}/no/where.csv"], "there is no such folder"),
        (["{}/clean", "{}/enhanced", "--manifest", "{}/no.jsonl"], "no such manifest"),
        (["{}/clean", "{}/silent", "--measures", "si_sdr", "--jobs", "1"], "nothing could be measured in 1 pair"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    folders: Path, capsys: pytest.CaptureFixture[str], change: list[str], said: str
) -> None:
    put(folders / "other/five.wav", speech_like(0.5))
    put(folders / "silent/one.wav", np.zeros(16000))
    (folders / "empty").mkdir()
    before = sorted(folders.rglob("*"))
    assert main(["eval", *(word.format(folders) for word in change)]) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert sorted(folders.rglob("*")) == before


def test_the_real_command_in_two_processes(folders: Path) -> None:
    command = [sys.executable, "-m", "audiogan", "eval", *places(folders), "--measures", "si_sdr", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "SI-SDR" in done.stdout

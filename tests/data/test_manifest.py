from __future__ import annotations

import json
from pathlib import Path

import pytest

from audiogan.data.manifest import Ingredient, PairRow, read_manifest, read_rows, write_manifest
from audiogan.errors import AudioganError


def row(folder: Path, name: str = "a") -> PairRow:
    return PairRow(
        id=name,
        clean=folder / "clean" / f"{name}.wav",
        noisy=folder / "noisy" / f"{name}.wav",
        sample_rate=16000,
        samples=100,
        snr_db=2.5,
        noise=[Ingredient(source="ü/n.wav", offset=3, gain=0.5, licence="CC0")],
    )


def test_what_is_written_is_read_back_with_whole_paths(tmp_path: Path) -> None:
    rows = [row(tmp_path, "a"), row(tmp_path, "b")]
    write_manifest(tmp_path / "manifest.jsonl", rows)
    assert read_manifest(tmp_path / "manifest.jsonl") == rows


def test_a_moved_folder_of_pairs_is_read_at_its_new_place(tmp_path: Path) -> None:
    write_manifest(tmp_path / "old" / "manifest.jsonl", [row(tmp_path / "old")])
    assert json.loads((tmp_path / "old" / "manifest.jsonl").read_text())["clean"] == "clean/a.wav"
    (tmp_path / "old").rename(tmp_path / "new")
    assert read_manifest(tmp_path / "new" / "manifest.jsonl")[0].clean == tmp_path / "new" / "clean" / "a.wav"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "line 2: Invalid JSON"),
        ('{"id": "b", "clean": "c", "noisy": "n", "sample_rate": 16000}', "line 2: samples: Field required"),
        ('{"id": "b", "clean": "c", "noisy": "n", "sample_rate": 0, "samples": 1}', "line 2: sample_rate: .*than 0"),
        ('{"id": "b", "clean": "c", "noisy": "n", "sample_rate": 1, "samples": 1, "snr": 5}', "line 2: snr: Extra"),
        ('{"id": "a", "clean": "c", "noisy": "n", "sample_rate": 1, "samples": 1}', "pair 2: its id 'a'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    manifest = tmp_path / "manifest.jsonl"
    write_manifest(manifest, [row(tmp_path)])
    with manifest.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(AudioganError, match=f"manifest.jsonl, {said}"):
        read_manifest(manifest)


def test_what_is_no_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"RIFF\xff\xfe\x00")
    for name, said in [("missing", "no such"), ("empty", "no pairs"), ("binary", "not text"), (".", "cannot be read")]:
        with pytest.raises(AudioganError, match=said):
            read_manifest(tmp_path / name)


def test_a_line_that_was_cut_short_by_a_kill_can_be_left_out(tmp_path: Path) -> None:
    manifest = tmp_path / "unfinished.jsonl"
    write_manifest(manifest, [row(tmp_path, "a"), row(tmp_path, "b")])
    manifest.write_text(manifest.read_text()[:-20])
    assert [pair.id for pair in read_rows(manifest, skip_broken_end=True)] == ["a"]
    with pytest.raises(AudioganError, match="line 2"):
        read_rows(manifest)

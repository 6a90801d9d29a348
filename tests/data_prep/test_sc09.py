"""SC09, from a small tree of the shape that its publisher ships."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from sc09 import WORDS

from .conftest import Run, wav_bytes

NOISE = wav_bytes([0.1, -0.1] * 800)


def tree() -> dict[str, bytes]:
    """Four recordings a word by four speakers, one of them in each list, beside what SC09 does not take."""
    files = {
        f"{word}/{speaker}_nohash_0.wav": NOISE for word in (*WORDS, "yes") for speaker in ("a1", "b2", "c3", "d4")
    }
    files["zero/a1_nohash_1.wav"] = wav_bytes([0.2, -0.2] * 800)
    lists = {"validation_list.txt": "c3", "testing_list.txt": "d4"}
    for name, speaker in lists.items():
        files[name] = "".join(f"{word}/{speaker}_nohash_0.wav\n" for word in (*WORDS, "yes")).encode()
    return files | {
        "_background_noise_/white_noise.wav": NOISE,
        "README.md": b"## Speech Commands",
        "LICENSE": b"CC-BY",
    }


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def all_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


EXPECTED = sorted(
    [f"train/{word}/{speaker}_nohash_0.wav" for word in WORDS for speaker in ("a1", "b2")]
    + [f"validation/{word}/c3_nohash_0.wav" for word in WORDS]
    + [f"test/{word}/d4_nohash_0.wav" for word in WORDS]
    + ["train/zero/a1_nohash_1.wav", "LICENSE", "README.md"]
)


@pytest.mark.parametrize("form", ["archive", "folder", "folder in a folder"])
def test_the_lists_say_what_goes_where(run: Run, tmp_path: Path, form: str) -> None:
    source, out = tmp_path / "source", tmp_path / "data" / "sc09"
    if form == "archive":
        archive(source, tree())
    else:
        put(source if form == "folder" else source / "speech_commands_v0.02", tree())
    done = run("sc09", source, out)
    assert done.returncode == 0, done.stderr
    assert all_below(out) == EXPECTED
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["sc09"]
    assert (out / "train/zero/a1_nohash_1.wav").read_bytes() == tree()["zero/a1_nohash_1.wav"]
    train, validation, test = done.stdout.splitlines()
    assert train.endswith("train: 21 sounds (zero: 3, " + ", ".join(f"{word}: 2" for word in WORDS[1:]) + ")")
    assert "validation: 10 sounds" in validation and "test: 10 sounds" in test
    assert run("sc09", tmp_path / "nowhere", out).stdout == done.stdout
    if form == "folder":
        assert (source / "nine/a1_nohash_0.wav").samefile(out / "train/nine/a1_nohash_0.wav")
        assert len(all_below(source)) == len(tree())


@pytest.mark.parametrize("as_archive", [True, False])
def test_what_is_missing_is_said_and_nothing_is_left(run: Run, tmp_path: Path, as_archive: bool) -> None:
    no_list = {name: content for name, content in tree().items() if name != "testing_list.txt"}
    no_nine = {name: content for name, content in tree().items() if not name.startswith("nine/")}
    for number, (files, said) in enumerate(((no_list, "is not Speech Commands"), (no_nine, "of the word nine"))):
        source = tmp_path / f"source-{number}"
        archive(source, files) if as_archive else put(source, files)
        failed = run("sc09", source, tmp_path / "out")
        assert failed.returncode == 2 and said in failed.stderr and failed.stderr.count("\n") == 1
        assert str(source) in failed.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source-0", "source-1"]


def test_what_is_no_archive_or_leads_out_of_it_or_is_in_the_way(run: Run, tmp_path: Path) -> None:
    assert "no such file" in run("sc09", tmp_path / "nowhere.tar.gz", tmp_path / "out").stderr
    escaping = archive(tmp_path / "bad.tar.gz", tree() | {"../zero/x.wav": NOISE})
    assert "leads out of its folder" in run("sc09", escaping, tmp_path / "out").stderr
    mine = put(tmp_path / "mine", {"song.wav": NOISE})
    assert "holds something else than SC09" in run("sc09", escaping, mine).stderr
    assert all_below(tmp_path) == ["bad.tar.gz", "mine/song.wav"]

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from audiogan.audio.files import write
from audiogan.data.sources import find_sources, fingerprint
from audiogan.errors import AudioganError


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for name in ("a/one.wav", "a/two.wav", "b/three.wav"):
        write(tmp_path / "speech" / name, np.ones(10, np.float32), 16000)
    rows = [{"path": "a/one.wav", "licence": "CC0", "speaker": "anna", "corpus": "x"}]
    (tmp_path / "speech" / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "speech" / "b" / "LICENCE").write_text("\n  CC-BY-4.0  \nby someone\n")
    return tmp_path / "speech"


def test_licences_come_from_the_table_then_a_licence_file_then_the_one_given(corpus: Path) -> None:
    found = {source.name: source for source in find_sources([corpus])}
    assert {name: source.licence for name, source in found.items()} == {
        "a/one.wav": "CC0",
        "a/two.wav": "unknown",
        "b/three.wav": "CC-BY-4.0",
    }
    assert found["a/one.wav"].speaker == "anna"
    assert [source.licence for source in find_sources([corpus], "MIT")] == ["CC0", "MIT", "CC-BY-4.0"]


def test_a_corpus_given_by_a_part_of_it_keeps_its_licences(corpus: Path) -> None:
    assert [source.licence for source in find_sources([corpus / "a"])] == ["CC0", "unknown"]


def test_a_bad_row_of_a_table_is_named(corpus: Path) -> None:
    with (corpus / "corpus.jsonl").open("a") as table:
        table.write('{"file": "a/two.wav"}\n')
    with pytest.raises(AudioganError, match=r"corpus\.jsonl, line 2"):
        find_sources([corpus])


def test_the_fingerprint_tells_whether_recordings_were_added_or_changed(corpus: Path) -> None:
    before = fingerprint(find_sources([corpus]))
    assert fingerprint(find_sources([corpus])) == before
    write(corpus / "a" / "two.wav", np.ones(11, np.float32), 16000)
    changed = fingerprint(find_sources([corpus]))
    write(corpus / "a" / "new.wav", np.ones(10, np.float32), 16000)
    assert len({before, changed, fingerprint(find_sources([corpus]))}) == 3

"""Suggestions for misspelt names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from audiogan.cli import main
from audiogan.suggest import did_you_mean, nearest


def test_nearest_finds_a_key_in_any_group_first() -> None:
    keys = ["log_every", "steps", "training.log_every", "training.checkpoint_every", "validation.every"]
    assert nearest("validate_every", keys)[0] == "validation.every"
    assert nearest("LOG-EVERY", keys)[0] == "log_every"
    assert nearest("zzz", keys) == []


def test_did_you_mean_never_lists_many_names() -> None:
    many = [f"name number {n}" for n in range(45)]
    assert did_you_mean("zzz", many, "audiogan x").count("name number") == 3
    assert "42 more (`audiogan x` lists them)" in did_you_mean("zzz", many, "audiogan x")
    assert did_you_mean("name number", many).count("name number") <= 3
    assert did_you_mean("zzz", ["a", "b"]) == "Known: a, b."
    assert did_you_mean("zzz", []) == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["enhanse", "x.wav"], "Did you mean enhance?"),
        (["enhance", "x.wav", "--strenght", "1"], "Did you mean --strength?"),
        (["recipe", "shwo", "segan"], "Did you mean show?"),
        (["train", "segann"], "Did you mean segan"),
        (["train", "segan", "validate_every=5"], "did you mean validation.every?"),
        (["train", "segan", "training.validate_every=5"], "did you mean validation.every?"),
        (["train", "segan", "data.batch_size=5"], "did you mean training.batch_size?"),
        (["eval", "a", "b", "--measures", "stio"], "Did you mean stoi"),
        (["enhance", "x.wav", "-m", "enhanser"], "Did you mean enhancer?"),
    ],
)
def test_every_misspelt_word_of_a_command_gets_its_nearest(words: list[str], expected: str, tmp_path: object) -> None:
    if words[-1] == "enhanser":
        pytest.importorskip("onnxruntime")
    done = subprocess.run([sys.executable, "-m", "audiogan", *words], capture_output=True, text=True)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    if "no such file" not in last:
        assert expected in last
    assert len(last) < 400


def test_an_unknown_argument_points_to_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "what"])
    assert "`audiogan doctor --help` lists the arguments." in capsys.readouterr().err

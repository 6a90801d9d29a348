"""What the package promises from outside: its names, its version and where it is found."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import audiogan


@pytest.mark.parametrize("name", audiogan.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert getattr(audiogan, name) is not None
    assert name in dir(audiogan)


def test_an_export_is_the_object_of_its_room() -> None:
    assert audiogan.Enhancer is import_module("audiogan.enhance").Enhancer
    assert audiogan.networks is import_module("audiogan.networks")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="SEGUN"):
        _ = audiogan.SEGUN  # type: ignore[attr-defined]


def test_the_version_is_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", audiogan.__version__)
    try:
        installed = version("audiogan")
    except PackageNotFoundError:
        pytest.skip("audiogan is not installed")
    assert installed == audiogan.__version__


def test_types_are_shipped() -> None:
    assert (Path(audiogan.__file__).parent / "py.typed").exists()


def test_a_user_s_mistake_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    command = ["prep", "--clean", nowhere, "--noise", nowhere, "-o", str(tmp_path / "pairs")]
    result = subprocess.run([sys.executable, "-m", "audiogan", *command], capture_output=True, text=True)
    assert result.returncode == 2
    assert re.fullmatch(r"audiogan prep: .+\n", result.stderr)

"""Nothing heavy is loaded before it is used."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "librosa", "matplotlib", "numba", "numpy", "onnxruntime", "pesq", "pydantic", "pystoi", "rich", "safetensors",
    "scipy", "soundfile", "soxr", "torch", "torchaudio", "yaml",
}  # fmt: skip
MODULES = 200  # 140 today, of the standard library and of audiogan; torch alone has 1500


def loaded_after(program: str) -> set[str]:
    """The top-level modules that are loaded when a program of one line has ended."""
    report = f"import sys\ntry:\n    {program}\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in result.stderr.split()}


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_after("from audiogan.cli import main; main(['--help'])")
    assert "audiogan" in loaded
    assert loaded & HEAVY == set()


def test_help_of_every_verb_loads_nothing_heavy() -> None:
    verbs = "from pathlib import Path; import audiogan.commands as c; "
    verbs += "print(*sorted(p.stem for p in Path(c.__path__[0]).glob('[a-z]*.py')))"
    names = subprocess.run([sys.executable, "-c", verbs], capture_output=True, text=True, check=True).stdout.split()
    assert names
    for name in names:
        assert loaded_after(f"from audiogan.cli import main; main([{name!r}, '--help'])") & HEAVY == set(), name


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import audiogan") & HEAVY == set()


def test_help_is_quick() -> None:
    """By the number of modules, since seconds depend on the machine and what else it does."""
    program = "import sys; from audiogan.cli import parser; before = len(sys.modules); text = parser().format_help(); "
    program += "print(len(sys.modules)); sys.exit('enhance' not in text)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(result.stdout) < MODULES

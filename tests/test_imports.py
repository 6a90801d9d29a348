"""Nothing heavy is loaded before it is used."""

from __future__ import annotations

import resource
import subprocess
import sys

HEAVY = {
    "librosa", "matplotlib", "numba", "numpy", "onnxruntime", "pesq", "pydantic", "pystoi", "rich", "safetensors",
    "scipy", "soundfile", "soxr", "torch", "torchaudio", "yaml",
}  # fmt: skip
RUNS = 5


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
    """Processor time, which a busy machine does not stretch as it does the clock."""
    seconds = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = subprocess.run([sys.executable, "-m", "audiogan", "--help"], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert result.returncode == 0
        assert "enhance" in result.stdout
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.3

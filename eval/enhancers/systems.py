"""What is compared: systems described in a file or on the command line, and the environments of their packages."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

import audiogan
from audiogan.errors import AudioganError

HERE = Path(__file__).parent
NEEDED = ("numpy", "soundfile", "soxr")  # by adapter.py, beside the package
READY = "ready.json"


class System(BaseModel):
    """One system. It has an adapter with packages, a model of audiogan, a folder of enhanced files, or a command.

    A system with an adapter or a model may have a command too: cold start and long files are then measured on that,
    since it is what people run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="as tables call it")
    packages: tuple[str, ...] = Field((), description="requirements of pip, installed in an environment of their own")
    packages_alone: tuple[str, ...] = Field((), description="requirements whose own requirements are left out")
    adapter: str | None = Field(None, description="module of adapters/ that runs in that environment")
    model: str | None = Field(None, description="run folder, checkpoint or bundle of audiogan")
    folder: Path | None = Field(
        None, description="folder of enhanced files, named as the noisy or clean ones or the pair"
    )
    command: str | None = Field(None, description="words with {in} and {out}; {bin} is the environment's bin folder")

    @model_validator(mode="after")
    def _has_one_way(self) -> System:
        ways = [way for way in (self.adapter, self.model, self.folder) if way is not None]
        if len(ways) > 1 or not (ways or self.command):
            raise ValueError("give one of adapter, model and folder, or a command")
        if self.command is not None and ("{in}" not in self.command or "{out}" not in self.command):
            raise ValueError(f"the command {self.command!r} lacks {{in}} or {{out}}")
        if self.adapter is not None and not (HERE / "adapters" / f"{self.adapter}.py").is_file():
            raise ValueError(f"there is no adapters/{self.adapter}.py")
        return self

    @property
    def slug(self) -> str:
        """The name as a folder is called."""
        return re.sub(r"[^A-Za-z0-9.]+", "_", self.name).strip("_") or "system"

    @property
    def fingerprint(self) -> str:
        """Changes where the sound that the system makes may change; what was kept under another is made again."""
        told: dict[str, Any] = self.model_dump(mode="json")
        if self.adapter is not None:
            told["adapter_code"] = (HERE / "adapters" / f"{self.adapter}.py").read_text(encoding="utf-8")
        for place in (Path(place) for place in (self.model, self.folder) if place is not None):
            files = [path for path in [place, *place.rglob("*")] if path.is_file()]
            told["state"] = [len(files), max((path.stat().st_mtime_ns for path in files), default=0)]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def read_systems(path: Path) -> list[System]:
    """The systems of a YAML (or JSON) file: a mapping from names to their keys.

    Raises:
        AudioganError: it cannot be read, or a system is not as `System` says.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AudioganError(f"{path}: cannot be read ({error.strerror}).") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AudioganError(f"{path}: not YAML ({' '.join(str(error).split())}).") from None
    if not isinstance(told, dict) or not all(isinstance(keys, dict) for keys in told.values()):
        raise AudioganError(f"{path}: names of systems are wanted, each with its keys.")
    return [system(str(name), where=str(path), **keys) for name, keys in told.items()]


def system(name: str, where: str = "command line", **keys: Any) -> System:
    """A system of these keys.

    Raises:
        AudioganError: they are not as `System` says.
    """
    try:
        return System(name=name, **keys)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise AudioganError(f"{where}, {name}: {key + ': ' if key else ''}{first['msg']}.") from None


def check_names(systems: Sequence[System]) -> None:
    """Refuse systems that would share a row or a folder, or take a name that tables use.

    Raises:
        AudioganError: the sentence.
    """
    seen = {"noisy", "enhanced", "difference"}
    for each in systems:
        if each.slug.lower() in seen:
            raise AudioganError(f"system {each.name!r}: the name is taken. Give it another.")
        seen.add(each.slug.lower())


def interpreter(each: System, environments: Path) -> Path:
    """The Python that runs a system's adapter, in an environment that is made when it is first wanted.

    Raises:
        AudioganError: the packages cannot be installed.
    """
    if not each.packages and not each.packages_alone:
        return Path(sys.executable)
    folder = environments.absolute() / (each.adapter or each.slug)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = {"packages": list(each.packages), "packages_alone": list(each.packages_alone)}
    ready = folder / READY
    if ready.is_file() and json.loads(ready.read_text(encoding="utf-8")) == wanted:
        return python
    print(f"{each.name}: installing into {folder}", flush=True)
    ready.unlink(missing_ok=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    commands = [[sys.executable, "-m", "venv", str(folder)], [*pip, *NEEDED, *each.packages]]
    if each.packages_alone:
        commands.append([*pip, "--no-deps", *each.packages_alone])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = [line for line in (done.stderr or done.stdout).splitlines() if "error" in line.lower()]
            raise AudioganError(f"{each.name}: cannot be installed ({said[-1] if said else 'pip failed'}).")
    ready.write_text(json.dumps(wanted), encoding="utf-8")
    return python


def child_environment() -> dict[str, str]:
    """Variables of a system's processes: one thread, and this audiogan where its model is run."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    paths = [str(Path(audiogan.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **single, "PYTHONPATH": os.pathsep.join(paths)}

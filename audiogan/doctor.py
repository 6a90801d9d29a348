"""What this machine gives audiogan: versions, devices, and which extras are installed."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

# What audiogan cannot do without: the module that is imported → the package that brings it.
CORE = {
    "numpy": "numpy",
    "scipy": "scipy",
    "soundfile": "soundfile",
    "soxr": "soxr",
    "pydantic": "pydantic",
    "yaml": "pyyaml",
    "safetensors": "safetensors",
    "onnxruntime": "onnxruntime",
    "torch": "torch",
    "torchaudio": "torchaudio",
    "librosa": "librosa",
    "matplotlib": "matplotlib",
    "PIL": "pillow",
    "pesq": "pesq",
    "pystoi": "pystoi",
    "rich": "rich",
    "tinytag": "tinytag",
}
# Those that are compiled, so that being there says little: these are imported. torch alone takes seconds.
COMPILED = ("numpy", "soundfile", "soxr", "onnxruntime", "torch", "sounddevice")
# What a package needs that pip does not bring.
BESIDE = {"sounddevice": "PortAudio: apt install libportaudio2, or brew install portaudio"}


@dataclass(frozen=True)
class Extra:
    """What one extra of the package is for.

    Args:
        purpose: what it adds, in some words.
        modules: what must be importable for it; those that audiogan itself needs are not named again.
    """

    purpose: str
    modules: tuple[str, ...]


EXTRAS = {
    "dnsmos": Extra("DNSMOS in `audiogan eval`", ("speechmos", "requests")),
    "tensorboard": Extra("TensorBoard events while training", ("tensorboard",)),
    "export": Extra("`audiogan bundle` of models that are made for streams", ("onnx",)),
    "corpora": Extra("G.722 recordings and rooms when corpora are prepared", ("av", "pyroomacoustics")),
    "media": Extra("M4A, MP4, MKV and other media files without ffmpeg", ("av",)),
    "completion": Extra("`audiogan completion`, verbs and options by the Tab key", ("shtab",)),
    "live": Extra("`audiogan enhance --live`, from microphone to speakers", ("sounddevice",)),
    "hub": Extra("pushing bundles to a model hub and fetching them", ("huggingface_hub",)),
    "demo": Extra("`audiogan demo`, a page to hear models with one's own sounds", ("starlette", "uvicorn")),
    "docs": Extra("building the documentation", ("mkdocs", "material", "mkdocstrings_handlers.python")),
}


@dataclass(frozen=True)
class Package:
    """One package that audiogan cannot do without.

    Args:
        name: as pip knows it.
        version: of what is installed; None where it is not, or says none.
        problem: why it cannot be used; empty where it can.
    """

    name: str
    version: str | None
    problem: str


@dataclass(frozen=True)
class Installed:
    """One extra as it is here.

    Args:
        name: of the extra.
        purpose: what it adds.
        missing: the modules that are not there; none where it works.
        problem: why one that is there cannot be used, and what to do; empty where it can.
    """

    name: str
    purpose: str
    missing: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class Findings:
    """What there is on this machine.

    Args:
        audiogan: its version.
        python: likewise.
        system: of which kind the machine is.
        core: what audiogan cannot do without.
        devices: a word for `training.device` or `--device` → what it is.
        extras: what can be added.
    """

    audiogan: str
    python: str
    system: str
    core: tuple[Package, ...]
    devices: dict[str, str]
    extras: tuple[Installed, ...]

    @property
    def works(self) -> bool:
        """Whether all of the core can be used."""
        return not any(package.problem for package in self.core)


def examine() -> Findings:
    """Look at this machine; takes as long as importing torch does."""
    from audiogan import __version__

    core = tuple(_package(module, name) for module, name in CORE.items())
    usable = {package.name for package in core if not package.problem}
    return Findings(
        audiogan=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        core=core,
        devices=_devices(torch_works="torch" in usable),
        extras=tuple(_extra(name, extra) for name, extra in EXTRAS.items()),
    )


def _package(module: str, name: str) -> Package:
    try:
        found = version(name)
    except PackageNotFoundError:
        found = None
    if not _there(module):
        return Package(name, found, "is not installed")
    problem = _problem(module)
    return Package(name, found, f"is installed and cannot be loaded ({problem})" if problem else "")


def _extra(name: str, extra: Extra) -> Installed:
    missing = tuple(module for module in extra.modules if not _there(module))
    problems = {module: _problem(module) for module in extra.modules if module not in missing}
    said = "; ".join(
        f"{module} cannot be loaded ({problem}). Install {BESIDE.get(module, module)}"
        for module, problem in problems.items()
        if problem
    )
    return Installed(name, extra.purpose, missing, said)


def _problem(module: str) -> str:
    """Why a compiled module that is there cannot be loaded; empty where it can."""
    if module in COMPILED:
        try:
            import_module(module)
        except (ImportError, OSError) as problem:
            return " ".join(str(problem).split())
    return ""


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package that would hold the module
        return False


def _devices(torch_works: bool) -> dict[str, str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    devices = {"cpu": f"{cores} core{'' if cores == 1 else 's'}"}
    if not torch_works:
        return devices
    import torch

    for number in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(number)
        devices[f"cuda:{number}"] = f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    if torch.backends.mps.is_available():
        devices["mps"] = "Apple's GPU"
    return devices

"""Build the wheel and try it in an environment that holds nothing but the wheel and what it declares.

The declared requirements, and what those declare in turn, are linked in from the environment that runs this program, so
nothing is downloaded twice. A module that uses a package which the wheel does not declare fails here.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LARGEST_WHEEL = 6_500_000  # bytes, of which the bundled models may take 5 MB
PAGE_SUFFIXES = {".html", ".css", ".js", ".svg"}
SOUND_SUFFIXES = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".g722"}

IMPORT_EVERYTHING = """
import importlib, pathlib, pkgutil, sys, audiogan
assert pathlib.Path(audiogan.__file__).is_relative_to(sys.prefix), audiogan.__file__
for module in pkgutil.walk_packages(audiogan.__path__, "audiogan."):
    if module.name != "audiogan.__main__":
        importlib.import_module(module.name)
for name in audiogan.__all__:
    getattr(audiogan, name)
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command; end this program, with the command's own words, where it fails."""
    print("$", *(str(word) if "\n" not in str(word) else "…" for word in command), flush=True)
    result = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}{result.stderr}\nfailed with exit code {result.returncode}")


def check_contents(wheel: Path) -> None:
    """The recipes, the pages' files and the type marker are inside, no sound is, and the wheel is small."""
    names = zipfile.ZipFile(wheel).namelist()
    recipes = {path.relative_to(ROOT / "recipes").as_posix() for path in (ROOT / "recipes").rglob("*.yaml")}
    pages = [path for path in (ROOT / "audiogan").rglob("*") if path.suffix in PAGE_SUFFIXES]
    missing = [name for name in sorted(recipes) if f"audiogan/recipes/{name}" not in names]
    missing += [name for name in (path.relative_to(ROOT).as_posix() for path in pages) if name not in names]
    sound = [name for name in names if Path(name).suffix.lower() in SOUND_SUFFIXES]
    size = wheel.stat().st_size
    if missing or not recipes or "audiogan/py.typed" not in names:
        sys.exit(f"the wheel lacks audiogan/py.typed, recipes or files of pages: {missing}")
    if sound:
        sys.exit(f"the wheel carries sound: {sound}")
    if size > LARGEST_WHEEL:
        sys.exit(f"the wheel has {size} bytes, more than {LARGEST_WHEEL}")
    print(f"{wheel.name}: {len(names)} files, {size / 1000:.0f} kB, {len(recipes)} recipes, no sound", flush=True)


def needs(package: Distribution, extras: Iterable[str] = ()) -> list[Requirement]:
    """What a distribution asks for here, with the given extras."""
    asked = map(Requirement, package.requires or [])
    return [r for r in asked if not r.marker or any(r.marker.evaluate({"extra": extra}) for extra in ("", *extras))]


def declared(package: Distribution) -> dict[str, Distribution]:
    """The installed distributions that a distribution's requirements lead to, by name."""
    found: dict[str, Distribution] = {}
    waiting = needs(package)
    seen = set()
    while waiting:
        requirement = waiting.pop()
        key = (requirement.name, *sorted(requirement.extras))
        if key not in seen:
            seen.add(key)
            found[requirement.name] = distribution(requirement.name)
            waiting += needs(found[requirement.name], requirement.extras)
    return found


def link(packages: Iterable[Distribution], site_packages: Path) -> None:
    """Link every file or folder that the distributions put at the top of their site-packages into another one."""
    for package in packages:
        for top in {file.parts[0] for file in package.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            target = site_packages / top
            if not target.exists():
                target.symlink_to(Path(str(package.locate_file(top))))


def main() -> None:
    """Build, look inside, install, and use the wheel from a folder that is not the checkout."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", work, ROOT, cwd=work)
        (wheel,) = work.glob("*.whl")
        check_contents(wheel)

        clean = work / "clean"
        venv.create(clean, with_pip=True)
        python = clean / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=work)
        (site_packages,) = (clean / "lib").glob("python*/site-packages")
        (installed,) = Distribution.discover(name="audiogan", path=[str(site_packages)])
        link(declared(installed).values(), site_packages)

        run(python, "-m", "pip", "check", cwd=work)
        run(clean / "bin" / "audiogan", "--help", cwd=work)
        run(clean / "bin" / "audiogan", "recipe", "check", "segan", cwd=work)
        run(python, "-c", IMPORT_EVERYTHING, cwd=work)
    print("the wheel works with what it declares")


if __name__ == "__main__":
    main()

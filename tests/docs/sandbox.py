"""A folder that holds what the commands of the documentation talk of: little sounds, and runs of three steps."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audiogan.cli import main
from audiogan.enhance import ENHANCER
from audiogan.recipe.reading import find_recipe, read_recipe
from tests.recipes.test_recipes import digits, hits, narrowed
from tests.tiny_runs import sound_folders, speech_like, write_sound

RATE = 16000
CHUNKS = [np.zeros((2, samples), np.float32) for samples in (4800, 1, 9600)]
MOST = 16  # samples or pairs, where a command asks for hundreds

# What kind of run a name in the documentation means, by the recipe that makes one.
RUNS = {
    "RUN_OF_SOUNDS": "specgan_mini",
    "RUN_OF_POINTS": "toy/eight_gaussians_wgan_gp",
    "RUN": "digits/digits_dcgan_conditional",
    "runs/specgan_mini": "specgan_mini",
    "runs/specgan_words": "specgan_mini",
    "runs/drums_classifier": "drums_classifier",
    "runs/eight_gaussians_wgan_gp": "toy/eight_gaussians_wgan_gp",
    "runs/segan_mini": "segan_mini",
    "runs/demo": "segan_mini",
    "runs/mine": "segan_mini",
}
# Folders of generated sounds that a command measures, where the page did not have them made before.
GENERATED = ("sounds", "kicks", "words")
# What the documentation's own words may not keep: how long a run takes.
SHORT = ("training.", "validation.every", "validation.items", "validation.samples")


class Sandbox:
    """A page's folder, in which its commands are run one after another.

    Args:
        root: an empty folder.
        kept: a folder for the runs that all pages share.
    """

    def __init__(self, root: Path, kept: Path) -> None:
        self.root, self.kept = root, kept
        # What the page's Python has defined so far, and what it takes for granted: sound that comes, ears that hear it.
        self.names: dict[str, object] = {"__name__": "page", "chunks": CHUNKS, "play": lambda sound: None}
        for folder in (".", "other", "data/debian/select", "data/debian/develop"):
            sound_folders(root / folder, RATE, seconds=1.2)
        for name in ("speech", "noise"):
            (root / "other" / name).rename(root / f"other_{name}")
        for name in ("models", "runs"):
            (root / name).mkdir()
        write_sound(root / "noisy.wav", speech_like(RATE, rate=RATE), RATE)
        (root / "talk.raw").write_bytes(bytes(RATE))
        write_sound(root / "recordings" / "one.wav", speech_like(RATE, 1, RATE), RATE)
        for folder in ("data/drums", "data/spoken/words"):
            for part in ("train", "held_out"):
                hits(root / folder).rename(root / folder / part)
        for part in ("train", "held_out"):
            digits(root / "data").rename(root / f"digits_{part}")
        (root / "data" / "digits").mkdir()
        for part in ("train", "held_out"):
            (root / f"digits_{part}").rename(root / "data" / "digits" / part)

    def command(self, text: str) -> None:
        """Run a command of the shell; audiogan's verbs in this process, all else in bash.

        Raises:
            AssertionError: it ends with another exit code than 0.
        """
        words = shlex.split(text, comments=True)
        self.provide(text)
        if words[0].endswith("audiogan") and not {"|", ">", "<", "&&", ";"} & {*words}:
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = main(self._short(words[1:]))
            assert code == 0, f"{text}\n{said.getvalue()}"
            return
        shim = self.root / "bin" / "audiogan"
        shim.parent.mkdir(exist_ok=True)
        shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m audiogan "$@"\n')
        shim.chmod(0o755)
        here = {"PATH": f"{shim.parent}:{os.environ['PATH']}", "HOME": str(self.root)}
        here["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", text], env={**os.environ, **here}, capture_output=True, text=True
        )
        assert result.returncode == 0, f"{text}\n{result.stdout}{result.stderr}"

    def python(self, text: str, place: str) -> None:
        """Run a block of Python after the page's earlier ones."""
        self.provide(text)
        if "Enhancer.load()" in text and not ENHANCER.is_dir():
            pytest.skip("no enhancer came with this audiogan")
        exec(compile(text, place, "exec"), self.names)

    def provide(self, text: str) -> None:
        """Put there the runs and generated sounds that a text names and that are not there."""
        words = {word.split("=")[-1].rstrip("/") for word in re.findall(r"[\w./=]+", text)}
        if "audiogan enhance" in text and " -m " not in text:
            words.add("runs/demo")
        for name in words & {*RUNS}:
            if not (self.root / name).exists() and "audiogan train" not in text:
                shutil.copytree(self._trained(RUNS[name]), self.root / name)
        for name in words & {*GENERATED}:
            if "audiogan eval" in text and not (self.root / name).exists():
                self.command(f"audiogan generate RUN_OF_SOUNDS -n {MOST} -o {name}/")

    def _trained(self, recipe: str) -> Path:
        run = self.kept / recipe.replace("/", "_")
        if not run.exists():
            words = narrowed(read_recipe(find_recipe(recipe)), self.kept / "data")
            assert main(["train", recipe, *words, "--run", str(run), "--quiet"]) == 0
        return run

    def _short(self, words: list[str]) -> list[str]:
        """The same with three steps, a small network and few samples."""
        if words[0] == "train":
            return self._short_training(words)
        counts = {"-n": MOST, "--count": MOST}
        words = [
            str(min(int(word), counts[before])) if before in counts else word
            for before, word in zip(["", *words], words, strict=False)
        ]
        alone = words[0] == "prep" or (words[0] == "eval" and "--reference" not in words)
        return [*words, "--jobs", "1"] if alone else words

    def _short_training(self, words: list[str]) -> list[str]:
        given = [word for word in words[2:] if "=" in word]
        recipe = read_recipe(find_recipe(words[1]), given)
        keys = {word.partition("=")[0] for word in given}
        short = [
            word
            for word in narrowed(recipe, self.root / "tiny")
            if word.startswith(SHORT) or word.partition("=")[0] not in keys
        ]
        run = words[words.index("--run") + 1] if "--run" in words else f"runs/{recipe.name}"
        if "--resume" not in words:
            shutil.rmtree(self.root / run, ignore_errors=True)
        return [*words, *short, "--quiet"]

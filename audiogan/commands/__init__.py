"""The verbs of the command line, one a file: `add_parser` describes its arguments, `run` makes one call and prints."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

VERBS = (
    "train", "enhance", "generate", "demo", "prep", "eval", "report", "recipe", "reproduce", "bundle", "models",
    "doctor", "completion",
)  # fmt: skip


def verb_module(verb: str) -> ModuleType:
    """The module of a verb; none of them imports anything heavy before it runs."""
    return import_module(f"audiogan.commands.{verb}")

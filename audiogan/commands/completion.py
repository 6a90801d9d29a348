"""`audiogan completion`: verbs, options and files by the Tab key."""

from __future__ import annotations

import argparse

from audiogan.errors import AudioganError

ABOUT = """Prints a script that teaches a shell audiogan's verbs and options, so that Tab completes them
without starting audiogan. Needs pip install 'audiogan[completion]'."""

EXAMPLES = """examples:
  audiogan completion bash > ~/.local/share/bash-completion/completions/audiogan
  audiogan completion zsh > ~/.zfunc/_audiogan"""

FOLDERS = (
    "clean",
    "noise",
    "out",
    "folder",
    "places",
    "reference",
    "training",
    "generated",
    "labels_of",
    "runs",
    "push",
    "data",
)
FILES = (
    "input",
    "output",
    "model",
    "recipe",
    "enhanced",
    "noisy",
    "manifest",
    "classifier",
    "csv",
    "json",
    "report",
    "card",
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "completion",
        help="print a script for completion by the Tab key",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=["bash", "zsh", "tcsh"], help="the shell to write for")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    try:
        import shtab
    except ImportError:
        raise AudioganError("Completion needs a package. Run: pip install 'audiogan[completion]'") from None

    from audiogan.cli import parser

    root = parser()
    _say_what_are_paths(root, shtab.FILE, shtab.DIRECTORY)
    print(shtab.complete(root, shell=arguments.shell))
    return 0


def _say_what_are_paths(parser: argparse.ArgumentParser, file: object, folder: object) -> None:
    """Mark the arguments of a parser and of those below it that take a file or a folder."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                _say_what_are_paths(below, file, folder)
        elif action.dest in (*FOLDERS, *FILES) and action.nargs != 0:
            action.complete = folder if action.dest in FOLDERS else file  # type: ignore[attr-defined]

"""The command line: a verb parses its arguments, makes one call, prints. Each verb is a file in `commands/`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from audiogan import __version__
from audiogan.commands import VERBS, verb_module
from audiogan.errors import AlreadyToldError, AudioganError

ABOUT = "Train, run and measure generative adversarial networks on sound."


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    root = argparse.ArgumentParser(prog="audiogan", description=ABOUT)
    root.add_argument("--version", action="version", version=f"audiogan {__version__}")
    verbs = root.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        verb_module(verb).add_parser(verbs)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0 done, 2 a mistake that its maker can mend, 130 interrupted."""
    parsed = _parse(arguments)
    try:
        return int(parsed.run(parsed))
    except AlreadyToldError:
        return 2
    except AudioganError as mistake:
        print(f"audiogan {parsed.verb}: {mistake}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"audiogan {parsed.verb}: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`); Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse, letting overrides stand behind options too, where argparse would not know them any more."""
    root = parser()
    parsed, rest = root.parse_known_args(arguments)
    unknown = [word for word in rest if word.startswith("-") or "=" not in word or not hasattr(parsed, "overrides")]
    if unknown:
        root.error(f"unrecognized arguments: {' '.join(unknown)}")
    if rest:
        parsed.overrides += rest
    return parsed

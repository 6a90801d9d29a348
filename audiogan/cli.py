"""The command line: a verb parses its arguments, makes one call, prints. Each verb is a file in `commands/`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from audiogan import __version__
from audiogan.commands import VERBS, verb_module
from audiogan.errors import AlreadyToldError, AudioganError
from audiogan.suggest import did_you_mean, join_or, nearest

INVALID_CHOICE = re.compile(r"invalid choice: '(.*)' \(choose from (.*)\)$", re.DOTALL)
ABOUT = "Train, run and measure generative adversarial networks on sound."


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors about unknown choices name the nearest ones."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 2."""
        if refused := INVALID_CHOICE.search(message):
            choices = re.findall(r"'([^']+)'", refused[2])
            message = f"{message[: refused.start()]}invalid choice: {refused[1]!r}. {did_you_mean(refused[1], choices)}"
        super().error(message)


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    root = Parser(prog="audiogan", description=ABOUT)
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
        _refuse(root, parsed.verb, unknown)
    if rest:
        parsed.overrides += rest
    return parsed


def _refuse(root: argparse.ArgumentParser, verb: str, unknown: Sequence[str]) -> NoReturn:
    """Exit with 2 and a message that names the option nearest to each misspelt one."""
    verbs = next(action for action in root._actions if isinstance(action, argparse._SubParsersAction))
    of_verb: argparse.ArgumentParser = verbs.choices[verb]
    options = [word for action in of_verb._actions for word in action.option_strings if word.startswith("--")]
    given = next((word.partition("=")[0] for word in unknown if word.startswith("--")), None)
    near = nearest(given, options) if given else []
    hint = f". Did you mean {join_or(near)}?" if near else f". `audiogan {verb} --help` lists the arguments."
    of_verb.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")

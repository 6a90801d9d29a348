"""The command line: a verb parses its arguments, makes one call, prints. Each verb is a file in `commands/`."""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from audiogan import __version__
from audiogan.commands import VERBS, verb_module
from audiogan.errors import AlreadyToldError, AudioganError, explain_os_error
from audiogan.suggest import did_you_mean, join_or, nearest

# Errors of writing without a file's name: those of files are reported by what writes them, with their name.
FAILED_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
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
    """Run one verb.

    Returns:
        The exit code: 0 success, 2 user error, 3 done but some inputs failed or were left out, 130 interrupted.
    """
    parsed = _parse(arguments)
    try:
        code = int(parsed.run(parsed))
        sys.stdout.flush()  # at exit it would be too late for a message
        return code
    except AlreadyToldError:
        return 2
    except AudioganError as mistake:
        print(f"audiogan {parsed.verb}: {mistake}", file=sys.stderr)
        if _is_of_output():
            _discard_output()
        return 2
    except KeyboardInterrupt:
        print(f"audiogan {parsed.verb}: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`); Python would complain again when it flushes at exit.
        _discard_output()
        return 0
    except OSError as error:
        if error.filename is not None:  # the system refused a path: too long a name, too many open files, a lost disk
            print(f"audiogan {parsed.verb}: {os.fsdecode(error.filename)}: {explain_os_error(error)}", file=sys.stderr)
            return 2
        if not _is_of_output() and error.errno not in FAILED_OUTPUT:
            raise
        _discard_output()
        print(f"audiogan {parsed.verb}: standard output: cannot be written: {explain_os_error(error)}", file=sys.stderr)
        return 2


def _is_of_output() -> bool:
    """Whether standard output cannot be written; what was printed there is then still in its buffer."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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

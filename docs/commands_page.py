"""The page of verbs and options, made of the parsers of the command line."""

from __future__ import annotations

import argparse
import textwrap

from docstrings import cell

from audiogan.cli import parser

USUAL = ("positional arguments", "options")

HEAD = """# Commands

Every verb of the command line with its options, as `audiogan VERB --help` prints them. The exit code is 0 when all
was done, 2 for a mistake that its maker can mend (one line on standard error says what, where and what to do, and
nothing is left half-written), 130 after Ctrl-C. What a run of several files could not do is told at the end, with
exit code 2.
"""


def page() -> str:
    """The whole page."""
    verbs = _below(parser())
    assert verbs is not None
    helps = {choice.dest: choice.help for choice in verbs._choices_actions}
    return HEAD + "".join(_verb(verb, one, helps[verb] or "") for verb, one in verbs.choices.items())


def _verb(name: str, verb: argparse.ArgumentParser, help: str, depth: int = 2) -> str:
    text = f"\n{'#' * depth} {name}\n\n{verb.description or help.capitalize() + '.'}\n\n"
    usage = " ".join(verb.format_usage().removeprefix("usage: ").split())  # the parser wraps it to its terminal
    text += "```text\n" + textwrap.fill(usage, 96, subsequent_indent="    ") + "\n```\n\n"
    below = _below(verb)
    if below is not None:
        helps = {choice.dest: choice.help for choice in below._choices_actions}
        text += "".join(_verb(f"{name} {one}", it, helps[one] or "", depth + 1) for one, it in below.choices.items())
    else:
        usual = [group for group in verb._action_groups if group.title in USUAL]
        text += _table([action for group in usual for action in group._group_actions])
        for group in verb._action_groups:
            if group not in usual:
                text += f"**{(group.title or '').capitalize()}.** {cell(group.description or '')}\n\n"
                text += _table(group._group_actions)
    if verb.epilog:
        text += _examples(verb.epilog)
    return text


def _table(actions: list[argparse.Action]) -> str:
    told = [action for action in actions if not isinstance(action, argparse._HelpAction)]
    rows = [f"| {_named(action)} | {cell((action.help or '').replace('%%', '%'))} |" for action in told]
    return "| argument | what it is |\n|---|---|\n" + "\n".join(rows) + "\n\n" if rows else ""


def _named(action: argparse.Action) -> str:
    takes = "" if action.nargs == 0 else _value(action)
    if not action.option_strings:
        return f"`{takes}`"
    return ", ".join(f"`{option}`" for option in action.option_strings) + (f" `{takes}`" if takes else "")


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    if action.metavar:
        return action.metavar
    if action.choices:
        return "/".join(map(str, action.choices))
    return action.dest if not action.option_strings else action.dest.upper()


def _examples(epilog: str) -> str:
    lines = [line.strip() for line in epilog.splitlines()[1:]]
    return "```sh\n" + "\n".join(lines) + "\n```\n\n"


def _below(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser] | None:
    return next((action for action in parser._actions if isinstance(action, argparse._SubParsersAction)), None)

"""`audiogan doctor`: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiogan.doctor import Findings

ABOUT = """Prints versions, devices and which extras are installed, with the command that installs those
that are not. The exit code is 0, or 1 if something that audiogan cannot do without is broken."""

EXAMPLES = """examples:
  audiogan doctor
  audiogan doctor --json"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what works on this machine",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look, and say what was found."""
    from audiogan.doctor import examine

    findings = examine()
    if arguments.json:
        print(json.dumps({**asdict(findings), "works": findings.works}, indent=2))
    else:
        print("\n".join(_lines(findings)))
    return 0 if findings.works else 1


def _lines(findings: Findings) -> list[str]:
    lines = [f"audiogan {findings.audiogan}, Python {findings.python}, {findings.system}", "", "devices"]
    lines += [f"  {word:12} {what}" for word, what in findings.devices.items()]
    lines += ["", "what audiogan cannot do without"]
    for package in findings.core:
        said = f"{package.problem}. Run: pip install --force-reinstall {package.name}" if package.problem else "works"
        lines.append(f"  {package.name:12} {package.version or '–':12} {said}")
    lines += ["", "extras"]
    for extra in findings.extras:
        state = "missing" if extra.missing else "broken" if extra.problem else "works"
        lines.append(f"  {extra.name:12} {state:12} {extra.purpose}")
        if extra.problem:
            lines.append(f"  {'':25} {extra.problem}")
        if extra.missing:
            lines.append(f"  {'':25} {', '.join(extra.missing)} not found. Run: pip install 'audiogan[{extra.name}]'")
    broken = [package.name for package in findings.core if package.problem]
    lines += ["", f"Broken: {', '.join(broken)}." if broken else "All that is needed works."]
    return lines

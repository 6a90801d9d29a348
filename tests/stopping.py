"""Commands that a real signal stops at a chosen point of their work, whatever the speed of the machine.

A test that waits for a sign of progress and then sends a signal may find that the work has ended in between. Here the
command sends the signal to itself.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable

# Their first arguments are the signal, whether it goes to the whole process group, as from a terminal, and a number.
SEND = """
import os, signal, sys
how, to_group, count, *words = sys.argv[1:]
left, own = int(count), os.getpid()
def count_down():
    global left
    if os.getpid() == own:
        left -= 1
        if left == 0:
            (os.killpg if int(to_group) else os.kill)(os.getpgid(0) if int(to_group) else own, int(how))
"""
# Then a module and a function in it: the signal comes behind the call of that number.
AFTER_CALLS = (
    SEND
    + """
import importlib
module, name, *words = words
module = importlib.import_module(module)
function = getattr(module, name)
def counted(*arguments, **options):
    result = function(*arguments, **options)
    count_down()
    return result
setattr(module, name, counted)
"""
)
# Then a part of a path, and one of the first path that counts: the signal comes before the opening, renaming or
# removing of that number of such a file.
AT_FILES = (
    SEND
    + """
part, first, *words = words
begun = False
def watch(event, parameters):
    global begun
    if event in ("open", "os.rename", "os.remove"):
        paths = [str(parameter) for parameter in parameters[:2]]
        begun = begun or any(first in path for path in paths)
        if begun and any(part in path for path in paths):
            count_down()
sys.addaudithook(watch)
"""
)
MAIN = """
from audiogan.cli import main
sys.exit(main(words))
"""


def stopped(
    program: str, how: signal.Signals, count: int, *words: str, prepare: Callable[[], None] | None = None
) -> tuple[int, str, str]:
    """Run a command line of audiogan with `AFTER_CALLS` or `AT_FILES`; its exit code, output and errors.

    Ctrl-C goes to the whole process group, as a terminal sends it, and any other signal to the process alone.

    Args:
        program: which of the two.
        how: the signal.
        count: of which call, or at which file.
        words: the program's arguments, then those of the command line.
        prepare: called in the new process before it begins.
    """
    head = [str(int(how)), str(int(how == signal.SIGINT)), str(count)]
    done = subprocess.run(
        [sys.executable, "-c", program + MAIN, *head, *words],
        capture_output=True, text=True, start_new_session=True, preexec_fn=prepare,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr

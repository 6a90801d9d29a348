"""The one exception that is meant for people."""

from __future__ import annotations


class AudioganError(Exception):
    """A mistake that its maker can mend: the message says what is wrong, where, and what to do.

    The command line prints the message as one line and ends with exit code 2; nothing is left half-written.
    """


class AlreadyToldError(AudioganError):
    """Another process of the same training tells of the mistake: this one ends with exit code 2 and without a word."""

"""Suggestions for misspelt names: the one "did you mean" of all messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

MOST = 3  # suggestions in a message
FEW = 6  # names are listed in full up to this number
LEAST_RATIO = 0.6  # of `SequenceMatcher`, below which names are not similar
MARGIN = 0.05  # suggestions this much less similar than the best one are left out


def nearest(given: str, known: Iterable[str], least: float = LEAST_RATIO) -> list[str]:
    """Return the names most similar to a misspelt one, best first, at most three.

    Case is ignored, and `_`, `-`, `.` and `/` are equal. A dotted name is compared in full and by its last part, so
    that a key is found in any group.

    Args:
        given: the misspelt name.
        known: valid names.
        least: similarity in [0, 1] below which a name is left out.
    """
    ranked = sorted(((_similarity(given, name), name) for name in dict.fromkeys(known)), key=lambda pair: -pair[0])
    return [name for ratio, name in ranked[:MOST] if ratio >= max(least, ranked[0][0] - MARGIN)]


def did_you_mean(given: str, known: Iterable[str], listed_by: str = "") -> str:
    """Return a sentence with the nearest names, or, where none is similar, with the known names.

    Args:
        given: the misspelt name.
        known: valid names.
        listed_by: command that prints all valid names.
    """
    names = list(dict.fromkeys(known))
    if near := nearest(given, names):
        return f"Did you mean {join_or(near)}?"
    return f"Known: {listing(names, listed_by)}." if names else ""


def listing(names: Sequence[str], listed_by: str = "") -> str:
    """Return a few names in full; of many the first three, the number of the others and the command that lists them."""
    if len(names) <= FEW:
        return ", ".join(names)
    more = f"{', '.join(names[:MOST])} and {len(names) - MOST} more"
    return f"{more} (`{listed_by}` lists them)" if listed_by else more


def join_or(names: Sequence[str]) -> str:
    """Return "a", "a or b", "a, b or c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _similarity(given: str, name: str) -> float:
    given, name = _plain(given), _plain(name)
    ratio = max(SequenceMatcher(None, given, form).ratio() for form in (name, name.rpartition(" ")[2]))
    # A part that was typed in full counts, however long the rest of the name is.
    return max(ratio, 0.7) if len(given) >= 4 and given in name else ratio


def _plain(name: str) -> str:
    return "".join(" " if character in "_-./" else character for character in name.lower())

"""Options that stand inside the question: ``… is ( ) A. first B. second``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

FEWEST = 2
_AFTER = r"\s*[.．。:：、,，)）]"
"""What follows an option's letter, in any script."""


def split_options(text: str, letters: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return what stands before the options, and the options without their letters.

    Parameters
    ----------
    text
        A question with its options at the end, on one line or several.
    letters
        The letters that mark them, in order.

    Returns
    -------
    tuple or None
        None where the marks that the text ends with are not the first two or more letters, each once and in order,
        or where an earlier part of the text has options too: those are several questions.
    """
    marks = [(found["letter"], found.start(), found.end()) for found in _mark(tuple(letters)).finditer(text)]
    for count in range(min(len(letters), len(marks)), FEWEST - 1, -1):
        earlier, last = marks[:-count], marks[-count:]
        if [letter for letter, _, _ in last] == list(letters[:count]):
            if {letter for letter, _, _ in earlier} >= set(letters[:FEWEST]):
                return None
            ends = [start for _, start, _ in last[1:]] + [len(text)]
            options = tuple(text[end:stop].strip() for (_, _, end), stop in zip(last, ends, strict=True))
            return text[: last[0][1]].rstrip(), options
    return None


@lru_cache(maxsize=64)
def _mark(letters: tuple[str, ...]) -> re.Pattern[str]:
    # A letter inside a word or a formula marks nothing; scripts without spaces run up to a Latin letter.
    inside = r"A-Za-z" if all(map(str.isascii, letters)) else r"\w"
    one = "|".join(map(re.escape, letters))
    return re.compile(rf"(?<![{inside}$\\{{])[(（]?(?P<letter>{one}){_AFTER}")


_LEADING = re.compile(r"\s*[(（\[]?(?P<mark>\w{1,3}?)(?:\s*[)）\].．:：、]+\s*)(?=\S)")


def mark_of(choice: str) -> str:
    """Return what marks a choice at its beginning: ``2`` of ``(2) river``; empty where nothing does."""
    found = _LEADING.match(choice)
    return found["mark"] if found else ""


def unmarked(choice: str) -> str:
    """Return a choice without its mark."""
    return _LEADING.sub("", choice, count=1).strip()

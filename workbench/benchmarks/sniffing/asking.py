"""What the content cannot tell, as questions; and what somebody answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.errors import UsageError

KEYS = (
    "part",
    "kind",
    "gold",
    "choices",
    "input",
    "references",
    "right",
    "base",
    "language",
    "source",
    "splits",
    "encoding",
)
"""Answers that decide how files are read; ``language`` and ``encoding`` also by file: ``language.FILE``."""
CARD_KEYS = ("name", "title", "licence", "origin", "url", "citation", "description", "version")
"""Answers that only the card holds."""
_BY_FILE = ("language.", "encoding.")


@dataclass(frozen=True, slots=True)
class Question:
    """Something a person must say before the recipe is written.

    Attributes
    ----------
    key
        As in ``--answer key=value``.
    text
        The question.
    options
        Values that make sense; empty: anything of the kind asked for.
    """

    key: str
    text: str
    options: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return question and options in one line."""
        return f"{self.text} ({' | '.join(self.options)})" if self.options else self.text


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody answered."""

    values: Mapping[str, str]

    def get(self, key: str) -> str:
        """Return an answer, empty where none was given."""
        return self.values.get(key, "")

    def listed(self, key: str) -> tuple[str, ...]:
        """Return an answer that is several values between commas."""
        return tuple(part.strip() for part in self.get(key).split(",") if part.strip())

    def by_file(self, key: str) -> dict[str, str]:
        """Return what was answered for single files, by their names; ``*`` for all."""
        found = {
            name.removeprefix(f"{key}."): value for name, value in self.values.items() if name.startswith(f"{key}.")
        }
        return {"*": self.get(key), **found} if self.get(key) else found


def read_answers(pairs: Iterable[str]) -> Answers:
    """Return answers written as ``key=value``.

    Raises
    ------
    UsageError
        No ``=``, a key that asks nothing, or a key given twice.
    """
    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not equals or not value.strip():
            raise UsageError(f"--answer is written key=value, not {pair!r}", remedy="For example: --answer language=th")
        if key not in (*KEYS, *CARD_KEYS) and not key.startswith(_BY_FILE):
            known = ", ".join((*KEYS, *CARD_KEYS))
            raise UsageError(f"nothing is asked by {key!r}", remedy=f"Known: {known}; language.FILE and encoding.FILE.")
        if key in values:
            raise UsageError(f"{key} is answered twice", remedy="Keep one.")
        values[key] = value.strip()
    return Answers(values)

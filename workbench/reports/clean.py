"""Text that a model or an item's author wrote, made fit to be shown: nothing hidden, nothing endless."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.languages.hidden import make_visible

LIMIT = 1200
"""Characters of one text that a report shows."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as a report shows it. `cut` counts the characters that were left out at its end."""

    text: str
    cut: int = 0


def show(text: str, limit: int = LIMIT) -> Shown:
    """Return `text` with control and reordering characters made visible, cut after `limit` characters.

    Marks that writing needs (ZWJ, ZWNJ, LRM, RLM, ALM, zero-width space) stay as they are.
    """
    kept = text[:limit]
    return Shown(make_visible(kept), len(text) - len(kept))


def line(text: str, limit: int = 200) -> str:
    """Return `text` as one line, for names and codes."""
    shown = show(" ".join(text.split()), limit)
    return shown.text + ("…" if shown.cut else "")


def visible(value: object) -> object:
    """Return a text that goes into a template with hidden characters made visible; anything else as it is.

    The last line of defence: names of models, files and packs are written by others too.
    """
    # Markup is a str of another class, and is ours.
    return make_visible(value) if type(value) is str else value

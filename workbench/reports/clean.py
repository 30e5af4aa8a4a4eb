"""Text that a model or an item's author wrote, made fit to be shown: nothing hidden, nothing endless."""

from __future__ import annotations

import re
from dataclasses import dataclass

LIMIT = 1200
"""Characters of one text that a report shows."""
_ESCAPED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f]"  # controls, ESC among them; tab and line feed stay
    r"|[\x80-\x9f]"  # C1 controls
    r"|[\u202a-\u202e\u2066-\u2069]"  # embeddings, overrides and isolates: they reorder what follows
    r"|[\U000e0000-\U000e007f]"  # tag characters: invisible text
    r"|[\ud800-\udfff\ufffe\uffff]"  # not characters at all
)
_PICTURES = 0x2400
_DELETE = 0x7F
_CONTROLS = 0x20


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
    return Shown(_ESCAPED.sub(_visible, kept), len(text) - len(kept))


def line(text: str, limit: int = 200) -> str:
    """Return `text` as one line, for names and codes."""
    shown = show(" ".join(text.split()), limit)
    return shown.text + ("…" if shown.cut else "")


def visible(value: object) -> object:
    """Return a text that goes into a template with hidden characters made visible; anything else as it is.

    The last line of defence: names of models, files and packs are written by others too.
    """
    # Markup is a str of another class, and is ours.
    return _ESCAPED.sub(_visible, value) if type(value) is str else value


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < _CONTROLS:
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else f"[U+{code:04X}]"

"""Characters that hide, reorder or command: a text by others is shown without them, on a page or on a terminal."""

from __future__ import annotations

import re

HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f]"  # controls, ESC among them; tab and line feed stay
    r"|[\x80-\x9f]"  # C1 controls
    r"|[\u202a-\u202e\u2066-\u2069]"  # embeddings, overrides and isolates: they reorder what follows
    r"|[\U000e0000-\U000e007f]"  # tag characters: invisible text
    r"|[\ud800-\udfff\ufffe\uffff]"  # not characters at all
)
_PICTURES = 0x2400
_DELETE = 0x7F
_CONTROLS = 0x20


def make_visible(text: str) -> str:
    """Return `text` with a picture or a code point in the place of each such character."""
    return HIDDEN.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < _CONTROLS:
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else f"[U+{code:04X}]"

"""Words and sentences, also where no spaces are written."""

from __future__ import annotations

import re
import unicodedata

from workbench.languages.script import WITHOUT_SPACES, script_of
from workbench.languages.tags import normalise_tag

# Word separators that str.split does not know: zero-width space (Khmer, Thai, Burmese), Ethiopic word space.
_SEPARATORS = re.compile("[\\s\u200b\u1361]+")
_DICTIONARY = frozenset({"Thai", "Laoo", "Khmr", "Mymr", "Hani", "Hira", "Kana", "Bopo"})
"""Scripts whose words ICU finds by dictionary."""


def words(text: str, tag: str) -> tuple[str, ...]:
    """Return the words of a text.

    Text is split at spaces; a piece that contains a script without spaces (Thai, Lao, Khmer, Burmese, Chinese,
    Japanese…) is split further by ICU, whichever language the text is said to be in, so that a Latin name inside
    a Thai sentence and a Thai name inside an English one are both handled. Scripts without spaces for which ICU
    has no dictionary (Javanese, Balinese…) fall apart into grapheme clusters. Punctuation at a word's ends is
    dropped, as are words of nothing else.

    Parameters
    ----------
    text
        Any text.
    tag
        Its language; tells ICU which dictionary to prefer.

    Notes
    -----
    Unicode Standard Annex 29 with ICU's dictionaries.
    """
    locale = normalise_tag(tag)
    found: list[str] = []
    for piece in _SEPARATORS.split(text):
        if piece.isascii() or not any(script_of(c) in WITHOUT_SPACES for c in piece):
            found.append(_trim(piece))
        else:
            found.extend(_trim(segment) for segment in _segments(piece, locale))
    return tuple(word for word in found if word)


def _segments(piece: str, locale: str) -> list[str]:
    from icu4py.breakers import CharacterBreaker, WordBreaker

    result: list[str] = []
    for segment in WordBreaker(piece, locale):
        script = script_of(segment[0])
        if script in WITHOUT_SPACES and script not in _DICTIONARY and script != "Tibt":
            result.extend(CharacterBreaker(segment, locale))
        else:
            result.append(segment)
    return result


def _is_edge(character: str) -> bool:
    return unicodedata.category(character)[0] in "PZC"


def _trim(word: str) -> str:
    start, end = 0, len(word)
    while start < end and _is_edge(word[start]):
        start += 1
    while end > start and _is_edge(word[end - 1]):
        end -= 1
    return word[start:end]


def sentences(text: str, tag: str) -> tuple[str, ...]:
    """Return the sentences of a text, trimmed, empty ones dropped (Unicode Standard Annex 29, by ICU)."""
    from icu4py.breakers import SentenceBreaker

    found = (sentence.strip() for sentence in SentenceBreaker(text, normalise_tag(tag)))
    return tuple(sentence for sentence in found if sentence)


def segmentation_signature() -> str:
    """Return which segmenter ran, e.g. ``icu78.3``: dictionaries change between versions."""
    import icu4py

    return f"icu{icu4py.icu_version}"

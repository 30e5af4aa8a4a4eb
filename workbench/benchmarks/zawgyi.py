"""Burmese text in the Zawgyi font encoding, which uses Unicode's code points for other letters."""

from __future__ import annotations

from dataclasses import dataclass

VOWEL_E = "\u1031"
_CONSONANTS = frozenset(chr(code) for code in (*range(0x1000, 0x1022), 0x1025, 0x1027, 0x1029, 0x103F))
_MEDIALS = frozenset(chr(code) for code in range(0x103B, 0x103F))
_STACKED = frozenset(chr(code) for code in range(0x1060, 0x1098))
RULE = (
    "U+1031 (vowel E) stands before its consonant, or U+1060–U+1097 (stacked forms in Zawgyi, other languages' letters "
    "in Unicode) occur, more often than U+1031 stands where Unicode puts it, behind a consonant or medial"
)


@dataclass(frozen=True, slots=True)
class ZawgyiSigns:
    """Characters of a text that only Zawgyi, and that only standard Unicode, puts where they are."""

    zawgyi: int
    unicode: int

    @property
    def likely(self) -> bool:
        """Whether the signs of Zawgyi outweigh the others."""
        return self.zawgyi > self.unicode


def zawgyi_signs(text: str) -> ZawgyiSigns:
    """Count the signs by which Zawgyi text differs from standard Burmese.

    In standard text U+1031 follows the consonant (or medial) it is read after; in Zawgyi it is stored where it is
    seen, before it. A Zawgyi vowel can also follow a consonant, that of the syllable before, so single words decide
    little and whole files much.

    Notes
    -----
    Unicode Standard, chapter 16.3 (Myanmar), on the storage order; `RULE` says when a text counts as Zawgyi.
    """
    zawgyi = unicode = 0
    before = " "
    for character in text:
        if character == VOWEL_E:
            in_place = before in _CONSONANTS or before in _MEDIALS
            unicode += in_place
            zawgyi += not in_place
        elif character in _STACKED:
            zawgyi += 1
        before = character
    return ZawgyiSigns(zawgyi, unicode)

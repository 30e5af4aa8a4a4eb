"""Option letters of any script, found in a line of text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from workbench.languages import RULES, script_of
from workbench.metrics.answer_words import COPULAS

_OPENING = " \t\"'“”‘’«»„「『*_`([{（【<#"
_CLOSING = " \t\"'“”‘’«»「」』*_`.)]}:：、，,）】>。।;؛!-–—"
_MUST_FOLLOW = ".):：、）】]-–—،,"
_LOOKALIKES = str.maketrans("АВСЕНІЈКМОРЅТХΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", "ABCEHIJKMOPSTXABEHIKMNOPTXYZ")
_WORDS_BY_THEMSELVES = frozenset("AEIOUYaeiouy")


def _fold(text: str) -> str:
    """Fold what does not change which letter is meant: full width, circles, digits of other scripts, alef forms."""
    folded = unicodedata.normalize("NFKC", text)
    return RULES["alef_forms"](RULES["digits"](RULES["zero_width"](folded, ""), ""), "")


@dataclass(frozen=True, slots=True)
class LetterSet:
    """The letters that stand for choices, in the order of the choices."""

    letters: tuple[str, ...]

    def _index(self, letter: str, *, any_case: bool = False) -> int | None:
        folded = [_fold(known) for known in self.letters]
        wanted = _fold(letter)
        if any_case:
            folded, wanted = [known.casefold() for known in folded], wanted.casefold()
        return folded.index(wanted) if wanted and wanted in folded else None

    def alone(self, line: str) -> int | None:
        """Return the letter that is all of a line, brackets and marks around it aside, in either case."""
        return self._index(_fold(line).strip(_OPENING + _CLOSING), any_case=True)

    def leading(self, line: str, is_text_of: Callable[[int, str], bool]) -> int | None:
        """Return the letter that begins a line and is set off by a mark, or followed by its own choice's text."""
        text = _fold(line).lstrip(_OPENING)
        for index, letter in enumerate(map(_fold, self.letters)):
            if not letter or not text.casefold().startswith(letter.casefold()):
                continue
            rest = text[len(letter) :].lstrip("*_`\"' ")
            gap = len(text) - len(letter) - len(rest)
            if not rest or (rest[0] in _MUST_FOLLOW and not _continues(letter, rest)):
                return index
            if (gap or script_of(rest[0]) != script_of(letter)) and is_text_of(index, rest):
                return index
        return None

    def beginning(self, line: str) -> tuple[int, bool] | None:
        """Return the letter that a line begins with and whether it cannot be a word, or None."""
        text = _fold(line).lstrip(_OPENING)
        for index, letter in enumerate(map(_fold, self.letters)):
            if letter and text.startswith(letter) and _alone_at(text, 0, letter):
                return index, not _may_be_a_word(text, 0, letter)
        return None

    def standing_alone(self, piece: str) -> set[int]:
        """Return the letters that stand alone anywhere in a text, in the case in which they were shown.

        A letter that is a word too ("A", "I") and has running text behind it may be meant as either. By itself it
        is not returned; beside another letter it is, so that the text does not seem to name only one.
        """
        text = _fold(piece)
        sure: set[int] = set()
        unsure: set[int] = set()
        for index, letter in enumerate(map(_fold, self.letters)):
            for match in re.finditer(re.escape(letter), text) if letter else ():
                if _alone_at(text, match.start(), letter):
                    (unsure if _may_be_a_word(text, match.start(), letter) else sure).add(index)
        return sure | unsure if sure else set()

    def lookalike(self, line: str) -> int | None:
        """Return the Latin letter that a Greek or Cyrillic one at the beginning of a line looks like."""
        if not all(letter.isascii() for letter in self.letters):
            return None
        return self.alone(line.split("\n", 1)[0].upper().translate(_LOOKALIKES))


def _continues(letter: str, rest: str) -> bool:
    """Return whether the mark after a letter belongs to a word or number: ``A-level``, ``1.5``, ``e.g.``."""
    mark, after = rest[0], rest[1:2]
    if mark in ".,":
        return after.isdigit() if letter.isdigit() else after.isalpha() and script_of(after) == script_of(letter)
    return mark in "-–—" and after.isalnum()


def _alone_at(text: str, start: int, letter: str) -> bool:
    end = start + len(letter)
    before, after = text[start - 1 : start], text[end : end + 1]
    if _touches(before, letter) or _touches(after, letter) or (after and unicodedata.category(after)[0] == "M"):
        return False
    # Elided words (l'A), decimal digits (1.5) and compounds (A-level) are no letters standing alone.
    if after in ("'", "’", "-", "–") or (letter.isdigit() and after in (".", ",")):
        return not text[end + 1 : end + 2].isalnum()
    return True


def _may_be_a_word(text: str, start: int, letter: str) -> bool:
    """Return whether a letter reads as the word it also is: in no bracket, and text that is no copula follows."""
    end = start + len(letter)
    if letter not in _WORDS_BY_THEMSELVES or text[start - 1 : start] in ("(", "[", "*", '"'):
        return False
    follows = re.match(r" (\w+)", text[end:])
    return bool(follows and follows[1][0].islower() and follows[1] not in COPULAS)


def _touches(neighbour: str, letter: str) -> bool:
    """Return whether a neighbouring character belongs to the same word as the letter."""
    if not neighbour or not (neighbour.isalnum() or unicodedata.category(neighbour)[0] == "M"):
        return False
    return script_of(neighbour) == script_of(letter) or (letter.isascii() and neighbour.isascii())

"""How a field says which choice is right: a number, a letter of some alphabet, a label, the text itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.benchmarks.option_letters import ALPHABETS
from workbench.benchmarks.sniffing.columns import Column

MOST_OPTIONS = 12
FEWEST = 0.95
RARE = 0.02
"""Share of records with a value below which it may be a mistake of the source."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """Values that number the choices: of how many at least, from which first one, in which letters.

    Attributes
    ----------
    lowest, highest
        Places of the lowest and the highest value met, from 0: for digits the numbers themselves.
    letters
        The alphabet; empty for numbers.
    """

    lowest: int
    highest: int
    letters: str

    def base(self, choices: int) -> int | None:
        """Return which number is the first choice, of so many; None where both 0 and 1 fit, or neither."""
        if self.letters:
            return 0 if self.highest < choices else None
        if self.lowest == 0 and self.highest < choices:
            return 0
        if self.lowest >= 1 and self.highest == choices:
            return 1
        return None


def numbered(column: Column) -> Numbered | None:
    """Return the numbering that the values of a field are; None where they are none."""
    if column.many or column.boolean or not column.few or len(column.counts) > MOST_OPTIONS:
        return None
    usual = {value for value, count in column.counts.items() if count > RARE * len(column.filled)}
    values = usual or set(column.counts)
    digits = [_digit(value) for value in values]
    if all(digit is not None for digit in digits):
        numbers = [digit for digit in digits if digit is not None]
        if min(numbers) in (0, 1, 2) and max(numbers) <= MOST_OPTIONS:
            return Numbered(min(numbers), max(numbers), "")
        return None
    return lettered(values)


def _digit(value: str) -> int | None:
    """Return a whole number written in any script's digits."""
    text = value.removesuffix(".0")
    if not text or not text.isdecimal() or len(text) > 2:  # noqa: PLR2004
        return None
    return int("".join(str(unicodedata.decimal(each)) for each in text))


def lettered(values: set[str]) -> Numbered | None:
    """Return the alphabet that all values are early letters of."""
    if any(len(value) != 1 for value in values):
        return None
    for alphabet in ALPHABETS:
        if values <= set(alphabet):
            places = [alphabet.index(value) for value in values]
            if max(places) <= max(len(values) + 1, 4):
                return Numbered(min(places), max(places), alphabet)
    return None


def is_label_of(gold: Column, labels: Column) -> bool:
    """Return whether each value is one of the short labels its record's choices carry."""
    if gold.many or not labels.many:
        return False
    pairs = [(value.strip(), some) for value, some in zip(gold.values, labels.lists, strict=True) if value]
    fits = sum(value in some for value, some in pairs)
    short = all(len(label) <= 4 and len(set(some)) == len(some) for some in labels.lists for label in some)  # noqa: PLR2004
    return bool(pairs) and short and fits >= FEWEST * len(pairs)


def is_text_of(gold: Column, choices: Sequence[Sequence[str]]) -> bool:
    """Return whether each value is the text of one of its record's choices, and not always of the same one."""
    if gold.many:
        return False
    places = [
        [each.strip() for each in some].index(value.strip()) if value.strip() in [each.strip() for each in some] else -1
        for value, some in zip(gold.values, choices, strict=True)
        if value
    ]
    found = [place for place in places if place >= 0]
    return bool(places) and len(found) >= FEWEST * len(places) and len(set(found)) > 1

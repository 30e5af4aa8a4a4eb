"""How a language writes numbers, and the numbers in a text.

Digits of every script count. What a comma or a point means is the language's own convention where the number
alone does not tell: ``2.125`` is two thousand one hundred and twenty-five in German and a little over two in
English, ``1.5`` and ``1.234.567,8`` say themselves what they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from workbench.languages.names import cldr_locale
from workbench.languages.rules import digits
from workbench.languages.tags import normalise_tag

if TYPE_CHECKING:
    import regex

_ARABIC_DECIMAL, _ARABIC_GROUP = "\u066b", "\u066c"
_NARROW_SPACES = "\u00a0\u2009\u202f"
_APOSTROPHES = "'’"
_FULL_WIDTH = str.maketrans({"．": ".", "，": ",", "－": "-", "−": "-", "\u2011": "-"})
_GROUP = 3  # digits in a thousands group


@dataclass(frozen=True, slots=True)
class NumberSymbols:
    """The decimal mark and the thousands mark of a language (CLDR, Latin digits)."""

    decimal: str
    group: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number found in a text: its value, and the characters it was written with, from `start` to `end`."""

    value: Decimal
    written: str
    start: int
    end: int


@lru_cache(maxsize=512)
def number_symbols(tag: str) -> NumberSymbols:
    """Return how a language writes numbers; as English does where CLDR is silent."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = cldr_locale(normalise_tag(tag))
    if locale is None or locale.language == "und":
        return NumberSymbols(".", ",")
    return NumberSymbols(
        get_decimal_symbol(locale, numbering_system="latn"), get_group_symbol(locale, numbering_system="latn")
    )


@lru_cache(maxsize=2)
def _pattern(*, plain_spaces: bool) -> regex.Pattern[str]:
    """Return the pattern of one written number; with `plain_spaces`, thousands may be parted by a space."""
    import regex

    space = _NARROW_SPACES + _APOSTROPHES + (" " if plain_spaces else "")
    marks = f".,{_ARABIC_DECIMAL}{_ARABIC_GROUP}"
    return regex.compile(
        rf"""
        (?P<sign>(?<![\w)\]])-\p{{Sc}}?)?
        (?P<number>
            [0-9]{{1,3}}(?:[{space}][0-9]{{3}}(?![0-9]))+(?:[{marks}][0-9]+)?   # 12 345,6
          | [0-9]+(?:[{marks}][0-9]+)*                                          # 12,345.6
          | (?<![\w.,])\.[0-9]+                                                 # .5
        )
        """,
        regex.VERBOSE,
    )


def numbers(text: str, tag: str) -> tuple[Number, ...]:
    """Return the numbers in a text, in order.

    Parameters
    ----------
    text
        Any text; decimal digits of every script are read.
    tag
        Language whose convention decides what one mark before three digits means.

    Notes
    -----
    Groups may be of three digits or, as in South Asia, of two before the last three. Marks that fit neither
    (dates, version numbers) part several numbers. Fractions, powers and number words are not read.
    """
    symbols = number_symbols(tag)
    # One character for one, so that positions stay those of `text`.
    prepared = digits(text, "").translate(_FULL_WIDTH)
    found: list[Number] = []
    for match in _pattern(plain_spaces=symbols.group.isspace()).finditer(prepared):
        value = _value(match["number"], symbols)
        if value is None:
            found.extend(_parts(text, match["number"], match.start("number")))
            continue
        signed = -value if match["sign"] else value
        found.append(Number(signed, text[match.start() : match.end()], match.start(), match.end()))
    return tuple(found)


def _parts(text: str, written: str, start: int) -> list[Number]:
    """Return the digit runs of something that is no single number, e.g. a date."""
    import regex

    found = []
    for run in regex.finditer(r"[0-9]+", written):
        first, end = start + run.start(), start + run.end()
        found.append(Number(Decimal(run[0]), text[first:end], first, end))
    return found


def _grouped(parts: list[str]) -> bool:
    """Return whether digit runs are thousands groups: 1|234|567, or 1|14|200 as in South Asia."""
    first, *middle, last = parts
    if len(last) != _GROUP or not 1 <= len(first) <= _GROUP or first == "0":
        return False
    return all(len(part) == _GROUP for part in middle) or (
        len(first) < _GROUP and all(len(part) == _GROUP - 1 for part in middle)
    )


def _value(written: str, symbols: NumberSymbols) -> Decimal | None:
    """Return the value of one written number, or None when its marks make no single number."""
    for ignored in _NARROW_SPACES + " " + _APOSTROPHES + _ARABIC_GROUP:
        written = written.replace(ignored, "")
    if _ARABIC_DECIMAL in written:
        integer, *fraction = written.split(_ARABIC_DECIMAL)
        whole = integer.replace(",", "").replace(".", "")
        return Decimal(f"{whole}.{fraction[0]}") if len(fraction) == 1 and fraction[0].isdigit() else None
    marks = [character for character in written if character in ".,"]
    if not marks:
        return Decimal(written)
    last = marks[-1]
    if len(set(marks)) == 1:
        parts = written.split(last)
        if len(marks) > 1:
            return Decimal("".join(parts)) if _grouped(parts) else None
        thousands = _grouped(parts) and last != symbols.decimal
        return Decimal("".join(parts)) if thousands else Decimal(f"{parts[0] or 0}.{parts[1]}")
    if marks.count(last) > 1:
        return None
    integer, fraction_digits = written.split(last)
    groups = integer.split("," if last == "." else ".")
    return Decimal(f"{''.join(groups)}.{fraction_digits}") if _grouped(groups) else None

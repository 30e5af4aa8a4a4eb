"""What identifies a person: addresses, telephone numbers, bank accounts and cards. Sums of digits are checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["e-mail", "telephone", "IBAN", "card"]
_EMAIL = re.compile(r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+\w{2,24}", re.UNICODE)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_INTERNATIONAL = re.compile(r"(?<![\w+])(?:\+|00)[1-9](?:[ ./()-]{0,2}\d){7,13}(?!\d)")
_NATIONAL = re.compile(
    r"(?<![\w.,/-])(?:\(?0\d{1,4}\)?(?:[ ./-]{1,2}\d{2,4}){2,4}|0\d{8,10}|\([2-9]\d\d\) ?\d{3}[- ]\d{4})(?![\w/-])"
)
_SHORTEST, _LONGEST_NATIONAL = 9, 12
"""Digits of a national number, its leading zero included."""
_IBAN_LENGTHS = MappingProxyType(
    # ISO 13616 register: length of an IBAN by country.
    {
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
        "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
        "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
        "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
        "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
        "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18,
        "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
        "VG": 24, "XK": 20,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Personal:
    """One find: what it looks like, and the text of it, most of it masked."""

    kind: Kind
    masked: str


def personal_data(text: str) -> tuple[Personal, ...]:
    """Return what in `text` looks like somebody's address, number, account or card, each stretch once.

    Digits of every script count. Accounts and cards are named only when their check digits are right; telephone
    numbers have none, so that a number written like one is named too.

    Notes
    -----
    ISO 13616 (IBAN, remainder 97), ISO/IEC 7812 (Luhn), ITU-T E.164 (at most 15 digits).
    """
    plain = _plain(text)
    return tuple(Personal(kind, _mask(plain[start:end])) for kind, start, end in _finds(plain))


def _finds(plain: str) -> list[tuple[Kind, int, int]]:
    """Return the finds that do not overlap, the surer kinds first."""
    taken = list[tuple[Kind, int, int]]()
    for kind, start, end in _candidates(plain):
        if all(end <= other_start or start >= other_end for _, other_start, other_end in taken):
            taken.append((kind, start, end))
    return taken


def _candidates(plain: str) -> Iterator[tuple[Kind, int, int]]:
    for match in _EMAIL.finditer(plain):
        yield "e-mail", *match.span()
    for match in _IBAN.finditer(plain):
        length = _iban_length(match.group())
        if length:
            yield "IBAN", match.start(), match.start() + length
    for match in _CARD.finditer(plain):
        if _is_card(re.sub(r"\D", "", match.group())):
            yield "card", *match.span()
    for match in _INTERNATIONAL.finditer(plain):
        yield "telephone", *match.span()
    for match in _NATIONAL.finditer(plain):
        if _SHORTEST <= len(re.sub(r"\D", "", match.group())) <= _LONGEST_NATIONAL:
            yield "telephone", *match.span()


def _plain(text: str) -> str:
    """Return `text` with digits of every script, and signs of full width, as ASCII; one character for each."""
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) == 1 and folded.isascii():
        return folded
    return "-" if unicodedata.category(character) == "Pd" else character


def _iban_length(text: str) -> int:
    """Return how many characters of `text` are an IBAN with right check digits; 0 when none are."""
    wanted = _IBAN_LENGTHS.get(text[:2].upper(), 0)
    kept, length = "", 0
    for length, character in enumerate(text, 1):  # noqa: B007 — how far it was read is what is asked
        if character not in " -":
            kept += character.upper()
        if len(kept) == wanted:
            break
    if not wanted or len(kept) != wanted:
        return 0
    moved = kept[4:] + kept[:4]
    number = "".join(str(int(character, 36)) for character in moved)
    return length if int(number) % 97 == 1 else 0


def _is_card(digits: str) -> bool:
    """Return whether digits begin as cards do, are not all the same, and have the right check digit."""
    if digits[0] not in "23456" or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _mask(text: str) -> str:
    """Return the beginning and the end of a find: enough to recognise it, not enough to use it."""
    shown = 2
    return f"{text[:shown]}…{text[-shown:]}"

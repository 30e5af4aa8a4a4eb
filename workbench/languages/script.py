"""Scripts: which one a character belongs to, which way it runs, whether it separates words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import regex

_RIGHT_TO_LEFT = (
    # Scripts whose letters have the bidirectional class R or AL (Unicode Standard Annex 9) and that are in use today,
    # then historic ones that appear in teaching and liturgy.
    "Adlm Arab Aran Hebr Mand Mend Nkoo Rohg Samr Syrc Syre Syrj Syrn Thaa Yezi "
    "Armi Avst Chrs Cprt Elym Hatr Hung Khar Lydi Mani Merc Mero Narb Nbat Orkh Ougr Palm Phli Phlp Phnx Prti Sarb "
    "Sogd Sogo Gara"
)
RIGHT_TO_LEFT = frozenset(_RIGHT_TO_LEFT.split())
"""ISO 15924 codes written from right to left."""

_WITHOUT_SPACES = (
    # CLDR's scriptMetadata marks these as needing letters to be looked up before a line can break (lbLetters).
    "Thai Laoo Khmr Mymr Hani Hans Hant Jpan Hira Kana Hrkt Bopo Tibt Lana Talu Tavt Yiii Bali Java Ahom Nshu Tang "
    "Khit Hanb"
)
WITHOUT_SPACES = frozenset(_WITHOUT_SPACES.split())
"""ISO 15924 codes of scripts that do not put spaces between words."""

_NO_SCRIPT = frozenset({"Zyyy", "Zinh", "Zzzz"})


@dataclass(frozen=True, slots=True)
class ScriptShare:
    """One script of a text: how many of its characters have a script of their own, and how many are of this one."""

    script: str
    characters: int
    share: float


def direction_of(script: str) -> Literal["ltr", "rtl"]:
    """Return the direction a script runs in."""
    return "rtl" if script in RIGHT_TO_LEFT else "ltr"


def script_writes_spaces(script: str) -> bool:
    """Return whether words of a script are separated by spaces (or by a word mark, as in Ethiopic)."""
    return script not in WITHOUT_SPACES


@lru_cache(maxsize=1)
def _matcher() -> regex.Pattern[str]:
    """Return one pattern with a named group for each script of the Unicode version at hand."""
    import regex
    from babel import Locale

    groups = []
    for code in sorted(Locale("en").scripts):
        if code in _NO_SCRIPT:
            continue
        try:
            regex.compile(rf"\p{{Script={code}}}")
        except regex.error:
            continue  # a code for a style or a mixture (Hans, Jpan), which is no property of characters
        groups.append(rf"(?P<{code}>\p{{Script={code}}})")
    return regex.compile("|".join(groups))


@lru_cache(maxsize=8192)
def script_of(character: str) -> str:
    """Return the ISO 15924 code of one character; ``Zyyy`` for what belongs to no script (digits, punctuation)."""
    found = _matcher().match(character)
    return "Zyyy" if found is None or found.lastgroup is None else found.lastgroup


def scripts(text: str) -> tuple[ScriptShare, ...]:
    """Return the scripts a text is written in, commonest first.

    Digits, punctuation and other characters that many scripts share are not counted; an empty tuple says that
    nothing else was there.

    Notes
    -----
    Unicode Standard Annex 24, property `Script`.
    """
    counts = Counter(map(script_of, text))
    counts.pop("Zyyy", None)
    total = counts.total()
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ScriptShare(script, count, count / total) for script, count in ordered)

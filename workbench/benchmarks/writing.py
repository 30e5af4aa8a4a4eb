"""Whether a text is written in the script and language that it should be, and holds nothing that cannot be seen."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from workbench.benchmarks.card import CARD_FILE, read_card
from workbench.benchmarks.catalogue import open_document, shipped_packs
from workbench.benchmarks.records import Item
from workbench.errors import NotFound, WorkbenchError
from workbench.languages import language, scripts
from workbench.languages.hidden import HIDDEN
from workbench.languages.identify import Profiles

SCRIPTS_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Jpan": frozenset({"Hani", "Hira", "Kana"}),
        "Kore": frozenset({"Hang", "Hani"}),
        "Hans": frozenset({"Hani"}),
        "Hant": frozenset({"Hani"}),
        "Aran": frozenset({"Arab"}),
    }
)
"""Scripts that are several properties of characters, or one of another name (Unicode Standard Annex 24)."""
FEWEST_LETTERS = 4
"""A text with fewer letters (a number, a code, a formula) is of no script that could be wrong."""
OWN_SHARE = 0.5
USUAL_SHARE = 0.2
FEWEST_USUAL = 5
LONG_ENOUGH = 24
"""Letters in a text before its language is guessed."""
CERTAIN = 12.0
"""Nats by which another language must be likelier."""
SOURCE = "source"
"""The input field of a translation that holds the other language's sentence."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is odd about how a text is written."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Habits:
    """Which scripts each field of a pack's items is usually written in, in one language.

    A field that holds something else on purpose (a source sentence in English, a code) is known by the items there are.
    """

    tag: str
    usual: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, tag: str, items: Sequence[Item]) -> Habits:
        """Look at the input fields of `items`."""
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        filled: Counter[str] = Counter()
        for item in items:
            for name, text in item.input.items():
                found = scripts(text)
                filled[name] += bool(found)
                seen[name].update(each.script for each in found if each.share >= OWN_SHARE)
        usual = {
            name: frozenset(script for script, count in counts.items() if count >= USUAL_SHARE * filled[name])
            for name, counts in seen.items()
            if filled[name] >= FEWEST_USUAL
        }
        return cls(tag, MappingProxyType(usual))

    def unlike(self, name: str) -> bool:
        """Return whether a field is usually not in the script of its language: then its language is not looked at."""
        usual = self.usual.get(name)
        return usual is not None and not usual & expected_scripts(self.tag)


def oddities(text: str, tag: str, habits: Habits, name: str = "") -> tuple[Oddity, ...]:
    """Return what is odd about one text of an item; `name` is its input field, empty for choices and references."""
    found = [*_unseen(text)]
    script = _script(text, tag, habits, name)
    if script is not None:
        found.append(script)
    elif not _foreign(name, habits):
        found += _language(text, tag)
    return tuple(found)


def expected_scripts(tag: str) -> frozenset[str]:
    """Return the scripts that a language is written in; empty where nobody knows the language."""
    try:
        script = language(tag).script
    except NotFound:
        return frozenset()
    return SCRIPTS_OF.get(script, frozenset({script}))


def _unseen(text: str) -> Iterable[Oddity]:
    if HIDDEN.search(text):
        codes = sorted({f"U+{ord(each):04X}" for each in HIDDEN.findall(text)})
        yield Oddity(
            "hidden", f"holds characters that cannot be seen: {', '.join(codes[:5])}",
            "Delete them: they reorder or command what is shown, and a model reads them as tokens.",
        )  # fmt: skip
    if text != text.strip():
        yield Oddity("space", "begins or ends with white space", "Delete it: most tokenizers join it to the answer.")
    encodable = not any("\ud800" <= each <= "\udfff" for each in text)
    if encodable and not unicodedata.is_normalized("NFC", text):
        yield Oddity("not_nfc", "is not in Unicode normal form C", "Type it anew, or normalise it.")


def _script(text: str, tag: str, habits: Habits, name: str) -> Oddity | None:
    wanted = expected_scripts(tag) | habits.usual.get(name, frozenset())
    shares = scripts(text)
    if not wanted or sum(each.characters for each in shares) < FEWEST_LETTERS:
        return None
    own = sum(each.share for each in shares if each.script in wanted)
    if own >= OWN_SHARE:
        return None
    found = shares[0].script
    return Oddity(
        "script", f"is written in {found}, and {tag} in {', '.join(sorted(expected_scripts(tag)))}",
        "Write it in the item's language, unless the other script is what is asked about.",
    )  # fmt: skip


def _language(text: str, tag: str) -> Iterable[Oddity]:
    if sum(each.isalpha() for each in text) < LONG_ENOUGH:
        return
    main = tag.partition("-")[0]
    guess = sample_profiles(expected_scripts(tag)).guess(text, main)
    if guess is not None and guess.language != main and guess.lead > CERTAIN:
        yield Oddity(
            "language", f"reads like {guess.language}, not {tag}",
            "Check that it is in the item's language; names and quotations can mislead this check.",
        )  # fmt: skip


@lru_cache(maxsize=64)
def sample_profiles(written: frozenset[str]) -> Profiles:
    """Return profiles of the languages of the shipped packs that are written in one of some scripts."""
    samples = {tag: found for tag, found in _samples().items() if expected_scripts(tag) & written}
    return Profiles.of(samples)


@lru_cache(maxsize=1)
def _samples() -> Mapping[str, tuple[str, ...]]:
    """Return the texts of the shipped packs by language, those left aside that are in another script."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(shipped_packs().glob(f"*/{CARD_FILE}")):
        try:
            pack = open_document(read_card(path))
            for tag in pack.languages:
                habits = Habits.of(tag, pack.items(tag))
                for item in pack.items(tag):
                    own = [text for name, text in item.input.items() if not _foreign(name, habits)]
                    found[tag] += [text for text in (*own, *item.choices, *item.references) if _is_own(text, tag)]
        except WorkbenchError:
            continue
    return MappingProxyType({tag: tuple(some) for tag, some in found.items()})


def _is_own(text: str, tag: str) -> bool:
    return any(each.script in expected_scripts(tag) and each.share >= OWN_SHARE for each in scripts(text))


def _foreign(name: str, habits: Habits) -> bool:
    """Return whether a field holds another language's text, as the source of a translation does."""
    return name == SOURCE or habits.unlike(name)

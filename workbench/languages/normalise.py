"""Normalisers: named rules in a fixed order, and which of them changed a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from workbench.errors import UsageError
from workbench.languages import rules
from workbench.languages.record import language
from workbench.languages.tags import normalise_tag

Rule = Callable[[str, str], str]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            rules.nfc,
            rules.nfkc,
            rules.casefold,
            rules.digits,
            rules.zero_width,
            rules.joiners,
            rules.tatweel,
            rules.arabic_diacritics,
            rules.alef_forms,
            rules.persian_letters,
            rules.arabic_letters,
            rules.niqqud,
            rules.nukta,
            rules.tone_placement,
            rules.diacritics,
            rules.elision,
            rules.punctuation,
            rules.articles,
            rules.whitespace,
        )
    }
)
"""Every rule by name, in the order in which defaults apply them."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text and the names of the rules that changed it, in order."""

    text: str
    changed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Rules applied one after the other to texts of one language.

    Attributes
    ----------
    language
        BCP-47 tag; rules receive its primary subtag.
    rules
        Names in `RULES`, in the order of application.

    Raises
    ------
    UsageError
        When a rule is not known.
    """

    language: str
    rules: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in self.rules:
            if name not in RULES:
                raise UsageError(f"there is no normalisation rule {name!r}", remedy=f"Known rules: {', '.join(RULES)}.")

    def __call__(self, text: str) -> str:
        """Return the normalised text."""
        subtag = self._subtag
        for name in self.rules:
            text = RULES[name](text, subtag)
        return text

    def trace(self, text: str) -> Normalised:
        """Return the normalised text and the rules that changed it."""
        subtag = self._subtag
        changed = []
        for name in self.rules:
            result = RULES[name](text, subtag)
            if result != text:
                changed.append(name)
            text = result
        return Normalised(text, tuple(changed))

    def without(self, name: str) -> Normaliser:
        """Return the same normaliser with one rule left out."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule != name))

    @property
    def signature(self) -> str:
        """Return what two results must share to be comparable: the rules, in order."""
        return "+".join(self.rules) or "none"

    @property
    def _subtag(self) -> str:
        return self.language.split("-", 1)[0]


@lru_cache(maxsize=512)
def default_normaliser(tag: str) -> Normaliser:
    """Return the normaliser that text metrics use for a language.

    Compatibility composition, case, digits and invisible characters everywhere; the letter and mark rules of the
    Arabic, Hebrew and Devanagari scripts where those are written, and of Vietnamese where a tone stands; then, as
    SQuAD's F1 does for English, punctuation, articles and white space.

    Notes
    -----
    Rajpurkar et al. 2016, SQuAD, generalised to other languages after Lewis et al. 2020, MLQA.
    """
    tag = normalise_tag(tag)
    script = language(tag).script
    subtag = tag.split("-", 1)[0]
    by_script: tuple[str, ...] = ()
    if script == "Arab":
        letters = "persian_letters" if subtag in rules.KEHEH_AND_FARSI_YEH else "arabic_letters"
        by_script = ("tatweel", "arabic_diacritics", "alef_forms", letters)
    elif script == "Hebr":
        by_script = ("niqqud",)
    elif script == "Deva":
        by_script = ("nukta",)
    elif subtag == "vi":
        by_script = ("tone_placement",)
    elision = ("elision",) if subtag in rules.ELIDED else ()
    articles = ("articles",) if subtag in rules.ARTICLES else ()
    return Normaliser(
        tag,
        (
            "nfkc",
            "casefold",
            "digits",
            "zero_width",
            "joiners",
            *by_script,
            *elision,
            "punctuation",
            *articles,
            "whitespace",
        ),
    )

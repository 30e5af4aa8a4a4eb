"""Normalisation rules: each a pure function from a text and a primary language subtag to a text.

A rule folds one difference that should not turn a right answer into a wrong one. None of them guesses: what a
rule may do in one language only, it does by the language it is given.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

DOTTED_I = frozenset({"tr", "az", "crh", "gag"})
"""Languages whose capital of ``i`` is ``İ`` and whose small letter of ``I`` is ``ı``."""

KEHEH_AND_FARSI_YEH = frozenset({"fa", "ur", "ps", "ckb", "ku", "sd", "pa", "glk", "mzn", "lrc", "azb"})
"""Languages of the Arabic script that write keheh (ک) and Farsi yeh (ی) where Arabic writes kaf and yeh."""

ARTICLES: dict[str, tuple[str, ...]] = {
    "en": ("a", "an", "the"),
    "de": ("der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines"),
    "fr": ("le", "la", "les", "un", "une", "des", "du"),
    "es": ("el", "la", "los", "las", "un", "una", "unos", "unas"),
    "it": ("il", "lo", "la", "i", "gli", "le", "un", "uno", "una"),
    "pt": ("o", "a", "os", "as", "um", "uma", "uns", "umas"),
    "gl": ("o", "a", "os", "as", "un", "unha", "uns", "unhas"),
    "ca": ("el", "la", "els", "les", "un", "una", "uns", "unes"),
    "nl": ("de", "het", "een"),
    "af": ("die", "n"),
    "sv": ("en", "ett", "den", "det", "de"),
    "da": ("en", "et", "den", "det", "de"),
    "nb": ("en", "ei", "et", "den", "det", "de"),
    "nn": ("ein", "ei", "eit", "den", "det", "dei"),
    "ro": ("un", "o", "niște"),
    "hu": ("a", "az", "egy"),
    "el": ("ο", "η", "το", "οι", "τα", "του", "τησ", "των", "τον", "την", "τουσ", "τισ", "ενασ", "μια", "ενα"),
}
"""Words that stand before a noun and change nothing in an answer. Greek as `casefold` leaves it (ς is σ)."""

ELIDED: dict[str, tuple[str, ...]] = {"fr": ("l",), "it": ("l", "un", "gl"), "ca": ("l",)}
"""Articles that lose a vowel and are written onto the next word with an apostrophe."""

_ASCII_SYMBOLS = "$+<=>^`|~"
# Marks that stand between words where no space does: Hebrew maqaf, Tibetan tsheg, Ethiopic word space, long dashes.
_BETWEEN_WORDS = "\u05be\u0f0b\u0f0c\u1361\u2012\u2013\u2014\u2015"
_ZERO_WIDTH = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_JOINERS = re.compile("[\u200c\u200d]")
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]")
_NIQQUD = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_ALEF_FORMS = str.maketrans(dict.fromkeys("أإآٱ", "ا"))
_PERSIAN_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک"})
_ARABIC_YEH = str.maketrans({"ى": "ي", "ی": "ي", "ک": "ك"})
_NUKTA = "\u093c"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# A tone on the first of two vowels at the end of a syllable; after q the u belongs to the consonant.
_EARLY_TONE = re.compile(
    rf"(?<![qQ])(o)([{_TONES}])([aeAE])(?![\w{_TONES}])|(?<![qQ])(u)([{_TONES}])(y)(?![\w{_TONES}])", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")


def nfc(text: str, language: str) -> str:
    """Compose characters (Unicode Standard Annex 15): é written as e + accent becomes é."""
    del language
    return unicodedata.normalize("NFC", text)


def nfkc(text: str, language: str) -> str:
    """Replace compatibility characters too: full-width letters, Arabic presentation forms, ligatures, ``²``."""
    del language
    return unicodedata.normalize("NFKC", text)


def casefold(text: str, language: str) -> str:
    """Fold case; in Turkish, Azerbaijani, Crimean Tatar and Gagauz with their dotted and dotless i."""
    if language in DOTTED_I:
        text = text.replace("i\u0307", "i").replace("İ", "i").replace("I", "ı")
    # Folding can take a character apart (ǰ); composing again keeps this rule independent of the others' order.
    return unicodedata.normalize("NFC", text.casefold())


@lru_cache(maxsize=4096)
def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def digits(text: str, language: str) -> str:
    """Write the decimal digits of every script (category Nd) as 0-9."""
    del language
    return text if text.isascii() else "".join(map(_digit, text))


def zero_width(text: str, language: str) -> str:
    """Remove what has no width and no meaning of its own: zero-width space, soft hyphen, direction marks, BOM."""
    del language
    return _ZERO_WIDTH.sub("", text)


def joiners(text: str, language: str) -> str:
    """Remove zero-width joiner and non-joiner, which shape letters and are often left out."""
    del language
    return _JOINERS.sub("", text)


def tatweel(text: str, language: str) -> str:
    """Remove the Arabic letter stretcher (U+0640)."""
    del language
    return text.replace("\u0640", "")


def arabic_diacritics(text: str, language: str) -> str:
    """Remove Arabic vowel and reading marks (harakat, tanwin, shadda, sukun, Quranic signs)."""
    del language
    return _ARABIC_MARKS.sub("", text)


def alef_forms(text: str, language: str) -> str:
    """Write alef with hamza, madda or wasla as bare alef."""
    del language
    return text.translate(_ALEF_FORMS)


def persian_letters(text: str, language: str) -> str:
    """Write kaf and yeh in their Persian forms, in the languages that use those."""
    return text.translate(_PERSIAN_LETTERS) if language in KEHEH_AND_FARSI_YEH else text


def arabic_letters(text: str, language: str) -> str:
    """Write alef maqsura and the Persian forms of yeh and kaf as Arabic yeh and kaf, where those are not letters."""
    return text if language in KEHEH_AND_FARSI_YEH else text.translate(_ARABIC_YEH)


def nukta(text: str, language: str) -> str:
    """Remove the dot below Devanagari letters (U+093C), which marks borrowed sounds and is often left out."""
    del language
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).replace(_NUKTA, ""))


def tone_placement(text: str, language: str) -> str:
    """Put the tone of Vietnamese oa, oe and uy on the second vowel: ``hòa`` and ``hoà`` are one word."""
    del language
    toned = unicodedata.normalize("NFD", text)
    moved = _EARLY_TONE.sub(
        lambda found: "".join(part for part in (found[1], found[3], found[2], found[4], found[6], found[5]) if part),
        toned,
    )
    return unicodedata.normalize("NFC", moved)


def niqqud(text: str, language: str) -> str:
    """Remove Hebrew vowel points and cantillation marks."""
    del language
    return _NIQQUD.sub("", text)


def diacritics(text: str, language: str) -> str:
    """Remove nonspacing marks (category Mn) of letters that decompose. In no default: in many languages they count."""
    del language
    kept = (c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", "".join(kept))


@lru_cache(maxsize=64)
def _elided(language: str) -> re.Pattern[str] | None:
    forms = ELIDED.get(language)
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})['’ʼ](?=\w)", re.IGNORECASE) if forms else None


def elision(text: str, language: str) -> str:
    """Remove elided articles: French ``l'eau``, Italian ``un'ora``. Before punctuation, whose apostrophe they need."""
    pattern = _elided(language)
    return pattern.sub("", text) if pattern else text


@lru_cache(maxsize=8192)
def _without_punctuation(character: str) -> str:
    if character in _BETWEEN_WORDS:
        return " "
    return "" if character in _ASCII_SYMBOLS or unicodedata.category(character).startswith("P") else character


def punctuation(text: str, language: str) -> str:
    """Remove punctuation (every category P of Unicode) and ASCII symbols; marks that part words become spaces."""
    del language
    return "".join(map(_without_punctuation, text))


@lru_cache(maxsize=64)
def _articles(language: str) -> re.Pattern[str] | None:
    forms = ARTICLES.get(language)
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)") if forms else None


def articles(text: str, language: str) -> str:
    """Remove articles, in the languages of `ARTICLES`; expects folded case."""
    pattern = _articles(language)
    return pattern.sub(" ", text) if pattern else text


def whitespace(text: str, language: str) -> str:
    """Make every run of white space one space and trim both ends."""
    del language
    return _SPACES.sub(" ", text).strip()

"""Which language much text of one kind is written in: by its script, then by its commonest trigrams."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from workbench.languages.script import scripts
from workbench.languages.tags import normalise_tag

MOST_CHARACTERS = 40_000
FEWEST_LETTERS = 40
SURE_LEAD = 0.05
"""Nats a trigram by which the likeliest language must lead, from which the others are ruled out."""
LEAST_LIKELY = -10.8
"""Mean log-likelihood of a trigram below which text is of no language that is known here."""
USUAL_CANDIDATES = 4
MIXED_SHARE = 0.12
"""Share of a second script from which it is named."""
KANA_SHARE = 0.03
_MOST_SPEAKERS = 9.2
"""Power of ten."""
_FLOOR = math.log(1e-5)
_FLATTEN = 10
"""Zipf–Mandelbrot offset: the first ranks are about equally common."""
_IN_PROFILE = 0.5
_PROFILES_OF = MappingProxyType(
    {
        "Latn": "Latin", "Cyrl": "Cyrillic", "Arab": "Arabic", "Deva": "Devanagari", "Mymr": "Myanmar",
        "Ethi": "Ethiopic", "Tibt": "Tibetan", "Hebr": "Hebrew", "Cans": "Canadian_Aboriginal",
    }
)  # fmt: skip
_ONE_LANGUAGE = MappingProxyType({"Nkoo": "nqo", "Mtei": "mni", "Adlm": "ff-Adlm", "Hang": "ko"})
"""Scripts whose commonest language CLDR's likely subtags do not name."""
_MEMBERS = MappingProxyType(
    # ISO 639-3 members that benchmarks publish under their macrolanguage, and that trigrams cannot tell apart.
    dict.fromkeys(("quz", "quy", "quh", "qug", "qvn", "qvh", "qvc", "qvm", "qva", "qwh", "qxu", "qxn"), "qu")
    | {"zlm": "ms", "cnr": "sr-Latn", "ckb-Latin": "ku", "prs": "fa", "bos-Cyrillic": "sr-Cyrl"}
)
_FEW_PROFILES = frozenset({"Ethi", "Mymr", "Tibt", "Hebr"})
"""Scripts of so few languages that the level of the likelihood says little; the lead does."""
_PRIOR = 0.03
"""Nats a trigram that ten times as many speakers are worth: the rarer of two like languages is rarely meant."""
_TELLING = MappingProxyType(
    # Words that are common in one of some close languages and not written so in the others.
    {
        "id": "bahwa karena bisa uang mobil kantor sepeda gratis",
        "ms": "bahawa kerana wang boleh kereta pejabat basikal awak",
        "hr": "tko tijekom uvjeti uvjet vlak tjedan tjedna europe europi europska gdje dvije prije vrijeme",
        "bs": "općina općine historija historije sedmica sedmice hljeb gdje dvije prije vrijeme",
        "sr-Latn": "ko tokom uslovi uslov voz nedelja nedelje evrope evropi evropska gde dve pre vreme",
        "nb": "av etter mye ble noe hva",
        "nn": "ikkje eg frå kva ein noko dei vart",
        "da": "af efter meget blev noget hvad",
        "en": "the of is was were and that",
        "pcm": "dey wey don na dem wetin",
        "sco": "o an wis tae aw frae",
        "zu": "ukuthi futhi ngoba lapho uma noma yini",
        "xh": "ukuba kwaye kuba apho ukuze okanye into",
        "nr": "bona begodu nangabe namkha lokha",
        "am": "ነው ነበር እና ውስጥ ላይ ግን አይደለም",
        "ti": "እዩ ነበረ ኣብ ናይ ካብ ከም ኣይኮነን",
    }
)  # fmt: skip
_CLOSE = (
    ("id", "ms"),
    ("hr", "bs", "sr-Latn"),
    ("nb", "nn", "da"),
    ("en", "pcm", "sco"),
    ("zu", "xh", "nr"),
    ("am", "ti"),
)
_FEWEST_TELLING = 6
_TELLING_LEAD = 4
_NOISE = re.compile(r"https?://\S+|@\w+|#\w+|<[^<>]{1,80}>")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One language that a text may be in: its BCP-47 tag and the mean log-likelihood of a trigram, in nats."""

    tag: str
    score: float


@dataclass(frozen=True, slots=True)
class TextLanguage:
    """What the text itself says about its language.

    Attributes
    ----------
    candidates
        Likeliest first; empty where there is too little text.
    sure
        Whether the first leads so clearly that nobody need be asked.
    evidence
        Why, for a person.
    """

    candidates: tuple[Candidate, ...]
    sure: bool
    evidence: str

    @property
    def tag(self) -> str:
        """The likeliest language; empty where nothing can be said."""
        return self.candidates[0].tag if self.candidates else ""


def identify_texts(texts: Iterable[str]) -> TextLanguage:
    """Return the language of texts that are all of one language, such as a column of a table.

    Notes
    -----
    Scripts that one language uses decide by themselves (CLDR's likely subtags). Otherwise trigram ranks of the
    Universal Declaration of Human Rights in 387 languages (`pyfranc`) are read as a Zipf–Mandelbrot distribution, and
    the text's mean log-likelihood decides. A lead that small differences of subject could make is no certainty.
    """
    joined = _joined(texts)
    shares = scripts(joined)
    letters = sum(share.characters for share in shares)
    if letters < FEWEST_LETTERS:
        return TextLanguage((), sure=False, evidence=f"only {letters} letters")
    written = {share.script: share.share for share in shares}
    main = shares[0].script
    if any(written.get(kana, 0) >= KANA_SHARE for kana in ("Hira", "Kana")):
        return _by_script("ja", "Hiragana or Katakana among its letters")
    if main == "Hani":
        return _by_script(*_chinese(joined))
    if main == "Beng":
        assamese = joined.count("ৰ") + joined.count("ৱ") > letters / 200
        return _by_script("as" if assamese else "bn", "Bengali script" + (" with ৰ and ৱ" if assamese else ""))
    if main not in _PROFILES_OF:
        return _by_script(_likely(main), f"written in {main}")
    return _by_trigrams(joined, main, written)


def _by_script(tag: str, evidence: str) -> TextLanguage:
    return TextLanguage((Candidate(tag, 0.0),), sure=bool(tag), evidence=evidence)


def _joined(texts: Iterable[str]) -> str:
    kept, length = [], 0
    for text in texts:
        kept.append(_NOISE.sub(" ", text))
        length += len(text)
        if length > MOST_CHARACTERS:
            break
    return "\n".join(kept)[: MOST_CHARACTERS + 1]


def _likely(script: str) -> str:
    import langcodes

    if script in _ONE_LANGUAGE:
        return _ONE_LANGUAGE[script]
    language = langcodes.Language.get(f"und-{script}").maximize().language or ""
    return _with_script(language, script) if language and language != "und" else ""


def _chinese(text: str) -> tuple[str, str]:
    """Tell simplified from traditional characters by the character sets of 1980 and 1984 that hold only one of them."""
    simple = traditional = 0
    for character in text:
        if "\u4e00" <= character <= "\u9fff":
            in_gb, in_big5 = _encodes(character, "gb2312"), _encodes(character, "big5")
            simple += in_gb and not in_big5
            traditional += in_big5 and not in_gb
    if traditional > simple:
        return "zh-Hant", f"{traditional} traditional characters against {simple} simplified ones"
    return "zh", f"{simple} simplified characters against {traditional} traditional ones"


@lru_cache(maxsize=8192)
def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def trigrams(text: str) -> Counter[str]:
    """Count the trigrams of a text's words, spaces at their ends included, everything but letters left aside."""
    import regex  # `re` takes the vowel signs of many scripts for punctuation

    folded = unicodedata.normalize("NFC", text).lower()
    words = regex.sub(r"[^\p{L}\p{M}]+", " ", folded).strip()
    padded = f" {words} "
    return Counter(padded[start : start + 3] for start in range(len(padded) - 2))


@lru_cache(maxsize=16)
def _weights(script: str) -> tuple[tuple[str, ...], Mapping[str, tuple[tuple[int, float], ...]]]:
    """Return the languages of a script, and for each trigram what it adds to the likelihood of which of them."""
    from pyfranc.data import data

    profiles: dict[str, Any] = data[_PROFILES_OF[script]]
    weights: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for place, ranked in enumerate(profiles.values()):
        found = ranked.split("|")
        total = sum(1 / (rank + _FLATTEN) for rank in range(len(found)))
        for rank, trigram in enumerate(found):
            weights[trigram].append((place, math.log(_IN_PROFILE / (rank + _FLATTEN) / total) - _FLOOR))
    return tuple(profiles), {trigram: tuple(entries) for trigram, entries in weights.items()}


def likelihoods(text: str, script: str) -> tuple[Candidate, ...]:
    """Return the languages of a script, the likeliest for `text` first; empty for a script without profiles."""
    if script not in _PROFILES_OF:
        return ()
    languages, weights = _weights(script)
    counts = trigrams(text)
    gains = [0.0] * len(languages)
    for trigram, count in counts.items():
        for place, gain in weights.get(trigram, ()):
            gains[place] += count * gain
    total = counts.total() or 1
    best: dict[str, float] = {}
    for code, gain in zip(languages, gains, strict=True):
        tag = _tag(code, script)
        best[tag] = max(best.get(tag, -math.inf), _FLOOR + gain / total + _prior(tag))
    return tuple(Candidate(tag, score) for tag, score in sorted(best.items(), key=lambda pair: (-pair[1], pair[0])))


@lru_cache(maxsize=1)
def known_languages() -> frozenset[str]:
    """Return the primary subtags of the languages that trigrams are known of."""
    return frozenset(_tag(code, script).partition("-")[0] for script in _PROFILES_OF for code in _weights(script)[0])


@lru_cache(maxsize=1024)
def _prior(tag: str) -> float:
    import langcodes

    speakers = langcodes.Language.get(tag.partition("-")[0]).speaking_population()
    return _PRIOR * (math.log10(max(speakers, 10_000)) - _MOST_SPEAKERS)


@lru_cache(maxsize=1024)
def _tag(code: str, script: str) -> str:
    """Return the usual tag: with a script only where another one is likelier, and for Serbian, which has two."""
    member = _MEMBERS.get(code) or _MEMBERS.get(f"{code}-{_PROFILES_OF[script]}")
    if member:
        return member
    return _with_script(normalise_tag(code).partition("-")[0], script)


def _with_script(language: str, script: str) -> str:
    import langcodes

    likely = langcodes.Language.get(language).maximize().script or script
    return language if likely == script and language != "sr" else normalise_tag(f"{language}-{script}")


def _by_trigrams(text: str, script: str, written: Mapping[str, float]) -> TextLanguage:
    every = likelihoods(text, script)
    first, second = every[0], every[1]
    lead = first.score - second.score
    known = first.score > LEAST_LIKELY or script in _FEW_PROFILES
    sure = known and lead >= SURE_LEAD
    evidence = f"trigrams in {script}: {first.tag} leads {second.tag} by {lead:.2f} nats a trigram"
    group = next((each for each in _CLOSE if first.tag in each), ())
    if group:
        told, counts = _told_apart(text, group)
        evidence += f"; telling words: {counts}"
        sure = bool(told)
        every = tuple(sorted(every, key=lambda each: each.tag != told)) if told else every
    mixed = [other for other, share in written.items() if other != script and share >= MIXED_SHARE]
    if mixed:
        evidence += f"; also written in {', '.join(mixed)}"
    if not known:
        evidence += "; like no language known here"
    return TextLanguage(every[:USUAL_CANDIDATES], sure=sure, evidence=evidence)


def _told_apart(text: str, group: tuple[str, ...]) -> tuple[str, str]:
    """Return which of some close languages its own words tell, if they do, and how often they stand in the text."""
    import regex

    found = Counter(regex.findall(r"[\p{L}\p{M}]+", text.lower()))
    counts = {tag: sum(found[word] for word in set(_TELLING[tag].split())) for tag in group}
    (best, most), (_, next_most), *_ = sorted(counts.items(), key=lambda pair: -pair[1])
    shown = ", ".join(f"{tag} {count}" for tag, count in counts.items())
    return (best if most >= _FEWEST_TELLING and most >= _TELLING_LEAD * next_most else ""), shown

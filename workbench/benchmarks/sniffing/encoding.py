"""Which encoding a file's bytes are, and by what it can be told."""

from __future__ import annotations

import codecs
import unicodedata
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType

from workbench.languages import script_of
from workbench.languages.by_text import likelihoods

SAMPLE = 60_000
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "iso8859-2", "iso8859-5",
    "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-9", "iso8859-15", "koi8-u", "cp866", "mac-cyrillic", "mac-roman",
    "cp850", "cp874", "gb18030", "big5hkscs", "cp932", "euc-jp", "cp949",
)  # fmt: skip
_SCRIPT_OF = MappingProxyType({"cp874": ("Thai",), "cp1253": ("Grek",), "iso8859-7": ("Grek",)})
"""Scripts that an encoding was made for, where trigram profiles do not tell."""
_WIDE = frozenset({"gb18030", "big5hkscs", "cp932", "euc-jp", "cp949"})
_MIXING = frozenset({"Hani", "Hira", "Kana", "Hang"})
_FINAL = "ςךםןףץ"
_SIGNS = ("So", "Sk", "Sm", "Sc", "No")
_TONES = "άέήίόύώ"
_COMMON_HAN = frozenset("的一是不了在有人我他这這中大来來上国國个個到说說们們为為子和年时時以生会會")
_COMMON, _KANA, _HANGUL = 0.06, 0.2, 0.7
LEAD = 0.1
"""Nats a letter by which one encoding must be likelier than another that reads differently."""
NUL_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a file: by the name Python knows, whether it was made out surely, and why."""

    name: str
    sure: bool
    evidence: str
    others: tuple[str, ...] = ()


def find_encoding(data: bytes) -> Encoding | None:
    """Return the encoding of `data`; None when it is no text in any encoding known here.

    Notes
    -----
    A byte order mark or valid UTF-8 beyond ASCII decides. Of the legacy encodings, those are candidates in which every
    byte has a meaning and none is a control character; the one whose text is likeliest in any language of its script
    wins (the profiles of `workbench.languages.by_text`), if it leads all that read differently.
    """
    for mark, name in _MARKS:
        if data.startswith(mark) and _decoded(data, name) is not None:
            return Encoding(name, sure=True, evidence=f"a byte order mark of {name.upper()}")
    if b"\0" in data:
        return _wide(data)
    text = _decoded(data, "utf-8")
    if text is not None:
        return Encoding("utf-8", sure=True, evidence="ASCII only" if text.isascii() else "valid UTF-8 beyond ASCII")
    almost = data.decode("utf-8", "replace")
    broken = almost.count("\ufffd")
    wide = sum(not character.isascii() for character in almost)
    if wide > 20 * broken:  # damaged UTF-8 says where it is damaged; another encoding would be broken everywhere
        return Encoding("utf-8", sure=True, evidence=f"UTF-8 with {broken} damaged places")
    return _legacy(data)


def _decoded(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _wide(data: bytes) -> Encoding | None:
    """UTF-16 without a mark: zero bytes in every other place."""
    sample = data[: SAMPLE * 2]
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        places = sample[start::2]
        if places and places.count(0) >= NUL_SHARE * len(places) and sample[1 - start :: 2].count(0) == 0:
            text = _decoded(data, name)
            if text is not None and "\0" not in text:
                return Encoding(name, sure=True, evidence="zero bytes in every other place, no byte order mark")
    return None


def _legacy(data: bytes) -> Encoding | None:
    sample = _whole_lines(data)
    scored: list[tuple[float, str, str]] = []
    for name in _LEGACY:
        text = _decoded(sample, name)
        if text is None or any(
            unicodedata.category(each) in ("Cc", "Co", "Cn") and each not in "\n\r\t" for each in set(text)
        ):
            continue
        if _decoded(data, name) is not None:
            scored.append((_likelihood(text, name), name, text))
    if not scored:
        return None
    scored.sort(key=lambda entry: -entry[0])
    best, name, text = scored[0]
    rivals = [(score, other) for score, other, read in scored[1:] if read != text]
    lead = best - rivals[0][0] if rivals else LEAD
    shown = "".join(each for each in text if not each.isascii())[:12]
    evidence = f"not UTF-8; in {name} it reads as a language does ({shown!r}…)"
    if rivals:
        evidence += f", likelier than {rivals[0][1]} by {lead:.2f} nats a letter"
    return Encoding(name, sure=lead >= LEAD, evidence=evidence, others=tuple(other for _, other in rivals[:3]))


def _whole_lines(data: bytes) -> bytes:
    """Return the lines that are not ASCII, up to the size of a sample: the others tell nothing."""
    kept, size = [], 0
    for line in data.split(b"\n"):
        if not line.isascii():
            kept.append(line)
            size += len(line)
        if size > SAMPLE:
            break
    return b"\n".join(kept)


def _likelihood(text: str, name: str) -> float:
    """Return how much the letters beyond ASCII, and the trigrams they stand in, look like a language; nats a letter."""
    letters = [each for each in text if not each.isascii()]
    counts = Counter(map(script_of, letters))
    counts.pop("Zyyy", None)
    counts.pop("Zinh", None)
    signs = sum(unicodedata.category(each) in _SIGNS for each in letters)
    if not counts:
        return -20.0 - signs / max(len(letters), 1)
    script, _ = counts.most_common(1)[0]
    foreign = 1 - counts[script] / counts.total()
    wrong = 4 * signs / len(letters) + 8 * _misplaced(text, script) + 0.02 * min(_signs_in_words(text), 20)
    if name in _WIDE:
        return -9.0 - 6 * (not _reads_as(letters, name)) - wrong
    wanted = _SCRIPT_OF.get(name)
    if wanted:
        own = sum(counts[each] for each in wanted) / counts.total()
        flat = script == "Grek" and sum(each in _TONES for each in letters) < _COMMON * len(letters)
        return -9.5 - 11 * (1 - own) - 3 * flat - wrong
    words = "".join(each if script_of(each) in (script, "Zyyy", "Zinh") else " " for each in text)
    (first, *_) = likelihoods(_words_beyond_ascii(words), script) or (None,)
    return -20.0 if first is None else first.score - 6 * foreign - wrong


def _reads_as(letters: list[str], name: str) -> bool:
    """Return whether wide characters are those that a language is full of; wrong readings are rare characters."""
    counts = Counter(map(script_of, letters))
    total = len(letters)
    kana = (counts["Hira"] + counts["Kana"]) / total
    if name in ("cp932", "euc-jp"):
        return kana >= _KANA
    if name == "cp949":
        return counts["Hang"] / total >= _HANGUL
    common = sum(each in _COMMON_HAN for each in letters) / total
    return kana < _KANA and common >= _COMMON


def _words_beyond_ascii(text: str) -> str:
    return " ".join(word for word in text.split() if not word.isascii())


def _misplaced(text: str, script: str) -> float:
    """Return the share of pairs of letters that no writing has: what reading bytes in the wrong encoding makes.

    A capital behind a small letter, two scripts in one word, a final form inside a word, a vowel sign on no letter.
    """
    pairs = odd = 0
    for before, after in zip(" " + text, text + " ", strict=True):
        if before.isascii() and after.isascii():
            continue
        if unicodedata.category(after).startswith("M") and not before.isalpha() and not _marks(before):
            odd, pairs = odd + 1, pairs + 1
        elif before.isalpha() and after.isalpha():
            pairs += 1
            mixed = script_of(before) != script_of(after) and not (script in _MIXING or before.isdigit())
            odd += mixed or (before.islower() and after.isupper()) or before in _FINAL
    return odd / pairs if pairs else 0.0


def _marks(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _signs_in_words(text: str) -> int:
    """Count symbols beyond ASCII that stand right beside a letter: two encodings may differ in little else."""
    return sum(
        unicodedata.category(sign) in _SIGNS and (before.isalpha() or after.isalpha())
        for before, sign, after in zip(" " + text, text, text[1:] + " ", strict=False)
        if not sign.isascii()
    )  # fmt: skip

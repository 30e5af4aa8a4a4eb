"""Texts that are not what they seem: wrongly decoded, in another script or language, empty, about somebody."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from workbench.benchmarks.finding import Finding
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.personal import personal_data
from workbench.benchmarks.records import Item, TaskKind
from workbench.benchmarks.writing import FEWEST_LETTERS, SOURCE, Habits, expected_scripts
from workbench.languages import ScriptShare, scripts
from workbench.languages.by_text import identify_texts

LINES_SHOWN = 5
OWN_SHARE = 0.5
FEWEST_ITEMS = 10
LANGUAGE_LEAD = 0.25
"""Nats a trigram by which a file must be likelier in another language than in the declared one."""
_LATIN_RUN = re.compile("[\u00c2-\u00f4][^\x00-\x7f\u00c0-\u00ff]+|[\u00c2-\u00f4][\u0080-\u00bf]+")
_MAC_RUN = re.compile("[\u00ac\u221a\u201a][^\x00-\x7f]{1,2}")
_CYRILLIC_RUN = re.compile("(?:[\u0420\u0421\u0413\u0412\u00d0\u00d1][^\\s\x00-\x7f]){3,}")


def check_texts(pack: Pack, language: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Yield what is odd about the texts of one language and split."""
    fields = _own_fields(pack, items)
    yield from _summed(
        items, lambda item: any(map(is_mojibake, _texts(item))), "mojibake",
        "hold text that was decoded in the wrong encoding (Ã© where é is meant)",
        "Decode the original again as what it is; a model is asked about broken words as it stands.",
    )  # fmt: skip
    yield from _summed(
        items, lambda item: any("\ufffd" in text for text in _texts(item)), "replacement",
        "hold U+FFFD, which stands where a character was lost",
        "Copy the original again; what was lost cannot be told from the file.",
    )  # fmt: skip
    yield from _summed(
        items, lambda item: any(not text.strip() for text in item.input.values()), "empty_field",
        "have an empty input field", "Fill it, or leave the item out by a `drop` rule.",
    )  # fmt: skip
    yield from _mixed_normalisation(items)
    yield from _scripts(language, items, fields)
    yield from _language(pack, language, items, fields)
    yield from _personal(items)


def _own_fields(pack: Pack, items: Sequence[Item]) -> tuple[str, ...]:
    """Return the input fields that are in the language of the items."""
    names = dict.fromkeys(name for item in items for name in item.input)
    translated = pack.card.task is TaskKind.TRANSLATION
    return tuple(name for name in names if not (translated and name == SOURCE))


def _texts(item: Item) -> Iterator[str]:
    yield from item.input.values()
    yield from item.choices
    yield from item.references


def is_mojibake(text: str) -> bool:
    """Return whether part of a text is UTF-8 that was read as Windows-1252, Windows-1251 or Mac Roman."""
    return any(
        _undone(match.group(), encoding)
        for pattern, encoding in ((_LATIN_RUN, "cp1252"), (_CYRILLIC_RUN, "cp1251"), (_MAC_RUN, "mac-roman"))
        for match in pattern.finditer(text)
    )


def _undone(run: str, encoding: str) -> bool:
    """Return whether a run of characters, written as single bytes, begins with valid UTF-8 beyond ASCII."""
    raw = b"".join(_byte(character, encoding) for character in run[:8])
    length = {0xC: 2, 0xD: 2, 0xE: 3, 0xF: 4}.get(raw[0] >> 4, 0) if raw else 0
    if not length or len(raw) < length:
        return False
    if length > 2 and "\u00a0" in run[:length]:  # noqa: PLR2004
        return False  # French puts that space before », behind an accented letter
    try:
        character = raw[:length].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return character.isprintable() or character.isspace()


def _byte(character: str, encoding: str) -> bytes:
    try:
        return character.encode(encoding)
    except UnicodeEncodeError:
        return character.encode("latin-1", "ignore")


def _summed(
    items: Sequence[Item], holds: Callable[[Item], bool], code: str, what: str, remedy: str
) -> Iterator[Finding]:
    """Yield one finding a file for a property that items may share, with the first lines."""
    yield from summed(items, [item for item in items if holds(item)], code, what, remedy)


def summed(items: Sequence[Item], found: Sequence[Item], code: str, what: str, remedy: str) -> Iterator[Finding]:
    """Yield one finding a file about some of its items; the first lines are named."""
    by_file: dict[str, list[tuple[int, Item]]] = {}
    for item in found:
        file, line = place(item)
        by_file.setdefault(file, []).append((line, item))
    for file, holders in by_file.items():
        lines = ", ".join(str(line) for line, _ in holders[:LINES_SHOWN] if line)
        more = ", …" if len(holders) > LINES_SHOWN else ""
        where = f" (lines {lines}{more})" if len(holders) > 1 and lines else ""
        message = f"{len(holders)} of {len(items)} items {what}{where}; the first is {holders[0][1].id}"
        yield Finding("warning", code, message, file, holders[0][0], holders[0][1].id, remedy)


def place(item: Item) -> tuple[str, int]:
    """Return the file and line an item was read from; line 0 where there is none."""
    file, colon, line = item.source.rpartition(":")
    return (file, int(line)) if colon and line.isdecimal() else (item.source.partition("#")[0], 0)


def _mixed_normalisation(items: Sequence[Item]) -> Iterator[Finding]:
    """Tell a file that writes the same letter in two ways from one that is consistently decomposed."""
    decomposed: list[Item] = []
    composed: set[str] = set()
    apart: set[str] = set()
    for item in items:
        text = " ".join((*item.input.values(), *item.choices, *item.references))
        if not unicodedata.is_normalized("NFC", text):
            decomposed.append(item)
            whole = set(unicodedata.normalize("NFC", text)) - set(text)
            apart |= whole
        else:
            composed |= {each for each in text if not each.isascii()}
    both = sorted(apart & composed)
    if both:
        yield from summed(
            items, decomposed, "mixed_normalisation",
            f"write as two characters what other items write as one ({' '.join(both[:5])})",
            "Normalise the file if it is yours (NFC): the same word costs different tokens in different items.",
        )  # fmt: skip


def _scripts(language: str, items: Sequence[Item], fields: Sequence[str]) -> Iterator[Finding]:
    """Tell items that are written in another script than their language, by fields that usually are."""
    wanted = expected_scripts(language)
    if not wanted:
        return
    habits = Habits.of(language, items)
    own = [name for name in fields if not habits.unlike(name)]
    if not own and items and items[0].input:
        yield from _all_other(language, items, fields, wanted)
        return
    other: dict[str, list[Item]] = {}
    for item in items:
        shares = scripts(" ".join(item.input[name] for name in own if name in item.input))
        if shares and sum(each.characters for each in shares) >= FEWEST_LETTERS:
            found = _foreign(shares, wanted)
            if found:
                other.setdefault(found, []).append(item)
    for script, some in other.items():
        yield from summed(
            items, some, "script", f"are written in {script}, and {language} in {', '.join(sorted(wanted))}",
            "Check the card's languages; a score over two scripts is about neither.",
        )  # fmt: skip


def _foreign(shares: Sequence[ScriptShare], wanted: frozenset[str]) -> str:
    own = sum(each.share for each in shares if each.script in wanted)
    return shares[0].script if own < OWN_SHARE else ""


def _all_other(
    language: str, items: Sequence[Item], fields: Sequence[str], wanted: frozenset[str]
) -> Iterator[Finding]:
    counts: Counter[str] = Counter()
    for item in items:
        for share in scripts(" ".join(item.input[name] for name in fields if name in item.input)):
            counts[share.script] += share.characters
    if counts and counts.most_common(1)[0][0] not in wanted:
        yield from summed(
            items, items, "script",
            f"are written in {counts.most_common(1)[0][0]}, and {language} in {', '.join(sorted(wanted))}",
            "Correct the language in the card, or the file.",
        )  # fmt: skip


def _language(pack: Pack, language: str, items: Sequence[Item], fields: Sequence[str]) -> Iterator[Finding]:
    """Tell a file whose text is clearly in another language than its card says."""
    if len(items) < FEWEST_ITEMS:
        return
    chosen = () if pack.card.task is TaskKind.CLASSIFICATION else ("choices",)
    found = identify_texts(text for item in items for text in _spoken(item, fields, chosen))
    primary = language.partition("-")[0]
    scores: Mapping[str, float] = {each.tag.partition("-")[0]: each.score for each in reversed(found.candidates)}
    if not found.sure or not found.candidates or (primary in scores and found.tag.partition("-")[0] == primary):
        return
    lead = found.candidates[0].score - scores.get(primary, found.candidates[-1].score)
    if lead >= LANGUAGE_LEAD and found.candidates[0].score < 0 and _can_be_told(language):
        file, _ = place(items[0])
        yield Finding(
            "warning", "language", f"the card says {language}, and the text reads like {found.tag} ({found.evidence})",
            file, 0, "", "Correct the language in the card, or the file.",
        )  # fmt: skip


def _spoken(item: Item, fields: Sequence[str], also: Sequence[str]) -> Iterator[str]:
    yield from (item.input[name] for name in fields if name in item.input)
    if also:
        yield from item.choices


def _can_be_told(language: str) -> bool:
    """Return whether a language is among those that trigrams are known of: no other is contradicted."""
    from workbench.languages.by_text import known_languages

    return language.partition("-")[0] in known_languages()


def _personal(items: Sequence[Item]) -> Iterator[Finding]:
    found: dict[str, list[Item]] = {}
    for item in items:
        kinds = {
            each.kind
            for text in (*item.input.values(), *item.choices, *item.references)
            for each in personal_data(text)
        }
        for kind in sorted(kinds):
            found.setdefault(kind, []).append(item)
    for named, some in found.items():
        yield from summed(
            items, some, "personal", f"hold what looks like somebody's {named}",
            "Check whether a person can be told by it, and whether the items may be kept and shared.",
        )  # fmt: skip

"""Right answers that give themselves away, or are written in several ways."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from workbench.benchmarks.fields import one, text_of
from workbench.benchmarks.finding import Finding
from workbench.benchmarks.option_letters import numbering_of
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.readers import read_records
from workbench.benchmarks.records import Item, TaskKind
from workbench.errors import BenchmarkError

FEWEST_SORTED = 20
FEWEST_NEVER = 60
FEWEST_LONGEST = 30
EXCESS = 0.2
"""By how much the share of longest right answers may pass what chance gives."""
SURE = 4.0
"""Standard deviations."""
ALWAYS = 0.9
LATIN = ("0-9", " ".join("ABCDEFGHIJKLMNOP"), " ".join("abcdefghijklmnop"))


def check_gold(pack: Pack, language: str, split: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Yield what is odd about the right answers of one language and split, seen together."""
    if pack.card.task is TaskKind.MINIMAL_PAIRS:
        return
    yield from _sorted_by_label(pack, language, split, items)
    if pack.card.task is TaskKind.MULTIPLE_CHOICE:
        yield from _never(pack, language, split, items)
        yield from _longest(pack, language, split, items)


def _warning(file: str, code: str, message: str, remedy: str) -> Finding:
    return Finding("warning", code, message, file, 0, "", remedy)


def _sorted_by_label(pack: Pack, language: str, split: str, items: Sequence[Item]) -> Iterator[Finding]:
    golds = [item.gold for item in items if item.gold is not None]
    distinct = len(set(golds))
    runs = sum(1 for _ in groupby(golds))
    if len(golds) >= FEWEST_SORTED and distinct > 1 and runs <= 2 * distinct:
        message = f"the {len(golds)} items of {language} ({split}) stand in the order of their labels: {runs} runs"
        remedy = "Do not take the first items of the file: they are of one label. A run's limit draws at random."
        yield _warning(pack.location(language, split).label, "sorted_by_label", message, remedy)


def _never(pack: Pack, language: str, split: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Tell a place that is never right: what a wrong `base` makes of a file."""
    sizes = {len(item.choices) for item in items}
    if len(items) < FEWEST_NEVER or len(sizes) != 1:
        return
    (size,) = sizes
    missing = set(range(size)) - {item.gold for item in items}
    if missing and len(missing) < size - 1:
        shown = ", ".join(map(str, sorted(missing)))
        message = f"choice {shown} is never right in {len(items)} items of {language} ({split})"
        remedy = "Check `base` and `letters` of the card's gold: every answer may be one place off."
        yield _warning(pack.location(language, split).label, "gold_never", message, remedy)


def _longest(pack: Pack, language: str, split: str, items: Sequence[Item]) -> Iterator[Finding]:
    asked = [item for item in items if item.gold is not None and len(item.choices) > 1]
    if len(asked) < FEWEST_LONGEST:
        return
    hits, places = 0, Counter[int]()
    for item in asked:
        lengths = [_length(choice) for choice in item.choices]
        longest = [place for place, length in enumerate(lengths) if length == max(lengths)]
        if len(longest) == 1:
            places[longest[0]] += 1
            hits += longest[0] == item.gold
    chance = sum(1 / len(item.choices) for item in asked)
    spread = math.sqrt(sum((1 / len(item.choices)) * (1 - 1 / len(item.choices)) for item in asked))
    if hits - chance > max(EXCESS * len(asked), SURE * spread):
        message = (
            f"the right choice is the longest in {hits} of {len(asked)} items of {language} ({split}); "
            f"chance would make it {chance:.0f}"
        )
        remedy = "A guess by length pays: read a score beside that of always taking the longest."
        yield _warning(pack.location(language, split).label, "longest_right", message, remedy)
    for position, count in places.most_common(1):
        if count >= ALWAYS * len(asked):
            message = f"choice {position} is the longest in {count} of {len(asked)} items of {language} ({split})"
            yield _warning(pack.location(language, split).label, "always_longest", message, "Shuffle the choices.")


def _length(text: str) -> int:
    """Return how many characters a reader sees: signs above and below a letter are not counted."""
    return sum(not unicodedata.category(character).startswith("M") for character in text)


def check_written_gold(pack: Pack, language: str, split: str) -> Iterator[Finding]:
    """Yield in what letters or digits a source says its answers, where they are not Latin ones, or of two kinds."""
    reading = pack.document.read
    if reading.gold is None or reading.gold.kind in ("name", "text"):
        return
    lines: dict[str, list[tuple[str, int]]] = {}
    ignored: list[BenchmarkError] = []  # whatever keeps records from being read is reported where items are
    for location in pack.locations(language, split):
        for record in read_records(location, reading, split, ignored.append):
            value = text_of(one(record.data, reading.gold.field))
            numbering = numbering_of(value.strip()) if value else ""
            if numbering:
                lines.setdefault(numbering, []).append((location.label, record.line))
    if not lines:
        return
    rows = sorted(lines.items(), key=lambda pair: -len(pair[1]))
    if len(rows) > 1:
        shown = "; ".join(f"{name.split()[0]}… in {len(places)}, first at line {places[0][1]}" for name, places in rows)
        file, line = rows[1][1][0]
        yield Finding(
            "warning", "gold_mixed", f"the answers of {language} ({split}) are numbered in {len(rows)} ways: {shown}",
            file, line, "", "Declare `letters` that hold them all, or correct the file.",
        )  # fmt: skip
    elif rows[0][0] not in LATIN:
        name, places = rows[0]
        file, line = places[0]
        yield Finding(
            "warning", "gold_native", f"the answers of {language} ({split}) are {name[:15]}, not A B C or 0 1 2",
            file, line, "", "Declared in the card they are read right; other tools may take them for wrong.",
        )  # fmt: skip

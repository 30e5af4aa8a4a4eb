"""What no single record shows: repetitions, gold that gives itself away, text that is not what it seems."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from workbench.benchmarks.finding import Finding, Severity
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.records import Item, TaskKind
from workbench.benchmarks.validate_text import place, summed
from workbench.benchmarks.zawgyi import RULE, ZawgyiSigns, zawgyi_signs
from workbench.errors import DuplicateItem

FEWEST_FOR_BALANCE = 20
MOST_LOPSIDED = 0.75
"""Share of items with the same gold position above which a blind guess looks like knowledge."""

LEAVE_OUT = "The original is kept as it is; a `drop` rule on the item's id in the card leaves it out."


def check_items(pack: Pack, language: str, split: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Yield what is wrong with the items of one language and split, seen together."""
    own: Severity = "warning" if pack.document.recipe else "error"
    yield from _repeated(items, own)
    yield from _equal_choices(items, own)
    yield from _balance(pack, language, split, items)
    yield from _normalisation(items)
    if language.split("-", maxsplit=1)[0] == "my":
        yield from _zawgyi(items)


def texts(item: Item) -> tuple[str, ...]:
    """Return every text of an item that a model may see."""
    return (*item.input.values(), *item.choices, *item.references)


def _repeated(items: Sequence[Item], severity: Severity) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], Item] = {}
    for item in items:
        content = (tuple(sorted(item.input.items())), item.choices)
        first = seen.setdefault(content, item)
        if first is item:
            continue
        same = (item.gold, item.references) == (first.gold, first.references)
        message = f"asks the same as {first.id} ({first.source})" + ("" if same else ", with another answer")
        remedy = DuplicateItem.default_remedy if severity == "error" else LEAVE_OUT
        yield Finding(severity, DuplicateItem.code, message, *place(item), item.id, remedy)


def _equal_choices(items: Sequence[Item], severity: Severity) -> Iterator[Finding]:
    for item in items:
        stripped = [choice.strip() for choice in item.choices]
        twice = [text for text, count in Counter(stripped).items() if count > 1]
        if not twice:
            continue
        gold = item.gold is not None and stripped[item.gold] in twice
        message = f"two choices are both {twice[0]!r:.60}" + (", and it is the right one" if gold else "")
        remedy = "Make the choices differ." if severity == "error" else LEAVE_OUT
        yield Finding(severity, "equal_choices", message, *place(item), item.id, remedy)


def _balance(pack: Pack, language: str, split: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Warn where gold stands mostly in one place; the labels of a classification may be uneven by nature."""
    if pack.card.task is TaskKind.CLASSIFICATION or len(items) < FEWEST_FOR_BALANCE:
        return
    if pack.card.task is TaskKind.MINIMAL_PAIRS:
        return  # whole sentences are scored one by one: their order cannot show
    counts = Counter(item.gold for item in items if item.gold is not None)
    if not counts:
        return
    position, count = counts.most_common(1)[0]
    if count / len(items) > MOST_LOPSIDED:
        yield Finding(
            "warning", "gold_balance",
            f"gold is choice {position} in {count} of {len(items)} items of {language} ({split})",
            pack.location(language, split).label, 0, "", "Spread the right answers over the positions.",
        )  # fmt: skip


def _normalisation(items: Sequence[Item]) -> Iterator[Finding]:
    def differs(text: str) -> bool:
        return not unicodedata.is_normalized("NFC", text)

    found = [item for item in items if any(differs(text) for text in texts(item))]
    yield from summed(
        items, found, "not_nfc", "have text that is not in Unicode normal form C",
        "Scores are computed on the text as it is; normalise the file if it is yours.",
    )  # fmt: skip


def _zawgyi(items: Sequence[Item]) -> Iterator[Finding]:
    signs = [zawgyi_signs(" ".join(texts(item))) for item in items]
    total = ZawgyiSigns(sum(each.zawgyi for each in signs), sum(each.unicode for each in signs))
    if not total.likely:
        return
    likely = [item for item, each in zip(items, signs, strict=True) if each.likely]
    file, line = place(likely[0])
    yield Finding(
        "warning", "zawgyi",
        f"{len(likely)} of {len(items)} items look like Zawgyi, not Unicode Burmese: {RULE} "
        f"({total.zawgyi} against {total.unicode})",
        file, line, likely[0].id,
        "Convert the file with a Zawgyi converter (ICU's Zawgyi-my transform) and declare the copy; scores on it as it "
        "is say nothing about Burmese.",
    )  # fmt: skip

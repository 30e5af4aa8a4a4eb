"""What is wrong, or may be wrong, with items while they are being written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.benchmarks.items import build_items
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.personal import personal_data
from workbench.benchmarks.prompt import Prompt
from workbench.benchmarks.readers import Record
from workbench.benchmarks.reading import OWN_ITEMS
from workbench.benchmarks.records import Item, TaskKind
from workbench.benchmarks.render import build_prompt
from workbench.benchmarks.similar import SimilarItems
from workbench.benchmarks.writing import Habits, oddities
from workbench.errors import BenchmarkError, WorkbenchError

Severity = Literal["error", "warning", "note"]
LONGER = 1.5
"""How many times as long as every other choice the right one may be before it stands out."""
FEWEST_CHARACTERS = 8
FEWEST_FOR_BALANCE = 12
MOST_OFTEN = 0.6
"""Share of items whose right choice stands at one place, or is the longest, from which guessing pays."""
GUESS_OF_LONGEST = 0.15
"""By how much the share of longest right choices may pass what chance gives."""
_PLACES = (("gold", "gold"), ("choice", "choices"), ("reference", "references"), ("input", "input"), ("id", "id"))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a person should look at.

    Attributes
    ----------
    severity
        An ``error`` keeps the item out of a pack, a ``warning`` makes its score mean less, a ``note`` tells something.
    code
        Stable, e.g. ``near_duplicate``.
    field
        ``id``, ``gold``, ``input.question``, ``choices.1``, ``references.0``; empty: the item as a whole.
    """

    severity: Severity
    code: str
    field: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ItemChecks:
    """What was found in one item; `prompt` is the item as it would be asked, None where it cannot be."""

    id: str
    checks: tuple[Check, ...]
    prompt: Prompt | None

    @property
    def ok(self) -> bool:
        """Whether the item can be asked and judged."""
        return not any(check.severity == "error" for check in self.checks)


@dataclass(frozen=True, slots=True)
class DraftChecks:
    """What was found in every item, in their order, and in all of them together."""

    items: tuple[ItemChecks, ...]
    together: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether all of them can be saved."""
        return all(item.ok for item in self.items)


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a pack holds already in one language: items with their split, made ready to be compared with."""

    pack: Pack
    language: str
    items: tuple[tuple[str, Item], ...]
    similar: SimilarItems
    habits: Habits

    @classmethod
    def of(cls, pack: Pack, language: str) -> Corpus:
        """Read every split of a pack in one language, which may be new to it.

        Raises
        ------
        BenchmarkError
            An item of the pack cannot be read.
        """
        known = language in pack.card.languages
        splits = [split for split in pack.document.files if known and pack.present(language, split)]
        items = tuple((split, item) for split in splits for item in pack.items(language, split))
        return cls(pack, language, items, SimilarItems.of(items), Habits.of(language, [item for _, item in items]))

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the items that are scored: those that a draft's item may replace."""
        return frozenset(item.id for split, item in self.items if split == self.pack.card.scored_split)

    def next_id(self, drafted: Sequence[Mapping[str, Any]] = ()) -> str:
        """Return an id that neither the pack nor the draft has, as those of this project's packs: ``th-026``."""
        taken = [item.id for _, item in self.items] + [str(item.get("id", "")) for item in drafted]
        numbers = [
            int(each) for name in taken for each in re.findall(rf"^{re.escape(self.language)}-(\d{{1,9}})$", name)
        ]
        return f"{self.language}-{max(numbers, default=0) + 1:03d}"


def read_item(pack: Pack, language: str, data: Mapping[str, Any]) -> Item:
    """Return a draft's item as the pack will read it.

    Raises
    ------
    BadItem
        A key missing, of the wrong type, or contradictory; gold outside the choices; no reference.
    """
    return build_items([Record(dict(data), 1, "draft")], OWN_ITEMS, pack.card.task, language, _raise).items[0]


def _raise(error: BenchmarkError) -> None:
    raise error


def check_draft(corpus: Corpus, drafted: Sequence[Mapping[str, Any]], removed: Sequence[str] = ()) -> DraftChecks:
    """Return what is wrong with the items of a draft, each by itself and beside all others.

    Parameters
    ----------
    drafted
        JSON objects as in a pack's lines.
    removed
        Ids of the pack's items that are to go.
    """
    read = [_read(corpus, data) for data in drafted]
    own = [("draft", item) for item, _ in read if item is not None]
    ids = Counter(str(data.get("id", "")) for data in drafted)
    replaced = frozenset(ids) | frozenset(removed)
    among = SimilarItems.of(own)
    items = []
    for data, (item, fault) in zip(drafted, read, strict=True):
        name = str(data.get("id", ""))
        checks = [*fault, *_ids(corpus, name, ids[name]), *_texts(corpus, data)]
        prompt = None
        if item is not None:
            checks += [*_similar(corpus, item, among, replaced), *_choices(item)]
            prompt, problems = _prompt(corpus.pack, item)
            checks += problems
        items.append(ItemChecks(name, tuple(dict.fromkeys(checks)), prompt))
    kept = [item for split, item in corpus.items if split == corpus.pack.card.scored_split and item.id not in replaced]
    return DraftChecks(tuple(items), tuple(_together(corpus, [*kept, *(item for _, item in own)])))


def _read(corpus: Corpus, data: Mapping[str, Any]) -> tuple[Item | None, list[Check]]:
    try:
        return read_item(corpus.pack, corpus.language, data), []
    except BenchmarkError as error:
        about = "" if error.message.startswith("unknown key") else error.message  # which names all keys there are
        place = next((field for word, field in _PLACES if word in about), "")
        return None, [Check("error", error.code, place, error.message, error.remedy)]


def _ids(corpus: Corpus, name: str, times: int) -> Iterator[Check]:
    if times > 1:
        yield Check("error", "duplicate_item", "id", f"{times} items of the draft have the id {name!r}", "Change one.")
    elif name in corpus.ids:
        yield Check("note", "replaces", "id", f"takes the place of {name} in {corpus.pack.name}", "Nothing to do.")
    elif any(item.id == name for _, item in corpus.items):
        message = f"another split of {corpus.pack.name} has the id {name!r}"
        yield Check("warning", "duplicate_item", "id", message, "Choose another id.")


def _texts(corpus: Corpus, data: Mapping[str, Any]) -> Iterator[Check]:
    """Yield what each text gives cause for, whatever else is wrong with the item."""
    for place, name, text in _fields(data):
        for oddity in oddities(text, corpus.language, corpus.habits, name):
            yield Check("warning", oddity.code, place, oddity.message, oddity.remedy)
        for found in personal_data(text):
            yield Check(
                "warning", "personal", place, f"holds what looks like somebody's {found.kind} ({found.masked})",
                "Make one up that cannot be anybody's (example.org, a number reserved for fiction).",
            )  # fmt: skip


def _fields(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the place, the name of the input field, and the text of everything that a model may see."""
    inputs = data.get("input")
    for name, text in inputs.items() if isinstance(inputs, Mapping) else ():
        if isinstance(text, str):
            yield f"input.{name}", str(name), text
    for key in ("choices", "references"):
        values = data.get(key)
        for index, text in enumerate(values if isinstance(values, list | tuple) else ()):
            if isinstance(text, str):
                yield f"{key}.{index}", "", text


def _similar(corpus: Corpus, item: Item, among: SimilarItems, replaced: frozenset[str]) -> Iterator[Check]:
    near = corpus.similar.nearest(item, without=replaced)
    own = among.nearest(item, without=frozenset({item.id}))
    for found, where in ((near, corpus.pack.name), (own, "this draft")):
        if found is None:
            continue
        place = f"{found.item_id} of {where}" + (f" ({found.split})" if found is near else "")
        if found.likeness == 1:
            yield Check("error", "duplicate_item", "", f"asks the same as {place}", "Ask something else.")
        else:
            message = f"is {found.likeness:.0%} like {place}"
            remedy = "Look at both: two items that ask the same count one piece of knowledge twice."
            yield Check("warning", "near_duplicate", "", message, remedy)


def _choices(item: Item) -> Iterator[Check]:
    folded = [_folded(choice) for choice in item.choices]
    for index, text in enumerate(folded):
        if text in folded[:index]:
            other = folded.index(text)
            yield Check(
                "error", "equal_choices", f"choices.{index}", f"is the same as choice {other + 1}", "Make them differ."
            )
    if item.gold is None or len(folded) < 2:  # noqa: PLR2004 — nothing to compare with
        return
    right, others = folded[item.gold], [text for place, text in enumerate(folded) if place != item.gold]
    yield from _stands_out(item.gold, right, others)
    question = _folded("\n".join(item.input.values()))
    if right and right in question and not any(other in question for other in others):
        yield Check(
            "warning", "given_away", f"choices.{item.gold}", "is the only choice that stands in the question itself",
            "Word the question, or the other choices, so that it does not tell.",
        )  # fmt: skip


def _stands_out(gold: int, right: str, others: Sequence[str]) -> Iterator[Check]:
    length, lengths = _length(right), [_length(other) for other in others]
    longer = length >= LONGER * max(lengths) and length - max(lengths) >= FEWEST_CHARACTERS
    shorter = length * LONGER <= min(lengths) and min(lengths) - length >= FEWEST_CHARACTERS
    if longer or shorter:
        what = "longer" if longer else "shorter"
        yield Check(
            "warning", "length", f"choices.{gold}",
            f"the right choice is much {what} than the others ({length} characters; they have "
            f"{min(lengths)} to {max(lengths)})",
            "Make the choices of similar length: a guess by length must not pay.",
        )  # fmt: skip


def _length(text: str) -> int:
    """Return how many characters a reader sees: signs above and below a letter are not counted."""
    return sum(not unicodedata.category(character).startswith("M") for character in text)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _prompt(pack: Pack, item: Item) -> tuple[Prompt | None, list[Check]]:
    """Return the item as it is asked first, and why it cannot be asked in one way or another."""
    first: Prompt | None = None
    found = []
    for wording in pack.card.wordings:
        for formulation in pack.card.formulations:
            try:
                prompt = build_prompt(pack.card, item, wording, formulation)
            except WorkbenchError as error:
                found.append(Check("error", error.code, "", error.message, error.remedy))
            else:
                first = first or prompt
    return first, found


def _together(corpus: Corpus, items: Sequence[Item]) -> Iterator[Check]:
    """Yield what the pack's and the draft's items show together: places and lengths that make a guess pay."""
    card = corpus.pack.card
    asked = [item for item in items if item.gold is not None]
    if len(asked) < FEWEST_FOR_BALANCE or card.task is not TaskKind.MULTIPLE_CHOICE:
        return
    gold, count = Counter(item.gold for item in asked).most_common(1)[0]
    if count / len(asked) > MOST_OFTEN:
        message = f"the right choice is number {(gold or 0) + 1} in {count} of {len(asked)} items"
        yield Check("warning", "gold_balance", "", message, "Spread the right answers over the places.")
    longest = sum(_gold_is_longest(item) for item in asked)
    chance = sum(1 / len(item.choices) for item in asked) / len(asked)
    if longest / len(asked) > chance + GUESS_OF_LONGEST:
        yield Check(
            "warning", "longest_right", "",
            f"the right choice is the longest in {longest} of {len(asked)} items; chance would make it "
            f"{chance * len(asked):.0f}",
            "Write wrong choices of the same care and length.",
        )  # fmt: skip


def _gold_is_longest(item: Item) -> bool:
    lengths = [_length(choice) for choice in item.choices]
    return item.gold is not None and all(
        lengths[item.gold] > length for place, length in enumerate(lengths) if place != item.gold
    )

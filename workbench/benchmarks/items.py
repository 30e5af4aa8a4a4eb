"""Record → `Item`: one question at a time, every fault of it with its place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any

from workbench.benchmarks.by_language import look_up
from workbench.benchmarks.fields import MISSING, every, one, text_of
from workbench.benchmarks.inline_options import mark_of, split_options, unmarked
from workbench.benchmarks.readers import Record, Report
from workbench.benchmarks.reading import Gold, Instructions, Reading
from workbench.benchmarks.records import Item, TaskKind
from workbench.errors import BadItem, DuplicateItem

WITH_CHOICES = frozenset({TaskKind.MULTIPLE_CHOICE, TaskKind.CLASSIFICATION, TaskKind.MINIMAL_PAIRS})
WITHOUT_ANSWER = frozenset({TaskKind.TEXT})
OWN_KEYS = tuple(entry.name for entry in fields(Item) if entry.name not in ("language", "source", "provenance"))
FEWEST_CHOICES = 2
SENTENCE = "sentence"
"""Input field of a correction that holds what is to be corrected."""
NO_ANSWER = ("",)
"""References of a question that its passage does not answer."""
RESERVED = frozenset({"terms", "choices", "choice", "language", "language_name", "formulation"})
"""Names that templates see beside an item's input fields."""


@dataclass(frozen=True, slots=True)
class ReadItems:
    """The items of one language and split.

    Attributes
    ----------
    items
        In the order of the file.
    records
        How many records the file holds.
    dropped
        For each rule of the card, in its order, how many records it left out.
    """

    items: tuple[Item, ...]
    records: int
    dropped: tuple[int, ...]


class _Fault(Exception):  # noqa: N818 - not an error that leaves this module
    """Why a record is no item."""


def build_items(
    records: Iterable[Record], reading: Reading, task: TaskKind, language: str, report: Report
) -> ReadItems:
    """Turn records into items.

    Reports
    -------
    BadItem
        A field missing or of the wrong type, too few choices, gold outside the choices, no reference, text that
        UTF-8 cannot hold.
    DuplicateItem
        The same id a second time.
    """
    items: list[Item] = []
    seen: dict[str, str] = {}
    counts = [0] * len(reading.drop)
    total = 0
    for record in records:
        total += 1
        rule = _dropped_by(record, reading)
        if rule is not None:
            counts[rule] += 1
            continue
        try:
            item = _item(record, reading, task, language)
        except _Fault as fault:
            report(BadItem(str(fault), where=record.where))
            continue
        if item.id in seen:
            report(DuplicateItem(f"the id {item.id!r} stood already at {seen[item.id]}", where=record.where))
            continue
        seen[item.id] = record.where
        items.append(item)
    return ReadItems(tuple(items), total, tuple(counts))


def _dropped_by(record: Record, reading: Reading) -> int | None:
    """Return the index of the first rule that leaves this record out."""
    for index, rule in enumerate(reading.drop):
        value = _value(record, rule.field, "")
        nothing = value is MISSING or value is None or value in ("", [])
        if (rule.missing and nothing) or (rule.present and not nothing):
            return index
        if rule.equals and text_of(value) in rule.equals:
            return index
    return None


def _value(record: Record, path: str, language: str) -> Any:
    match path:
        case "@number":
            return str(record.number)
        case "@line":
            return str(record.line)
        case "@language":
            return language
        case "@file":
            return PurePosixPath(record.file).name.split(".")[0]
        case _:
            return one(record.data, path)


def _text(record: Record, path: str, language: str, what: str) -> str:
    value = _value(record, path, language)
    if value is MISSING or value is None:
        raise _Fault(f"the field {path!r} ({what}) is missing")
    text = text_of(value)
    if text is None:
        raise _Fault(f"the field {path!r} ({what}) is a {type(value).__name__}, not text")
    return _encodable(text, what)


def _encodable(text: str, what: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _Fault(f"{what} holds half a character (an unpaired surrogate) at position {error.start}") from error
    return text


def _optional(record: Record, path: str, language: str) -> str:
    if not path:
        return ""
    value = _value(record, path, language)
    return "" if value is MISSING or value is None else _encodable(text_of(value) or "", path)


def _texts(record: Record, paths: Iterable[str], what: str) -> tuple[str, ...]:
    found = []
    for path in paths:
        for value in every(record.data, path):
            text = None if value is MISSING else text_of(value)
            if text is None:
                raise _Fault(f"the field {path!r} ({what}) is missing or holds something other than text")
            found.append(_encodable(text, what))
    return tuple(found)


def _item(record: Record, reading: Reading, task: TaskKind, language: str) -> Item:
    item = _own(record, task, language) if reading.format == "items" else _foreign(record, reading, task, language)
    if not item.id.strip():
        raise _Fault("the id is empty")
    if reserved := RESERVED & set(item.input):
        raise _Fault(
            f"item {item.id}: templates see something else as {min(reserved)!r}; name the input field otherwise"
        )
    if task in WITH_CHOICES:
        _check_choices(item)
    elif task in WITHOUT_ANSWER:
        if not item.input.get("text", "").strip():
            raise _Fault(f"item {item.id}: the field 'text' is missing or empty")
    elif not any(map(str.strip, item.references)) and not _unanswerable(item, task):
        raise _Fault(f"item {item.id}: an open task needs at least one reference")
    if task is TaskKind.CORRECTION and not item.input.get(SENTENCE, "").strip():
        raise _Fault(f"item {item.id}: the field {SENTENCE!r} is missing or empty")
    return item


def _unanswerable(item: Item, task: TaskKind) -> bool:
    return task is TaskKind.EXTRACTIVE_QA and item.references == NO_ANSWER


def _check_choices(item: Item) -> None:
    if len(item.choices) < FEWEST_CHOICES:
        raise _Fault(f"item {item.id}: {len(item.choices)} choices, at least {FEWEST_CHOICES} are needed")
    empty = [str(index) for index, choice in enumerate(item.choices) if not choice.strip()]
    if empty:
        raise _Fault(f"item {item.id}: choice {', '.join(empty)} is empty")
    if item.gold is None:
        raise _Fault(f"item {item.id}: gold is missing")
    if not 0 <= item.gold < len(item.choices):
        last = len(item.choices) - 1
        raise _Fault(f"item {item.id}: gold {item.gold} is outside the {len(item.choices)} choices (0 to {last})")


def _foreign(record: Record, reading: Reading, task: TaskKind, language: str) -> Item:
    inputs = {
        name: _optional(record, path, language) if name in reading.optional else _text(record, path, language, name)
        for name, path in reading.input.items()
    }
    choices = reading.names or _choices(record, reading)
    if reading.options_in:
        stem, choices = _inline(record, reading, language)
        inputs |= {name: stem for name, path in reading.input.items() if path == reading.options_in}
    paths = (reading.id,) if isinstance(reading.id, str) else reading.id
    return Item(
        id="-".join(_text(record, path, language, "id") for path in paths),
        language=language,
        input=inputs,
        choices=tuple(map(unmarked, choices)) if reading.gold is not None and reading.gold.kind == "mark" else choices,
        gold=_gold(record, reading.gold, reading.names, choices, language) if reading.gold is not None else None,
        references=() if task in WITH_CHOICES else _references(record, reading, language),
        group=_optional(record, reading.group, language),
        domain=_optional(record, reading.domain, language),
        culture=_optional(record, reading.culture, language),
        source=record.where,
        provenance=_optional(record, reading.provenance, language),
    )


def _choices(record: Record, reading: Reading) -> tuple[str, ...]:
    if not reading.empty_choices:
        return _texts(record, reading.choices, "choice")
    found = [_optional(record, path, "") for path in reading.choices]
    while found and not found[-1].strip():
        found.pop()
    return tuple(found)


def _references(record: Record, reading: Reading, language: str) -> tuple[str, ...]:
    if reading.unanswerable and _optional(record, reading.unanswerable, language).lower() in ("true", "1", "yes"):
        return NO_ANSWER
    if reading.instructions is not None:
        return _instructions(record, reading.instructions)
    found = _texts(record, reading.references, "reference")
    return tuple(each.replace(reading.thousands, "") for each in found) if reading.thousands else found


def _instructions(record: Record, where: Instructions) -> tuple[str, ...]:
    names, settings = one(record.data, where.ids), one(record.data, where.settings)
    if not isinstance(names, list) or not isinstance(settings, list) or len(names) != len(settings):
        raise _Fault(f"{where.ids!r} and {where.settings!r} are not lists of the same length")
    if not all(isinstance(each, dict) for each in settings):
        raise _Fault(f"{where.settings!r} holds something other than objects")
    # A table keeps every setting of every instruction in each row, most of them empty.
    given = [{key: value for key, value in each.items() if value is not None} for each in settings]
    return tuple(
        _encodable(json.dumps({"id": name, **each}, ensure_ascii=False), "an instruction")
        for name, each in zip(names, given, strict=True)
    )


def _inline(record: Record, reading: Reading, language: str) -> tuple[str, tuple[str, ...]]:
    text = _text(record, reading.options_in, language, "question with its options")
    letters = list(look_up(reading.gold.letters, language) or "") if reading.gold is not None else []
    found = split_options(text, letters)
    if found is None:
        raise _Fault(f"the field {reading.options_in!r} does not end with options marked {', '.join(letters)}")
    return found


def _gold(record: Record, gold: Gold, names: tuple[str, ...], choices: tuple[str, ...], language: str) -> int:
    """Return the index of the right choice."""
    if gold.kind == "flags":
        return _flagged(record, gold.field)
    text = _text(record, gold.field, language, "gold").strip()
    if gold.kind == "index":
        try:
            return int(text) - gold.base
        except ValueError as error:
            raise _Fault(f"gold {text!r} is not a number") from error
    options = {
        "letter": lambda: list(look_up(gold.letters, language) or ""),
        "label": lambda: [label.strip() for label in _texts(record, (gold.labels,), "label of a choice")],
        "name": lambda: list(names),
        "text": lambda: [choice.strip() for choice in choices],
        "mark": lambda: [mark_of(choice) for choice in choices],
    }[gold.kind]()
    if text not in options:
        raise _Fault(f"gold {text!r} is none of {', '.join(options)}")
    return options.index(text)


def _flagged(record: Record, path: str) -> int:
    flags = _texts(record, (path,), "gold")
    right = [index for index, flag in enumerate(flags) if flag in ("1", "true")]
    if len(right) != 1:
        raise _Fault(f"the field {path!r} (gold) marks {len(right)} choices as right, not one")
    return right[0]


def _check_shapes(data: Mapping[str, Any]) -> None:
    """Refuse an own item whose values are not of the types an item has."""
    for key in ("id", "input"):
        if key not in data:
            raise _Fault(f"the key {key!r} is missing")
    inputs = data["input"]
    if not isinstance(inputs, Mapping) or not all(isinstance(value, str) for value in inputs.values()):
        raise _Fault("'input' is not an object of texts")
    for key in ("choices", "references"):
        values = data.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise _Fault(f"{key!r} is not a list of texts")
    for key in ("id", "group", "domain", "culture", "source"):
        if not isinstance(data.get(key, ""), str):
            raise _Fault(f"{key!r} is not text")


def _own(record: Record, task: TaskKind, language: str) -> Item:
    """Read one line of a pack's own items, whose keys are the fields of `Item`."""
    data = record.data
    known = (*OWN_KEYS, "source")
    unknown = [key for key in data if key not in known]
    if unknown:
        raise _Fault(f"unknown key {unknown[0]!r}; an item has {', '.join(known)}")
    _check_shapes(data)
    inputs = data["input"]
    gold = data.get("gold")
    if gold is not None and (isinstance(gold, bool) or not isinstance(gold, int)):
        raise _Fault(f"'gold' is {gold!r}; it is the index of the right choice, the first being 0")
    if gold is not None and task not in WITH_CHOICES:
        raise _Fault(f"an item of a {task} pack has references, not gold")
    for text in (*inputs.values(), *data.get("choices", []), *data.get("references", [])):
        _encodable(text, "a text")
    return Item(
        id=data["id"],
        language=language,
        input=dict(inputs),
        choices=tuple(data.get("choices", [])),
        gold=gold,
        references=tuple(data.get("references", [])),
        group=data.get("group", ""),
        domain=data.get("domain", ""),
        culture=data.get("culture", ""),
        source=record.where,
        provenance=data.get("source", ""),
    )

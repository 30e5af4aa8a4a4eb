"""What only all files together show: labels, the first choice's number, alphabets, records that are no items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from workbench.benchmarks.fields import every, one, text_of
from workbench.benchmarks.items import build_items
from workbench.benchmarks.reading import Drop, Gold, Reading
from workbench.benchmarks.records import TaskKind
from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.columns import Column, find_columns
from workbench.benchmarks.sniffing.gold import lettered, numbered
from workbench.benchmarks.sniffing.kinds import Guess
from workbench.benchmarks.sniffing.tables import Table
from workbench.errors import BenchmarkError

MOST_LABELS = 40
FEW_BAD = 0.05
"""Share of records that a stated rule may leave out without asking."""
EMPTY = "This field is empty in the source."


def settle(guess: Guess, tables: Sequence[tuple[Table, str]], answers: Answers) -> Guess:
    """Return a guess made on one file as it holds for all, each with its language."""
    if guess.gold is None:
        return guess
    columns = {}
    for table, tag in tables:
        found = next((each for each in find_columns(table.records) if each.path == guess.gold.field), None)
        if found is not None:
            columns[table.name] = (found, tag)
    if guess.names:
        return _labels(guess, [column for column, _ in columns.values()])
    if guess.gold.kind == "letter":
        return _letters(guess, guess.gold, list(columns.values()))
    if guess.gold.kind == "index":
        return _base(guess, guess.gold, [column for column, _ in columns.values()], tables, answers)
    return guess


def _labels(guess: Guess, columns: Sequence[Column]) -> Guess:
    names = sorted({value for column in columns for value in column.counts})
    if len(names) <= MOST_LABELS:
        return replace(guess, names=tuple(names) or guess.names)
    field = guess.gold.field if guess.gold is not None else ""
    text = f"the files use {len(names)} labels, too many to be the same ones; is {field} right?"
    return replace(guess, questions=(*guess.questions, Question("gold", text)))


def _letters(guess: Guess, gold: Gold, columns: Sequence[tuple[Column, str]]) -> Guess:
    """Give each language the alphabet its own values are letters of; a few odd values are left to the rules."""
    alphabets: dict[str, str] = {}
    for column, tag in columns:
        common = {value for value, count in column.counts.items() if count > len(column.filled) * FEW_BAD / 4}
        found = lettered(common)
        if found is not None:
            alphabets[tag] = found.letters
    if not alphabets:
        return guess
    usual = Counter(alphabets.values()).most_common(1)[0][0]
    count = max(2, len(guess.choices)) if len(guess.choices) > 1 else len(usual)
    letters = {"*": usual[:count]} | {tag: own[:count] for tag, own in sorted(alphabets.items()) if own != usual}
    shown = "; ".join(f"{tag}: {own}" for tag, own in letters.items())
    return replace(guess, gold=replace(gold, letters=letters), evidence=(*guess.evidence, f"gold letters {shown}"))


def _base(
    guess: Guess, gold: Gold, columns: Sequence[Column], tables: Sequence[tuple[Table, str]], answers: Answers
) -> Guess:
    if answers.get("base") in ("0", "1"):
        return replace(guess, gold=replace(gold, base=int(answers.get("base"))))
    count = len(guess.choices) if len(guess.choices) > 1 else _most_choices(guess, tables)
    found = [each for each in map(numbered, columns) if each is not None]
    lowest, highest = min(each.lowest for each in found), max(each.highest for each in found)
    mixed = {each.base(count) for each in found} - {None}
    if len(mixed) > 1:
        text = "some files count the choices from 0, some from 1, and one recipe cannot: remove some, or answer"
        return replace(guess, questions=(*guess.questions, Question("base", text, ("0", "1"))))
    base = replace(found[0], lowest=lowest, highest=highest).base(count)
    if base is None:
        text = f"gold runs from {lowest} to {highest}, and there are {count} choices: is the first one 0 or 1?"
        return replace(guess, questions=(*guess.questions, Question("base", text, ("0", "1"))))
    why = f"gold runs from {lowest} to {highest} over {count} choices: the first is {base}"
    return replace(guess, gold=replace(gold, base=base), evidence=(*guess.evidence, why))


def _most_choices(guess: Guess, tables: Sequence[tuple[Table, str]]) -> int:
    found = next((each for each in find_columns(tables[0][0].records) if each.path == guess.choices[0]), None)
    return max(map(len, found.lists), default=0) if found is not None else 0


def left_out(
    guess: Guess, reading: Reading, task: TaskKind, tables: Sequence[tuple[Table, str]]
) -> tuple[tuple[Drop, ...], tuple[BenchmarkError, ...]]:
    """Return rules that leave out the few records that cannot be items, and all other faults.

    A rule is only made of what a record of the source lacks: an empty question, or gold that is no choice.
    """
    drops: dict[tuple[str, str], Drop] = {drop_key(drop): drop for drop in reading.drop}
    faults: list[BenchmarkError] = []
    for table, tag in tables:
        faults += _faults(table, tag, replace(reading, drop=tuple(drops.values())), task)
        if not faults:
            continue
        budget = FEW_BAD * len(table.records)
        for drop, count in _rules(guess, table, tag).items():
            if count <= budget:
                drops.setdefault(drop_key(drop), drop)
        faults.clear()
    final = replace(reading, drop=tuple(drops.values()))
    for table, tag in tables:
        faults += _faults(table, tag, final, task)
    return tuple(drops.values()), tuple(faults)


def drop_key(drop: Drop) -> tuple[str, str]:
    """Return what tells one rule from another."""
    return (drop.field, "" if drop.missing else "|".join(drop.equals))


def _faults(table: Table, tag: str, reading: Reading, task: TaskKind) -> list[BenchmarkError]:
    found: list[BenchmarkError] = []
    build_items(table.records, reading, task, tag, found.append)
    return found


def _rules(guess: Guess, table: Table, tag: str) -> Counter[Drop]:
    rules: Counter[Drop] = Counter()
    paths = [*guess.input.values(), *(path for path in guess.choices if "*" not in path)]
    paths += [guess.gold.field] if guess.gold is not None else []
    allowed = set(guess.names)
    if guess.gold is not None and guess.gold.kind == "letter":
        allowed = set(guess.gold.letters.get(tag) or guess.gold.letters.get("*", ""))
    for record in table.records:
        for path in paths:
            if not path.startswith("@") or path.startswith("@up"):
                value = one(record.data, path)
                if value is None or value == "":
                    rules[Drop(path, EMPTY, missing=True)] += 1
        if guess.gold is None:
            continue
        gold = text_of(one(record.data, guess.gold.field))
        if gold is None or not gold.strip():
            continue
        if guess.gold.kind == "label":
            allowed = set(_labels_of(record.data, guess.gold.labels))
        if guess.gold.kind in ("label", "letter", "name") and gold.strip() not in allowed:
            reason = f"The source's answer {gold.strip()[:40]!r} is none of the options."
            rules[Drop(guess.gold.field, reason, equals=(gold,))] += 1
    return rules


def _labels_of(data: dict[str, object], path: str) -> list[str]:
    return [(text_of(value) or "").strip() for value in every(data, path)]

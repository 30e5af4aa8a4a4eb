"""Multiple choice: which fields are the choices, and which says the right one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from workbench.benchmarks.fields import EVERY
from workbench.benchmarks.reading import Gold
from workbench.benchmarks.sniffing.asking import Question
from workbench.benchmarks.sniffing.columns import Column, similarity
from workbench.benchmarks.sniffing.gold import MOST_OPTIONS, Numbered, is_label_of, is_text_of, numbered
from workbench.benchmarks.sniffing.kinds import Fields, Guess, ask_for, name_inputs, question_share

MOSTLY = 0.9
MOST_CANDIDATES = 14
ALIKE_LENGTH, ALIKE_CONTENT = 0.25, 0.15
MOST_UNLIKE = 0.6
"""How far apart the logarithms of mean lengths of two choices may lie."""
CLEAR = 0.05
MOST_EQUAL = 0.1
"""Share of records in which two choices may be the same."""
BOTH = 2
HALF = 0.5
SHORTEST_QUESTION, SHORTEST_WORD = 8, 4
"""Characters; in scripts without spaces a question is short."""


def multiple_choice(fields: Fields) -> Guess | None:
    """Return how the records are questions with choices, if they are."""
    found = _listed(fields) or _by_text(fields) or _siblings(fields)
    if found is None:
        return None
    used = {*found.choices, *([found.gold.field] if found.gold else ()), *([found.gold.labels] if found.gold else ())}
    asked = fields.asked() or _questions(fields, used)
    if not asked:
        return None
    inputs = name_inputs(asked) if len(asked) > 1 else {"question": asked[0].path}
    spoken = tuple(dict.fromkeys([*(path for path in inputs.values() if fields.known[path].is_text), *found.choices]))
    return replace(found, input=inputs, spoken=spoken)


def _questions(fields: Fields, used: set[str]) -> list[Column]:
    """Return the fields that ask: texts that are no choices, with what changes the question (cause or effect)."""
    left = [column for column in fields.texts if column.path not in used and column.share_filled >= MOSTLY]
    if not left:
        return []
    longest = max(column.mean_length for column in left)
    asking = [column for column in left if not column.few and column.mean_length >= longest / 4]
    asking = asking or left[:1]
    if max(column.mean_length for column in asking) < SHORTEST_QUESTION:
        return []
    if any(question_share(column) > HALF for column in asking):
        return asking
    # A question that does not ask needs the word that says what is asked for: cause or effect.
    words = [
        column for column in fields.scalars
        if column.path not in used and column.few and len(column.counts) == BOTH and not column.boolean
        and all(len(value) >= SHORTEST_WORD and value.isalpha() and value == value.lower() for value in column.counts)
    ]  # fmt: skip
    return asking + [column for column in words if column not in asking][:1]


def _listed(fields: Fields) -> Guess | None:
    """Choices in one list a record."""
    lists = [column for column in fields.columns if column.many and are_choices(column)]
    wanted = fields.answered("choices")
    for column in wanted or sorted(lists, key=lambda each: -each.mean_length):
        if not column.many:
            continue
        golds = fields.answered("gold") or fields.scalars
        holder = column.path.rpartition(f".{EVERY}.")[0]
        for gold in golds:
            for labels in lists if holder else ():
                if labels.path.startswith(f"{holder}.{EVERY}.") and labels != column and is_label_of(gold, labels):
                    why = f"{gold.path} is one of the labels of its record's choices ({labels.path})"
                    return Guess(
                        "multiple_choice", {}, choices=(column.path,),
                        gold=Gold(gold.path, kind="label", labels=labels.path), evidence=(why,),
                    )  # fmt: skip
        for gold in golds:
            if is_text_of(gold, column.lists):
                why = f"{gold.path} is the text of one of its record's choices ({column.path})"
                return Guess(
                    "multiple_choice", {}, choices=(column.path,), gold=Gold(gold.path, kind="text"), evidence=(why,)
                )
        most = max(map(len, column.lists))
        fitting = [(gold, found) for gold in golds if (found := numbered(gold)) and _fits(found, most)]
        if fitting:
            return _numbered_guess(fields, (column.path,), fitting, most)
    return None


def are_choices(column: Column) -> bool:
    """Return whether nearly every record has several values there, but not many."""
    sizes = [len(some) for some in column.lists if some]
    several = sum(BOTH <= size <= MOST_OPTIONS for size in sizes)
    return bool(sizes) and several >= MOSTLY * len(column.lists) and max(sizes) <= MOST_OPTIONS


def _fits(found: Numbered, choices: int) -> bool:
    """Return whether a numbering has as many places as there are choices, or one fewer that never is right."""
    places = found.highest + 1 if found.letters or found.lowest == 0 else found.highest
    return places in (choices, choices - 1, choices + 1)


def _numbered_guess(
    fields: Fields, choices: tuple[str, ...], fitting: Sequence[tuple[Column, Numbered]], count: int
) -> Guess:
    full = [pair for pair in fitting if _places(pair[1]) == count] or list(fitting)
    gold, found = full[0]
    questions: list[Question] = []
    if len(full) > 1 and not fields.answers.get("gold"):
        questions.append(ask_for("gold", "Which field says the right choice?", [each for each, _ in full]))
    how = (
        f"letters {found.letters[: found.highest + 1]}"
        if found.letters
        else f"numbers {found.lowest} to {found.highest}"
    )
    why = f"{gold.path} holds {how}, as many as there are choices"
    kind = Gold(gold.path, kind="letter" if found.letters else "index")
    return Guess(
        "multiple_choice", {}, choices=choices, gold=kind, numbering=found, evidence=(why,), questions=tuple(questions)
    )


def _places(found: Numbered) -> int:
    return found.highest + 1 if found.letters else found.highest - found.lowest + 1


def _count(found: Numbered) -> int:
    """Return how many choices a numbering is of, at least."""
    return _places(found) if found.lowest <= 1 else found.highest


def _by_text(fields: Fields) -> Guess | None:
    """Choices in fields of their own, the right one's text repeated in another."""
    for gold in fields.answered("gold") or fields.texts:
        others = [
            column for column in fields.scalars if column.path != gold.path and _equal_share(gold, column) > CLEAR
        ]
        if len(others) < BOTH:
            continue
        lists = [tuple(column.values[row] or "" for column in others) for row in range(len(gold.values))]
        if is_text_of(gold, lists) and not gold.few:
            paths = tuple(column.path for column in others)
            why = f"{gold.path} is the text of one of {', '.join(paths)}"
            return Guess("multiple_choice", {}, choices=paths, gold=Gold(gold.path, kind="text"), evidence=(why,))
    return None


def _equal_share(gold: Column, column: Column) -> float:
    pairs = [(one, other) for one, other in zip(gold.values, column.values, strict=True) if one]
    return sum(one.strip() == (other or "").strip() for one, other in pairs) / len(pairs) if pairs else 0.0


@dataclass(frozen=True, slots=True)
class _Set:
    paths: tuple[str, ...]
    score: float
    apart: float
    alike: float


def _siblings(fields: Fields) -> Guess | None:
    """Choices in fields of their own, a number or letter for the right one."""
    golds = fields.answered("gold") or fields.scalars
    candidates = [(gold, found) for gold in golds if (found := numbered(gold))]
    said = tuple(column.path for column in fields.answered("choices"))
    if said:
        fitting = [(gold, found) for gold, found in candidates if _fits(found, len(said))]
        return _numbered_guess(fields, said, fitting, len(said)) if fitting else None
    best: dict[int, tuple[_Set, bool] | None] = {}
    for count in {_count(found) for _, found in candidates}:
        best[count] = _most_alike(fields, count, {each.path for each, _ in candidates})
    sets = {count: chosen for count, chosen in best.items() if chosen is not None}
    if not sets:
        return None
    count, chosen = max(sets.items(), key=lambda pair: pair[1][0].score)
    group, clear = chosen
    guess = _numbered_guess(fields, group.paths, [pair for pair in candidates if _count(pair[1]) == count], count)
    why = f"{', '.join(group.paths)} are the {count} fields most alike in length and content"
    questions = list(guess.questions)
    if not clear:
        options = [fields.known[path] for path in fields.known if not fields.known[path].many]
        text = f"Which fields are the {count} choices, in their order?"
        questions.append(replace(ask_for("choices", text, options), options=()))
    return replace(guess, evidence=(why, *guess.evidence), questions=tuple(questions))


def _most_alike(fields: Fields, count: int, golds: set[str]) -> tuple[_Set, bool] | None:
    """Return the `count` fields that could change places with each other best, and whether that is clear."""
    candidates = [
        column for column in fields.scalars
        if column.path not in golds and not column.is_id and not column.boolean and column.share_filled >= MOSTLY
        and (not column.few or len(column.counts) > MOST_OPTIONS) and not column.is_code
        and not column.is_written_data
    ][:MOST_CANDIDATES]  # fmt: skip
    if not BOTH <= count <= len(candidates):
        return None
    apart, alike, equal = {}, {}, {}
    for one, other in combinations(candidates, 2):
        pair = (one.path, other.path)
        apart[pair] = abs(math.log(one.mean_length / other.mean_length))
        alike[pair] = similarity(one, other)
        equal[pair] = _equal_share(one, other)
    sets = []
    for chosen in combinations([column.path for column in candidates], count):
        pairs = list(combinations(chosen, 2))
        distance = sum(apart[pair] for pair in pairs) / len(pairs)
        likeness = sum(alike[pair] for pair in pairs) / len(pairs)
        if max(apart[pair] for pair in pairs) <= MOST_UNLIKE and max(equal[pair] for pair in pairs) <= MOST_EQUAL:
            sets.append(_Set(chosen, likeness - distance / 2, distance, likeness))
    if not sets:
        return None
    sets.sort(key=lambda each: -each.score)
    first = sets[0]
    if first.apart > ALIKE_LENGTH and first.alike < ALIKE_CONTENT:
        return None
    return first, len(sets) == 1 or first.score - sets[1].score >= CLEAR

"""Records → the one kind of task that they are, or a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from workbench.benchmarks.reading import Drop
from workbench.benchmarks.sniffing.answering import (
    NO_ANSWER,
    NO_MARK,
    counts_up,
    extractive_qa,
    math_problems,
    open_qa,
    translation,
)
from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.choosing import multiple_choice
from workbench.benchmarks.sniffing.columns import Column, find_columns
from workbench.benchmarks.sniffing.kinds import KINDS, Fields, Guess, Rule, name_inputs
from workbench.benchmarks.sniffing.labelling import classification, minimal_pairs
from workbench.benchmarks.sniffing.tables import Table

MOST_FILES = 5
AGREEING = 0.6
RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        "multiple_choice": multiple_choice,
        "minimal_pairs": minimal_pairs,
        "extractive_qa": extractive_qa,
        "math": math_problems,
        "translation": translation,
        "classification": classification,
        "open_qa": open_qa,
    }
)
"""Kinds of task in the order they are tried: what needs more to fit comes first."""
_FIXED = MappingProxyType(
    {
        "squad": Guess(
            "extractive_qa", {"context": "context", "question": "question"}, references=("answers.*.text",),
            group="paragraph", spoken=("context", "question"),
            evidence=("passages, questions and answers in SQuAD nesting",),
        ),
        "tmx": Guess(
            "translation", {"source": "source", "text": "target"}, references=("target",), spoken=("target",),
            evidence=("translation units of two languages; the file says which is the source",),
        ),
        "m2": Guess(
            "correction", {"sentence": "sentence"}, references=("corrections",), spoken=("sentence",),
            evidence=("sentences with the edits that correct them",),
        ),
        "html": Guess("text", {"text": "text"}, spoken=("text",), evidence=("the text of a page",)),
        "conllu": Guess("text", {"text": "text"}, spoken=("text",), evidence=("annotated sentences",)),
    }
)  # fmt: skip
"""Formats that say themselves what their parts are."""


def decide_together(tables: Sequence[Table], answers: Answers) -> Guess:
    """Return how the records of several files of one shape become items: as most of them say by themselves.

    What one language's file suggests by chance, those of other languages do not; where they disagree, it is asked.
    """
    step = max(1, len(tables) // MOST_FILES)
    guesses = [decide(table, answers) for table in tables[::step][:MOST_FILES]]
    counts = Counter(map(_content, guesses))
    content, count = counts.most_common(1)[0]
    chosen = next(guess for guess in guesses if _content(guess) == content)
    others = [guess for guess in guesses if _content(guess) != content]
    if not others or count >= AGREEING * len(guesses):
        return chosen
    if any(guess.kind != chosen.kind for guess in others):
        kinds = tuple(dict.fromkeys(guess.kind or "unknown" for guess in guesses))
        question = Question("kind", f"The files look like {', '.join(kinds)}: what is asked for?", KINDS)
    else:
        shown = " or ".join(str(_content(guess)[1:]) for guess in (chosen, others[0]))
        question = Question("choices" if chosen.choices else "input", f"The files disagree on their fields: {shown}?")
    return replace(chosen, questions=(*chosen.questions, question))


def _content(guess: Guess) -> tuple[object, ...]:
    gold = guess.gold.field if guess.gold is not None else ""
    return (guess.kind, tuple(guess.input.values()), guess.choices, gold, guess.references)


def decide(table: Table, answers: Answers) -> Guess:
    """Return how the records of a table become items; what it could not tell is among the questions."""
    columns = find_columns(table.records)
    fixed = _FIXED.get(table.shape.format)
    if fixed is not None:
        return _with_drops(fixed, columns)
    fields = Fields(columns, answers)
    said = answers.get("kind")
    if said in RULES:
        found = RULES[said](fields)
        return found or Guess(said, {}, questions=(_unfit(said, columns),))
    if said == "text" or not said:
        for rule in RULES.values() if not said else ():
            found = rule(fields)
            if found is not None:
                return found
        texts = fields.asked() or fields.texts
        if len(texts) == 1 and (said or _only_text(fields, texts[0])):
            return Guess("text", {"text": texts[0].path}, spoken=(texts[0].path,), evidence=("one text a record",))
    return _undecided(fields)


def _only_text(fields: Fields, text: Column) -> bool:
    """Return whether there is nothing beside a text but what names it."""
    rest = [column for column in fields.columns if column is not text and column.filled and not column.constant]
    return all(not column.many and column.unique and (column.is_id or counts_up(column)) for column in rest)


def _undecided(fields: Fields) -> Guess:
    texts = fields.texts or fields.columns[:1]
    shown = ", ".join(column.path for column in fields.columns[:12])
    question = Question("kind", f"What is asked for? The fields are {shown}", KINDS)
    inputs = name_inputs(texts[:2]) if texts else {}
    return Guess("", inputs, spoken=tuple(inputs.values()), questions=(question,))


def _unfit(kind: str, columns: tuple[Column, ...]) -> Question:
    shown = ", ".join(column.path for column in columns[:12])
    wanted = {
        "multiple_choice": "choices", "minimal_pairs": "choices", "classification": "gold", "math": "references",
        "open_qa": "references", "extractive_qa": "references", "translation": "source",
    }  # fmt: skip
    key = wanted[kind]
    return Question(key, f"{kind} does not fit these fields by itself: which are the {key}? ({shown})")


def _with_drops(guess: Guess, columns: tuple[Column, ...]) -> Guess:
    known = {column.path: column for column in columns}
    drops = []
    answers = known.get("answers.*.text") or known.get("answers.0.text")
    if guess.kind == "extractive_qa" and (answers is None or answers.share_filled < 1):
        drops.append(Drop("answers.0.text", NO_ANSWER, missing=True))
    if "mark" in known and "yes" in known["mark"].counts:
        drops.append(Drop("mark", NO_MARK, equals=("yes",)))
    return replace(guess, drop=tuple(drops)) if drops else guess

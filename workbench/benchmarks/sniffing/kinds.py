"""What is asked for: the kind of task, by which fields there are and how they fit each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.benchmarks.reading import Drop, Gold
from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.columns import Column
from workbench.benchmarks.sniffing.gold import Numbered

KINDS = (
    "multiple_choice", "minimal_pairs", "classification", "extractive_qa", "open_qa", "math", "translation",
    "correction", "text",
)  # fmt: skip
"""Kinds of task that are told apart."""
QUESTION_MARKS = "?？؟;՞፧⁇"


@dataclass(frozen=True, slots=True)
class Guess:
    """How records become items.

    Attributes
    ----------
    kind
        One of `KINDS`.
    input, choices, names, gold, references, group, thousands, drop
        As in a recipe.
    numbering
        How gold numbers the choices, where it does; alphabets and bases are settled over all files.
    spoken
        Paths whose texts are in the items' language.
    evidence
        Why, for a person.
    questions
        What is still open.
    """

    kind: str
    input: Mapping[str, str]
    choices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    gold: Gold | None = None
    references: tuple[str, ...] = ()
    group: str = ""
    thousands: str = ""
    drop: tuple[Drop, ...] = ()
    numbering: Numbered | None = None
    spoken: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Fields:
    """The columns of a table as the rules look at them."""

    columns: tuple[Column, ...]
    answers: Answers
    known: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {column.path: column for column in self.columns})

    @property
    def scalars(self) -> tuple[Column, ...]:
        """Fields with at most one value a record, that are usually filled and not always the same."""
        return tuple(each for each in self.columns if not each.many and each.share_filled > 0.5 and not each.constant)  # noqa: PLR2004

    @property
    def texts(self) -> tuple[Column, ...]:
        """Scalars that hold language."""
        return tuple(each for each in self.scalars if each.is_text)

    def answered(self, key: str) -> tuple[Column, ...]:
        """Return the columns that an answer names, those that are there."""
        return tuple(self.known[path] for path in self.answers.listed(key) if path in self.known)

    def asked(self) -> tuple[Column, ...]:
        """Return the columns that are the input, if a person said so."""
        return self.answered("input")


Rule = Callable[[Fields], Guess | None]


def question_share(column: Column) -> float:
    """Return the share of values that end as questions do."""
    values = column.filled[:500]
    return sum(value.rstrip()[-1:] in QUESTION_MARKS for value in values) / len(values) if values else 0.0


def name_inputs(columns: Sequence[Column]) -> dict[str, str]:
    """Return input fields for columns whose role only their content says: the longest is the context, and so on."""
    if len(columns) == 1:
        only = columns[0]
        return {"question" if question_share(only) > 0.5 else "text": only.path}  # noqa: PLR2004
    ordered = sorted(columns, key=lambda column: -column.mean_length)
    asking = max(ordered, key=question_share)
    names: dict[str, str] = {}
    if question_share(asking) > 0.5:  # noqa: PLR2004
        names["question"] = asking.path
    few = [column for column in columns if column.few and column.path not in names.values()]
    rest = [column for column in columns if column.path not in names.values() and column not in few]
    for holders, name in ((rest, "context"), (few, "asked_for")):
        for number, column in enumerate(holders, start=1):
            names[name if len(holders) == 1 else f"{name}{number}"] = column.path
    return names


def ask_for(key: str, text: str, columns: Sequence[Column]) -> Question:
    """Return a question whose options are columns, an example of each shown."""
    shown = "; ".join(f"{column.path}: {_example(column)}" for column in columns[:8])
    return Question(key, f"{text} [{shown}]", tuple(column.path for column in columns))


def _example(column: Column) -> str:
    values = column.counts.most_common(3) if column.few else column.counts.most_common(1)
    return ", ".join(repr(value[:40]) for value, _ in values)

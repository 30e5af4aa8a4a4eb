"""Text files whose lines belong together: texts and their labels, or the same text in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.benchmarks.reading import Gold
from workbench.benchmarks.sniffing.answering import length_correlation
from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.columns import Column, find_columns
from workbench.benchmarks.sniffing.kinds import KINDS, Guess
from workbench.benchmarks.sniffing.tables import Table
from workbench.languages.by_text import TextLanguage

ALIGNED = 0.35
"""Correlation of line lengths from which two files may say the same."""
CLEAR = 0.05
LABEL = "label"
SOURCE = "source"
_SHARED = re.compile(r"\d+|[A-Z][A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Alignment:
    """What aligned files are.

    Attributes
    ----------
    texts
        Files whose lines are items.
    companions
        Field → name of the file that holds it, by name of the item's file.
    """

    guess: Guess
    texts: tuple[Table, ...]
    companions: Mapping[str, Mapping[str, Table]]


def align(tables: Sequence[Table], languages: Mapping[str, TextLanguage], answers: Answers) -> Alignment:
    """Return how files with the same number of lines belong together."""
    labels: list[tuple[Table, Column]] = []
    texts: list[tuple[Table, Column]] = []
    for table in tables:
        (column, *_) = find_columns(table.records)
        (labels if column.few and column.mean_length <= 30 else texts).append((table, column))  # noqa: PLR2004
    tags = {languages[table.name].tag for table, _ in texts}
    if len(texts) >= 2 and len(tags) > 1:  # noqa: PLR2004
        return _translated(texts, labels, languages, answers)
    if len(texts) == 1 and len(labels) == 1:
        return _labelled(texts[0][0], labels[0])
    question = Question(
        "kind", f"{len(tables)} files of as many lines each, in one language: what is asked for?", KINDS
    )
    guess = Guess("", {"text": "text"}, spoken=("text",), questions=(question,))
    return Alignment(guess, tuple(table for table, _ in texts or labels), {})


def _labelled(table: Table, label: tuple[Table, Column]) -> Alignment:
    values = sorted(label[1].counts)
    why = f"each line of {label[0].name} is one of {', '.join(values)}: the labels of the lines of {table.name}"
    guess = Guess(
        "classification",
        {"text": "text"},
        names=tuple(values),
        gold=Gold(LABEL, kind="name"),
        spoken=("text",),
        evidence=(why,),
    )
    return Alignment(guess, (table,), {LABEL: {table.name: label[0]}})


def _translated(
    texts: Sequence[tuple[Table, Column]], labels: Sequence[tuple[Table, Column]],
    languages: Mapping[str, TextLanguage], answers: Answers,
) -> Alignment:  # fmt: skip
    tags = sorted({languages[table.name].tag for table, _ in texts} - {""})
    source = answers.get("source") or ("en" if "en" in tags else "")
    questions: list[Question] = []
    if source not in tags:
        questions.append(Question("source", "Which language is translated from?", tuple(tags)))
        source = tags[0]
    sources = [pair for pair in texts if languages[pair[0].name].tag == source]
    targets = [pair for pair in texts if languages[pair[0].name].tag != source]
    pairs, unclear = _paired(sources, targets)
    if unclear:
        few = ", ".join(unclear[:5])
        text = (
            f"{len(unclear)} files fit no {source} file better than the others ({few}): leave them out by removing them"
        )
        questions.append(Question("part", text, ("translations",)))
    companions = {SOURCE: {target.name: found for target, found in pairs}}
    group = ""
    if len(labels) == 1:
        group = "document"
        companions["document"] = {target.name: labels[0][0] for target, _ in pairs}
    why = f"{len(pairs)} files whose lines are as long as those of a {source} file in the same places"
    guess = Guess(
        "translation", {"text": "text", "source": SOURCE}, references=("text",), group=group, spoken=("text",),
        evidence=(why,), questions=tuple(questions),
    )  # fmt: skip
    return Alignment(guess, tuple(target for target, _ in pairs), companions)


def _paired(
    sources: Sequence[tuple[Table, Column]], targets: Sequence[tuple[Table, Column]]
) -> tuple[list[tuple[Table, Table]], list[str]]:
    """Return each target with the source file that it translates, and the names of those that fit none clearly."""
    pairs, unclear = [], []
    for target, column in targets:
        ranked = sorted(
            ((_likeness(column, other), place) for place, (_, other) in enumerate(sources)), reverse=True
        )  # fmt: skip
        best, place = ranked[0]
        lead = best - ranked[1][0] if len(ranked) > 1 else best
        if best >= ALIGNED and lead >= CLEAR:
            pairs.append((target, sources[place][0]))
        else:
            unclear.append(target.name)
    return pairs, unclear


def _likeness(target: Column, source: Column) -> float:
    """Return how well two files' lines fit: lengths that rise and fall together, numbers and names in common."""
    shared = wanted = 0
    for one, other in zip(target.values, source.values, strict=False):
        signs = set(_SHARED.findall(other or ""))
        wanted += len(signs)
        shared += sum(sign in (one or "") for sign in signs)
    correlation = length_correlation(target.values, source.values)
    return correlation + (shared / wanted if wanted else 0.0)

"""Classification, pairs of sentences, minimal pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.benchmarks.reading import Gold
from workbench.benchmarks.sniffing.asking import Question
from workbench.benchmarks.sniffing.choosing import are_choices
from workbench.benchmarks.sniffing.columns import Column, similarity
from workbench.benchmarks.sniffing.gold import numbered
from workbench.benchmarks.sniffing.kinds import Fields, Guess, ask_for, question_share

MOSTLY = 0.95
ALIKE = 0.55
SMALL_EDIT = 6
"""Words in which the sentences of a minimal pair may differ, both counted."""
SAME_VOTERS = 3
BOTH = 2
LONGEST_LABEL = 30
KNOWN_LABELS = tuple(
    frozenset(each.split())
    for each in (
        "entailment contradiction neutral",
        "entailment not_entailment",
        "entailment contradiction none",
        "entails contradicts neutral",
        "e c n",
        "positive negative neutral mixed",
        "pos neg neu q",
        "acceptable unacceptable",
        "grammatical ungrammatical",
        "true false",
        "yes no",
        "support refute not_enough_info",
        "offensive not_offensive hate normal",
    )
)


def minimal_pairs(fields: Fields) -> Guess | None:
    """Two sentences that differ in little, always."""
    texts = [column for column in fields.answered("choices") or fields.texts if column.share_filled >= MOSTLY]
    for place, one in enumerate(texts):
        for other in texts[place + 1 :]:
            if not _differ_in_little(one, other):
                continue
            right = fields.answers.get("right")
            questions = []
            if right not in (one.path, other.path):
                questions.append(ask_for("right", "Which field holds the acceptable sentences?", (one, other)))
            labels = [
                column for column in fields.scalars if (found := numbered(column)) and found.highest - found.lowest == 1
            ]
            if labels and not fields.answers.get("kind"):
                text = f"{one.path} and {other.path} are nearly the same: is the better one asked for, or a label?"
                questions.insert(0, Question("kind", text, ("minimal_pairs", "classification")))
            gold = right if right in (one.path, other.path) else one.path
            why = f"{one.path} and {other.path} are nearly the same sentence, and never quite"
            return Guess(
                "minimal_pairs", {}, choices=(one.path, other.path), gold=Gold(gold, kind="text"),
                spoken=(one.path, other.path), evidence=(why,), questions=tuple(questions),
            )  # fmt: skip
    return None


def _differ_in_little(one: Column, other: Column) -> bool:
    if one.mean_length < 12 or similarity(one, other) < ALIKE:  # noqa: PLR2004
        return False
    pairs = [(a, b) for a, b in zip(one.values, other.values, strict=True) if a and b]
    if sum(a.strip() != b.strip() for a, b in pairs) < MOSTLY * len(pairs):
        return False
    edits = sorted(
        (Counter(a.split()) - Counter(b.split())).total() + (Counter(b.split()) - Counter(a.split())).total()
        for a, b in pairs
    )
    return bool(edits) and edits[len(edits) // 2] <= SMALL_EDIT


def classification(fields: Fields) -> Guess | None:
    """One or two texts, and a field of few values."""
    said = fields.answered("gold")
    labels = list(said) or [
        column
        for column in fields.scalars
        if column.few and column.share_filled >= MOSTLY and column.mean_length <= LONGEST_LABEL
    ]
    texts = [column for column in fields.asked() or fields.texts if column not in labels]
    if not labels or not texts:
        return None
    label, why = (said[0], "as answered") if said else _label(labels)
    questions = []
    if not why:
        questions.append(ask_for("gold", "Which field is the label?", labels))
        why = "several fields have few values"
    listed = [column.path for column in fields.columns if are_choices(column)]
    if listed and not fields.answers.get("kind"):
        text = f"{label.path} has few values, and {', '.join(listed[:3])} lists of several: what is asked for?"
        questions.append(Question("kind", text, ("classification", "multiple_choice", "open_qa")))
    if len(texts) > BOTH and not fields.asked():
        questions.append(ask_for("input", "Which fields does a model see, in their order?", texts))
    texts = texts[: len(texts) if fields.asked() else BOTH]
    inputs = _inputs(texts)
    group = next(
        (column.path for column in texts if len(texts) == BOTH and len(column.counts) < 0.8 * len(column.filled)), ""
    )
    shown = ", ".join(sorted(label.counts))
    return Guess(
        "classification", inputs, names=tuple(sorted(label.counts)), gold=Gold(label.path, kind="name"), group=group,
        spoken=tuple(inputs.values()), evidence=(f"{label.path} has the values {shown}: {why}",),
        questions=tuple(questions),
    )  # fmt: skip


def _inputs(texts: Sequence[Column]) -> dict[str, str]:
    if len(texts) == 1:
        return {"text": texts[0].path}
    if len(texts) == BOTH:
        asking = max(texts, key=question_share)
        if question_share(asking) > 0.8 and question_share(texts[0]) != question_share(texts[1]):  # noqa: PLR2004
            (other,) = (column for column in texts if column is not asking)
            return {"text": other.path, "question": asking.path}
        return {"premise": texts[0].path, "hypothesis": texts[1].path}
    return {f"text{number}": column.path for number, column in enumerate(texts, start=1)}


def _label(labels: Sequence[Column]) -> tuple[Column, str]:
    """Return which of several fields of few values is the label, and why; an empty reason: it must be asked."""
    if len(labels) == 1:
        return labels[0], "the only field of few values"
    known = [
        column
        for column in labels
        if any({value.casefold() for value in column.counts} <= each for each in KNOWN_LABELS)
    ]
    pool = known or list(labels)
    if len(pool) == 1:
        return pool[0], "labels that many benchmarks use"
    voters = [column for column in pool if set(column.counts) <= set(pool[0].counts) | set(pool[-1].counts)]
    if len(voters) >= SAME_VOTERS:
        ranked = sorted(((_agreement(column, voters), -place) for place, column in enumerate(voters)), reverse=True)
        chosen = voters[-ranked[0][1]]
        rivals = [voters[-place] for share, place in ranked[1:] if share == ranked[0][0]]
        if all(rival.values == chosen.values for rival in rivals):
            return chosen, f"of {len(voters)} fields with these values the one that most of the others agree with"
    return pool[0], ""


def _agreement(column: Column, voters: Sequence[Column]) -> float:
    """Return how often a field says what most of the others say."""
    hits = total = 0
    for row, value in enumerate(column.values):
        others = Counter(voter.values[row] for voter in voters if voter is not column and voter.values[row])
        if others and value:
            total += 1
            hits += others.most_common(1)[0][0] == value
    return hits / total if total else 0.0

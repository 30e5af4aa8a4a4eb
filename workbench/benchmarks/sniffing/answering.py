"""Tasks whose answer is text: from a passage, short, a number, another language's sentence."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from workbench.benchmarks.reading import Drop
from workbench.benchmarks.sniffing.asking import Question
from workbench.benchmarks.sniffing.columns import Column, number_separators
from workbench.benchmarks.sniffing.kinds import Fields, Guess, ask_for, name_inputs, question_share
from workbench.languages.by_text import TextLanguage, identify_texts

MOSTLY = 0.9
PASSAGE = 80
"""Characters of the shortest mean passage."""
FEWEST_NUMBERS = 15
FEWEST_ANSWERS = 5
"""Different values up to which a field is a label, not an answer."""
NO_ANSWER = "No answer stands in the source for this question."
NO_MARK = "A document's number stands here in place of a sentence."


def extractive_qa(fields: Fields) -> Guess | None:
    """Return the fields of answers that stand in a passage of their record."""
    passages = sorted(
        (each for each in fields.texts if each.mean_length >= PASSAGE), key=lambda each: -each.mean_length
    )
    for passage in passages:
        answers = [
            column for column in (fields.answered("references") or fields.columns)
            if column is not passage and column.letters > 0 and _stands_in(column, passage) and not column.boolean
        ]  # fmt: skip
        questions = [each for each in fields.texts if each is not passage and each not in answers]
        asking = max(questions, key=lambda each: (question_share(each), each.mean_length), default=None)
        if asking is None or not answers:
            continue
        answer, offset = _with_offset(fields, answers, passage)
        repeated = len(passage.counts) < MOSTLY * len(passage.filled)
        place = "@up.@place" if "@up.@place" in fields.known and passage.path.startswith("@up.") else ""
        why = f"{answer.path} stands in {passage.path}" + (f", where {offset} says" if offset else "")
        open_questions = []
        if len(answers) > 1 and not offset and not fields.answers.get("references"):
            open_questions.append(ask_for("references", "Which field holds the accepted answers?", answers))
        missing = answer.share_filled < 1
        return Guess(
            "extractive_qa", {"context": passage.path, "question": asking.path}, references=(answer.path,),
            group=place or (passage.path if repeated else ""), spoken=(passage.path, asking.path),
            drop=(Drop(_first_of(answer.path), NO_ANSWER, missing=True),) if missing else (),
            evidence=(why,), questions=tuple(open_questions),
        )  # fmt: skip
    return None


def _first_of(path: str) -> str:
    return path.replace(".*", ".0", 1) if ".*" in path else path


def _rows(column: Column) -> list[tuple[str, ...]]:
    if column.many:
        return list(column.lists)
    return [(value,) if value else () for value in column.values]


def _stands_in(answer: Column, passage: Column) -> bool:
    if answer.mean_length < 2 or answer.mean_length > passage.mean_length / 2 or len(answer.counts) <= FEWEST_ANSWERS:  # noqa: PLR2004
        return False
    found = total = 0
    for some, text in zip(_rows(answer), passage.values, strict=True):
        for each in some:
            total += 1
            found += bool(text) and each.strip() != "" and each.strip() in (text or "")
    return total > 0 and found >= MOSTLY * total


def _with_offset(fields: Fields, answers: Sequence[Column], passage: Column) -> tuple[Column, str]:
    """Return the answer whose place another field gives, with that field; else the one that is filled most."""
    for answer in answers:
        for offset in fields.columns:
            if offset.numeric < MOSTLY or offset.many != answer.many or offset is answer:
                continue
            hits = total = 0
            for some, starts, text in zip(_rows(answer), _rows(offset), passage.values, strict=True):
                for each, start in zip(some, starts, strict=False):
                    total += 1
                    at = int(start) if start.isdecimal() else -1
                    hits += at >= 0 and (text or "")[at : at + len(each)] == each
            if total and hits >= MOSTLY * total:
                return answer, offset.path
    return max(answers, key=lambda each: each.share_filled), ""


def math_problems(fields: Fields) -> Guess | None:
    """Return the fields of a text and a number that is no id and no label."""
    numbers = [
        column for column in (fields.answered("references") or fields.scalars)
        if column.numeric > 0.98 and not column.many and not _is_number_of_record(column)  # noqa: PLR2004
        and len(column.counts) >= min(FEWEST_NUMBERS, len(column.filled) / 3)
    ]  # fmt: skip
    asking = [each for each in fields.asked() or fields.texts if _with_digits(each) > 0.6]  # noqa: PLR2004
    if not numbers or len(asking) != 1:
        return None
    answer = numbers[0]
    questions = [ask_for("references", "Which field is the answer?", numbers)] if len(numbers) > 1 else []
    marks = number_separators(answer.filled)
    why = f"{answer.path} holds {len(answer.counts)} different numbers, {asking[0].path} texts with numbers"
    return Guess(
        "math", {"question": asking[0].path}, references=(answer.path,),
        thousands=marks.most_common(1)[0][0] if marks else "",
        spoken=(asking[0].path,), evidence=(why,), questions=tuple(questions),
    )  # fmt: skip


def _is_number_of_record(column: Column) -> bool:
    """Return whether numbers name records: they count up, or are long, of one length and all different."""
    sizes = {len(value) for value in column.filled}
    return counts_up(column) or (column.unique and len(sizes) == 1 and min(sizes) > 3)  # noqa: PLR2004


def counts_up(column: Column) -> bool:
    """Return whether values are whole numbers, each larger than the one before."""
    values = [value for value in column.filled if value.isdecimal()]
    return len(values) == len(column.filled) and all(int(a) < int(b) for a, b in itertools.pairwise(values))


def _with_digits(column: Column) -> float:
    values = column.filled[:300]
    return sum(any(map(str.isnumeric, value)) for value in values) / len(values) if values else 0.0


def open_qa(fields: Fields) -> Guess | None:
    """Return the fields of a question and of short answers that stand in no passage."""
    asking = fields.asked() or tuple(each for each in fields.texts if question_share(each) > 0.6)  # noqa: PLR2004
    said = fields.answered("references")
    answers = said or tuple(
        column for column in fields.columns
        if column not in asking and column.share_filled > MOSTLY and column.mean_length < 120  # noqa: PLR2004
        and (column.is_text or (column.many and column.letters > 0.5)) and question_share(column) < 0.2  # noqa: PLR2004
        and (column.many or not column.few)
    )  # fmt: skip
    if not asking or not answers:
        return None
    questions = []
    if len(asking) > 1 and not fields.asked():
        questions.append(ask_for("input", "Which field is the question?", asking))
    if len(answers) > 1 and not said:
        questions.append(ask_for("references", "Which fields hold accepted answers?", answers))
    why = f"{asking[0].path} asks, {answers[0].path} is short text"
    inputs = name_inputs(asking[:1]) if not fields.asked() else name_inputs(asking)
    references = tuple(column.path for column in said) or (answers[0].path,)
    return Guess(
        "open_qa",
        inputs,
        references=references,
        spoken=tuple(inputs.values()),
        evidence=(why,),
        questions=tuple(questions),
    )


def translation(fields: Fields) -> Guess | None:
    """Return two fields that say the same in different languages."""
    texts = list(fields.asked() or fields.texts)
    told: dict[str, tuple[Column, TextLanguage]] = {}
    for column in texts:
        found = identify_texts(column.filled)
        if found.sure and found.tag not in told:
            told[found.tag] = (column, found)
    if all(question_share(column) > 0.6 for column, _ in told.values()) and not fields.answers.get("kind"):  # noqa: PLR2004
        return None  # a question in two languages asks for an answer
    if len(told) < 2 or any(_as_long(a, b) < 0.5 for a, _ in told.values() for b, _ in told.values()):  # noqa: PLR2004
        return None
    source = fields.answers.get("source") or ("en" if "en" in told else "")
    questions = []
    if source not in told:
        questions.append(Question("source", "Which language is translated from?", tuple(told)))
        source = next(iter(told))
    targets = [column for tag, (column, _) in told.items() if tag != source]
    if len(targets) > 1:
        questions.append(ask_for("input", "Which two fields, source first?", [column for column, _ in told.values()]))
    why = f"{told[source][0].path} is {source}, {targets[0].path} says the same in another language"
    return Guess(
        "translation", {"source": told[source][0].path, "text": targets[0].path}, references=(targets[0].path,),
        spoken=(targets[0].path,), evidence=(why,), questions=tuple(questions),
    )  # fmt: skip


def _as_long(one: Column, other: Column) -> float:
    """Return the correlation of the lengths of two fields."""
    if one is other:
        return 1.0
    return length_correlation(one.values, other.values)


def length_correlation(first: Sequence[str | None], second: Sequence[str | None]) -> float:
    """Return how much two texts that should say the same are long in the same places: Pearson's r of their lengths."""
    import numpy as np

    pairs = [(len(a), len(b)) for a, b in zip(first, second, strict=False) if a and b]
    if len(pairs) < 3:  # noqa: PLR2004
        return 0.0
    lengths = np.array(pairs, dtype=float)
    if not lengths.std(axis=0).all():
        return 0.0
    return float(np.corrcoef(lengths[:, 0], lengths[:, 1])[0, 1])

"""From an engine's answer to a journal row: what was said, and what it is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from workbench.benchmarks.items import SENTENCE
from workbench.benchmarks.records import Formulation, TaskKind
from workbench.engines.protocol import GenerateResult, RollingResult, ScoreResult
from workbench.evaluation.plan import Part, Question
from workbench.evaluation.rows import ItemRow

if TYPE_CHECKING:
    from workbench.metrics.extraction import Extraction

Scores = tuple[tuple[str, float], ...]
Answer = ScoreResult | RollingResult | GenerateResult
NOT_FINITE = "not_finite"
NOT_JUDGED = "not_judged"
"""Reading or judging the answer broke down; the traceback is in the log."""
TEXT_METRICS = ("exact_match", "token_f1", "numeric_match")

_READ: Mapping[TaskKind, str] = MappingProxyType(
    {TaskKind.MATH: "number", TaskKind.SUMMARISATION: "whole", TaskKind.INSTRUCTIONS: "whole"}
)
"""What is read out of what a model wrote, where it is not a short ``answer``."""


def judge(part: Part, question: Question, rendered_hash: str, answer: Answer, *, parity: bool) -> ItemRow:
    """Return the row of one answered question.

    An answer with an error, or with a log-likelihood that is no number, has no scores and counts as failed.
    """
    row = blank_row(part, question, rendered_hash)
    if answer.error:
        return replace(row, error=answer.error)
    if isinstance(answer, ScoreResult):
        return _choices(row, question, answer, parity=parity)
    if isinstance(answer, RollingResult):
        return _whole_text(row, question, answer)
    return _written(row, part, question, answer)


def blank_row(part: Part, question: Question, rendered_hash: str) -> ItemRow:
    """Return a row that says which question it is, and nothing yet about the answer."""
    item, prompt = question.item, question.prompt
    return ItemRow(
        key=question.key,
        pack=question.pack,
        language=item.language,
        item_id=item.id,
        group=item.group,
        domain=item.domain,
        culture=item.culture,
        repeat=question.repeat,
        formulation=part.formulation.value,
        prompt_hash=prompt.hash,
        rendered_hash=rendered_hash,
        query=prompt.query or (prompt.continuations[0] if part.formulation is Formulation.ROLLING else ""),
        choices=prompt.choices,
        gold=prompt.gold,
        references=prompt.references,
    )


def _choices(row: ItemRow, question: Question, answer: ScoreResult, *, parity: bool) -> ItemRow:
    from workbench.metrics.choices import judge_choice

    bare = question.prompt.chat_continuations
    likelihoods = tuple(score.log_likelihood for score in answer.continuations)
    row = replace(
        row,
        token_counts=tuple(score.tokens for score in answer.continuations),
        char_counts=tuple(len(text) for text in bare),
        byte_counts=tuple(len(text.encode()) for text in bare),
        greedy=tuple(score.greedy for score in answer.continuations),
        context_tokens=answer.context_tokens,
        truncated=answer.truncated,
    )
    if not all(map(math.isfinite, likelihoods)):
        return replace(row, error=NOT_FINITE)
    row = replace(row, log_likelihoods=likelihoods)
    if row.gold is None:
        return replace(row, error="no_gold")
    judged = judge_choice(likelihoods, row.char_counts, row.byte_counts, row.gold, parity=parity)
    return replace(row, prediction=judged.prediction, tied=judged.tied, scores=judged.scores)


def _whole_text(row: ItemRow, question: Question, answer: RollingResult) -> ItemRow:
    from workbench.metrics.likelihood import judge_rolling

    text = question.prompt.continuations[0]
    row = replace(row, token_counts=(answer.tokens,), char_counts=(len(text),), byte_counts=(len(text.encode()),))
    if not math.isfinite(answer.log_likelihood):
        return replace(row, error=NOT_FINITE)
    scores = judge_rolling(answer.log_likelihood, row.byte_counts[0])
    return replace(row, log_likelihoods=(answer.log_likelihood,), scores=scores)


def _written(row: ItemRow, part: Part, question: Question, answer: GenerateResult) -> ItemRow:
    from workbench.metrics.choices import judge_prediction

    found = _extracted(part, question, answer.text)
    row = replace(
        row,
        response=answer.text,
        answer=found.answer,
        extraction=found.state,
        finish=answer.finish,
        context_tokens=answer.context_tokens,
        truncated=answer.truncated,
        token_counts=(answer.tokens,),
        prediction=found.index,
    )
    if row.gold is not None:
        return replace(row, scores=judge_prediction(found.index, row.gold, len(row.choices)))
    # A blank never looks like a pass: who wrote nothing has not said that there is no answer.
    references = row.references if found.state != "failed" or any(row.references) else (question.prompt.no_answer,)
    return replace(row, scores=_worth(part.pack.card.task, question, found.answer, references))


def _worth(task: TaskKind, question: Question, answer: str, references: tuple[str, ...]) -> Scores:
    """Return the scores of an open answer, by what its task asks for."""
    from workbench.metrics.correction import judge_correction
    from workbench.metrics.instructions import judge_instructions
    from workbench.metrics.text import judge_text

    tag = question.item.language
    if task is TaskKind.INSTRUCTIONS:
        return judge_instructions(answer, references, tag)
    if task is TaskKind.SUMMARISATION:
        return judge_text(answer, references, tag, ("rouge_l",))
    scores = judge_text(answer, references, tag, TEXT_METRICS)
    if task is TaskKind.CORRECTION:
        scores += judge_correction(question.item.input.get(SENTENCE, ""), answer, references)
    return scores


def extraction_of(part: Part, question: Question) -> str:
    """Return what is read out of a written answer to this question: ``choice``, or by its task."""
    return "choice" if question.prompt.choices else _READ.get(part.pack.card.task, "answer")


def _extracted(part: Part, question: Question, text: str) -> Extraction:
    """Read the answer out of what the model wrote, by the rule of the task."""
    from workbench.metrics.extraction import extract_answer, extract_choice, extract_number, extract_whole

    prompt, tag = question.prompt, question.item.language
    kind = extraction_of(part, question)
    if kind == "choice":
        return extract_choice(text, letters=prompt.letters, choices=prompt.choices, language=tag)
    if kind == "number":
        return extract_number(text, language=tag)
    if kind == "whole":
        return extract_whole(text)
    found = extract_answer(text, language=tag)
    return replace(found, answer="") if _declined(found.answer, prompt.no_answer, tag) else found


def _declined(answer: str, no_answer: str, language: str) -> bool:
    """Return whether the answer is what was to be written where the passage holds none.

    Notes
    -----
    SQuAD 2.0 (Rajpurkar, Jia & Liang 2018): no answer is the empty answer, right for such questions and for no others.
    """
    from workbench.metrics.text import exact_match

    return bool(no_answer) and exact_match(answer, (no_answer,), language) == 1.0

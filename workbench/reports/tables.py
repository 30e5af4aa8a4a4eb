"""Scores and counts as rows of text, for tables that people read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.evaluation.result import Result, Score
from workbench.reports.blocks import Block, labels
from workbench.reports.scales import is_share, metric_title
from workbench.reports.verdicts import SIGNS, tone, verdict_word
from workbench.reports.words import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """A score, its interval, and its verdict as sign, words and tone."""

    value: str
    interval: str
    sign: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One language: a cell for each model, and what they are measured against."""

    tag: str
    language: str
    cells: tuple[Cell, ...]
    chance: str
    majority: str
    n: str


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One metric of one model in one language."""

    model: str
    tag: str
    language: str
    metric: str
    method: str
    cell: Cell
    chance: str
    majority: str
    n: str
    headline: bool


@dataclass(frozen=True, slots=True)
class CountRow:
    """What happened to the items of one model, pack and language."""

    model: str
    pack: str
    tag: str
    language: str
    numbers: tuple[str, ...]
    failed: bool


def matrix(block: Block, words: Words) -> tuple[MatrixRow, ...]:
    """Return a block's headline scores: a row a language, a column a model."""
    rows = []
    for tag in block.languages:
        scores = [block.score(member, tag) for member in block.members]
        asked = [block.asked(member, tag) for member in block.members]
        known = [score for score in scores if score is not None]
        rows.append(
            MatrixRow(
                tag=tag,
                language=words.label(tag),
                cells=tuple(
                    cell(score, words) if known_here else Cell(words("unasked"), "", "", "", "unasked")
                    for score, known_here in zip(scores, asked, strict=True)
                ),
                chance=_same([words.score(score.chance, share=is_share(score)) for score in known], words),
                majority=_same([words.score(score.majority, share=is_share(score)) for score in known], words),
                n=_same([words.number(score.n) for score in known], words),
            )
        )
    return tuple(rows)


def score_rows(block: Block, words: Words) -> tuple[ScoreRow, ...]:
    """Return every metric of a block, by language, then model, the headline first."""
    rows = []
    for tag in block.languages:
        for member in block.members:
            own = [score for score in block.scores(member) if score.language == tag]
            rows += [_score_row(score, member.label, words) for score in sorted(own, key=lambda one: not one.headline)]
    return tuple(rows)


def count_rows(results: Sequence[Result], words: Words) -> tuple[CountRow, ...]:
    """Return what happened to all items."""
    return tuple(
        CountRow(
            model=label,
            pack=entry.pack,
            tag=entry.language,
            language=words.label(entry.language),
            numbers=tuple(
                words.number(number)
                for number in (
                    entry.planned, entry.scored, entry.failed, entry.tied, entry.truncated, entry.parsed,
                    entry.fallback, entry.extraction_failed,
                )
            ),
            failed=entry.failed > 0,
        )
        for result, label in zip(results, labels(results), strict=True)
        for entry in result.counts
    )  # fmt: skip


def cell(score: Score | None, words: Words) -> Cell:
    """Return one score as text. Where there is none, the cell says so in words."""
    kind = tone(score)
    if score is None or score.value is None:
        return Cell(words("blank.words"), words("blank"), SIGNS[kind], verdict_word(score, words), kind)
    share = is_share(score)
    return Cell(
        value=words.score(score.value, share=share),
        interval=words.interval(score.low, score.high, share=share),
        sign=SIGNS[kind],
        verdict=verdict_word(score, words),
        tone=kind,
    )


def _score_row(score: Score, model: str, words: Words) -> ScoreRow:
    share = is_share(score)
    return ScoreRow(
        model=model,
        tag=score.language,
        language=words.label(score.language),
        metric=metric_title(score.metric, words),
        method=words.name("method.short", score.interval) if score.low is not None else words("blank"),
        cell=cell(score, words),
        chance=words.score(score.chance, share=share),
        majority=words.score(score.majority, share=share),
        n=words.number(score.n),
        headline=score.headline,
    )


def _same(values: Sequence[str], words: Words) -> str:
    """Return the one value that all models share, or each model's in the order of the columns."""
    if len(set(values)) == 1:
        return values[0]
    return " / ".join(values) or words("blank")

"""How scores move while a model is trained: the checkpoints of a series, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.evaluation.result import Result, Score
from workbench.evaluation.spec import SeriesRef
from workbench.jobs.series import read_series
from workbench.reports.blocks import Block, Member, blocks
from workbench.reports.clean import line
from workbench.reports.scales import metric_title
from workbench.reports.tables import Cell, cell
from workbench.reports.words import Words

NAME = 120


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One checkpoint's headline score in one language; None where there is none."""

    step: int
    score: Score | None


@dataclass(frozen=True, slots=True)
class Curve:
    """One language's scores, in the order of their steps. `anchor` is unique in a report."""

    anchor: str
    tag: str
    language: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One checkpoint as a row of text: a cell for each language."""

    step: str
    checkpoint: str
    run: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CurveSection:
    """One series on one pack: a curve for each language, and the same numbers as a table."""

    title: str
    pack: str
    headline: str
    metric: str
    unit: str
    curves: tuple[Curve, ...]
    rows: tuple[CurveRow, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """Every series of a report, and sentences about the checkpoints that were left out."""

    sections: tuple[CurveSection, ...]
    skipped: tuple[str, ...]


def curves(results: Sequence[Result], words: Words) -> Curves:
    """Return the training curves in `results`; both parts are empty when none belongs to a series."""
    series: dict[str, list[Result]] = {}
    for result in results:
        if result.spec.series is not None:
            series.setdefault(result.spec.series.id, []).append(result)
    sections: list[CurveSection] = []
    skipped: list[str] = []
    for members in series.values():
        ordered = sorted(members, key=lambda member: _reference(member).step)
        for block in blocks(ordered, words):
            sections.append(_section(block, len(sections) + 1, words))
        skipped += _skipped(ordered, words)
    return Curves(tuple(sections), tuple(skipped))


def _section(block: Block, number: int, words: Words) -> CurveSection:
    series = _reference(block.members[0].result)
    name = line(series.name, NAME)
    title = words("curves.title", series=name, pack=block.pack.title)
    return CurveSection(
        title=f"{title} ({block.apart})" if block.apart else title,
        pack=block.pack.title,
        headline=block.headline,
        metric=metric_title(block.headline, words),
        unit=words(f"column.{series.unit}"),
        curves=tuple(
            Curve(f"curve-{number}-{place}", tag, words.label(tag), tuple(_points(block, tag)))
            for place, tag in enumerate(block.languages, start=1)
        ),
        rows=tuple(_row(block, member, words) for member in block.members),
    )


def _points(block: Block, tag: str) -> list[CurvePoint]:
    return [CurvePoint(_reference(member.result).step, block.score(member, tag)) for member in block.members]


def _row(block: Block, member: Member, words: Words) -> CurveRow:
    series = _reference(member.result)
    return CurveRow(
        step=words.number(series.step),
        checkpoint=line(series.checkpoint, NAME),
        run=member.result.run_id,
        cells=tuple(
            cell(block.score(member, tag), words)
            if block.asked(member, tag)
            else Cell(words("unasked"), "", "", "", "unasked")
            for tag in block.languages
        ),
    )


def _skipped(members: Sequence[Result], words: Words) -> list[str]:
    """Return what the newest record of a series says about the checkpoints that have no run."""
    newest = max(members, key=lambda member: member.finished)
    record = read_series(newest.directory)
    if record is None or not record.skipped:
        return []
    head = words("curves.skipped", n=len(record.skipped), series=line(record.name, NAME))
    return [head, *(f"{line(entry.name, NAME)}: {line(entry.reason, 500)}" for entry in record.skipped)]


def _reference(result: Result) -> SeriesRef:
    if result.spec.series is None:
        raise ValueError("this result belongs to no series")
    return result.spec.series

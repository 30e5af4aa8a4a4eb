"""A whole report as records, before it takes the form of any format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.errors import UsageError
from workbench.evaluation.result import Result
from workbench.reports.blocks import Block, blocks
from workbench.reports.caution import limits
from workbench.reports.curves import Curves, curves
from workbench.reports.items import ItemGallery, gallery
from workbench.reports.method import Method, method
from workbench.reports.provenance import FactTable, LicenceLine, Recipe, fact_tables, licences, recipes
from workbench.reports.scales import metric_title
from workbench.reports.tables import CountRow, MatrixRow, ScoreRow, count_rows, matrix, score_rows
from workbench.reports.verdicts import ModelVerdict, model_verdicts
from workbench.reports.words import Words, words


@dataclass(frozen=True, slots=True)
class PackSection:
    """One block's verdicts, tables and method."""

    block: Block
    anchor: str
    metric: str
    verdicts: tuple[ModelVerdict, ...]
    columns: tuple[str, ...]
    matrix: tuple[MatrixRow, ...]
    scores: tuple[ScoreRow, ...]
    method: Method


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a report says, in order."""

    title: str
    meta: str
    words: Words
    sections: tuple[PackSection, ...]
    apart: tuple[str, ...]
    curves: Curves
    counts: tuple[CountRow, ...]
    limits: tuple[str, ...]
    items: ItemGallery
    facts: tuple[FactTable, ...]
    licences: tuple[LicenceLine, ...]
    recipes: tuple[Recipe, ...]


def document(
    results: Sequence[Result], *, language: str = "en", title: str | None = None, now: datetime | None = None
) -> Document:
    """Put a report together.

    Raises
    ------
    UsageError
        There are no results, or no catalogue in `language`.
    """
    if not results:
        raise UsageError("a report needs at least one result", remedy="`workbench runs list` shows the finished runs.")
    said = words(language)
    found = blocks(results, said)
    return Document(
        title=title or said("title"),
        meta=_meta(results, found, said, now or datetime.now(UTC)),
        words=said,
        sections=tuple(_section(block, index, said) for index, block in enumerate(found, 1)),
        apart=_apart(found, said),
        curves=curves(results, said),
        counts=count_rows(results, said),
        limits=limits(results, found, said),
        items=gallery(results, said),
        facts=fact_tables(results, found, said),
        licences=licences(results, found, said),
        recipes=recipes(results, said),
    )


def _section(block: Block, index: int, said: Words) -> PackSection:
    return PackSection(
        block=block,
        anchor=f"pack-{index}",
        metric=metric_title(block.headline, said),
        verdicts=model_verdicts(block, said),
        columns=tuple(member.label for member in block.members),
        matrix=matrix(block, said),
        scores=score_rows(block, said),
        method=method(block, said),
    )


def _meta(results: Sequence[Result], found: Sequence[Block], said: Words, now: datetime) -> str:
    return said(
        "meta",
        models=said("count.models", n=len({result.model.digest or result.model.name for result in results})),
        packs=said("count.packs", n=len({block.pack.name for block in found})),
        runs=said("count.runs", n=len(results)),
        date=said.date(now),
    )


def _apart(found: Sequence[Block], said: Words) -> tuple[str, ...]:
    separated: dict[str, list[str]] = {}
    for block in found:
        if block.apart:
            separated.setdefault(block.pack.title, []).append(block.apart)
    return tuple(said("scores.apart", pack=pack, apart=" | ".join(ways)) for pack, ways in separated.items())

"""The report as Markdown: the same words and tables, for a repository or an issue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from workbench.reports.clean import Shown, visible
from workbench.reports.document import Document, PackSection
from workbench.reports.items import ItemSection, ItemView
from workbench.reports.provenance import FactTable
from workbench.reports.scales import metric_title
from workbench.reports.tables import Cell
from workbench.reports.words import Words

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_LEADING = re.compile(r"^(\d*)([.)](?=\s|$)|[#+\-=](?=\s|$|[#+\-=]))")
_HTML = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def render_markdown(report: Document) -> str:
    """Return the whole report as Markdown (CommonMark with pipe tables). Texts of models and items are escaped."""
    w = report.words
    parts: list[str] = [f"# {escape(report.title)}", escape(report.meta), f"## {w('verdict')}"]
    for section in report.sections:
        parts += _verdicts(section)
    if report.curves.sections:
        parts += _curves(report)
    parts.append(f"## {w('scores')}")
    parts += [escape(sentence) for sentence in report.apart]
    for section in report.sections:
        parts += _scores(section, report)
    parts += [f"## {w('counts')}", _counts(report), escape(w("counts.note"))]
    parts += [f"## {w('limits')}", _list(report.limits)]
    parts += [f"## {w('items')}", escape(report.items.lead)]
    parts += [escape(w("items.none", model=model)) for model in report.items.missing]
    for place in report.items.sections:
        parts += _items(place, report)
    parts.append(f"## {w('method')}")
    for section in report.sections:
        parts += [f"### {escape(section.method.title)}", _list(section.method.sentences)]
    parts += [f"## {w('facts')}", escape(w("facts.lead"))]
    parts += [part for facts in report.facts for part in _facts(facts, report)]
    parts += [f"## {w('licences')}", _licences(report), f"## {w('reproduce')}", escape(w("reproduce.lead"))]
    for recipe in report.recipes:
        digests = ((w("reproduce.spec"), recipe.spec_hash), *recipe.digests)
        parts += [
            f"### {escape(recipe.title)}",
            f"```sh\n{visible(recipe.command)}\n```",
            table((w("column.of"), w("column.digest")), digests),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """Return `text` as Markdown that shows exactly it, on one line, wherever that line stands."""
    shown = str(visible(" ".join(text.split()))).translate(_HTML)
    return _LEADING.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", shown))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a pipe table."""
    lines = [head, ["---"] * len(head), *rows]
    shown = [[cell if index == 1 else escape(cell) for cell in line] for index, line in enumerate(lines)]
    return "\n".join("| " + " | ".join(line) + " |" for line in shown)


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {escape(sentence)}" for sentence in sentences)


def _verdicts(section: PackSection) -> list[str]:
    parts = []
    for verdict in section.verdicts:
        parts.append(f"### {escape(verdict.title)}")
        for group in verdict.groups:
            parts.append(f"**{group.sign} {escape(f'{group.title} {group.extent}'.strip())}**")
            if group.many:
                parts.append(escape(", ".join(line.short for line in group.lines) + "."))
                continue
            parts.append(_list(f"{line.sentence[:1].upper()}{line.sentence[1:]}." for line in group.lines))
    return parts


def _curves(report: Document) -> list[str]:
    w = report.words
    parts = [f"## {w('curves')}", escape(w("curves.lead"))]
    if report.curves.skipped:
        parts += [escape(report.curves.skipped[0]), _list(report.curves.skipped[1:])]
    for section in report.curves.sections:
        head = [section.unit, w("column.checkpoint"), *(curve.language for curve in section.curves), w("column.run")]
        rows = ((row.step, row.checkpoint, *(_cell(cell, w) for cell in row.cells), row.run) for row in section.rows)
        caption = w("curves.table", pack=section.pack, metric=section.metric)
        parts += [f"### {escape(section.title)}", f"**{escape(caption)}**", table(head, rows)]
    return parts


def _scores(section: PackSection, report: Document) -> list[str]:
    w = report.words
    head = [w("column.language"), *section.columns, w("column.chance"), w("column.majority"), w("column.n")]
    matrix = (
        [
            row.language,
            *(_cell(cell, w) for cell in row.cells),
            row.chance,
            row.majority,
            row.n,
        ]
        for row in section.matrix
    )  # fmt: skip
    names = ("language", "model", "metric", "value", "interval", "method", "chance", "majority", "n")
    every = (
        (row.language, row.model, row.metric, row.cell.value, row.cell.interval, row.method, row.chance, row.majority,
         row.n)
        for row in section.scores
    )  # fmt: skip
    title = section.block.pack.title + (f" ({section.block.apart})" if section.block.apart else "")
    metric = metric_title(section.block.headline, w)
    return [
        f"### {escape(title)}",
        f"**{escape(w('scores.table', metric=metric, pack=section.block.pack.title))}**",
        table(head, matrix),
        f"**{escape(w('scores.all', pack=section.block.pack.title))}**",
        table([w(f"column.{name}") for name in names], every),
    ]


def _cell(cell: Cell, w: Words) -> str:
    bounds = "" if cell.interval in ("", w("blank")) else f"({cell.interval})"
    return " ".join(part for part in (cell.value, bounds, cell.sign, cell.verdict) if part)


def _counts(report: Document) -> str:
    names = ("model", "pack", "language", "planned", "scored", "failed", "tied", "truncated", "parsed", "fallback",
             "unread")  # fmt: skip
    rows = ((row.model, row.pack, row.language, *row.numbers) for row in report.counts)
    return table([report.words(f"column.{name}") for name in names], rows)


def _items(section: ItemSection, report: Document) -> list[str]:
    return [f"### {escape(section.title)}", *(_item(one, section, report) for one in section.items)]


def _item(one: ItemView, section: ItemSection, report: Document) -> str:
    w = report.words
    lines = [f"**{escape(one.verdict)}** · {escape(w('item.id', id=one.id))}", ""]
    if one.query.text:
        lines.append(_quoted(one.query, section, report))
    for choice in one.choices:
        mark = f" **{escape(choice.mark)}**" if choice.mark else ""
        lines.append(f"- {_written(choice.text, section, report)} {escape(choice.likelihood)}{mark}")
    if one.error:
        lines.append(f"- {escape(w('item.error', code=one.error))}")
    if one.response is not None:
        answer = escape(w("item.answer.failed")) if one.answer is None else _written(one.answer, section, report)
        lines.append(f"- {escape(w('item.response'))}: {_written(one.response, section, report)}")
        lines.append(f"- {escape(w('item.answer'))}: {answer}")
    lines += [f"- {escape(w('item.references'))}: {_written(text, section, report)}" for text in one.references]
    return "\n".join(lines)


def _quoted(shown: Shown, section: ItemSection, report: Document) -> str:
    return f"> {_written(shown, section, report)}\n"


def _written(shown: Shown, section: ItemSection, report: Document) -> str:
    """Return somebody's text, isolated in its own direction: Markdown passes this one HTML element through."""
    w = report.words
    text = escape(shown.text) if shown.text else escape(w("item.nothing"))
    cut = f" … {escape(w('item.cut', n=w.number(shown.cut)))}" if shown.cut else ""
    return f'<bdi lang="{section.language}">{text}</bdi>{cut}'


def _facts(facts: FactTable, report: Document) -> list[str]:
    w = report.words
    head = (w("column.fact"), w("column.factvalue"), w("column.origin"), w("column.source"))
    rows = ((line.name, line.value, line.origin, line.source) for line in facts.lines)
    return [f"### {escape(facts.title)}", table(head, rows)]


def _licences(report: Document) -> str:
    w = report.words
    head = (w("column.of"), w("column.licence"), w("column.origin"), w("column.source"))
    rows = (
        (f"{line.name} ({line.kind})", line.fact.value, line.fact.origin, line.fact.source) for line in report.licences
    )
    return table(head, rows)

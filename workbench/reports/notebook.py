"""A result in a notebook cell: small, static, and still readable in the saved file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol, cast

from workbench.evaluation.result import Result
from workbench.reports.blocks import blocks
from workbench.reports.caution import limits
from workbench.reports.markdown import escape, table
from workbench.reports.page import environment
from workbench.reports.scales import metric_title
from workbench.reports.tables import matrix
from workbench.reports.words import words

LIMITS = 4


class Formatter(Protocol):
    """The part of an IPython display formatter that is used here."""

    def for_type_by_name(self, module: str, name: str, function: Callable[..., str | None]) -> object:
        """Register `function` for a class that need not be imported yet."""
        ...


def result_html(result: Result, language: str = "en") -> str:
    """Return `result` as an HTML fragment: a table of scores with intervals and verdicts, and the gravest limits.

    No script, style sheet, image or link: it survives every notebook viewer, and an untrusted notebook.
    """
    said = words(language)
    found = blocks([result], said)
    return (
        environment()
        .get_template("notebook.html.j2")
        .render(
            w=said,
            result=result,
            tables=[(block, metric_title(block.headline, said), matrix(block, said)) for block in found],
            limits=limits([result], found, said)[:LIMITS],
        )
    )


def result_markdown(result: Result, language: str = "en") -> str:
    """Return `result` as Markdown: the same table and limits as `result_html`."""
    said = words(language)
    found = blocks([result], said)
    parts = [f"**{escape(result.model.name)}** · {escape(result.run_id)}"]
    head = ("language", "value", "interval", "verdict", "chance", "n")
    for block in found:
        rows = (
            (row.language, row.cells[0].value, row.cells[0].interval, f"{row.cells[0].sign} {row.cells[0].verdict}",
             row.chance, row.n)
            for row in matrix(block, said)
        )  # fmt: skip
        metric = metric_title(block.headline, said)
        parts += [
            f"**{escape(said('scores.table', metric=metric, pack=block.pack.title))}**",
            table([said(f"column.{name}") for name in head], rows),
        ]
    parts.append("\n".join(f"- {escape(sentence)}" for sentence in limits([result], found, said)[:LIMITS]))
    return "\n\n".join(parts) + "\n"


def register() -> bool:
    """Make IPython show results with `result_html` and `result_markdown`; return whether there is an IPython.

    Called by the facade rather than by `Result`, which must not know how it is shown. Imports nothing.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return False
    for mime, function in (("text/html", result_html), ("text/markdown", result_markdown)):
        formatter = cast("Formatter", shell.display_formatter.formatters[mime])
        formatter.for_type_by_name("workbench.evaluation.result", "Result", function)
    plain = cast("Formatter", shell.display_formatter.formatters["text/plain"])
    plain.for_type_by_name("workbench.evaluation.result", "Result", _plain)
    return True


def _plain(result: Result, printer: Any, cycle: object) -> None:
    """Show a result where only text can be shown, in one line rather than as the whole record."""
    del cycle
    packs = ", ".join(pack.name for pack in result.packs)
    printer.text(f"<Result of {result.model.name} on {packs}: {len(result.scores)} scores>")

"""The tokenizer report as a table: the same columns in a cell and in a terminal."""

from __future__ import annotations

import html
from collections.abc import Sequence

from workbench.evaluation.tokenizer_costs import TokenCost, TokenizerReport
from workbench.languages import display_name

BLANK = "—"


def columns(report: TokenizerReport) -> tuple[str, ...]:
    """Return the headings: three of names, the rest of numbers."""
    return (
        "model", "language", "script", "texts", "tokens/word", "tokens/character", "tokens/byte",
        f"× {report.reference}", "95 % interval", "cut characters", "not coming back",
    )  # fmt: skip


def row(cost: TokenCost) -> tuple[str, ...]:
    """Return one line; a number that cannot be had is a dash."""
    interval = BLANK if cost.low is None or cost.high is None else f"{cost.low:.2f} to {cost.high:.2f}"
    return (
        cost.model,
        display_name(cost.language) if cost.language else f"{cost.languages} languages",
        cost.script,
        f"{cost.texts:,}",
        BLANK if cost.tokens_per_word is None else f"{cost.tokens_per_word:.2f}",
        f"{cost.tokens_per_character:.2f}",
        f"{cost.tokens_per_byte:.2f}",
        BLANK if cost.premium is None else f"{cost.premium:.2f}",
        interval,
        f"{cost.fragment_share:.0%}",
        f"{cost.lost:,}" if cost.lost else "none",
    )


def report_html(report: TokenizerReport) -> str:
    """Return the table as HTML that needs nothing else; names that others gave are escaped."""
    heads = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in columns(report))
    body = "".join(_line(row(cost)) for cost in report.rows)
    caption = f"Tokens that the texts of {html.escape(report.pack)} take"
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _line(cells: Sequence[str]) -> str:
    names = "".join(f"<td dir='auto' style='text-align:start'>{html.escape(cell)}</td>" for cell in cells[:3])
    return f"<tr>{names}{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells[3:])}</tr>"

"""Printing: the same records for people and, with `--json`, for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from workbench.languages.hidden import HIDDEN, make_visible

F = TypeVar("F", bound=Callable[..., Any])
KIBI = 1024
UNWRAPPED = 4096


def json_option(function: F) -> F:
    """Add `--json` to a command; the function receives `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(function)


def plain(value: Any) -> Any:
    """Return records, paths, enums and times as JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return `value` as JSON; what a terminal would obey, or UTF-8 cannot hold, stands in it as an escape."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent)
    return HIDDEN.sub(lambda match: json.dumps(match.group())[1:-1], text)


def emit(value: Any) -> None:
    """Print `value` as JSON, in UTF-8 whatever the locale says."""
    click.echo(json_text(value, indent=2).encode())


def say(text: str = "", *, err: bool = False) -> None:
    """Print a line for people; models, packs and files are named by others, and a terminal obeys what it is sent."""
    click.echo(make_visible(text), err=err)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), whole: Sequence[int] = ()
) -> None:
    """Print an aligned table, wrapped on a terminal only.

    `right` names the columns (by index) aligned to the right, `whole` those that are never wrapped.
    """
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        justify: Literal["right", "left"] = "right" if index in right else "left"
        drawn.add_column(column, justify=justify, overflow="fold", no_wrap=index in whole)
    width = None if sys.stdout.isatty() else UNWRAPPED  # a program, or a pager, reads a row a line
    for row in rows:
        cells = map(make_visible, row)
        drawn.add_row(*(cells if width is None else (cell.strip("\n").replace("\n", "␊") for cell in cells)))
    Console(highlight=False, markup=False, width=width).print(drawn)


def size(count: int | None) -> str:
    """Return bytes for people, in binary units: ``1.5 GiB``."""
    if count is None:
        return "unknown"
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < KIBI:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= KIBI
    return f"{amount:.1f} TiB"

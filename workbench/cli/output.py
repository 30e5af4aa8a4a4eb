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


def emit(value: Any) -> None:
    """Print `value` as JSON."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


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
    for row in rows:
        drawn.add_row(*row)
    width = None if sys.stdout.isatty() else UNWRAPPED  # a program, or a pager, reads a row a line
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

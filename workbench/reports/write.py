"""Write a report; the suffix of its name says in which format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter

from workbench._version import __version__
from workbench.errors import NotFound, UsageError
from workbench.evaluation.result import Result
from workbench.policy.storage import write_atomically
from workbench.reports.document import document
from workbench.reports.markdown import render_markdown
from workbench.reports.page import render_html
from workbench.reports.tidy import csv_text, parquet_bytes

SCHEMA = 1
READABLE_BY_ALL = 0o644
"""A report is made to be handed on; the user's umask still narrows it."""


def write_report(
    results: Sequence[Result] | Result, path: str | Path, *, language: str = "en", title: str | None = None
) -> Path:
    """Write a report of one or more results and return where it lies.

    Parameters
    ----------
    results
        Finished runs. Several models stand side by side where they were asked the same questions.
    path
        ``.html`` (one self-contained page), ``.md``, ``.json`` (the results themselves), ``.csv`` or ``.parquet``
        (one row a metric).
    language
        Language of the report's own words (BCP-47). Items stay in theirs.
    title
        Heading of the HTML and Markdown forms.

    Raises
    ------
    UsageError
        No results, an unknown suffix, or a language reports cannot be written in.
    NotFound
        The directory to write into does not exist.
    """
    target = Path(path)
    some = [results] if isinstance(results, Result) else list(results)
    form = FORMATS.get(target.suffix.lower())
    if form is None:
        raise UsageError(
            f"reports are not written as {target.suffix or 'a file without a suffix'}",
            where=target,
            remedy=f"End the name in one of: {', '.join(FORMATS)}.",
        )
    if not some:
        raise UsageError("a report needs at least one result", remedy="`workbench runs list` shows the finished runs.")
    if not target.parent.is_dir():
        raise NotFound("this directory does not exist", where=target.parent, remedy="Create it first.")
    write_atomically(target, form(some, language, title), mode=READABLE_BY_ALL)
    return target


def _html(results: Sequence[Result], language: str, title: str | None) -> bytes:
    return _encoded(render_html(document(results, language=language, title=title)))


def _markdown(results: Sequence[Result], language: str, title: str | None) -> bytes:
    return _encoded(render_markdown(document(results, language=language, title=title)))


def _json(results: Sequence[Result], language: str, title: str | None) -> bytes:
    del language, title
    record = {
        "schema": SCHEMA,
        "kind": "workbench-report",
        "workbench": __version__,
        "written": datetime.now(UTC).isoformat(),
        "results": [TypeAdapter(Result).dump_python(result, mode="json") for result in results],
    }
    return json.dumps(record, ensure_ascii=False, indent=2).encode()


def _csv(results: Sequence[Result], language: str, title: str | None) -> bytes:
    del language, title
    return _encoded(csv_text(results))


def _parquet(results: Sequence[Result], language: str, title: str | None) -> bytes:
    del language, title
    return parquet_bytes(results)


def _encoded(text: str) -> bytes:
    # Lone surrogates, which a tokenizer can make, have no UTF-8; the reader sees that something stood there.
    return text.encode(errors="replace")


FORMATS: Mapping[str, Callable[[Sequence[Result], str, str | None], bytes]] = MappingProxyType(
    {".html": _html, ".htm": _html, ".md": _markdown, ".json": _json, ".csv": _csv, ".parquet": _parquet}
)

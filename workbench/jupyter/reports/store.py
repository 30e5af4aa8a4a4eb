"""Reports of the panel on disk: ``panel/reports/<id>/`` holds the file, and what it is about."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from workbench.errors import NotFound, WorkbenchError
from workbench.jupyter.services import Services
from workbench.policy.storage import inside, write_atomically

RECORD, STEM = "about.json", "report"
MEDIA: Mapping[str, str] = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "md": "text/markdown; charset=utf-8",
        "csv": "text/csv; charset=utf-8",
        "json": "application/json",
        "parquet": "application/vnd.apache.parquet",
    }
)


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """What a report is about; it exists only once the file is whole."""

    id: str
    format: str
    bytes: int
    language: str
    title: str
    runs: tuple[str, ...]
    models: tuple[str, ...]
    written: datetime

    def shown(self) -> dict[str, Any]:
        """Return the record as the contract has it."""
        shown: dict[str, Any] = to_jsonable_python(self)
        return shown

    @property
    def file_name(self) -> str:
        """What a browser saves it as."""
        return f"workbench-report-{self.written:%Y%m%d-%H%M}.{self.format}"


@cache
def _records() -> TypeAdapter[ReportRecord]:
    return TypeAdapter(ReportRecord)


def root(services: Services) -> Path:
    """Return where reports lie."""
    return services.panel / "reports"


def target(services: Services, report: str, suffix: str) -> Path:
    """Return where the file of a report lies, or will lie."""
    return inside(root(services), report) / f"{STEM}.{suffix}"


def report_result(services: Services, context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Write down what a report is about that was just written, once, and return it."""
    try:
        return read_report(services, context["report"]).shown()
    except NotFound:
        record = ReportRecord(
            context["report"], context["format"], printed["bytes"], printed["language"], context["title"],
            tuple(printed["runs"]), tuple(printed["models"]), datetime.now(UTC),
        )  # fmt: skip
    directory = inside(root(services), record.id)
    if not directory.is_dir():
        raise NotFound("the report was removed", where=record.id, remedy="Write it again.")
    write_atomically(directory / RECORD, _records().dump_json(record))
    return record.shown()


def read_report(services: Services, report: str) -> ReportRecord:
    """Return what a report is about.

    Raises
    ------
    NotFound
        There is none of this id.
    """
    directory = inside(root(services), report)
    try:
        record = _records().validate_json((directory / RECORD).read_bytes())
    except (OSError, ValidationError) as error:
        raise NotFound("no report has this id", where=report, remedy="Fetch the list of reports again.") from error
    if record.format not in MEDIA:
        raise NotFound("this report has no format that is known here", where=report)
    return replace(record, id=report)


def list_reports(services: Services) -> list[ReportRecord]:
    """Return all reports, the newest first."""
    found = []
    for path in root(services).glob(f"*/{RECORD}"):
        try:
            found.append(read_report(services, path.parent.name))
        except WorkbenchError:
            continue
    return sorted(found, key=lambda record: record.written, reverse=True)


def remove_report(services: Services, report: str) -> None:
    """Remove a report.

    Raises
    ------
    NotFound
        There is none of this id.
    """
    read_report(services, report)
    shutil.rmtree(inside(root(services), report), ignore_errors=True)

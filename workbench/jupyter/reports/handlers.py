"""Routes of the Report view."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from workbench.jobs.watching import find_run
from workbench.jupyter.base import Call, FileReply, Function, Reply
from workbench.jupyter.reports import store
from workbench.jupyter.settings.store import read_settings
from workbench.jupyter.tasks.handlers import begin
from workbench.policy.storage import private_directory


def list_reports(call: Call) -> dict[str, Any]:
    """Return the reports that were written here."""
    return {"reports": [record.shown() for record in store.list_reports(call.services)]}


async def start_report(call: Call) -> Reply:
    """Write a report."""
    words, context = await asyncio.to_thread(_asked, call)
    return await begin(call, "report", words, **context)


def _asked(call: Call) -> tuple[list[str], dict[str, Any]]:
    services, body = call.services, call.body
    runs = [find_run(services.home, run).name for run in body["runs"]]
    report = secrets.token_hex(16)
    path = private_directory(store.root(services) / report) / f"{store.STEM}.{body['format']}"
    title = body.get("title", "")
    language = body.get("language") or read_settings(services).report_language
    words = ["report", f"--output={path}", f"--language={language}", *([f"--title={title}"] if title else []), *runs]
    return words, {"report": report, "format": body["format"], "title": title}


def get_report(call: Call) -> dict[str, Any]:
    """Return what a report is about."""
    return store.read_report(call.services, call["report"]).shown()


def get_content(call: Call) -> FileReply:
    """Return the file of a report."""
    record = store.read_report(call.services, call["report"])
    path = store.target(call.services, record.id, record.format)
    return FileReply(path, store.MEDIA[record.format], record.file_name, inline=call["inline"])


def delete_report(call: Call) -> None:
    """Remove a report."""
    store.remove_report(call.services, call["report"])


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "listReports": list_reports,
        "startReport": start_report,
        "getReport": get_report,
        "getReportContent": get_content,
        "deleteReport": delete_report,
    }
)

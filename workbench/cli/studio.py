"""`workbench studio`: items that are being written. The panel and notebooks write them; this lists, checks and saves.

`probe` and `save` read JSON on standard input: ``{"draft": ID, "models": […]}``, ``{"draft": ID, "version": "1.1.0"}``.
"""

from __future__ import annotations

import sys
from typing import Any

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.benchmarks.studio import DraftChecks, list_drafts
from workbench.cli.output import emit, json_option, say, table
from workbench.errors import UsageError
from workbench.evaluation.probes import Probe
from workbench.jobs.studio import Studio
from workbench.policy.home import home

MOST_BYTES = 1 << 20
SETTINGS = frozenset({"engine", "device", "dtype", "token_budget", "max_length", "chat_template"})


class ToProbe(BaseModel):
    """Which items of which draft, which models, and settings of the engine."""

    model_config = ConfigDict(extra="forbid")

    draft: str
    models: list[str] = Field(min_length=1)
    items: list[str] = []
    settings: dict[str, Any] = {}


class ToSave(BaseModel):
    """Which draft, and what the new version is called."""

    model_config = ConfigDict(extra="forbid")

    draft: str
    version: str = ""
    note: str = Field(default="", max_length=2000)
    reviewed: bool = False


@click.group("studio", help="List, check, probe and save items that are being written.")
def command() -> None:
    """Group of the commands about drafts of items."""


def _read(kind: type[BaseModel]) -> Any:
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UsageError(f"the request is larger than {MOST_BYTES:,} bytes", where="standard input")
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        told = [f"{'.'.join(map(str, each['loc'])) or 'request'}: {each['msg']}" for each in error.errors()]
        remedy = "Send one JSON object; see docs/studio.md."
        raise UsageError("; ".join(told), where="standard input", remedy=remedy) from error


@command.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """List the drafts, the one changed last first."""
    drafts = list_drafts(home())
    if as_json:
        emit(drafts)
        return
    rows = [
        [draft.id, draft.pack, draft.language, str(len(draft.items)), f"{draft.changed:%Y-%m-%d %H:%M}"]
        for draft in drafts
    ]
    table(["draft", "pack", "language", "items", "changed"], rows, right=(3,))


@command.command("check")
@click.argument("draft")
@json_option
def check_command(draft: str, *, as_json: bool) -> None:
    """Show what is wrong, or may be wrong, with the items of a draft."""
    found: DraftChecks = Studio(draft, home()).check()
    if as_json:
        emit(found)
        return
    checks = [(item.id, check) for item in found.items for check in item.checks]
    checks += [("", check) for check in found.together]
    rows = [[item, check.severity, check.field, check.message] for item, check in checks]
    table(["item", "kind", "field", "what"], rows)


@command.command("probe")
@json_option
def probe_command(*, as_json: bool) -> None:
    """Ask models about the items of a draft: as they are, without the question, in another order."""
    asked = _read(ToProbe)
    unknown = sorted(set(asked.settings) - SETTINGS)
    if unknown:
        raise UsageError(f"unknown setting {', '.join(unknown)}", where="settings")
    found: Probe = Studio(asked.draft, home()).probe(asked.models, asked.items, **asked.settings)
    if as_json:
        emit(found)
        return
    rows = [[item.id, sign.severity, sign.message] for item in found.items for sign in item.signs]
    table(["item", "kind", "what"], rows)


@command.command("save")
@json_option
def save_command(*, as_json: bool) -> None:
    """Write a new version of the draft's pack."""
    asked = _read(ToSave)
    saved = Studio(asked.draft, home()).save(asked.version, note=asked.note, reviewed=asked.reviewed)
    if as_json:
        emit(saved)
    else:
        say(f"{saved.name} ({saved.added} added, {saved.replaced} replaced, {saved.removed} left out): {saved.card}")

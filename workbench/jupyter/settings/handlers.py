"""Routes about the server itself: what it offers, the schema of a run, kernelspecs, the user's settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from workbench import __version__
from workbench.evaluation.spec import RunSpec, json_schema
from workbench.jupyter.base import MAX_BODY, Call, Function
from workbench.jupyter.ids import FROM_IDS
from workbench.jupyter.packs.languages import shown_language
from workbench.jupyter.settings.kernels import shown_kernels
from workbench.jupyter.settings.store import change_settings, read_settings, shown_settings

SCHEMA = 1
REFRESH_SECONDS = 1.0
FORMATS = ("html", "md", "json", "csv", "parquet")


def get_server(call: Call) -> dict[str, Any]:
    """Return what this server offers."""
    from workbench.reports.words import available

    return {
        "version": __version__,
        "schema": SCHEMA,
        "max_body": MAX_BODY,
        "formats": list(FORMATS),
        "report_languages": [shown_language(tag, native=True) for tag in available()],
        "mlflow": call.services.mlflow,
        "tasks": call.services.max_tasks,
        "refresh_seconds": REFRESH_SECONDS,
    }


def get_schema(_call: Call) -> dict[str, Any]:
    """Return the JSON schema of a run's settings, and of the whole spec."""
    from dataclasses import MISSING, fields

    from workbench.metrics import METRICS

    whole = json_schema()
    chosen = {name: entry for name, entry in whole["properties"].items() if name not in FROM_IDS}
    defaults = {
        each.name: list(each.default) if isinstance(each.default, tuple) else each.default
        for each in fields(RunSpec)
        if each.default is not MISSING and each.name in chosen
    }
    settings = {"type": "object", "additionalProperties": False, "properties": chosen}
    return {"settings": settings, "spec": whole, "defaults": defaults, "metrics": sorted(METRICS)}


def list_kernels(call: Call) -> dict[str, Any]:
    """Return the kernelspecs, and which of them can run a model."""
    return {"kernels": shown_kernels(call.services)}


def get_settings(call: Call) -> dict[str, Any]:
    """Return the user's settings."""
    return shown_settings(call.services, read_settings(call.services))


def patch_settings(call: Call) -> dict[str, Any]:
    """Change some of the user's settings."""
    return shown_settings(call.services, change_settings(call.services, dict(call.body)))


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "getServer": get_server,
        "getSchema": get_schema,
        "listKernels": list_kernels,
        "getSettings": get_settings,
        "patchSettings": patch_settings,
    }
)

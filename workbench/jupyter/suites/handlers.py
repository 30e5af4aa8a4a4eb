"""Routes of saved suites."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from workbench.jupyter.base import Call, Function
from workbench.jupyter.suites import store


def list_suites(call: Call) -> dict[str, Any]:
    """Return the saved suites."""
    return {"suites": store.list_shown(call.services)}


def put_suite(call: Call) -> dict[str, Any]:
    """Save a suite."""
    return store.shown_suite(call.services, store.save(call.services, call.body))


def get_suite(call: Call) -> dict[str, Any]:
    """Return a suite, expanded."""
    return store.shown_suite(call.services, store.suite_path(call.services, call["suite"]))


def delete_suite(call: Call) -> None:
    """Remove a suite."""
    store.suite_path(call.services, call["suite"]).unlink(missing_ok=True)


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {"listSuites": list_suites, "putSuite": put_suite, "getSuite": get_suite, "deleteSuite": delete_suite}
)

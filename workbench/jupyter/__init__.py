"""The Jupyter server extension: what the panel asks, over REST, and the events that tell it to ask again."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Return where jupyter_server finds the extension."""
    from workbench.jupyter.app import WorkbenchApp

    return [{"module": "workbench.jupyter.app", "app": WorkbenchApp}]

"""Where this process shows things: a notebook's kernel, a terminal's IPython, or nowhere. Imports nothing."""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any | None:
    """Return IPython's shell, or None where there is none."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def in_notebook() -> bool:
    """Return whether a notebook, or something like one, shows what this process displays."""
    return hasattr(shell(), "kernel")

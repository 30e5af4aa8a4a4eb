"""Workbench: evaluate local open-weight models on national-language benchmarks, with evidence.

The verbs below span rooms and are put together here and nowhere else. Importing this package imports nothing
heavy; each verb imports what it needs.

    >>> import workbench as wb
    >>> result = wb.evaluate("gemma-3-270m", "cause-effect", languages=["th"])  # doctest: +SKIP
    >>> wb.report([result], "report.html")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench._version import __version__
from workbench.policy.offline import switch_off

if TYPE_CHECKING:
    from workbench.benchmarks import Pack
    from workbench.evaluation.preview import Preview
    from workbench.evaluation.result import Result
    from workbench.jobs import Run, RunStatus
    from workbench.models import FoundModel
    from workbench.models.facts import ModelFacts

__all__ = [
    "__version__",
    "benchmark",
    "benchmarks",
    "evaluate",
    "inspect",
    "load",
    "models",
    "preview",
    "report",
    "run",
    "runs",
    "submit",
]

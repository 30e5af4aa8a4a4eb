"""Hugging Face `evaluate` metrics, ours and a user's own, loaded from disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import BadInput, NotFound, OfflineViolation
from workbench.metrics.registry import METRICS
from workbench.policy.offline import switch_off

if TYPE_CHECKING:
    from evaluate import EvaluationModule

_REMOTE_IMPORT = re.compile(r"^(?:import|from)\s.*#\s*From:\s*(\S+)", re.MULTILINE)


def module_path(name: str) -> Path:
    """Return the folder of a built-in metric's `evaluate` module: what `evaluate.load` takes.

    Raises
    ------
    NotFound
        When no built-in metric has this name.
    """
    if name not in METRICS:
        raise NotFound(f"there is no metric {name!r}", remedy=f"Known metrics: {', '.join(METRICS)}.")
    return Path(__file__).parent / "hf" / name


def load(name: str | Path) -> EvaluationModule:
    """Return a metric as a Hugging Face `evaluate` module, without a network and without a cache of predictions.

    Parameters
    ----------
    name
        A built-in metric's name, or the path of a folder ``<metric>/`` that holds ``<metric>.py`` (or of that file)
        for a metric of your own. Loading a metric of your own runs its code.

    Raises
    ------
    NotFound
        When there is no such metric here. Nothing is looked for on a hub.
    OfflineViolation
        When the script wants to download one of its imports.
    BadInput
        When the script does not load: a package is missing, or it is no metric.
    """
    script = _script(name)
    text = script.read_text(encoding="utf-8", errors="replace")
    remote = _REMOTE_IMPORT.search(text)
    if remote:
        raise OfflineViolation(
            f"the metric imports from {remote[1]}",
            where=script,
            remedy="Put the imported file beside the script and import it from there.",
        )
    switch_off()
    import evaluate

    try:
        return evaluate.load(str(script.parent), keep_in_memory=True)
    except Exception as error:
        raise BadInput(
            f"the metric does not load: {type(error).__name__}: {error}",
            where=script,
            remedy="It must define one subclass of evaluate.Metric, with each import on a line of its own.",
        ) from error


def _script(name: str | Path) -> Path:
    if str(name) in METRICS:
        return module_path(str(name)) / f"{name}.py"
    path = Path(name).expanduser().resolve()
    folder = path.parent if path.suffix == ".py" else path
    script = folder / f"{folder.name}.py"
    if not script.is_file():
        raise NotFound(
            f"there is no metric {str(name)!r}",
            remedy=f"Give one of {', '.join(METRICS)}, or a folder that holds a script of its own name (f1/f1.py).",
        )
    return script

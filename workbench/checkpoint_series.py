"""What `workbench.evaluate_checkpoints` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.evaluation.result import Result
    from workbench.models import Skipped


@dataclass(frozen=True, slots=True)
class Series:
    """A training run's checkpoints, evaluated.

    Attributes
    ----------
    id
        The series in MLflow, in reports, and for ``workbench report``.
    name
        Of the directory of checkpoints.
    results
        One a checkpoint, in the order of their steps.
    skipped
        The checkpoints that were left out, and why.
    """

    id: str
    name: str
    results: tuple[Result, ...]
    skipped: tuple[Skipped, ...]

"""Results to report on, in five scripts, with their run directories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.evaluation.result import Result
from workbench.evaluation.rows import ItemRow
from workbench.testing.results import example_model, example_result, example_rows, write_example_run


@pytest.fixture
def finished(tmp_path: Path) -> Callable[..., Result]:
    """Write a run directory and return its result; `change` edits the rows first."""

    def write(
        run_id: str = "run-1",
        *,
        change: Callable[[ItemRow], ItemRow] | None = None,
        result: Result | None = None,
        **how: object,
    ) -> Result:
        directory = tmp_path / "runs" / run_id
        made = replace(result or example_result(run_id=run_id, n=40, **how), directory=directory)
        rows = tuple(map(change, example_rows(made))) if change else example_rows(made)
        write_example_run(directory, made, rows)
        return made

    return write


@pytest.fixture
def pair(finished: Callable[..., Result]) -> tuple[Result, Result]:
    """Two models on the same pack; the second has a language the first was not asked, and one it could not score."""
    second = example_model("second-1b", licence=None)
    accuracy = {"ar": 0.6, "th": 0.7, "hi": float("nan"), "ja": 0.8, "he": 0.55, "en": 0.9}
    return finished("run-1"), finished("run-2", model=second, accuracy=accuracy, failed=3)

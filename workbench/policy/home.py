"""Where Workbench keeps its data: one private directory.

``WORKBENCH_HOME``, else the user's data directory. Layout: ``models/ packs/ runs/ mlflow.db mlartifacts/``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from workbench.policy.storage import private_directory


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one data directory. Nothing is created until a `…_directory()` is asked for."""

    root: Path

    @property
    def models(self) -> Path:
        """Models that were added to the store."""
        return self.root / "models"

    @property
    def packs(self) -> Path:
        """Packs and recipes that were added here."""
        return self.root / "packs"

    @property
    def runs(self) -> Path:
        """One directory a run."""
        return self.root / "runs"

    @property
    def workers(self) -> Path:
        """One directory a served model; made when the first is."""
        return self.root / "workers"

    @property
    def mlflow_database(self) -> Path:
        """Embedded MLflow store."""
        return self.root / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        """Artifacts of the embedded MLflow store."""
        return self.root / "mlartifacts"

    def create(self) -> Home:
        """Make every directory, private to this user, and return self."""
        for directory in (self.root, self.models, self.packs, self.runs, self.mlflow_artifacts):
            private_directory(directory)
        return self


def home() -> Home:
    """Return the data directory in force now (the environment is read at each call)."""
    configured = os.environ.get("WORKBENCH_HOME")
    if configured:
        return Home(Path(configured).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("workbench", appauthor=False))


def benchmark_sources() -> Path | None:
    """Return the directory of original benchmark files (``WORKBENCH_BENCHMARKS``), or None when unset."""
    configured = os.environ.get("WORKBENCH_BENCHMARKS")
    return Path(configured).expanduser().absolute() if configured else None

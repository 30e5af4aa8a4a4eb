"""What every route may use: where the data are, and what the server's configuration says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.policy.home import Home, home

KernelSpecs = Callable[[], Mapping[str, Any]]
"""Kernelspecs by name, as ``jupyter_client`` has them: ``{"spec": {"argv": …, "display_name": …}}``."""


@dataclass(frozen=True, slots=True)
class Services:
    """The server's side of the routes; it holds no state of runs.

    Attributes
    ----------
    root
        Directory that the server's file browser shows; folders of a client lie in it.
    model_folders
        Folders searched for models, beside those a user chooses below `root`.
    fake_models
        Names of models of the fake engine that are listed too, for trials without weights.
    max_tasks
        How many tasks may run at once.
    keep_alive_hours
        How long live runs keep the server from being culled.
    mlflow
        Path of MLflow's interface below the server's base URL; None where it cannot be served.
    """

    root: Path
    kernel_specs: KernelSpecs
    model_folders: tuple[Path, ...] = ()
    fake_models: tuple[str, ...] = ()
    max_tasks: int = 4
    keep_alive_hours: float = 72.0
    mlflow: str | None = None

    @property
    def home(self) -> Home:
        """The data directory in force."""
        return home()

    @property
    def panel(self) -> Path:
        """Directory of what the panel keeps: settings, reports, tasks."""
        return self.home.root / "panel"

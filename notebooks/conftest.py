"""Notebooks run against a data directory of their own that has the demo models."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

SETTINGS = ("WORKBENCH_HOME", "WORKBENCH_TRACKING", "MLFLOW_TRACKING_URI")


class DataDirectory:
    """Made before the first notebook's kernel starts, removed after the last."""

    def __init__(self) -> None:
        self.root: Path | None = None
        self.before = {name: os.environ.get(name) for name in SETTINGS}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Prepare once; the kernels inherit the environment."""
        if self.root is not None or item.path.suffix != ".ipynb":
            return
        from workbench.testing.demo import demo_model_store

        self.root = Path(tempfile.mkdtemp(prefix="workbench-notebooks-"))
        models = self.root / "models"
        models.mkdir()
        for name in ("smollm2-135m-instruct", "gemma-3-270m"):
            (models / name).symlink_to(demo_model_store(name))
        os.environ["WORKBENCH_HOME"] = str(self.root)
        os.environ.pop("MLFLOW_TRACKING_URI", None)

    def pytest_sessionfinish(self) -> None:
        """Put the environment back and remove the directory."""
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self.root is not None:
            shutil.rmtree(self.root, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Register the data directory."""
    config.pluginmanager.register(DataDirectory(), "notebook-data-directory")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give cells the time that converting and loading a real model takes on a busy machine."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.timeout(900))

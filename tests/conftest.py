"""Fixtures every room's tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from workbench.policy.offline import switch_off

# Before any test imports a library that reads these.
switch_off()
# A suite that was started in the background ignores Ctrl-C, and so would every program that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# pytest -n: one core for each worker. torch's threads of several processes on the same cores wait for each other.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(autouse=True)
def workbench_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of the test's own; no test touches the user's."""
    directory = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("WORKBENCH_HOME", str(directory))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return directory


@pytest.fixture
def benchmark_files() -> Path:
    """The directory of original benchmark files; the test is skipped where there is none."""
    configured = os.environ.get("WORKBENCH_BENCHMARKS")
    if not configured:
        pytest.skip("WORKBENCH_BENCHMARKS is not set: no original benchmark files on this machine")
    return Path(configured)


@pytest.fixture(scope="session")
def demo_models() -> Mapping[str, Path]:
    """The two demo models, converted once into this environment: name → directory.

    WORKBENCH_TEST_MODELS names another place. Skipped where the packages that carry the weights are missing.
    """
    from workbench.engines.demo_models import DEMO_MODELS, demo_model_installed
    from workbench.testing.demo import demo_model_store

    store = demo_model_store()
    missing = [name for name in DEMO_MODELS if not (store / name).is_dir() and not demo_model_installed(name)]
    if missing:
        pytest.skip(f"the packages of {', '.join(missing)} are not installed: see requirements/demo-models.txt")
    return {name: demo_model_store(name) for name in DEMO_MODELS}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests on a real model the time that its first conversion takes."""
    for item in items:
        if "demo_models" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(900))

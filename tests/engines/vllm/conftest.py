"""The processes of a server, whether they are gone, and a data directory that has vLLM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from workbench.testing.runs import until

MODEL = "smollm2-135m-instruct"
DEADLINE = 30.0


@pytest.fixture
def family() -> Callable[[int], list[int]]:
    """A process and all that it started."""
    return lambda pid: [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


@pytest.fixture
def gone() -> Callable[[list[int]], bool]:
    """Waits for the end of processes."""

    def alive(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def wait(pids: list[int]) -> bool:
        try:
            return until(lambda: not any(map(alive, pids)), DEADLINE, "the end of the processes")
        except TimeoutError:
            return False

    return wait


@pytest.fixture
def model(demo_models: Mapping[str, Path], workbench_home: Path) -> Path:
    """The model; the test's own data directory borrows vLLM's environment from the model's."""
    engines = demo_models[MODEL].parent.parent / "engines"
    (workbench_home / "engines").mkdir()
    (workbench_home / "engines" / "vllm").symlink_to(engines / "vllm")
    return demo_models[MODEL]

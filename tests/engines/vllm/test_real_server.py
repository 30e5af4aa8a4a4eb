"""Real vLLM serving SmolLM2 in float32: the transformers engine's verdicts, and nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import GenerateRequest
from workbench.errors import Interrupted

pytestmark = [pytest.mark.vllm, pytest.mark.real_model, pytest.mark.timeout(1200)]
CONFIG = EngineConfig(device="cpu", dtype="float32", max_length=1024)
MODEL = "smollm2-135m-instruct"
TOLERANCE, ITEMS = 0.05, 40
DEADLINE = 30.0


@pytest.fixture
def model(demo_models: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model; its store is the data directory whose environment has vLLM."""
    monkeypatch.setenv("WORKBENCH_HOME", str(demo_models[MODEL].parent.parent))
    return demo_models[MODEL]


@pytest.fixture
def measuring(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("m", repository / "tests" / "performance" / "vllm_scoring.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gone(pids: list[int]) -> bool:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids):
            return True
        time.sleep(0.05)
    return False


def family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def test_the_verdicts_of_transformers_and_a_death_in_the_middle(
    model: Path, benchmark_files: Path, measuring: ModuleType
):
    asked = measuring.requests(benchmark_files / "xcopa" / "data" / "it" / "test.it.jsonl", 0)
    written = [GenerateRequest("g", "The capital of France is", ("\n",), 12)]
    reference = open_engine("transformers", model, CONFIG)
    expected, _, _ = measuring.scored(reference, asked)
    (greedy,) = reference.generate(written)
    reference.close()
    engine: Any = open_engine("vllm", model, CONFIG)
    try:
        pids = family(engine._server.process.pid)
        for method in ("prompt", "tokens"):
            engine._method = method
            found, _, _ = measuring.scored(engine, asked)
            assert measuring.apart(found, expected) < TOLERANCE
            assert measuring.same_verdicts(found, expected) == len(expected) == ITEMS
        (answer,) = engine.generate(written)
        assert (answer.text, answer.tokens, answer.finish) == (greedy.text, greedy.tokens, greedy.finish)
        results = engine.score(asked)
        next(results)
        os.kill(pids[1], signal.SIGKILL)
        with pytest.raises(Interrupted, match="died during the run") as caught:
            list(results)
        assert caught.value.exit_code == 4
        assert gone(pids)
    finally:
        engine.close()


def test_a_killed_runner_leaves_no_orphan(model: Path):
    program = (
        "import sys, time; from pathlib import Path; from workbench.engines import EngineConfig, open_engine; "
        f"engine = open_engine('vllm', Path({str(model)!r}), EngineConfig(dtype='float32', max_length=1024)); "
        "print(engine._server.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as runner:
        pids = family(int(runner.stdout.readline()))
        assert len(pids) > 2
        runner.kill()
    assert gone(pids)

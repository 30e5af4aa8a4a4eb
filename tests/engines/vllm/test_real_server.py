"""Real vLLM serving SmolLM2 in float32: the transformers engine's verdicts, and nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import GenerateRequest
from workbench.engines.vllm.memory import memory_on_cpu
from workbench.errors import Interrupted
from workbench.models import inspect

pytestmark = [pytest.mark.vllm, pytest.mark.real_model, pytest.mark.timeout(1200)]
CONFIG = EngineConfig(device="cpu", dtype="float32", max_length=1024)
Family, Gone = Callable[[int], list[int]], Callable[[list[int]], bool]
TOLERANCE, ITEMS = 0.05, 40


@pytest.fixture
def measuring(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    place = repository / "tests" / "performance" / "vllm_scoring.py"
    spec = importlib.util.spec_from_file_location("vllm_scoring", place)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def test_the_verdicts_of_transformers_and_a_death_in_the_middle(
    model: Path, benchmark_files: Path, measuring: ModuleType, family: Family, gone: Gone
):
    asked = measuring.requests(benchmark_files / "xcopa" / "data" / "it" / "test.it.jsonl", 0)
    written = [GenerateRequest("g", "The capital of France is", ("\n",), 12)]
    reference = open_engine("transformers", model, CONFIG)
    expected = {result.id: [one.log_likelihood for one in result.continuations] for result in reference.score(asked)}
    (greedy,) = reference.generate(written)
    reference.close()
    engine: Any = open_engine("vllm", model, CONFIG)
    try:
        pids = family(engine._server.process.pid)
        needed = memory_on_cpu(inspect(model, dtype="float32", context=CONFIG.max_length)).total
        for method in ("prompt", "tokens"):
            engine._method = method
            found = measuring.scored(engine, asked).found
            assert measuring.apart(found, expected) < TOLERANCE
            assert measuring.same_verdicts(found, expected) == len(expected) == ITEMS
        # What a run waits for before it starts is what is then taken: not less, and not half as much again.
        assert needed / 1.5 < engine.facts().peak_memory < needed
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


def test_a_killed_runner_leaves_no_orphan(model: Path, family: Family, gone: Gone):
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

"""What vLLM takes on the CPU is said before, and a run waits for that much."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.engines.protocol import EngineConfig
from workbench.engines.vllm.environment import Found
from workbench.engines.vllm.memory import GRAIN, PROCESSES, SPACE, cache_space, memory_on_cpu, step_tokens
from workbench.engines.vllm.server import environment
from workbench.jobs.admission import memory_needed, model_memory
from workbench.models import inspect
from workbench.testing.runs import fake_spec


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SPACE, raising=False)


@pytest.mark.parametrize(
    ("said", "one_sequence", "space"),
    [
        ("", 0, 2),
        ("", GRAIN, 2),
        ("", 4 * GRAIN, 5),  # vLLM keeps a block for itself: four would not do
        ("7", 9 * GRAIN, 7),
        ("0", 0, 2),
        ("much", 0, 2),
    ],
)
def test_the_cache_has_room_for_a_full_context(
    monkeypatch: pytest.MonkeyPatch, said: str, one_sequence: int, space: int
):
    monkeypatch.setenv(SPACE, said)
    assert cache_space(one_sequence) == space * GRAIN
    found = Found(Path("python"), (), cpu=True)
    assert environment(found, EngineConfig(), one_sequence)[SPACE] == str(space)


def test_engines_that_share_the_cores_are_not_bound_to_the_same():
    found = Found(Path("python"), (), cpu=True)
    alone = environment(found, EngineConfig())
    assert alone["VLLM_CPU_OMP_THREADS_BIND"] == ",".join(map(str, sorted(os.sched_getaffinity(0))))
    shared = environment(found, EngineConfig(threads=1))
    assert (shared["VLLM_CPU_OMP_THREADS_BIND"], shared["OMP_NUM_THREADS"]) == ("nobind", "1")


def test_a_large_vocabulary_makes_short_steps():
    assert [step_tokens(size) for size in (0, 49_152, 262_144, 5_000_000)] == [2048, 2048, 512, 256]
    assert step_tokens(262_144, 4096) == 4096


def test_its_parts_are_said_and_a_run_waits_for_them(tiny: Callable[..., Path]):
    facts = inspect(tiny(), dtype="float32", context=32)
    assert facts.vocabulary.value
    found = memory_on_cpu(facts, token_budget=16)
    assert found.kv_cache == 2 * GRAIN
    assert found.overhead == PROCESSES + 16 * facts.vocabulary.value * 8
    assert found.total == facts.memory.weights + found.kv_cache + found.overhead
    assert f"{found.total:,}" in found.formula
    spec = replace(fake_spec(), engine="vllm", device="cpu")
    assert memory_needed(spec, model_memory("vllm", facts).total) > 4 * GRAIN
    assert model_memory("transformers", facts) == facts.memory
    assert memory_needed(replace(spec, device="cuda"), model_memory("vllm", facts).total) == 0

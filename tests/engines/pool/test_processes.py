"""Real processes, one a device: the answers of one engine, whatever dies."""

from __future__ import annotations

import math
import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.fake import FakeEngine
from workbench.engines.pool import processes
from workbench.engines.pool.channel import decode, encode
from workbench.engines.pool.messages import Answers, Ask, Failed
from workbench.engines.pool.processes import threads_each
from workbench.engines.pool.worker import Opening
from workbench.engines.protocol import ContinuationScore, GenerateRequest, RollingRequest, ScoreResult
from workbench.errors import EngineUnavailable, ErrorEnvelope, MachineCannot
from workbench.testing.runs import until

TWO = EngineConfig(device="cpu,cpu")


@pytest.fixture
def engine():
    """Open the fake engine on two processes, or as told."""
    opened = []

    def begin(config=TWO, name="m"):
        opened.append(open_engine("fake", Path(name), config))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()


@pytest.fixture
def serial(questions):
    return {result.id: result for result in FakeEngine("m").score(questions)}


def pids(engine):
    return [child.process.pid for child in engine.dispatcher.pool.children.values()]


def test_two_processes_answer_as_one_engine_does(engine, questions, serial):
    pool = engine()
    assert {result.id: result for result in pool.score(questions)} == serial
    texts = [RollingRequest("r", "a b c"), RollingRequest("empty", "")]
    assert sorted(pool.rolling(texts), key=str) == sorted(FakeEngine("m").rolling(texts), key=str)
    asked = [GenerateRequest(str(n), f"q {n}") for n in range(9)]
    assert sorted(pool.generate(asked), key=str) == sorted(FakeEngine("m").generate(asked), key=str)
    facts = pool.facts()
    assert (facts.engine, facts.device, facts.strategy) == ("fake", "cpu", "hash on 2 processes")
    assert len(set(pids(pool))) == 2
    assert os.getpid() not in pids(pool)


def test_a_killed_process_costs_its_unanswered_requests_only(engine, questions, serial, monkeypatch, caplog):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.01")
    pool = engine()
    first = pids(pool)
    found = {}
    for result in pool.score(questions):
        assert result.id not in found
        found[result.id] = result
        if len(found) == 10:
            os.kill(first[0], signal.SIGKILL)
    assert found == serial
    assert f"process {first[0]} on cpu was killed by SIGKILL" in caplog.text
    assert pool.facts().computed_tokens <= 2 * sum(
        result.context_tokens + sum(score.tokens for score in result.continuations) for result in serial.values()
    )


def test_processes_that_are_gone_before_they_are_asked_are_replaced(engine, questions, serial):
    pool = engine()
    assert len(list(pool.score(questions))) == len(questions)
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
        until(lambda pid=pid: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, what="its end")
    assert {result.id: result for result in pool.score(questions)} == serial


def test_what_an_engine_raises_names_its_process_and_device(engine, questions, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_CRASH_AFTER", "3")
    with pytest.raises(MachineCannot, match="told to fail after 3") as caught:
        list(engine().score(questions))
    assert "on cpu" in caught.value.where


def test_a_fault_of_an_engine_is_told_and_not_waited_for(engine, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "not a number")
    with pytest.raises(Exception, match="could not convert string to float"):
        engine()


def test_a_worker_that_cannot_start_ends_the_run(engine, monkeypatch):
    monkeypatch.setattr(processes, "MODULE", "workbench.engines.pool.nothing")
    with pytest.raises(EngineUnavailable, match=r"no worker is left.*ended with status 1"):
        engine()


def test_closing_ends_every_process(engine, questions):
    pool = engine(EngineConfig(device="cpu,cpu,cpu"))
    asked = pool.score(questions)
    next(asked)
    ours = [psutil.Process(pid) for pid in pids(pool)]
    assert len(ours) == 3
    pool.close()
    assert not [process for process in ours if process.is_running()]
    pool.close()


def test_messages_survive_the_socket_whole():
    text = 'lone \ud800, nul \0, "quotes"\n\u2028 ไทย'
    score = ContinuationScore(-0.1 + 1e-17, 3, greedy=True)
    for message in (
        Ask("generate", (GenerateRequest("1", text, ("\n", "x"), temperature=0.1),)),
        Answers(
            (ScoreResult("1", (score, replace(score, log_likelihood=-math.inf)), 5), ScoreResult("2", (), 0, error="x"))
        ),
        Failed(ErrorEnvelope("internal", text, None, "", 1), "here"),
        Opening("fake", Path("/m/x"), EngineConfig(max_length=8), adapter=None, digest="d"),
    ):
        assert decode(encode(message)) == message
        assert encode(message).count(b"\n") == 1


def test_threads_are_divided(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(12)))
    monkeypatch.setattr(processes, "cpu_quota", lambda: None)
    assert [threads_each(count) for count in (1, 2, 5, 99)] == [12, 6, 2, 1]
    assert threads_each(3, 4) == 4
    monkeypatch.setattr(processes, "cpu_quota", lambda: 4)
    assert threads_each(2) == 2
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert threads_each(2) is None


@pytest.mark.slow
def test_two_copies_of_a_real_model_answer_as_one_does(tiny, questions):
    asked = questions[:12]
    config = EngineConfig(device="cpu", dtype="float32")
    alone = open_engine("transformers", tiny("llama"), config)
    shared = open_engine("transformers", tiny("llama"), replace(config, device="cpu,cpu"))
    try:
        expected = {result.id: result for result in alone.score(asked)}
        found = {result.id: result for result in shared.score(asked)}
        facts = shared.facts()
    finally:
        alone.close()
        shared.close()
    assert found.keys() == expected.keys()
    for name, result in expected.items():
        for one, other in zip(result.continuations, found[name].continuations, strict=True):
            assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-4)
            assert (one.tokens, one.greedy) == (other.tokens, other.greedy)
    assert facts.engine == "transformers"
    assert facts.strategy.endswith("on 2 processes")
    assert facts.computed_tokens >= alone.facts().computed_tokens

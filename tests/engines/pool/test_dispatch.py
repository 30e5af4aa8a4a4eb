"""Work that is handed out, and handed out again: no answer lost, none given twice, no going round for ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.engines.fake import FakeEngine
from workbench.engines.pool.dispatch import ATTEMPTS, REPLACEMENTS, Dispatcher
from workbench.engines.pool.engine import PoolEngine, merged
from workbench.engines.pool.worker import Opening
from workbench.engines.protocol import EngineConfig
from workbench.errors import DigestMismatch, EngineUnavailable, MachineCannot, NotFound
from workbench.models import make_manifest


def answers(dispatcher, questions):
    found = list(dispatcher.ask("score", questions))
    assert len(found) == len({result.id for result in found})
    return {result.id: result for result in found}


def opened(pool, workers=2):
    dispatcher = Dispatcher(pool, workers)
    dispatcher.open()
    return dispatcher


@pytest.fixture
def serial(questions):
    return {result.id: result for result in FakeEngine("m").score(questions)}


def test_answers_are_those_of_one_engine(pretend, questions, serial):
    pool = pretend()
    dispatcher = opened(pool)
    assert answers(dispatcher, questions) == serial
    assert {worker for worker, _ in pool.given} == {0, 1}
    assert len(pool.given) == 8


@pytest.mark.parametrize("dies", [{0: 0}, {0: 5}, {0: 5, 1: 9}, {0: 3, 2: 1}])
def test_a_lost_worker_costs_its_unanswered_requests_only(pretend, questions, serial, dies):
    pool = pretend(dies=dies)
    dispatcher = opened(pool)
    assert answers(dispatcher, questions) == serial
    assert pool.started == 2 + len(dies)
    asked = [request for _, chunk in pool.given for request in chunk]
    largest = max(len(chunk) for _, chunk in pool.given)
    assert len(asked) - len(set(asked)) <= len(dies) * largest
    assert len(pool.given) == 8 + len(dies)


def test_a_request_that_kills_whoever_takes_it_ends_the_run_with_its_name(pretend, questions):
    dispatcher = opened(pretend(deadly="q17"), workers=4)
    with pytest.raises(EngineUnavailable, match=f"given to {ATTEMPTS} workers") as caught:
        answers(dispatcher, questions)
    assert caught.value.where == "request q17"
    assert "resume" in caught.value.remedy


def test_replacements_end(pretend, questions):
    pool = pretend(dies=dict.fromkeys(range(99), 1))
    dispatcher = opened(pool, workers=1)
    with pytest.raises(EngineUnavailable, match="none answered"):
        answers(dispatcher, questions)
    assert pool.started <= 1 + REPLACEMENTS


def test_workers_that_find_no_room_are_done_without(pretend, questions, serial):
    dispatcher = opened(pretend(unplaced={0}))
    assert answers(dispatcher, questions) == serial


def test_no_room_at_all_is_said(pretend):
    with pytest.raises(EngineUnavailable, match="no node has room for an actor with 9 CPUs"):
        opened(pretend(unplaced={0, 1}))


def test_what_an_engine_raises_arrives_with_its_node(pretend, questions, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_CRASH_AFTER", "4")
    dispatcher = opened(pretend())
    with pytest.raises(MachineCannot, match="told to fail after 4") as caught:
        answers(dispatcher, questions)
    assert caught.value.where.startswith("node ")


def test_questions_that_nobody_waits_for_do_not_mix_with_the_next(pretend, questions, serial):
    dispatcher = opened(pretend())
    started = dispatcher.ask("score", questions[:30])
    next(started)
    started.close()
    assert answers(dispatcher, questions[30:]) == {request.id: serial[request.id] for request in questions[30:]}


def test_no_questions_no_work(pretend):
    pool = pretend()
    assert answers(opened(pool), []) == {}
    assert pool.given == []


def test_facts_count_the_work_of_all(pretend, questions):
    one = FakeEngine("m")
    list(one.score(questions))
    engine = PoolEngine(opened(pretend()), "Ray actors", (("ray", "2.60.0"),))
    list(engine.score(questions))
    facts = engine.facts()
    assert facts.computed_tokens == one.facts().computed_tokens
    assert facts.engine == "fake"
    assert facts.strategy == "hash on 2 Ray actors"
    assert ("ray", "2.60.0") in facts.versions


def test_merged_facts_name_every_device_and_the_largest_memory():
    facts = FakeEngine("m").facts()
    both = merged(
        [replace(facts, device="cuda:0", peak_memory=5), replace(facts, device="cpu", peak_memory=9), facts],
        "3 processes",
    )
    assert (both.device, both.peak_memory, both.model_memory) == ("cuda:0; cpu", 9, None)


def test_a_model_that_is_not_on_the_node(pretend, tmp_path):
    opening = Opening("fake", tmp_path / "none", EngineConfig(), digest="d" * 64)
    with pytest.raises(NotFound, match="not on this node") as caught:
        opened(pretend(opening))
    assert caught.value.where.startswith("node ")
    assert str(tmp_path / "none") in caught.value.where


def test_other_bytes_on_the_node(pretend, tmp_path, questions):
    Path(tmp_path / "config.json").write_text("{}")
    right = Opening("fake", tmp_path, EngineConfig(), digest=make_manifest(tmp_path).digest)
    assert len(answers(opened(pretend(right)), questions)) == len(questions)
    with pytest.raises(DigestMismatch, match="on this node"):
        opened(pretend(replace(right, digest="0" * 64)))


def test_another_version_on_the_node(pretend):
    with pytest.raises(EngineUnavailable, match="this node has Workbench"):
        opened(pretend(Opening("fake", Path("m"), EngineConfig(), version="0.0.0")))

"""One engine, many callers: in line, together, refused when the line is full, and never each other's victims."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from workbench.engines.fake import FakeEngine
from workbench.engines.protocol import GenerateRequest, GenerateResult, ScoreRequest, ScoreResult
from workbench.engines.serve.desk import TOGETHER, Desk
from workbench.errors import Busy, EngineUnavailable, Interrupted, OutOfMemory

SECONDS = 20


class Held(FakeEngine):
    """A fake that waits for the test, notes which requests came together, and fails on some."""

    def __init__(self) -> None:
        super().__init__("a-model")
        self.calls: list[list[str]] = []
        self.go = threading.Event()
        self.busy = threading.Semaphore(0)
        self.silent = ""

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        listed = list(requests)
        self.calls.append([request.id for request in listed])
        self.busy.release()
        assert self.go.wait(SECONDS)
        for request in listed:
            if request.context == "huge":
                raise OutOfMemory("one sequence does not fit")
            if request.context == "dead":
                raise Interrupted("the engine's server died")
        yield from (result for result in super().score(listed) if result.id != self.silent)

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        listed = list(requests)
        self.calls.append([request.id for request in listed])
        return super().generate(listed)


def question(name: str, context: str = "The") -> ScoreRequest:
    return ScoreRequest(name, context, (" cat",))


@pytest.fixture
def engine() -> Held:
    return Held()


@pytest.fixture
def desk(engine):
    lost: list[Any] = []
    made = Desk(engine, waiting=3, lost=lost.append)
    made.lost = lost  # type: ignore[attr-defined]
    yield made
    engine.go.set()
    made.close(SECONDS)


def first(desk: Desk, engine: Held) -> Any:
    """Ask something, and return once the engine is at it: whatever comes now has to wait."""
    job = desk.ask("score", [question("first")])
    assert engine.busy.acquire(timeout=SECONDS)
    return job


def test_what_waits_goes_together_in_the_order_of_each_caller(desk, engine):
    first(desk, engine)
    one = desk.ask("score", [question("a", "A"), question("b", "B")])
    other = desk.ask("generate", [GenerateRequest("g", "The")])
    two = desk.ask("score", [question("c", "C")])
    assert desk.waiting == 3
    engine.go.set()
    assert [result.id for result in one.future.result(SECONDS)] == ["a", "b"]
    assert [result.id for result in two.future.result(SECONDS)] == ["c"]
    assert other.future.result(SECONDS)[0].text
    assert engine.calls == [["first"], ["a", "b", "c"], ["g"]]
    assert two.future.result() == list(FakeEngine("a-model").score([question("c", "C")]))


def test_a_full_line_is_refused_and_one_who_left_makes_room(desk, engine):
    first(desk, engine)
    waiting = [desk.ask("score", [question(name)]) for name in "abc"]
    with pytest.raises(Busy, match="3 calls wait") as refused:
        desk.ask("score", [question("d")])
    assert (refused.value.http_status, refused.value.exit_code) == (429, 7)
    waiting[1].leave()
    last = desk.ask("score", [question("d")])
    engine.go.set()
    assert last.future.result(SECONDS)[0].id == "d"
    assert engine.calls[1:] == [["a", "c", "d"]]


def test_equal_names_of_two_callers_are_kept_apart(desk, engine):
    first(desk, engine)
    jobs = [desk.ask("score", [question("seed 1/0", text)]) for text in ("A", "B")]
    engine.go.set()
    found = [job.future.result(SECONDS)[0].continuations for job in jobs]
    assert found[0] != found[1]
    assert engine.calls[1:] == [["seed 1/0"], ["seed 1/0"]]


def test_no_more_go_together_than_an_engine_should_get_at_once(desk, engine):
    first(desk, engine)
    many = desk.ask("score", [question(f"m{number}") for number in range(TOGETHER)])
    more = desk.ask("score", [question("more")])
    engine.go.set()
    assert (len(many.future.result(SECONDS)), len(more.future.result(SECONDS))) == (TOGETHER, 1)
    assert list(map(len, engine.calls)) == [1, TOGETHER, 1]


def test_one_callers_fault_costs_the_others_nothing(desk, engine):
    first(desk, engine)
    good, bad = desk.ask("score", [question("a")]), desk.ask("score", [question("b", "huge")])
    engine.go.set()
    assert good.future.result(SECONDS)[0].id == "a"
    with pytest.raises(OutOfMemory):
        bad.future.result(SECONDS)
    assert desk.lost == []
    assert desk.ask("score", [question("c")]).future.result(SECONDS)


def test_an_engine_that_died_is_told_of(desk, engine):
    engine.go.set()
    job = desk.ask("score", [question("a", "dead")])
    with pytest.raises(Interrupted, match="server died"):
        job.future.result(SECONDS)
    assert [error.message for error in desk.lost] == ["the engine's server died"]


def test_a_request_that_gets_no_answer_does_not_wait_for_ever(desk, engine):
    engine.silent = "a"
    engine.go.set()
    job = desk.ask("score", [question("a")])
    with pytest.raises(EngineUnavailable, match="without an answer"):
        job.future.result(SECONDS)


def test_nothing_is_computed_on_for_those_who_left(desk, engine):
    job = first(desk, engine)
    job.leave()
    engine.go.set()
    assert desk.ask("score", [question("next")]).future.result(SECONDS)
    assert engine.calls == [["first"], ["next"]]


def test_closing_refuses_those_who_wait_and_those_who_come(desk, engine):
    first(desk, engine)
    waiting = desk.ask("score", [question("a")])
    assert desk.close(0.01) is False  # the engine is still at it
    with pytest.raises(Interrupted, match="is ending"):
        waiting.future.result(SECONDS)
    with pytest.raises(Interrupted, match="is ending"):
        desk.ask("score", [question("b")])
    engine.go.set()
    assert desk.close(SECONDS) is True

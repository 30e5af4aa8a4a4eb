"""A server that fails or is busy is asked again; one that goes on so leaves a run to resume."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.openai import patience
from workbench.engines.openai.client import NoAnswer, _seconds
from workbench.engines.openai.patience import patiently
from workbench.engines.protocol import ScoreRequest
from workbench.errors import BadInput, EngineUnavailable, Interrupted

ASKED = [ScoreRequest("a", "The cat sat", (" on the mat",))]
Failures = list[tuple[int, dict[str, str]]]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(patience, "LONGEST_WAIT", 0.01)
    monkeypatch.setattr(patience, "PATIENCE", 0.2)


@pytest.mark.parametrize("failures", [[(503, {}), (0, {}), (500, {})], [(429, {"Retry-After": "0"})], [(502, {})]])
def test_what_passes_is_waited_for(server: Any, tiny: Callable[..., Any], failures: Failures):
    engine = open_engine("openai", tiny(), EngineConfig())
    (expected,) = engine.score(ASKED)
    before = len(server.seen)
    server.failures += failures
    assert list(engine.score(ASKED)) == [expected]
    assert len(server.seen) - before == len(failures) + 1


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ((500, {}), r"the server failed: .*500: not now"),
        ((429, {}), r"the server is busy: .*429"),
        ((0, {}), "the server does not answer"),
    ],
)
def test_what_does_not_pass_leaves_a_run_to_resume(
    server: Any, tiny: Callable[..., Any], failure: tuple[int, dict[str, str]], said: str
):
    engine = open_engine("openai", tiny(), EngineConfig())
    server.failures += [failure] * 1000
    with pytest.raises(Interrupted, match=said) as caught:
        list(engine.score(ASKED))
    assert caught.value.exit_code == 4
    assert "workbench runs resume" in caught.value.remedy
    server.failures.clear()
    assert len(list(engine.score(ASKED))) == 1


def test_a_longer_wait_than_ours_is_told_and_not_sat_out(server: Any, tiny: Callable[..., Any]):
    engine = open_engine("openai", tiny(), EngineConfig())
    before = len(server.seen)
    server.failures.append((429, {"Retry-After": "3600"}))
    with pytest.raises(Interrupted, match="busy, and asks to wait 3600 s"):
        list(engine.score(ASKED))
    assert len(server.seen) == before + 1


@pytest.mark.parametrize("status", [501, 302])
def test_what_cannot_pass_is_not_asked_again(server: Any, tiny: Callable[..., Any], status: int):
    engine = open_engine("openai", tiny(), EngineConfig())
    before = len(server.seen)
    server.failures.append((status, {}))
    with pytest.raises(EngineUnavailable, match=str(status)) as caught:
        list(engine.score(ASKED))
    assert (caught.value.exit_code, len(server.seen)) == (7, before + 1)


def test_a_server_that_still_loads_is_waited_for(server: Any, tiny: Callable[..., Any]):
    server.failures.append((503, {}))
    assert open_engine("openai", tiny(), EngineConfig()).facts().engine == "openai"
    server.failures += [(503, {})] * 1000
    with pytest.raises(Interrupted, match="failed"):
        open_engine("openai", tiny(), EngineConfig())


def test_a_server_that_refuses_the_question_is_not_asked_again(server: Any, tiny: Callable[..., Any]):
    engine = open_engine("openai", tiny(), EngineConfig())
    server.failures.append((400, {}))
    with pytest.raises(BadInput, match="not now"):
        list(engine.score(ASKED))


def test_closing_ends_the_waiting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "PATIENCE", 300.0)
    given_up, asked = threading.Event(), threading.Event()

    def ask() -> None:
        asked.set()
        raise NoAnswer("busy", status=429, after=200.0)

    raised: list[NoAnswer] = []

    def wait() -> None:
        try:
            patiently(ask, given_up)
        except NoAnswer as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert asked.wait(10)
    began = time.monotonic()
    given_up.set()
    thread.join(10)
    assert raised
    assert time.monotonic() - began < 10


def test_a_timeout_is_not_repeated():
    tried = []

    def ask() -> None:
        tried.append(1)
        raise NoAnswer("timed out", again=False)

    with pytest.raises(NoAnswer):
        patiently(ask, threading.Event())
    assert len(tried) == 1


def test_retry_after_is_seconds_or_a_date():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert _seconds("7") == 7
    assert 80 < (_seconds(later) or 0) <= 90
    assert _seconds("Mon, 23 Nov 2015 17:00:00 GMT") == 0
    assert _seconds("soon") is None
    assert _seconds(None) is None

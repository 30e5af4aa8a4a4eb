"""The openai engine against a small server on loopback."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.openai.hosts import configured_endpoint, is_loopback
from workbench.engines.openai.parallel import in_parallel
from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest
from workbench.errors import EngineUnavailable, NotFound, OfflineViolation, RefusedByPolicy, UsageError

SECRET = "a-key-nobody-may-read"  # noqa: S105 — made up


def test_scores_are_sums_over_the_continuations_tokens(server: Any, fake: Any, tiny: Callable[..., Path]):
    engine = open_engine("openai", tiny(), EngineConfig())
    asked = [ScoreRequest("a", "The cat sat", (" on the mat", " because")), ScoreRequest("b", "The", ())]
    found = {result.id: result for result in engine.score(asked)}
    assert found["b"].error == "no_continuations"
    prompts = [body["prompt"] for body in server.seen if len(body["prompt"]) > found["a"].context_tokens][-2:]
    totals = [math.fsum(map(fake.worth, ids[found["a"].context_tokens :])) for ids in prompts]
    assert sorted(entry.log_likelihood for entry in found["a"].continuations) == pytest.approx(sorted(totals))
    assert all(ids[0] == 1 for ids in prompts)  # BOS, once
    assert engine.facts().strategy == "echoed prompts"


def test_a_long_text_is_scored_in_windows(server: Any, tiny: Callable[..., Path]):
    engine = open_engine("openai", tiny(), EngineConfig(max_length=16))
    (found,) = engine.rolling([RollingRequest("r", "The cat sat on the mat because it was warm. " * 6)])
    assert found.windows > 1
    assert max(len(body["prompt"]) for body in server.seen) == 17
    assert found.log_likelihood <= -found.tokens


def test_a_server_that_does_not_echo_only_generates(server: Any, tiny: Callable[..., Path]):
    server.echoes = False
    engine = open_engine("openai", tiny(), EngineConfig())
    with pytest.raises(EngineUnavailable, match=r"cannot score: it echoes 0 log-probabilities"):
        list(engine.score([ScoreRequest("a", "The", (" cat",))]))
    (answer,) = engine.generate([GenerateRequest("g", "The cat", ("s",), 8)])
    assert (answer.text, answer.finish) == ("ye", "stop")


def test_the_key_is_sent_and_never_shown(server: Any, tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    server.key = SECRET
    with pytest.raises(RefusedByPolicy, match="does not accept the key"):
        open_engine("openai", tiny(), EngineConfig())
    monkeypatch.setenv("WORKBENCH_OPENAI_KEY", SECRET)
    assert SECRET not in repr(configured_endpoint())
    assert open_engine("openai", tiny(), EngineConfig()).facts().engine == "openai"


@pytest.mark.usefixtures("server")
def test_what_it_refuses(tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBENCH_OPENAI_MODEL", "another")
    with pytest.raises(NotFound, match="no model 'another'"):
        open_engine("openai", tiny(), EngineConfig())
    monkeypatch.setenv("WORKBENCH_OPENAI_URL", "127.0.0.1:8000")
    with pytest.raises(UsageError, match="is not a URL"):
        open_engine("openai", tiny(), EngineConfig())
    monkeypatch.setenv("WORKBENCH_OPENAI_URL", "http://127.0.0.1:1/v1")
    with pytest.raises(EngineUnavailable, match="no server answers"):
        open_engine("openai", tiny(), EngineConfig())


def test_only_this_machine_unless_the_configuration_allows_a_host(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBENCH_OPENAI_URL", "https://models.example:8443/v1")
    with pytest.raises(OfflineViolation, match="not on this machine"):
        configured_endpoint()
    monkeypatch.setenv("WORKBENCH_OPENAI_ALLOW", "other.example, models.example")
    assert configured_endpoint().url.startswith("https://models.example")
    assert [is_loopback(host) for host in ("localhost", "127.9.9.9", "::1", "10.0.0.1", "localhost.example")] == [
        *(True, True, True),
        *(False, False),
    ]


def test_the_first_error_ends_the_asking():
    def ask(number: int) -> int:
        if number == 3:
            raise NotFound("three")
        return -number

    assert dict(in_parallel(ask, (1, 2), 4)) == {1: -1, 2: -2}
    with pytest.raises(NotFound, match="three"):
        list(in_parallel(ask, range(100), 2))

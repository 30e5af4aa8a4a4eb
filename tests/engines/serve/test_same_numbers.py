"""A tiny model served gives the numbers of the same model in this process, by every way of asking."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.echoing import Echoes, EchoRequest
from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest
from workbench.jobs.serving import serve
from workbench.jobs.worker_record import WorkerState
from workbench.models.chat import ChatTemplate
from workbench.policy.home import Home

CONTEXT = 64
FLOAT32 = EngineConfig(device="cpu", dtype="float32", threads=1)
CHOICES = (" on the mat", " because", "น้ำ")
ASKED = [
    ScoreRequest("a", "The cat sat", CHOICES),
    ScoreRequest("b", "ผู้ชายคนนั้นเปิด", ("ก๊อกน้ำ", " the")),
    ScoreRequest("c", "", ("The cat",)),
    ScoreRequest("long", "The dog ran after the cat. " * 12, CHOICES),  # cut from the left, and counted
    ScoreRequest("empty", "The", ("", " cat")),
]
TEXTS = [RollingRequest("short", "The cat sat on the mat."), RollingRequest("long", "The dog ran. " * 40)]
PROMPTS = [GenerateRequest(text, text, max_new_tokens=6) for text in ("The cat", "Mtu yule", "", "The dog ran " * 30)]
CLOSE = 1e-5


@pytest.fixture(scope="module")
def engine(tiny):
    made = open_engine("transformers", tiny(), FLOAT32)
    yield made
    made.close()


@pytest.fixture
def server(opened, engine, tiny):
    return opened(engine, template=ChatTemplate.load(tiny()))


@pytest.fixture
def client(server, tiny, monkeypatch):
    """Our own openai engine, pointed at the served model."""
    monkeypatch.setenv("WORKBENCH_OPENAI_URL", server.address.url)
    monkeypatch.setenv("WORKBENCH_OPENAI_KEY", server.key)
    return open_engine("openai", tiny(), EngineConfig())


def by_id(results):
    return {result.id: result for result in results}


def same_scores(found, expected):
    assert found.keys() == expected.keys()
    for name, one in expected.items():
        other = found[name]
        facts = (one.context_tokens, one.truncated, one.error, [(c.tokens, c.greedy) for c in one.continuations])
        assert facts == (
            other.context_tokens, other.truncated, other.error, [(c.tokens, c.greedy) for c in other.continuations],
        ), name  # fmt: skip
        values = [score.log_likelihood for score in other.continuations]
        assert values == pytest.approx([score.log_likelihood for score in one.continuations], abs=CLOSE)


def test_the_openai_engine_scores_as_the_engine_behind_the_server(client, engine):
    assert client.facts().strategy == "echoed prompts"
    assert client.facts().context_length == engine.facts().context_length == CONTEXT
    expected = by_id(engine.score(ASKED))
    assert expected["long"].truncated > 0
    same_scores(by_id(client.score(ASKED)), expected)


def test_it_scores_whole_texts_and_writes_the_same(client, engine):
    expected = by_id(engine.rolling(TEXTS))
    assert expected["long"].windows > 1
    for name, found in by_id(client.rolling(TEXTS)).items():
        assert (found.tokens, found.windows) == (expected[name].tokens, expected[name].windows)
        assert found.log_likelihood == pytest.approx(expected[name].log_likelihood, abs=len(TEXTS[1].text) * CLOSE)
    written = by_id(engine.generate(PROMPTS))
    for name, found in by_id(client.generate(PROMPTS)).items():
        one = written[name]
        assert (found.text, found.tokens, found.finish) == (one.text, one.tokens, one.finish)
        assert (found.context_tokens, found.truncated) == (one.context_tokens, one.truncated)


def test_an_echo_adds_up_to_the_engines_own_score(server, engine):
    assert isinstance(engine, Echoes)
    (whole,) = engine.score([ScoreRequest("x", "", ("The cat sat on the mat",))])
    body = {"prompt": "The cat sat on the mat", "max_tokens": 0, "echo": True, "logprobs": 3}
    status, answer = server.ask("/v1/completions", body)
    (choice,) = answer["choices"]
    found = choice["logprobs"]
    assert (status, found["tokens"][0], found["token_logprobs"][0], found["top_logprobs"][0]) == (
        200,
        "<s>",
        None,
        None,
    )
    assert sum(found["token_logprobs"][1:]) == pytest.approx(whole.continuations[0].log_likelihood, abs=CLOSE)
    for name, value, top in list(zip(found["tokens"], found["token_logprobs"], found["top_logprobs"], strict=True))[1:]:
        assert len(top) == 3
        assert list(top.values()) == sorted(top.values(), reverse=True)
        assert top.get(name, value) == pytest.approx(value)  # a name says which token is meant
        assert value <= max(top.values()) + CLOSE
    assert answer["usage"]["prompt_tokens"] == len(found["tokens"])
    _, plain = server.ask("/v1/completions", {"prompt": [1, 5, 9], "max_tokens": 0, "echo": True})
    assert (plain["choices"][0]["logprobs"], plain["usage"]["prompt_tokens"]) == (None, 3)


def test_token_ids_that_no_model_has_and_prompts_beyond_the_context_are_refused(server, engine):
    for body in ({"max_tokens": 0, "echo": True}, {"max_tokens": 4}):
        status, answer = server.ask("/v1/completions", {"prompt": [1, 10**6], **body})
        assert (status, answer["error"]["where"]) == (422, "prompt 0")
        assert "unknown_token" in answer["error"]["message"]
    most = EchoRequest("most", "", (5,) * (CONTEXT + 1))
    more = EchoRequest("more", "", (5,) * (CONTEXT + 2))
    assert [(result.error, len(result.tokens)) for result in engine.echo([most, more])] == [
        ("", CONTEXT + 1),
        ("continuation_too_long", 0),
    ]
    status, answer = server.ask("/v1/completions", {"prompt": list(most.ids), "max_tokens": 8, "temperature": 0})
    assert (status, answer["choices"][0]["workbench"]["truncated"]) == (200, 1 + 8)


def test_a_chat_is_rendered_by_the_models_own_template(server, engine, tiny):
    messages = [{"role": "user", "content": "The cat sat"}]
    context = ChatTemplate.load(tiny()).render([type("Turn", (), messages[0])()], add_generation_prompt=True)
    (expected,) = engine.generate([GenerateRequest("x", context, max_new_tokens=6, templated=True)])
    _, answer = server.ask("/v1/chat/completions", {"messages": messages, "max_tokens": 6, "temperature": 0})
    assert answer["choices"][0]["message"]["content"] == expected.text
    assert answer["usage"]["prompt_tokens"] == expected.context_tokens  # BOS once


@pytest.fixture
def detached(tiny, tmp_path: Path):
    """The same model in a process of its own."""
    with serve(tiny(), Home(tmp_path / "home"), config=FLOAT32, socket=True) as made:
        yield made


def test_a_detached_worker_gives_the_same_numbers(detached, engine):
    same_scores(by_id(detached.score_all(ASKED)), by_id(engine.score(ASKED)))
    (expected,) = engine.generate([GenerateRequest("x", "The cat", max_new_tokens=6)])
    assert detached.generate("The cat", max_new_tokens=6) == expected.text
    assert detached.chat("The cat", max_new_tokens=6)
    assert (detached.engine.engine, detached.engine.dtype) == ("transformers", "float32")
    assert detached.facts.parameters.value
    memory = detached.record.memory
    assert 0 < memory.needed < memory.reserved
    assert memory.measured
    assert detached.unload() == detached.record.freed
    assert detached.record.state is WorkerState.ENDED

"""The routes over a real socket, with the fake engine: shapes, refusals, streams, and clients that misbehave."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.engines import EngineConfig
from workbench.engines.fake import FakeEngine, FakeSettings
from workbench.engines.protocol import GenerateRequest, ScoreRequest
from workbench.engines.serve.guard import host_name
from workbench.engines.serve.listening import Listener, bind_port, bind_socket, require_host
from workbench.errors import MachineCannot, OfflineViolation, UsageError
from workbench.testing.runs import until

GREEDY = {"model": "a-model", "temperature": 0, "max_tokens": 8}
PROMPT = "The cat sat"


@pytest.fixture
def written() -> str:
    """What the fake writes after `PROMPT`."""
    (result,) = FakeEngine("a-model").generate([GenerateRequest("x", PROMPT, max_new_tokens=8)])
    return result.text


def test_models_and_facts_say_what_runs_and_what_it_takes(server):
    status, listed = server.ask("/v1/models")
    (model,) = listed["data"]
    assert (status, model["id"], model["object"], model["max_model_len"]) == (200, "a-model", "model", 2048)
    assert model["workbench"] == {"context_length": 2048, "chat": True, "echo": False}
    status, facts = server.ask("/v1/facts")
    assert (status, facts["engine"]["strategy"]) == (200, "hash")
    assert facts["memory"] == {"needed": 1, "reserved": 2, "measured": 3}
    assert (facts["lease"], facts["lease_left"], facts["waiting"]) == (None, None, 0)
    assert server.ask("/health") == (200, {"status": "ok"})


def test_a_completion_is_what_the_engine_writes(server, written):
    status, answer = server.ask("/v1/completions", {"prompt": PROMPT, **GREEDY})
    (choice,) = answer["choices"]
    assert (status, answer["object"], answer["model"]) == (200, "text_completion", "a-model")
    assert (choice["text"], choice["finish_reason"]) == (written, "stop")
    assert choice["workbench"] == {"finish": "eos", "truncated": 0}
    assert answer["usage"] == {"prompt_tokens": 6, "completion_tokens": 3, "total_tokens": 9}


def test_several_prompts_and_several_answers_stand_in_order(server, written):
    _, answer = server.ask("/v1/completions", {"prompt": ["The dog", PROMPT], "n": 2, "echo": True, **GREEDY})
    texts = [choice["text"] for choice in answer["choices"]]
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3]
    assert texts[2] == texts[3] == PROMPT + written
    assert texts[0].startswith("The dog")
    assert answer["usage"]["prompt_tokens"] == 10  # each prompt once
    assert answer["usage"]["completion_tokens"] == 12


def test_a_drawn_answer_is_the_same_for_the_same_seed_only(server):
    def drawn(seed: int) -> list[str]:
        body = {"prompt": PROMPT, "temperature": 1, "seed": seed, "n": 4, "max_tokens": 8}
        return [choice["text"] for choice in server.ask("/v1/completions", body)[1]["choices"]]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len(set(drawn(1))) > 1


def test_a_chat_goes_through_the_models_template(server):
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": " you"}]},
    ]
    status, answer = server.ask("/v1/chat/completions", {"messages": messages, **GREEDY})
    context = "<system>Be brief.<user>Hello you<assistant>"
    (expected,) = FakeEngine("a-model").generate([GenerateRequest("x", context, max_new_tokens=8, templated=True)])
    assert (status, answer["object"]) == (200, "chat.completion")
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": expected.text, "refusal": None}
    chunks = server.events("/v1/chat/completions", {"messages": messages, "stream": True, **GREEDY})
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == expected.text
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks][-1] == "stop"


def test_a_model_without_a_template_does_not_chat(opened):
    status, answer = opened(template=None).ask(
        "/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello"}], **GREEDY}
    )
    assert (status, answer["error"]["code"]) == (422, "model_chat_template")
    assert answer["error"]["remedy"] == "Use /v1/completions."


def test_a_stream_says_the_same_word_by_word_and_counts_when_asked(server, written):
    body = {"prompt": PROMPT, "stream": True, "stream_options": {"include_usage": True}, **GREEDY}
    *chunks, last = server.events("/v1/completions", body)
    pieces = [chunk["choices"][0]["text"] for chunk in chunks]
    assert "".join(pieces) == written
    assert len([piece for piece in pieces if piece]) == len(written.split())
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 3)


def test_log_likelihoods_are_exactly_the_engines_results(server):
    asked = [
        ScoreRequest("one", PROMPT, (" on", " off", " ข้าว")),
        ScoreRequest("none", PROMPT, ()),
        ScoreRequest("empty", PROMPT, (" on", "")),
    ]
    body = {"requests": [{"id": r.id, "context": r.context, "continuations": list(r.continuations)} for r in asked]}
    status, answer = server.ask("/v1/loglikelihoods", body)
    assert status == 200
    for found, expected in zip(answer["data"], FakeEngine("a-model").score(asked), strict=True):
        scores = [
            {"log_likelihood": score.log_likelihood, "tokens": score.tokens, "greedy": score.greedy}
            for score in expected.continuations
        ]
        assert found == {
            "id": expected.id, "continuations": scores, "context_tokens": expected.context_tokens,
            "truncated": expected.truncated, "error": expected.error,
        }  # fmt: skip
    assert [entry["error"] for entry in answer["data"]] == ["", "no_continuations", "empty_continuation"]


def test_a_prompt_that_is_too_long_is_cut_and_counted(opened):
    server = opened(FakeEngine("a-model", EngineConfig(max_length=20)))
    _, answer = server.ask("/v1/completions", {"prompt": "word " * 30, **GREEDY})
    assert answer["choices"][0]["workbench"]["truncated"] == 60 - (20 - 8)
    _, answer = server.ask("/v1/loglikelihoods", {"requests": [{"context": "word " * 30, "continuations": ["a b"]}]})
    assert answer["data"][0]["truncated"] == 60 - (20 - 3)
    status, answer = server.ask("/v1/completions", {"prompt": PROMPT, "max_tokens": 20})
    assert (status, answer["error"]["where"]) == (422, "prompt 0")
    assert "no_room" in answer["error"]["message"]


ONE = {"requests": [{"context": "a", "continuations": ["b"]}]}


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/v1/completions", b"", 400, "the body is no JSON"),
        ("/v1/completions", b"{", 400, "the body is no JSON"),
        ("/v1/completions", b"\xff\xfe", 400, "the body is no JSON"),
        ("/v1/completions", b"[" * 5000, 400, "the body is no JSON"),
        ("/v1/completions", rb'{"prompt": "\ud800"}', 400, "the body is no JSON"),
        ("/v1/completions", b'{"prompt": "x", "temperature": NaN}', 400, "temperature"),
        ("/v1/completions", [], 400, "the body"),
        ("/v1/completions", {}, 400, "prompt: Field required"),
        ("/v1/completions", {"prompt": []}, 400, "prompt"),
        ("/v1/completions", {"prompt": [[]]}, 400, "prompt"),
        ("/v1/completions", {"prompt": [-1]}, 400, "prompt"),
        ("/v1/completions", {"prompt": ["a", [1]]}, 400, "prompt"),
        ("/v1/completions", {"prompt": "x", "max_tokens": -1}, 400, "max_tokens"),
        ("/v1/completions", {"prompt": "x", "max_tokens": 10**9}, 400, "max_tokens"),
        ("/v1/completions", {"prompt": "x", "max_tokens": "8"}, 400, "max_tokens"),
        ("/v1/completions", {"prompt": "x", "max_tokens": 0}, 400, "max_tokens is 0"),
        ("/v1/completions", {"prompt": "x", "n": 1000}, 400, "n: "),
        ("/v1/completions", {"prompt": "x", "temperature": -1}, 400, "temperature"),
        ("/v1/completions", {"prompt": "x", "top_p": 0.5}, 400, "'top_p' cannot be honoured"),
        ("/v1/completions", {"prompt": "x", "logit_bias": {"5": 100}}, 400, "'logit_bias' cannot be honoured"),
        ("/v1/completions", {"prompt": "x", "sede": 1}, 400, "'sede' is not a field"),
        ("/v1/completions", {"prompt": "x", "logprobs": 1}, 400, "no log-probabilities"),
        ("/v1/completions", {"prompt": "x", "echo": True, "max_tokens": 0}, 400, "does not echo"),
        ("/v1/completions", {"prompt": "x", "model": "gpt"}, 404, "no model 'gpt'"),
        ("/v1/chat/completions", {"messages": []}, 400, "messages"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 422, "image_url"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "tools": [{}]}, 400, "'tools'"),
        ("/v1/loglikelihoods", {"requests": []}, 400, "requests"),
        ("/v1/loglikelihoods", {**ONE, "model": "gpt"}, 404, "no model"),
        ("/v1/loglikelihoods", {**ONE, "contexts": 1}, 400, "contexts"),
        ("/v1/lease", {}, 400, "has no lease"),
        ("/v1/embeddings", {}, 404, "no such route"),
        ("/v1/models/", {}, 404, "no such route"),
        ("/v1/models", {}, 400, "does not take POST"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_says_what_and_what_to_do(server, path, body, status, said):
    found, answer = server.ask(path, body)
    error = answer["error"]
    assert (found, error["type"]) == (status, "invalid_request_error"), answer
    assert said in error["message"]
    assert error["remedy"] in error["message"]
    assert error["code"]
    assert server.ask("/health")[0] == 200


def test_fields_that_ask_for_nothing_are_passed_over(server, written):
    more = {"top_p": 1.0, "frequency_penalty": 0, "logit_bias": {}, "user": "somebody", "tools": None, "best_of": 1}
    status, answer = server.ask("/v1/completions", {"prompt": PROMPT, **GREEDY, **more})
    assert (status, answer["choices"][0]["text"]) == (200, written)


def test_nobody_gets_in_without_the_key(server):
    for sent in ("", "Bearer wrong", f"Bearer {server.key[:-1]}", f"Basic {server.key}", server.key, "Bearer ключ"):
        for path in ("/health", "/v1/models", "/nothing"):
            status, headers, data = server.raw("GET", path, headers={"Authorization": sent.encode("utf-8")})
            assert (status, headers["www-authenticate"]) == (401, "Bearer")
            assert json.loads(data)["error"]["code"] == "refused_key"
            assert server.key.encode() not in data


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("127.0.0.1:8000", 200), ("[::1]:1", 200), ("name.example:80", 200), ("NAME.example", 200),
        ("attacker.example", 403), ("127.0.0.1.attacker.example", 403), ("", 403), ("[", 403), ("user@evil", 403),
    ],
)  # fmt: skip
def test_another_name_is_refused_even_with_the_key(server, host, status):
    assert server.raw("GET", "/v1/models", headers={"Host": host})[0] == status


def test_a_host_is_read_as_a_host(server):
    assert [host_name(text) for text in ("A.b:80", "[::1]:80", "", "a b", "x@y")] == ["a.b", "::1", "", "a b", "y"]
    assert server.raw("GET", "/health", headers={"Host": "localhost@attacker.example"})[0] == 403


def test_a_body_that_is_too_large_is_refused_said_or_unsaid(opened):
    server = opened(max_body=1000)
    status, answer = server.ask("/v1/completions", b"x" * 1001)
    assert (status, answer["error"]["code"]) == (413, "refused_size")
    chunk = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
    with socket.create_connection((server.address.host, server.address.port), timeout=30) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"0\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")
    assert server.ask("/v1/completions", {"prompt": "x", "max_tokens": 3})[0] == 200


def test_who_leaves_in_the_middle_breaks_nothing(opened, written):
    engine = FakeEngine("a-model", settings=FakeSettings(delay=0.2))
    server = opened(engine, waiting=3)
    many, body = {"prompt": ["left"] * 50, **GREEDY}, {"prompt": PROMPT, **GREEDY}
    server.leave_in_the_middle("/v1/completions", many, lambda: until(lambda: engine.answered, what="a beginning"))
    for _ in range(3):
        server.leave_in_the_middle("/v1/completions", many, lambda: None)
    answer = until(lambda: (found := server.ask("/v1/completions", body))[0] == 200 and found[1], what="an answer")
    assert answer["choices"][0]["text"] == written
    assert engine.answered < 50  # of the 200 that were asked for and left


def test_more_than_the_line_holds_are_told_to_come_back(opened):
    server = opened(FakeEngine("a-model", settings=FakeSettings(delay=0.5)), waiting=1)
    with ThreadPoolExecutor(8) as pool:
        body = json.dumps({"prompt": PROMPT, **GREEDY}).encode()
        answers = list(pool.map(lambda _: server.raw("POST", "/v1/completions", body), range(8)))
    statuses = sorted(status for status, _, _ in answers)
    assert set(statuses) == {200, 429}
    refused = next(answer for answer in answers if answer[0] == 429)
    assert (refused[1]["retry-after"], json.loads(refused[2])["error"]["code"]) == ("1", "machine_busy")


def test_many_at_once_get_the_answers_of_one_at_a_time(server):
    prompts = [f"The cat {number}" for number in range(40)]
    with ThreadPoolExecutor(16) as pool:
        found = list(
            pool.map(lambda text: server.ask("/v1/completions", {"prompt": text, **GREEDY})[1]["choices"], prompts)
        )
    asked = [GenerateRequest(text, text, max_new_tokens=8) for text in prompts]
    expected = [result.text for result in FakeEngine("a-model").generate(asked)]
    assert [choices[0]["text"] for choices in found] == expected


def test_a_mistake_of_ours_says_nothing_of_its_inside(opened, monkeypatch, caplog):
    server = opened()
    monkeypatch.setattr(server.served.engine.__class__, "facts", lambda _: 1 // 0)
    status, answer = server.ask("/v1/facts")
    assert (status, answer["error"]["code"], answer["error"]["type"]) == (500, "internal", "server_error")
    assert "ZeroDivision" not in json.dumps(answer)
    until(lambda: "ZeroDivision" in caplog.text, what="a traceback in the log")


def test_a_machine_that_cannot_answers_with_its_own_status(opened):
    server = opened(FakeEngine("a-model", settings=FakeSettings(crash_after=0)))
    status, answer = server.ask("/v1/completions", {"prompt": PROMPT, **GREEDY})
    assert (status, answer["error"]["type"], answer["error"]["exit_code"]) == (507, "server_error", 7)


def test_a_lease_is_renewed_over_http(opened):
    server = opened(lease=60)
    status, answer = server.ask("/v1/lease", {})
    assert (status, answer["lease"]) == (200, 60)
    assert answer["lease_left"] == pytest.approx(60, abs=1)


def test_where_a_server_may_listen(monkeypatch):
    assert (require_host("localhost"), require_host("::1"), require_host("127.0.0.9")) == (
        *("127.0.0.1", "::1"),
        "127.0.0.9",
    )
    for open_to_all in ("0.0.0.0", "::", "192.0.2.7"):  # noqa: S104 — refused
        with pytest.raises(OfflineViolation, match="other machines"):
            require_host(open_to_all)
    with pytest.raises(UsageError, match="no IP address"):
        require_host("example.org")
    monkeypatch.setenv("WORKBENCH_SERVE_ALLOW", "192.0.2.7, models.example")
    assert require_host("192.0.2.7") == "192.0.2.7"


def test_a_taken_port_is_named_whether_it_is_taken_before_or_after():
    first, address = bind_port("127.0.0.1", 0)
    second, _ = bind_port("127.0.0.1", address.port)  # neither listens yet: the kernel lets both
    first.listen()
    with pytest.raises(MachineCannot, match=f"port {address.port} is taken") as taken:
        bind_port("127.0.0.1", address.port)
    assert "Choose another --port" in taken.value.remedy
    with pytest.raises(MachineCannot, match=f"port {address.port} is taken"):
        Listener(lambda *_: None, second).start()
    first.close()
    second.close()


def test_a_socket_is_its_owners_alone_and_a_place_without_is_said(tmp_path):
    bound, address = bind_socket(tmp_path / "worker.sock")
    assert (tmp_path / "worker.sock").stat().st_mode & 0o777 == 0o600
    assert address.url == "http://localhost/v1"
    bound.close()
    with pytest.raises(MachineCannot, match="no socket can be made"):
        bind_socket(tmp_path / "missing" / "worker.sock")

"""A served model: the numbers of the engine in this process, to whoever has the key, until it is idle, told, or dead."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import GenerateRequest, ScoreRequest
from workbench.engines.serve.guard import MAX_BODY
from workbench.errors import BadInput, MachineCannot, NotFound, OfflineViolation, UsageError
from workbench.jobs.served_model import ServedModel
from workbench.jobs.serving import make_spec, serve
from workbench.jobs.worker_record import WorkerState, worker_alive
from workbench.jobs.workers import list_workers
from workbench.policy.home import Home
from workbench.testing.runs import until

REQUESTS = [ScoreRequest(f"q{number}", f"The cat {number}", (" sat", " ran off", "")) for number in range(4)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A data directory whose workers end with the test."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    found = Home(tmp_path / "home")
    yield found
    for record in list_workers(found):
        if worker_alive(record):
            psutil.Process(record.pid).kill()


@pytest.fixture
def served(place: Home) -> ServedModel:
    return serve("a-model", place, engine="fake")


def ask(
    served: ServedModel, method: str, path: str, body: Any = None, *, key: str | None = None, host: str = "localhost"
) -> tuple[int, Any]:
    """Ask over HTTP as a stranger would; return the status and the JSON."""
    record = served.record
    assert record.address is not None
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {record.key if key is None else key}", "Host": host}
    with closing(http.client.HTTPConnection(record.address.host, record.address.port, timeout=30)) as connection:
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_a_served_model_gives_the_numbers_of_the_engine_in_this_process(served: ServedModel):
    engine = open_engine("fake", Path("a-model"), EngineConfig())
    expected = {result.id: result for result in engine.score(REQUESTS)}
    for result in served.score_all(REQUESTS):
        assert result == expected[result.id]
        assert result.error == "empty_continuation"
    (alone,) = engine.score([ScoreRequest("x", "The cat", (" sat", " ran off"))])
    assert served.score("The cat", [" sat", " ran off"]) == alone.continuations
    with pytest.raises(BadInput, match="empty_continuation"):
        served.score("The cat", [""])
    (written,) = engine.generate([GenerateRequest("x", "The cat", max_new_tokens=8)])
    assert served.generate("The cat", max_new_tokens=8) == written.text
    assert served.engine.engine == "fake"


def test_the_record_is_private_and_holds_the_key_alone(served: ServedModel, place: Home):
    record = served.record
    directory = place.workers / served.id
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for path in directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    process = psutil.Process(record.pid)
    assert record.key not in " ".join(process.cmdline())
    assert record.key not in " ".join(process.environ().values())
    assert record.key not in repr(record)
    ask(served, "POST", "/v1/completions", {"prompt": "a secret prompt"})
    log = (directory / "worker.log").read_text()
    assert record.key not in log
    assert "secret" not in log
    assert os.getsid(record.pid) == record.pid


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/v1/completions", b"{", 400, "no JSON"),
        ("/v1/completions", {}, 400, "prompt"),
        ("/v1/completions", {"prompt": "x", "logit_bias": {"5": 100}}, 400, "cannot be honoured"),
        ("/v1/completions", {"prompt": "x", "max_tokens": 10**9}, 400, "max_tokens"),
        ("/v1/completions", {"prompt": "x", "model": "gpt"}, 404, "no model 'gpt'"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}, 422, "chat template"),
        ("/v1/loglikelihoods", {"requests": []}, 400, "requests"),
        ("/v1/lease", {}, 400, "no lease"),
        ("/v2/anything", {}, 404, "no such route"),
    ],
)
def test_what_cannot_be_answered_says_what_and_where(served: ServedModel, path: str, body: Any, status: int, said: str):
    found, answer = ask(served, "POST", path, body)
    assert found == status, answer
    assert said in answer["error"]["message"]
    assert ask(served, "GET", "/health")[0] == 200


def test_nobody_gets_in_without_the_key_or_by_another_name(served: ServedModel):
    for key in ("", "wrong", served.record.key[:-1]):
        status, answer = ask(served, "GET", "/v1/models", key=key)
        assert (status, answer["error"]["code"]) == (401, "refused_key")
    status, answer = ask(served, "GET", "/v1/models", host="attacker.example")
    assert status == 403
    assert "not called by that name" in answer["error"]["message"]
    status, answer = ask(served, "POST", "/v1/completions", b"x" * (MAX_BODY + 1))
    assert status == 413


def test_a_stream_says_the_same_in_pieces(served: ServedModel):
    record = served.record
    assert record.address is not None
    body = json.dumps({"prompt": "The cat", "max_tokens": 8, "temperature": 0, "stream": True})
    with closing(http.client.HTTPConnection(record.address.host, record.address.port, timeout=30)) as connection:
        connection.request("POST", "/v1/completions", body, {"Authorization": f"Bearer {record.key}"})
        lines = [line for line in connection.getresponse().read().decode().split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    texts = [json.loads(line.removeprefix("data: "))["choices"][0]["text"] for line in lines[:-1]]
    assert "".join(texts) == served.generate("The cat", max_new_tokens=8)


def test_a_port_that_is_taken_is_said_before_the_model_is_loaded(place: Home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(MachineCannot, match=f"port {port} is taken") as raised:
            serve("a-model", place, engine="fake", port=port)
    assert "--port" in raised.value.remedy
    (record,) = list_workers(place)
    assert record.state is WorkerState.FAILED


def test_other_machines_are_kept_out_unless_the_configuration_lets_them_in(place: Home):
    with pytest.raises(OfflineViolation, match="other machines"):
        serve("a-model", place, engine="fake", host="0.0.0.0")  # noqa: S104 — refused
    with pytest.raises(UsageError, match="no IP address"):
        serve("a-model", place, engine="fake", host="example.org")
    assert list_workers(place) == ()


def test_it_ends_when_nobody_asks_for_long(place: Home):
    served = serve("a-model", place, engine="fake", idle_timeout="1s")
    until(lambda: served.record.state is WorkerState.ENDED, what="the idle worker's end")
    assert served.record.why == "nobody asked anything for 1 s"
    assert served.record.freed is not None
    assert served.record.key == ""
    with pytest.raises(UsageError, match="ended: nobody asked anything"):
        served.generate("The cat")


def test_it_ends_when_its_lease_is_not_renewed(place: Home):
    served = serve("a-model", place, engine="fake", lease="2s")
    assert served.renew() == pytest.approx(2, abs=0.5)
    until(lambda: served.record.state is WorkerState.ENDED, what="the end of the lease")
    assert "lease" in served.record.why


def test_a_killed_worker_is_found_dead_and_cleared_away(place: Home):
    served = serve("a-model", place, engine="fake", socket=True)
    record = served.record
    assert record.address is not None
    assert stat.S_IMODE(Path(record.address.socket).stat().st_mode) == 0o600
    assert served.generate("The cat")
    os.kill(record.pid, signal.SIGKILL)
    until(lambda: not worker_alive(record), what="its death")
    (found,) = list_workers(place)
    assert (found.state, found.key) == (WorkerState.LOST, "")
    assert not Path(record.address.socket).exists()
    with pytest.raises(UsageError, match="its process died"):
        served.generate("The cat")


def test_stopping_twice_is_stopping_once(served: ServedModel):
    first = served.stop()
    assert (first.state, first.why) == (WorkerState.ENDED, "told to (SIGTERM)")
    assert served.stop() == first
    assert not worker_alive(first)


def test_a_model_that_is_none_starts_nothing(place: Home, tmp_path: Path):
    with pytest.raises(NotFound):
        make_spec(tmp_path / "nothing", place)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{}")
    with pytest.raises(BadInput):
        make_spec(broken, place)
    with pytest.raises(UsageError, match="no setting colour"):
        make_spec("a-model", place, engine="fake", colour="red")
    with pytest.raises(UsageError, match="no length of time"):
        make_spec("a-model", place, engine="fake", idle_timeout="soon")

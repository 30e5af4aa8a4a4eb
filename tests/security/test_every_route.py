"""Every route of the contract, a new one too: wrong XSRF tokens, ids that are paths, bodies without end."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, urlsplit

import pytest

from workbench.jupyter.base import MAX_BODY
from workbench.jupyter.contract import Operation, operations, problems
from workbench.policy.home import home
from workbench.testing.panel import API, Client, panel_server

SAMPLES = {"run": "20260101-000000-000000", "worker": "20260101-000000-000000", "item": "0" * 64}
CHANGING = sorted(name for name, operation in operations().items() if operation.method != "get")
WITH_BODY = sorted(name for name, operation in operations().items() if operation.body)
PLACES = sorted(
    (name, parameter.name)
    for name, operation in operations().items()
    for parameter in operation.parameters
    if parameter.place == "path"
)
CLIMBING = (
    "..", ".", "../..", "../../../../etc/passwd", "....//....//etc/passwd", "/etc/passwd", "//etc/passwd",
    "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e", "%252e%252e%252f", "..\\..\\etc", "C:\\x", "~root", "$HOME",
    "a\x00b", "runs/../runs", ".sockets", ".admission.lock", "20260101-000000-00000", "20260101-000000-0000000",
    "20260101-000000-000000/../20260101-000000-000000", "\u2025/\u2025", "\uff0e\uff0e\uff0f", "a" * 5000, "-rf", "*",
)  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[Client]:
    with panel_server(tmp_path_factory.mktemp("all") / "jupyter", fake_models=["fake-a"]) as made:
        yield made


@pytest.fixture(scope="module")
def cookie(client) -> str:
    """What a browser has once somebody has logged in."""
    place = urlsplit(client.base)
    jar: dict[str, str] = {}
    for path in ("/login", f"/login?token={client.token}"):
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        connection.request("GET", path, headers={"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())})
        response = connection.getresponse()
        response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                jar[key] = content
        connection.close()
    return "; ".join(f"{name}={value}" for name, value in jar.items())


def path_of(operation: Operation, **instead: str) -> str:
    values = {**SAMPLES, **instead}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "0" * 32), operation.path)


@pytest.mark.parametrize("name", CHANGING)
def test_a_request_by_cookie_needs_the_token_of_our_own_pages(client, cookie, name):
    operation = operations()[name]
    token = re.search(r"_xsrf=([^;]+)", cookie)[1]
    home().create()
    before = sorted(home().root.rglob("*"))
    for headers in (
        {},
        {"X-XSRFToken": ""},
        {"X-XSRFToken": "wrong"},
        {"X-XSRFToken": token.replace(token.split("|")[2], "0" * 32)},
        {"X-XSRFToken": token, "Origin": "http://elsewhere.example"},
        {"X-XSRFToken": token, "Origin": "null"},
    ):
        other = Client(client.base, token="", headers={"Cookie": cookie, **headers})
        answer = other.ask(operation.method.upper(), path_of(operation), {})
        assert answer.status in (403, 404), headers  # Jupyter answers another origin with 404
        assert not problems("/components/schemas/ErrorBody", answer.body)
    assert sorted(home().root.rglob("*")) == before
    right = Client(client.base, token="", headers={"Cookie": cookie, "X-XSRFToken": token})
    assert right.ask(operation.method.upper(), path_of(operation), {"nonsense": 1}).status != 403


@pytest.mark.parametrize("name", WITH_BODY)
def test_forms_of_other_sites_are_no_bodies(client, name):
    """What a page elsewhere can send without asking: forms and plain text, no JSON."""
    operation = operations()[name]
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        other = Client(client.base, headers={"Content-Type": kind})
        answer = other.ask(operation.method.upper(), path_of(operation), data=b'{"a": 1}')
        assert (answer.status, answer.body["error"]["code"]) == (400, "usage"), kind


@pytest.mark.parametrize(("name", "parameter"), PLACES)
def test_no_path_parameter_is_a_path(client, name, parameter):
    operation = operations()[name]
    secret = home().create().root.parent / "secret"
    secret.write_text("a secret of somebody", encoding="utf-8")
    for text in (*CLIMBING, str(secret), f"../{secret.name}"):
        for written in dict.fromkeys((quote(text, safe=""), quote(text, safe="%"), quote(text, safe="/%"))):
            answer = client.ask(operation.method.upper(), path_of(operation, **{parameter: written}))
            assert answer.status in (400, 404, 405), (text, answer.status)
            assert b"secret of" not in answer.data
            assert not problems("/components/schemas/ErrorBody", answer.body)
    assert secret.read_text(encoding="utf-8") == "a secret of somebody"


def test_a_run_that_is_a_link_out_of_the_data_is_not_followed(client, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "spec.json").write_text("{}", encoding="utf-8")
    (elsewhere / "items.jsonl").write_text("a secret of somebody\n", encoding="utf-8")
    run = "20260101-000000-aaaaaa"
    (home().create().runs / run).symlink_to(elsewhere)
    for name, operation in sorted(operations().items()):
        if "{run}" not in operation.path:
            continue
        query = {"by": "domain"} if name == "listSlices" else {}
        body = {"cancelRun": {"outcome": "score"}, "putNote": {"tags": [], "note": "x"}}.get(name)
        answer = client.ask(operation.method.upper(), path_of(operation, run=run), body, **query)
        assert (answer.status, answer.body["error"]["code"]) == (403, "refused_path"), name
        assert b"secret of" not in answer.data
    assert sorted(entry.name for entry in elsewhere.iterdir()) == ["items.jsonl", "spec.json"]
    assert b"secret of" not in client.ask("GET", "/runs").data


def test_a_link_in_a_runs_own_directory_is_not_served(client, tmp_path):
    """Reports and notes are written and read below the data directory, and not through links that lead out of it."""
    (tmp_path / "secret").write_text("a secret of somebody", encoding="utf-8")
    reports = home().create().root / "panel" / "reports" / ("0" * 32)
    reports.parent.mkdir(parents=True)
    reports.symlink_to(tmp_path)
    for path in (f"/reports/{'0' * 32}", f"/reports/{'0' * 32}/content", "/reports"):
        answer = client.ask("GET", path)
        assert b"secret of" not in answer.data
        assert answer.status in (200, 403, 404)
    tasks = home().root / "panel" / "tasks" / ("0" * 32)
    tasks.parent.mkdir(parents=True)
    tasks.symlink_to(tmp_path)
    for method in ("GET", "DELETE"):
        assert client.ask(method, f"/tasks/{'0' * 32}").status in (403, 404)
    assert (tmp_path / "secret").exists()


@pytest.mark.parametrize("name", WITH_BODY)
def test_bodies_that_are_too_large_are_not_read(client, name):
    operation = operations()[name]
    place = urlsplit(client.base)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.putrequest(operation.method.upper(), API + path_of(operation))
    connection.putheader("Authorization", f"token {client.token}")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(MAX_BODY + 1))
    connection.endheaders()  # and nothing more: the answer does not wait for it
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["error"]["code"] == "refused_size"
    connection.close()


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_stranger_is_refused_before_a_byte_of_the_body_is_read(client, name):
    operation = operations()[name]
    place = urlsplit(client.base)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.putrequest(operation.method.upper(), API + path_of(operation))
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(MAX_BODY - 1))
    connection.endheaders()
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize("name", WITH_BODY)
def test_bodies_that_are_deep_or_long_are_refused_in_a_moment(client, name):
    operation = operations()[name]
    method, path = operation.method.upper(), path_of(operation)
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    wide = json.dumps({"x" * 1000: 1, "packs": ["0" * 32] * 20_000}).encode()
    text = json.dumps({"token": "ก" * 100_000, "prompt": "\u202e\x1b[31m", "name": "\x00"}).encode()
    for data in (deep, wide, text, b"\x00" * 1000, b'{"a": 1e999}', b"[]", b'"x"'):
        answer = client.ask(method, path, data=data)
        assert answer.status in (400, 404), data[:40]
        assert len(answer.data) < 10_000  # an error does not say everything again that was sent


def test_long_and_many_parameters_are_refused(client):
    with suppress(OSError):  # the server may hang up on a header of that size
        assert client.ask("GET", "/runs", q="x" * 60_000).status in (400, 414, 431)
    assert client.ask("GET", "/runs", **{f"p{number}": "x" for number in range(500)}).status == 400
    assert client.get("/runs")["total"] == 0

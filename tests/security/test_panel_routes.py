"""Every route of the panel, asked by whoever should not: nobody, a reader, another site, a liar about paths."""

from __future__ import annotations

import http.client
import json
import os
import re
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from jupyter_server.auth import Authorizer

from workbench.errors import UnsafePath
from workbench.jupyter.base import MAX_BODY
from workbench.jupyter.contract import operations, problems
from workbench.jupyter.settings.store import folder
from workbench.policy.home import home
from workbench.testing.panel import API, Answer, Client, panel_server
from workbench.testing.runs import fake_spec

ASKED: list[tuple[str, str]] = []
SAMPLES = {"run": "20260101-000000-000000", "worker": "20260101-000000-000000", "item": "0" * 64}


class ReadOnly(Authorizer):
    """A role that may look at everything and change nothing; notes down what it was asked."""

    def is_authorized(self, _handler, _user, action, resource) -> bool:
        ASKED.append((action, resource))
        return action == "read"


class RunsOnly(Authorizer):
    """A role that sees runs, and not what was asked and answered in them."""

    def is_authorized(self, _handler, _user, _action, resource) -> bool:
        return resource in ("workbench:runs", "workbench:models")


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    config = {"ServerApp": {"authorizer_class": ReadOnly}}
    with panel_server(tmp_path_factory.mktemp("reader") / "jupyter", config, fake_models=["fake-a"]) as client:
        yield client


def ask(client: Client, name: str, body: object = None) -> Answer:
    operation = operations()[name]
    path = re.sub(r"\{(\w+)\}", lambda found: SAMPLES.get(found[1], "0" * 32), operation.path)
    query = {"by": "domain"} if name == "listSlices" else {}
    return client.ask(operation.method.upper(), path, body, **query)


@pytest.mark.parametrize("name", sorted(operations()))
def test_nobody_is_told_anything(reader, name):
    for token in ("", "wrong"):
        answer = ask(Client(reader.base, token=token), name, {})
        assert answer.status == 403
        assert not problems("/components/schemas/ErrorBody", answer.body)
        assert answer.body["error"]["code"] == "refused"


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/runs/../../api/contents"])
def test_nobody_learns_which_routes_there_are(reader, path):
    assert Client(reader.base, token="").ask("GET", path).status == 403


@pytest.mark.parametrize("name", sorted(operations()))
def test_a_reader_reads_and_does_nothing_else(reader, name):
    operation = operations()[name]
    ASKED.clear()
    answer = ask(reader, name, {"nonsense": 1})
    assert (operation.action, operation.resource) in ASKED
    if operation.action == "read":
        assert answer.status != 403
    else:
        # Refused before the body is even looked at.
        assert (answer.status, answer.body["error"]["code"]) == (403, "refused")
        assert operation.resource in answer.body["error"]["message"]


def test_a_reader_leaves_no_trace_of_what_it_was_refused(reader):
    home().create()
    before = sorted(home().root.rglob("*"))
    for name, operation in operations().items():
        if operation.action != "read":
            ask(reader, name, {})
    assert sorted(home().root.rglob("*")) == before


def test_items_can_be_kept_from_those_who_see_runs(tmp_path):
    from workbench.jobs.launcher import submit
    from workbench.jobs.watching import wait

    os.environ["WORKBENCH_TRACKING"] = "off"
    try:
        run = submit(fake_spec(limit=1, languages=("th",)), home().create()).run_id
        wait(home().runs / run)
    finally:
        del os.environ["WORKBENCH_TRACKING"]
    config = {"ServerApp": {"authorizer_class": RunsOnly}}
    with panel_server(tmp_path / "jupyter", config) as client:
        assert client.get(f"/runs/{run}")["run"]["state"] == "done"
        for path in (f"/runs/{run}/items", f"/runs/{run}/slices", "/packs", "/reports", "/settings"):
            assert client.ask("GET", path).status == 403
        for path in ("/comparisons", "/doctor", "/reports"):
            assert client.ask("POST", path, {}).status == 403


def test_a_page_of_another_site_cannot_use_the_cookie(reader):
    """Logged in by cookie, a request needs the XSRF token that only our own pages can read."""
    cookies = cookie_of(reader)
    body = {"page_size": 77}
    without = Client(reader.base, token="", headers={"Cookie": cookies})
    answer = without.ask("POST", "/doctor")
    assert (answer.status, answer.body["error"]["code"]) == (403, "refused")
    wrong = Client(reader.base, token="", headers={"Cookie": cookies, "X-XSRFToken": "wrong"})
    assert wrong.ask("POST", "/doctor", body).status == 403
    token = re.search(r"_xsrf=([^;]+)", cookies)[1]
    right = Client(reader.base, token="", headers={"Cookie": cookies, "X-XSRFToken": token})
    assert right.ask("POST", "/doctor", wait=0).status in (200, 202)
    other = Client(reader.base, token="", headers={**right.headers, "Origin": "http://elsewhere.example"})
    assert other.ask("POST", "/doctor").status in (403, 404)


def cookie_of(client: Client) -> str:
    """Log in as a browser does, and return the cookies that it then has."""
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


CREATE = "//workbench/mlflow/ajax-api/2.0/mlflow/experiments/create"


def test_mlflow_is_for_whoever_may(reader):
    """Refused before MLflow is even started."""
    assert Client(reader.base, token="").ask("POST", CREATE, {"name": "x"}).status == 403
    assert b"MLflow" not in Client(reader.base, token="").ask("GET", "//workbench/mlflow/").data
    ASKED.clear()
    assert reader.ask("POST", CREATE, {"name": "x"}).status == 403
    assert ASKED == [("write", "workbench:mlflow")]
    cookie = {"Cookie": cookie_of(reader)}
    elsewhere = Client(reader.base, token="", headers={**cookie, "Origin": "http://elsewhere.example"})
    assert elsewhere.ask("POST", CREATE.replace("create", "search"), {}).status == 403
    nowhere = Client(reader.base, token="", headers=cookie)
    assert nowhere.ask("POST", CREATE.replace("create", "search"), {}).status == 403
    assert not list(home().root.glob("mlflow*"))


PATHS = ["../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e", "....//", "/etc/passwd", "a\x00b", "~root", "C:\\x"]


@pytest.mark.parametrize("collection", ["runs", "models", "packs", "tasks", "reports", "suites"])
@pytest.mark.parametrize("path", PATHS)
def test_no_id_is_a_path(server_of_all, collection, path):
    from urllib.parse import quote

    for written in (quote(path, safe=""), quote(path, safe="%")):
        answer = server_of_all.ask("GET", f"/{collection}/{written}")
        assert answer.status in (400, 404)
        assert not problems("/components/schemas/ErrorBody", answer.body)


@pytest.fixture(scope="module")
def server_of_all(tmp_path_factory):
    with panel_server(tmp_path_factory.mktemp("all") / "jupyter", fake_models=["fake-a"]) as client:
        yield client


@pytest.mark.parametrize("value", ["../x", "/etc", "..", "a/../../b", "x" * 40, "", 5, None, ["x"]])
def test_no_body_names_a_path(server_of_all, value):
    for path, body in (
        ("/plans", {"model": value, "packs": ["0" * 32]}),
        ("/plans", {"model": "0" * 32, "packs": [value]}),
        ("/comparisons", {"runs": [value, "20260101-000000-000000"]}),
        ("/reports", {"runs": [value], "format": "html"}),
        ("/reports", {"runs": ["20260101-000000-000000"], "format": value}),
        ("/snippets", {"action": "run", "run": value}),
    ):
        answer = server_of_all.ask("POST", path, body)
        assert (answer.status, answer.body["error"]["code"]) == (400, "usage")


@pytest.mark.parametrize("name", ["..", "../sibling", "/etc", "inner/../..", "link", "link/deeper"])
def test_a_folder_never_lies_outside_the_servers_root(tmp_path, name):
    root = tmp_path / "root"
    for directory in (root / "inner", tmp_path / "root-sibling" / "deeper", tmp_path / "sibling"):
        directory.mkdir(parents=True)
    (root / "link").symlink_to(tmp_path / "root-sibling")
    with pytest.raises(UnsafePath):
        folder(root, name)
    assert folder(root, "inner") == root / "inner"


def test_a_chosen_folder_that_becomes_a_link_outside_is_left_out(tmp_path):
    from workbench.jupyter.settings.store import PanelSettings

    (tmp_path / "root" / "chosen").mkdir(parents=True)
    settings = PanelSettings(folders=("chosen",))
    assert settings.resolved(tmp_path / "root") == (tmp_path / "root" / "chosen",)
    (tmp_path / "root" / "chosen").rmdir()
    (tmp_path / "root" / "chosen").symlink_to("/etc")
    assert settings.resolved(tmp_path / "root") == ()


def test_oversized_bodies_are_not_read(server_of_all):
    place = urlsplit(server_of_all.base)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.putrequest("POST", f"{API}/plans")
    connection.putheader("Authorization", f"token {server_of_all.token}")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(50 * MAX_BODY))
    connection.endheaders()  # and nothing more: the answer does not wait for it
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["error"]["code"] == "refused_size"
    connection.close()


def test_bodies_of_unknown_length_end_where_the_limit_is(server_of_all):
    place = urlsplit(server_of_all.base)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    sent = 0

    def pieces():
        nonlocal sent
        while sent < 50 * MAX_BODY:
            sent += 1 << 16
            yield b" " * (1 << 16)

    headers = {"Authorization": f"token {server_of_all.token}", "Content-Type": "application/json"}
    with suppress(OSError, http.client.HTTPException):  # the server hangs up on whoever goes on sending
        connection.request("POST", f"{API}/plans", pieces(), headers, encode_chunked=True)
        assert connection.getresponse().status == 413
    assert sent < 20 * MAX_BODY
    connection.close()
    assert server_of_all.get("/runs")["total"] == 0


def test_errors_say_nothing_of_the_servers_inside(server_of_all, monkeypatch):
    from workbench.jupyter.runs import handlers

    def broken(_home):
        raise ZeroDivisionError("secret text of an item")

    monkeypatch.setattr(handlers, "list_runs", broken)
    answer = server_of_all.ask("GET", "/runs")
    assert (answer.status, answer.body["error"]["code"]) == (500, "internal")
    assert b"secret" not in answer.data
    assert b"ZeroDivision" not in answer.data


def test_answers_are_not_kept_by_browsers_and_not_sniffed(server_of_all):
    headers = server_of_all.ask("GET", "/models").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_files_of_the_panel_are_the_users_alone(server_of_all):
    server_of_all.send("PATCH", "/settings", {"page_size": 60})
    server_of_all.task("/doctor")
    for path in (home().root / "panel").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path

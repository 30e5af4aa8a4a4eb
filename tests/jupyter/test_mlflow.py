"""MLflow's own interface below the server: for whoever may, without their credentials, and gone when the server is."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from workbench.jupyter.mlflow import PATH
from workbench.policy.home import home
from workbench.testing.panel import panel_server
from workbench.testing.runs import until
from workbench.tracking.proxied import command

SEARCH = f"//{PATH}/ajax-api/2.0/mlflow/experiments/search"


def interfaces() -> list[psutil.Process]:
    """Return the processes that serve MLflow for this test's data directory."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if str(home().runs) in " ".join(words) and ("workbench.tracking.proxied" in words or "mlflow" in words):
            found.append(process)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_pages_and_searches_go_through_and_it_ends_with_the_server(tmp_path):
    with panel_server(tmp_path / "jupyter") as client:
        assert client.get("/server")["mlflow"] == PATH
        client.ask("GET", f"//{PATH}/")  # it starts, which takes a quarter of a minute
        page = client.ask("GET", f"//{PATH}/")
        assert page.status == 200
        assert b"<title>MLflow</title>" in page.data
        found = client.ask("POST", SEARCH, {"max_results": 5})
        assert found.status == 200
        assert [each["name"] for each in found.body["experiments"]] == ["Default"]
        made = client.ask("POST", f"//{PATH}/ajax-api/2.0/mlflow/experiments/create", {"name": "new"})
        assert made.status == 200
        assert interfaces()
        sockets = [path for path in (home().runs / ".sockets").iterdir() if path.name.startswith("mlflow")]
        assert all(path.parent.stat().st_mode & 0o077 == 0 for path in sockets)
    until(lambda: not interfaces(), what="the end of MLflow")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_ends_when_its_starter_is_killed():
    home().create()
    code = f"""
import subprocess, sys, time
process = subprocess.Popen([sys.executable, "-m", "workbench.tracking.proxied", {str(home().runs / "x.sock")!r}, "/p"],
    stdin=subprocess.PIPE, start_new_session=True)
print(process.pid, flush=True)
time.sleep(600)
"""
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert starter.stdout.readline().strip().isdigit()
    until(lambda: len(interfaces()) >= 2, what="MLflow")
    starter.kill()
    starter.wait()
    starter.stdout.close()
    until(lambda: not interfaces(), what="the end of MLflow")


def test_store_and_socket_are_this_users(tmp_path):
    words = command(tmp_path / "a b.sock", "/user/x/workbench/mlflow")
    assert words[words.index("--uvicorn-opts") + 1] == f"--uds '{tmp_path}/a b.sock'"
    assert f"sqlite:///{home().mlflow_database}" in words
    assert "--no-serve-artifacts" in words


def test_credentials_do_not_go_along():
    from tornado.httputil import HTTPHeaders

    from workbench.jupyter.mlflow import MlflowHandler

    class Request:
        headers = HTTPHeaders(
            {
                "Cookie": "a=b",
                "Authorization": "token x",
                "Origin": "http://here",
                "X-XSRFToken": "x",
                "Host": "here",
                "Accept": "text/html",
            }
        )

    handler = MlflowHandler.__new__(MlflowHandler)
    handler.request = Request()
    assert dict(handler.proxy_request_headers()) == {"Accept": "text/html"}

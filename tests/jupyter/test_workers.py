"""Trying a model: served in a process of its own, asked through the server, unloaded."""

from __future__ import annotations

import json
import os
import signal

import pytest

from workbench.jobs.worker_record import OVER, read_worker
from workbench.jobs.workers import list_workers, stop_worker, worker_directories
from workbench.policy.home import home
from workbench.testing.runs import until


@pytest.fixture
def worker(panel, ids):
    """A served fake model."""
    started = panel.send("POST", "/workers", {"model": ids.models["fake-a"], "idle_minutes": 5})
    until(lambda: panel.get(f"/workers/{started['id']}")["state"] == "serving", what="a worker that serves")
    yield started["id"]
    for record in list_workers(home()):
        if record.state not in OVER:
            stop_worker(home(), record.worker_id)


def test_a_model_is_served_asked_and_unloaded(panel, ids, worker):
    shown = panel.get(f"/workers/{worker}")
    assert (shown["model"], shown["engine"], shown["idle_timeout"]) == (ids.models["fake-a"], "fake", 300.0)
    assert (shown["measured"] is not None, shown["lease"]) == (True, None)
    assert panel.get("/workers")["workers"] == [shown]
    models = {model["name"]: model for model in panel.get("/models")["models"]}
    assert (models["fake-a"]["workers"], models["fake-b"]["workers"]) == ([worker], [])
    asked = {"prompt": "ประเทศไทยมีกี่จังหวัด", "max_new_tokens": 8}
    written = panel.send("POST", f"/workers/{worker}/ask", asked)
    assert written["text"]
    assert panel.send("POST", f"/workers/{worker}/ask", asked)["text"] == written["text"]
    scored = panel.send("POST", f"/workers/{worker}/ask", {"context": "a", "continuations": [" b", " c"]})
    assert (scored["text"], [each["text"] for each in scored["continuations"]]) == (None, [" b", " c"])
    assert all(each["log_likelihood"] < 0 for each in scored["continuations"])
    ended = panel.send("DELETE", f"/workers/{worker}")
    assert (ended["state"], ended["freed"] is not None) == ("ended", True)
    answer = panel.ask("POST", f"/workers/{worker}/ask", asked)
    assert (answer.status, answer.body["error"]["code"]) == (400, "usage")
    assert panel.send("DELETE", f"/workers/{worker}")["state"] == "ended"


def test_what_a_model_needs_is_said_before_it_is_served(panel, ids):
    needs = panel.send("POST", "/workers/needs", {"model": ids.models["fake-a"]})
    assert (needs["needed"], needs["reserved"]) == (0, 0)
    assert needs["available"] > 0
    assert panel.get("/workers")["workers"] == []


def test_key_and_address_of_a_worker_never_leave_the_server(panel, worker):
    record = read_worker(worker_directories(home())[0])
    for text in (json.dumps(panel.get("/workers")), json.dumps(panel.get(f"/workers/{worker}"))):
        assert record.key not in text
        assert record.address.socket not in text


def test_a_killed_worker_is_found_out(panel, worker):
    os.kill(read_worker(worker_directories(home())[0]).pid, signal.SIGKILL)
    until(lambda: panel.get(f"/workers/{worker}")["state"] == "lost", what="its death being seen")
    assert panel.get("/models")["models"][0]["workers"] == []


def test_a_conversation_with_a_model_that_has_no_template(panel, worker):
    body = {"messages": [{"role": "user", "content": "hello"}]}
    answer = panel.ask("POST", f"/workers/{worker}/ask", body)
    assert (answer.status, answer.body["error"]["code"]) == (422, "model_chat_template")


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "a", "messages": [{"role": "user", "content": "b"}]},
        {"prompt": "a", "max_new_tokens": 0},
        {"prompt": "a", "temperature": 3},
        {"messages": [{"role": "root", "content": "b"}]},
        {"context": "a", "continuations": []},
        {},
    ],
)
def test_what_is_no_question_is_refused(panel, body):
    answer = panel.ask("POST", "/workers/20260101-000000-000000/ask", body)
    assert (answer.status, answer.body["error"]["code"]) == (400, "usage")

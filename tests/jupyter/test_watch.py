"""Events are hints, and a live run keeps the server awake, for a while."""

from __future__ import annotations

import json
import os
import shutil
import signal
from datetime import UTC, datetime

import pytest

from workbench.jobs.launcher import submit
from workbench.jobs.record import alive, read_record
from workbench.jupyter.services import Services
from workbench.jupyter.watch import ACTIVITY, MODELS_CHANGED, RUN_CHANGED, SCHEMAS, Watcher, Watching
from workbench.policy.home import home
from workbench.testing.runs import fake_spec, until


@pytest.fixture
def watcher(panel, tmp_path):
    del panel  # it made the data directory
    made = Watcher(Services(tmp_path, dict, keep_alive_hours=1.0))
    made.look()
    return made


def changes(watcher):
    events, _ = watcher.look()
    return [(data["run"], data["change"]) for schema, data in events if schema == RUN_CHANGED]


def test_a_run_is_told_of_from_its_beginning_to_its_removal(watcher, run):
    assert changes(watcher) == [(run.name, "state")]
    assert changes(watcher) == []
    with (run / "items.jsonl").open("ab") as file:
        file.write(b"\n")
    assert changes(watcher) == [(run.name, "progress")]
    os.utime(run / "record.json", ns=(1, 1))
    assert changes(watcher) == [(run.name, "state")]
    shutil.rmtree(run)
    assert changes(watcher) == [(run.name, "removed")]


def test_the_death_of_a_process_is_told_though_no_file_changes(watcher, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "5")
    run = submit(fake_spec(), home()).run_id
    directory = home().runs / run
    until(lambda: read_record(directory).state == "running", what="running")
    assert (run, "state") in changes(watcher)
    assert watcher.look()[1]
    os.kill(read_record(directory).pid, signal.SIGKILL)
    until(lambda: not alive(read_record(directory)), what="the death of the process")
    assert changes(watcher) == [(run, "state")]
    assert changes(watcher) == []
    assert not watcher.look()[1]


def test_live_runs_keep_the_server_awake_up_to_a_cap(watcher, monkeypatch):
    watcher.live = {"a-run"}
    watcher.seen = {}
    monkeypatch.setattr(Watcher, "_run_events", lambda _self, _now: [])
    assert watcher.look()[1]
    assert watcher.awake_since is not None
    watcher.awake_since -= 3601
    assert not watcher.look()[1]
    watcher.live = set()
    assert not watcher.look()[1]
    watcher.live = {"another"}
    assert watcher.look()[1]


def test_a_change_of_the_store_is_told(watcher):
    assert watcher.look() == ([], False)
    (home().models / "new").mkdir()
    assert watcher.look()[0] == [(MODELS_CHANGED, {"models": 1})]


def test_events_fit_their_schemas_and_activity_is_reported(watcher, run):
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from jupyter_events import EventLogger

    logger = EventLogger()
    heard = []

    async def listen(logger, schema_id, data):  # noqa: ARG001 — called by these names
        heard.append((schema_id, data))

    for schema in SCHEMAS.glob("*.yaml"):
        logger.register_event_schema(schema)
    logger.add_listener(schema_id=RUN_CHANGED, listener=listen)
    settings = {"last_activity_times": {}}

    async def look():
        with ThreadPoolExecutor(1) as pool:
            watching = Watching(watcher, pool, lambda schema, data: logger.emit(schema_id=schema, data=data), settings)
            await watching()
            assert ACTIVITY not in settings["last_activity_times"]
            watcher.live.add("a run")
            await watching()
            await logger.gather_listeners()

    asyncio.run(look())
    assert heard == [(RUN_CHANGED, {"run": run.name, "change": "state"})]
    assert (datetime.now(UTC) - settings["last_activity_times"][ACTIVITY]).total_seconds() < 60


def test_reading_does_not_count_as_activity_and_telling_does(panel):
    settings = panel.settings
    settings.pop("api_last_activity", None)
    panel.get("/runs")
    assert "api_last_activity" not in settings
    panel.send("PATCH", "/settings", {"page_size": 50})
    assert "api_last_activity" in settings


def test_an_open_panel_hears_of_a_run(panel, ids):
    """Through the server's own websocket of events."""
    import websocket

    address = panel.base.replace("http", "ws") + "/api/events/subscribe"
    socket = websocket.create_connection(address, header=[f"Authorization: token {panel.token}"], timeout=30)
    try:
        run = panel.task("/runs", {"token": "somebody-listens", "draft": ids.draft()})["run"]["id"]
        until(lambda: json.loads(socket.recv()).get("run") == run, what="the event")
    finally:
        socket.close()

"""The process of a worker: how it begins, waits, loses its engine, and what its record says of all that."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

import workbench as wb
from workbench.engines.fake import FakeEngine
from workbench.engines.protocol import EngineConfig, GenerateRequest, GenerateResult
from workbench.engines.serve.served import Memory
from workbench.errors import (
    BadInput,
    ChatTemplateError,
    Interrupted,
    JournalError,
    MachineCannot,
    NotFound,
    UsageError,
    WorkbenchError,
)
from workbench.jobs import worker as worker_module
from workbench.jobs import workers as workers_module
from workbench.jobs.admission import LOCK
from workbench.jobs.served_model import ServedModel
from workbench.jobs.serving import make_spec
from workbench.jobs.worker import adopt, hold
from workbench.jobs.worker_record import (
    FILE,
    ServeSpec,
    WorkerRecord,
    WorkerState,
    read_worker,
    seconds,
    worker_alive,
    write_worker,
)
from workbench.jobs.workers import find_worker, list_workers, start_worker, stop_worker
from workbench.policy.home import Home
from workbench.testing.runs import until

SPEC, NOTHING = ServeSpec("a-model", "a-model", engine="fake"), Memory(0, 0)


@pytest.fixture
def place(workbench_home: Path) -> Iterator[Home]:
    """The data directory; what still lives in it at the end is killed."""
    home = Home(workbench_home)
    yield home
    for record in list_workers(home):
        if record.pid != os.getpid() and worker_alive(record):
            psutil.Process(record.pid).kill()


def only(home: Home) -> WorkerRecord:
    (record,) = list_workers(home)
    return record


def recorded(home: Home, **fields: object) -> Path:
    """Write the record of a worker that this process is."""
    directory = home.workers / "20260301-000000-abcdef"
    directory.mkdir(parents=True, mode=0o700)
    created = psutil.Process().create_time()
    made = WorkerRecord(
        directory.name, os.getpid(), created, SPEC, "python", WorkerState.SERVING, datetime.now(UTC), NOTHING
    )
    write_worker(directory, replace(made, **fields))
    return directory


@pytest.mark.parametrize("wait", [True, False])
def test_a_process_that_dies_as_it_begins_is_not_waited_for(place, monkeypatch, wait):
    monkeypatch.setattr(workers_module, "MODULE", "workbench.jobs.no_such_module")
    if wait:
        with pytest.raises(Interrupted, match="process died"):
            start_worker(SPEC, NOTHING, place)
    else:
        assert start_worker(SPEC, NOTHING, place, wait=False).state is WorkerState.QUEUED
    until(lambda: only(place).state is WorkerState.LOST, what="its end being noticed")
    assert "no_such_module" in (place.workers / only(place).worker_id / "worker.log").read_text()


def test_what_cannot_be_started_leaves_nothing(place, monkeypatch):
    def refused(*_: object) -> None:
        raise MachineCannot("no process can be started")

    monkeypatch.setattr(workers_module, "spawn", refused)
    with pytest.raises(MachineCannot):
        start_worker(SPEC, NOTHING, place)
    assert list(place.workers.iterdir()) == []


def test_a_worker_waits_for_room_says_so_and_can_be_stopped_meanwhile(place):
    place.create()
    descriptor = os.open(place.runs / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # another model is being loaded
    worker = start_worker(SPEC, NOTHING, place, wait=False).worker_id
    until(lambda: only(place).waiting, what="a reason to wait")
    assert (only(place).state, only(place).waiting) == (WorkerState.QUEUED, "another run is loading its model")
    with pytest.raises(UsageError, match="the worker is queued"):
        ServedModel(worker, place).generate("The cat")
    ended = stop_worker(place, worker)
    assert (ended.state, ended.why, ended.freed) == (WorkerState.ENDED, "told to (SIGTERM)", None)
    os.close(descriptor)


def test_a_worker_that_can_never_fit_fails_with_the_numbers(place):
    spec = replace(SPEC, device="cpu")
    with pytest.raises(MachineCannot, match="1,125,899,906,842,624 bytes"):
        start_worker(spec, Memory(1, 1 << 50), place)
    assert (only(place).state, only(place).error.code) == (WorkerState.FAILED, "machine_memory")


def test_the_facade_serves_lists_and_ends(place):
    states = []
    assert not place.workers.exists()
    with wb.serve("a-model", engine="fake", report=lambda now: states.append(now.state)) as served:
        assert wb.workers() == (served,)
        assert place.workers.stat().st_mode & 0o777 == 0o700
        assert served.generate("The cat")
        with pytest.raises(ChatTemplateError, match="brings no chat template") as raised:
            served.chat("The cat")
        assert raised.value.remedy == "Use /v1/completions."
        with pytest.raises(BadInput, match="has no model"):
            _ = served.facts
        assert served.score_all([]) == ()
    assert states[-1] is WorkerState.SERVING
    assert wb.workers() == ()
    assert (only(place).state, served.unload()) == (WorkerState.ENDED, only(place).freed)


class Dying(FakeEngine):
    """A fake whose server is gone."""

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        raise Interrupted(f"the server died before {len(list(requests))} answers")


def test_a_worker_whose_engine_is_lost_ends_and_says_why(place, monkeypatch):
    monkeypatch.setattr("workbench.engines.open_engine", lambda *_: Dying("a-model", EngineConfig()))
    directory = recorded(place, state=WorkerState.QUEUED)
    heard: list[WorkbenchError] = []

    def ask() -> None:
        until(lambda: read_worker(directory).state is WorkerState.SERVING, what="a worker that serves")
        with pytest.raises(Interrupted) as raised:
            ServedModel(directory.name, place).generate("The cat")
        heard.append(raised.value)

    asking = threading.Thread(target=ask)
    asking.start()
    assert hold(adopt(directory)) == Interrupted.exit_code
    asking.join()
    record = read_worker(directory)
    assert [error.message for error in heard] == ["the server died before 1 answers"]
    assert (record.state, record.why, record.key) == (WorkerState.FAILED, "its engine was lost", "")
    assert record.error.message == heard[0].message


def test_a_mistake_of_ours_fails_the_worker_and_is_in_its_log(place, monkeypatch, capsys):
    monkeypatch.setattr(worker_module, "footprint", lambda: 1 // 0)
    directory = recorded(place, state=WorkerState.QUEUED)
    assert hold(adopt(directory)) == 1
    record = read_worker(directory)
    assert (record.state, record.error.code) == (WorkerState.FAILED, "internal")
    assert "ZeroDivisionError" in record.error.message
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_records_of_long_ago_and_damaged_ones(place):
    directory = recorded(place, state=WorkerState.ENDED, ended=datetime.now(UTC) - timedelta(hours=25))
    assert list_workers(place) == ()
    assert not directory.exists()
    directory = recorded(place)
    fields = json.loads((directory / FILE).read_text())
    (directory / FILE).write_text(json.dumps(fields | {"schema": 99}))
    with pytest.raises(JournalError, match="schema 99"):
        read_worker(directory)
    (directory / FILE).write_text("{")
    with pytest.raises(JournalError, match="cannot be read"):
        read_worker(directory)
    assert list_workers(place) == ()
    assert directory.exists()


@pytest.mark.parametrize("name", ["", "..", "../runs", "20260301-000000-abcdef/x", "2027"])
def test_an_id_is_no_path(place, name):
    recorded(place)
    with pytest.raises(NotFound, match="no worker called"):
        find_worker(place, name)
    assert find_worker(place, "20260301").name == "20260301-000000-abcdef"


def test_another_process_with_the_same_id_is_not_the_worker_and_is_left_alone(place):
    recorded(place, created=psutil.Process().create_time() - 3600)
    assert stop_worker(place, "20260301").state is WorkerState.LOST  # and this test goes on


@pytest.mark.parametrize(
    ("said", "found"),
    [("90s", 90), ("15m", 900), ("1.5h", 5400), ("1d", 86400), ("20", 20), (20, 20), ("never", None), ("0", None), (None, None), ("0s", None)],
)  # fmt: skip
def test_lengths_of_time(said, found):
    assert seconds(said, "lease") == found


@pytest.mark.parametrize("said", ["", "soon", "-5m", "5 weeks", "m", "1e9", "nan", "inf"])
def test_what_is_no_length_of_time(said):
    with pytest.raises(UsageError, match="no length of time"):
        seconds(said, "lease")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"port": 70000}, "no port 70000"),
        ({"port": "many"}, "port"),
        ({"device": "cpu,cuda:0"}, "several kinds"),
        ({"name": 5}, "name: "),
    ],
)
def test_settings_that_cannot_be(place, settings, said):
    config = EngineConfig(device=settings.pop("device", "auto"))
    with pytest.raises(UsageError, match=said):
        make_spec("a-model", place, config=config, **{"engine": "fake", **settings})

"""`workbench serve` and `workbench workers`, as somebody at a terminal uses them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workbench.jobs.worker_record import OVER, WorkerRecord, WorkerState, worker_alive
from workbench.jobs.workers import list_workers
from workbench.policy.home import Home
from workbench.testing.runs import until


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "workbench.cli", *words]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(autouse=True)
def place(workbench_home: Path) -> Iterator[Home]:
    """The data directory; what still lives in it at the end is killed."""
    home = Home(workbench_home)
    yield home
    for record in list_workers(home):
        if worker_alive(record):
            psutil.Process(record.pid).kill()


def only(home: Home) -> WorkerRecord:
    (record,) = list_workers(home)
    return record


def test_a_detached_worker_is_listed_shown_asked_renewed_and_stopped(place):
    done = run("serve", "a-model", "--engine", "fake", "--detach", "--lease", "2m", "--json")
    started = json.loads(done.stdout)
    worker, key = started["worker_id"], only(place).key
    assert (done.returncode, started["state"], started["spec"]["lease"]) == (0, "serving", 120.0)
    assert started["url"] == f"http://127.0.0.1:{started['address']['port']}/v1"
    first, *states = done.stderr.splitlines()
    assert first == "a-model needs at least 0 B, will reserve 0 B"
    assert len(states) == len(set(states))
    shown = run("workers", "show", worker[:-1])
    assert "http://127.0.0.1" in shown.stdout
    assert "idle for: 900 s; lease: 120 s" in shown.stdout
    listed = run("workers", "list", "--json")
    assert [record["worker_id"] for record in json.loads(listed.stdout)] == [worker]
    assert key not in done.stdout + done.stderr + shown.stdout + listed.stdout
    assert run("workers", "key", worker).stdout == f"{key}\n"
    assert run("workers", "renew", worker).stdout == f"{worker} goes on for 120 s\n"
    stopped = run("workers", "stop", worker)
    assert stopped.stdout.startswith(f"{worker} ended: told to (SIGTERM), ")
    assert stopped.stdout.endswith(" came back\n")
    assert "ended: told to (SIGTERM)" in run("workers", "list").stdout
    asked = run("workers", "key", worker)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "the worker is ended" in asked.stderr


@pytest.fixture
def watched(place) -> Iterator[subprocess.Popen[str]]:
    """`workbench serve` in the foreground, serving."""
    words = command("serve", "a-model", "--engine", "fake", "--lease", "2s", "--socket")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: [r for r in list_workers(place) if r.state is WorkerState.SERVING], what="a worker that serves")
        assert "serves a-model at " in process.stdout.readline()
        yield process
        process.kill()


def test_ctrl_c_ends_what_is_watched(watched, place):
    watched.send_signal(signal.SIGINT)
    _, errors = watched.communicate(timeout=30)
    record = only(place)
    assert (watched.returncode, record.state, record.why) == (0, WorkerState.ENDED, "told to (SIGTERM)")
    assert f"{record.worker_id} ended: told to (SIGTERM)" in errors
    assert not worker_alive(record)


def test_a_watched_worker_outlives_its_lease_but_not_its_watcher(watched, place):
    pid = only(place).pid
    until(
        lambda: only(place).state in OVER or psutil.Process(pid).create_time() + 4 < time.time(), what="twice its lease"
    )
    assert only(place).state is WorkerState.SERVING
    watched.kill()
    until(lambda: only(place).state in OVER, what="the end of its lease")
    assert only(place).why == "nobody renewed its lease for 2 s"


def test_a_watched_worker_that_is_killed_is_missed(watched, place):
    os.kill(only(place).pid, signal.SIGKILL)
    _, errors = watched.communicate(timeout=30)
    assert watched.returncode == 4
    assert "its process died" in errors
    assert only(place).state is WorkerState.LOST


def test_a_port_that_is_taken_is_named_with_what_to_do():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("serve", "a-model", "--engine", "fake", "--port", str(port), "--detach")
    assert done.returncode == 7
    assert f"127.0.0.1:{port}: port {port} is taken by another program" in done.stderr
    assert "Choose another --port" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["/no/such/model"], 3, "no model is there"),
        (["a", "--engine", "fake", "--host", "0.0.0.0"], 5, "WORKBENCH_SERVE_ALLOW"),  # noqa: S104 — refused
        (["a", "--engine", "fake", "--idle-timeout", "soon"], 2, "no length of time"),
        (["a", "--engine", "fake", "--max-length", "0"], 2, "at least one token"),
        (["a", "--engine", "openai"], 2, "openai"),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_starts(place, words, code, said):
    done = run("serve", *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert list_workers(place) == ()


def test_a_worker_that_is_none_is_not_found():
    done = run("workers", "stop", "2026")
    assert done.returncode == 3
    assert "no worker called '2026'" in done.stderr
    assert "There are no workers" in run("workers", "list").stderr

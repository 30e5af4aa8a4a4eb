"""The Jupyter server, and a kernel, are killed in mid-run: the run goes on, and whoever comes next finds it."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from workbench.jobs.record import State, alive, process_created, read_record
from workbench.jobs.watching import status
from workbench.testing.lab import server_process
from workbench.testing.runs import until

ROWS = 88
DRAFT = {"languages": ["th", "ar"], "shots": 2, "limit": ROWS // 4}


@pytest.fixture
def server(disturbed, tmp_path):
    """A server process over the data directory of the test."""
    disturbed.environment.setenv("WORKBENCH_FAKE_DELAY", "0.03")
    with server_process(tmp_path / "jupyter", settings={"fake_models": ["fake-a"], "watch_seconds": 0.2}) as made:
        yield made


def draft(client) -> dict[str, object]:
    """The same run as `disturbed.spec`, in the words of the panel."""
    models = {model["name"]: model["id"] for model in client.get("/models")["models"]}
    packs = {pack["name"]: pack["id"] for pack in client.get("/packs")["packs"]}
    wanted = [packs["civics"], packs["parallel-sentences"]]
    return {"model": models["fake-a"], "packs": wanted, "settings": DRAFT}


def test_a_run_outlives_the_server_that_started_it_and_the_next_one_attaches(disturbed, server, whole):
    run = server.client.task("/runs", {"token": "asked-for-only-once", "draft": draft(server.client)})["run"]["id"]
    directory = disturbed.home.runs / run
    until(lambda: status(directory).rows >= 10, what="ten answers")
    worker = read_record(directory).pid
    server.client.send("POST", f"/runs/{run}/pause")  # so that it is not through before the next server stands
    until(lambda: status(directory).state is State.PAUSED, what="the pause")
    server.kill()
    before = status(directory)
    server.start()
    again = server.client.get(f"/runs/{run}")["run"]
    assert (again["state"], again["answered"], read_record(directory).pid) == ("paused", before.rows, worker)
    assert {"resume", "cancel"} <= set(again["verbs"])
    # Whoever was cut off while it asked for the run asks again with its token, and gets that very run.
    same = server.client.task("/runs", {"token": "asked-for-only-once", "draft": draft(server.client)})["run"]["id"]
    assert same == run
    server.client.send("POST", f"/runs/{run}/resume")
    until(lambda: status(directory).rows > before.rows, what="another answer")
    server.kill()
    assert status(directory).state is State.RUNNING
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole
    assert read_record(directory).resumed == 0


def test_a_run_that_died_while_no_server_was_there_is_interrupted_cleared_up_and_resumed(disturbed, server, whole):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 10, what="ten answers")
    server.kill()
    socket = disturbed.home.runs / ".sockets" / f"{directory.name}.sock"
    there = socket.exists()
    disturbed.kill(directory)
    assert socket.exists() == there  # a killed process clears nothing away
    server.start()
    now = server.client.get(f"/runs/{directory.name}")["run"]
    assert (now["state"], now["verbs"]) == ("interrupted", ["resume", "delete"])
    until(lambda: not socket.exists(), what="the socket to be cleared away")
    assert server.client.get(f"/runs/{directory.name}/items")["total"] >= 10
    server.client.send("POST", f"/runs/{directory.name}/resume")
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole


def test_a_task_outlives_the_server_that_started_it(server):
    task = server.client.ask("POST", "/plans", draft(server.client), wait=0).body["id"]
    server.kill()
    server.start()
    found = until(
        lambda: (answer := server.client.ask("GET", f"/tasks/{task}", wait=5)).status == 200 and answer.body,
        what="the task",
    )
    assert found["result"]["items"] == ROWS


KERNEL = """
import workbench as wb
from workbench.jobs.launcher import submit
from workbench.evaluation.spec import spec_from_json
from workbench.policy.home import home
run = submit(spec_from_json({spec!r}), home())
wb.run(run.run_id).wait()
"""


def test_a_run_outlives_the_kernel_whose_cell_waits_for_it(disturbed, whole):
    from jupyter_client.manager import KernelManager

    disturbed.environment.setenv("WORKBENCH_FAKE_DELAY", "0.03")
    kernel = KernelManager()
    kernel.start_kernel()
    talk = kernel.client()
    talk.start_channels()
    try:
        talk.wait_for_ready(timeout=60)
        talk.execute(KERNEL.format(spec=disturbed.spec.canonical()))
        (directory,) = until(lambda: [path.parent for path in disturbed.home.runs.glob("*/record.json")], what="a run")
        until(lambda: status(directory).rows >= 5, what="five answers")
        pid = kernel.provisioner.pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: process_created(pid) is None, what="the death of the kernel")
        assert status(directory).state is State.RUNNING
        kernel.restart_kernel(now=True)
        talk.wait_for_ready(timeout=60)
        answer = talk.execute_interactive(
            f"import workbench as wb\nassert wb.run({directory.name!r}).wait().state.value == 'done'",
            timeout=60,
        )
        assert answer["content"]["status"] == "ok", answer["content"]
    finally:
        talk.stop_channels()
        kernel.shutdown_kernel(now=True)
    assert disturbed.table(directory) == whole


def test_a_run_is_no_child_of_the_server(disturbed, server):
    run = server.client.task("/runs", {"token": "whose-child-it-is", "draft": draft(server.client)})["run"]["id"]
    record = read_record(disturbed.home.runs / run)
    assert os.getsid(record.pid) == record.pid
    children = {child.pid for child in psutil.Process(server.process.pid).children(recursive=True)}
    assert alive(record)
    assert record.pid not in children

"""A run on two devices, or on a served model: the table of one, whichever of its processes is killed."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import psutil
import pytest

from workbench.engines.protocol import EngineConfig
from workbench.evaluation.build import build_spec
from workbench.evaluation.finishing import load_result
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import ENDED, State, read_record
from workbench.jobs.served_model import ServedModel
from workbench.jobs.serving import serve
from workbench.jobs.watching import status
from workbench.jobs.worker_record import read_worker
from workbench.testing.runs import until


@pytest.fixture
def on_two(disturbed):
    """Runs of the same spec, on two devices."""
    disturbed.spec = replace(disturbed.spec, device="cpu,cpu")
    return disturbed


def workers(directory) -> list[psutil.Process]:
    children = psutil.Process(read_record(directory).pid).children()
    return [child for child in children if "workbench.engines.pool.process" in child.cmdline()]


def test_two_devices_make_the_table_of_one(on_two, whole):
    directory = on_two.start(delay="0")
    on_two.finish(directory)
    assert on_two.table(directory) == whole
    assert load_result(directory).engine.strategy == "hash on 2 processes"


def test_a_killed_worker_does_not_end_the_run(on_two, whole):
    directory = on_two.start()
    until(lambda: status(directory).rows >= 5, what="the first answers")
    first, _ = workers(directory)
    first.kill()
    on_two.finish(directory)
    assert on_two.table(directory) == whole
    assert f"process {first.pid} on cpu was killed" in (directory / "runner.log").read_text()


def test_a_killed_run_leaves_no_worker_and_is_resumed(on_two, whole):
    directory = on_two.start()
    until(lambda: status(directory).rows >= 5, what="the first answers")
    left = workers(directory)
    assert len(left) == 2
    os.kill(read_record(directory).pid, signal.SIGKILL)
    until(lambda: status(directory).state is State.INTERRUPTED, what="the death of the process")
    _, alive = psutil.wait_procs(left, timeout=20)
    assert not alive
    on_two.resume(directory)
    on_two.finish(directory)
    assert on_two.table(directory) == whole


@pytest.mark.slow
@pytest.mark.real_model
@pytest.mark.timeout(900)
def test_a_served_model_is_killed_under_a_run_that_asks_it(disturbed, demo_models):
    """SmolLM2 behind `serve`, asked by the engine openai; with the model served again the run is resumed."""
    path = next(place for name, place in demo_models.items() if "smollm2" in name.lower())
    settings = {"device": "cpu", "dtype": "float32"}

    def ask(model: ServedModel) -> None:
        record = read_worker(disturbed.home.workers / model.id)
        disturbed.environment.setenv("WORKBENCH_OPENAI_URL", record.address.url)
        disturbed.environment.setenv("WORKBENCH_OPENAI_KEY", record.key)

    with serve(path, disturbed.home, config=EngineConfig(**settings)) as model:
        ask(model)
        spec = build_spec(path, ["civics"], languages=("en",), shots=1, limit=16, engine="openai", max_length=2048)
        directory = disturbed.home.runs / submit(spec, disturbed.home).run_id
        until(lambda: status(directory).rows >= 2, 300, "two answers")
        os.kill(read_worker(disturbed.home.workers / model.id).pid, signal.SIGKILL)
        ended = until(lambda: (now := status(directory)).state in ENDED and now, 300, "the end of the run")
        assert ended.state is State.INTERRUPTED, ended.record.error
        assert ended.record.error.exit_code == 4
    with serve(path, disturbed.home, config=EngineConfig(**settings)) as model:
        ask(model)
        resume(directory, disturbed.home)
        ended = until(lambda: (now := status(directory)).state in ENDED and now, 300, "the end of the run")
        assert ended.state is State.DONE, ended.record.error
    result = load_result(directory)
    assert ended.rows == sum(counts.planned for counts in result.counts) == 16
    assert sum(counts.failed for counts in result.counts) == 0

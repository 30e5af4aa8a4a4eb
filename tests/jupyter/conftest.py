"""A real Jupyter server for each module of tests; the data directory is each test's own.

Every answer in these tests is held against the contract, by the client that asks.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.errors import JournalError
from workbench.jobs.launcher import submit
from workbench.jobs.record import ENDED, alive, read_record
from workbench.jobs.watching import status
from workbench.jupyter.contract import Operation, document, operations, pattern, problems
from workbench.policy.home import home
from workbench.testing.panel import Answer, Client, panel_server
from workbench.testing.runs import fake_spec, until


class Checked(Client):
    """A client that fails a test when an answer is not what the contract says; remembers what it asked."""

    def __init__(self, client: Client, root: Path) -> None:
        super().__init__(client.base, settings=client.settings)
        self.root = root
        self.answered: set[tuple[str, int]] = set()

    def ask(self, method: str, path: str, body: object = None, **more: object) -> Answer:
        answer = super().ask(method, path, body, **more)
        operation = operation_of(method, path)
        if operation is not None:
            self.answered.add((operation.id, answer.status))
            check(operation, answer)
        elif not path.startswith("//"):
            assert not problems("/components/schemas/ErrorBody", answer.body)
        return answer


def operation_of(method: str, path: str) -> Operation | None:
    for operation in operations().values():
        if operation.method == method.lower() and re.fullmatch(pattern(operation.path), path):
            return operation
    return None


def check(operation: Operation, answer: Answer) -> None:
    """Hold an answer against the contract: its status, its type, its body, and the result of a task."""
    said = document()["paths"][operation.path][operation.method]
    responses = said["responses"]
    status = str(answer.status) if str(answer.status) in responses else "default"
    assert status != "default" or answer.status >= 400, f"{operation.id} answers {answer.status}, undocumented"
    pointer = f"/paths/{operation.path.replace('/', '~1')}/{operation.method}/responses/{status}"
    if "$ref" in responses[status]:
        pointer = responses[status]["$ref"].removeprefix("#")
        content = document()["components"]["responses"][pointer.rpartition("/")[2]]["content"]
    else:
        content = responses[status].get("content", {})
    if not content:
        assert not answer.data
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in content
    if kind != "application/json":
        return
    wrong = problems(f"{pointer}/content/application~1json/schema", answer.body)
    assert not wrong, f"{operation.id} {answer.status}: {wrong}\n{json.dumps(answer.body)[:1000]}"
    task = answer.body.get("state") == "done" and "x-result" in said and answer.body.get("result")
    if task:
        wrong = problems(said["x-result"]["$ref"].removeprefix("#"), answer.body["result"])
        assert not wrong, f"{operation.id}: {wrong}"
    if operation.id == "getTask" and status == "200":
        check_result(answer.body)


def check_result(task: dict[str, object]) -> None:
    """Hold the result of a task that was fetched later against the contract of the route that started it."""
    name = {"validation": "Validation", "start": "Run"}.get(task["kind"], task["kind"].capitalize())
    path, method = operations()[f"start{name}"].path, operations()[f"start{name}"].method
    wrong = problems(document()["paths"][path][method]["x-result"]["$ref"].removeprefix("#"), task["result"])
    assert not wrong, f"{task['kind']}: {wrong}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """A server that lists two fake models."""
    root = tmp_path_factory.mktemp("server") / "jupyter"
    with panel_server(root, fake_models=["fake-a", "fake-b"]) as client:
        yield Checked(client, root / "files")


@pytest.fixture
def panel(server: Checked, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checked]:
    """The server over a data directory of the test's own; runs that still live at the end are killed."""
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    home().create()
    yield server
    for path in home().runs.glob("*/record.json"):
        try:
            record = read_record(path.parent)
        except JournalError:
            continue  # a test damaged it
        if record.pid != os.getpid() and alive(record):
            os.kill(record.pid, signal.SIGKILL)
            until(lambda record=record: not alive(record), what="the death of the process")


class Ids:
    """Ids of what the server lists, by name."""

    def __init__(self, panel: Checked) -> None:
        self.models = {model["name"]: model["id"] for model in panel.get("/models")["models"]}
        self.packs = {pack["name"]: pack["id"] for pack in panel.get("/packs")["packs"]}

    def draft(self, model: str = "fake-a", *packs: str, **settings: object) -> dict[str, object]:
        wanted = packs or ("civics",)
        return {
            "model": self.models[model],
            "packs": [self.packs[pack] for pack in wanted],
            "settings": {"languages": ["th", "ar"], **settings},
        }


@pytest.fixture(scope="module")
def ids(server: Checked) -> Ids:
    """Ids are made of paths, and so the same whatever the data directory."""
    return Ids(server)


@pytest.fixture(scope="session")
def finish() -> Callable[..., Path]:
    return finished


def finished(model: str = "fake-a", packs: tuple[str, ...] = ("civics",), **settings: object) -> Path:
    """Run the fake engine to its end, and return the run's directory."""
    record = submit(fake_spec(packs, model=model, **{"languages": ("th", "ar"), **settings}), home().create())
    directory = home().runs / record.run_id
    ended = until(lambda: (now := status(directory)).state in ENDED and now, what="the end of the run")
    assert ended.state.value == "done", ended.record.error
    return directory


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a fake model on a small pack that was really run, once."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKBENCH_TRACKING", "off")
        environment.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("first")))
        return finished()


@pytest.fixture
def run(panel: Checked, first_run: Path) -> Path:
    """The same, in the test's own data directory."""
    del panel  # it made that directory
    return shutil.copytree(first_run, home().runs / first_run.name)

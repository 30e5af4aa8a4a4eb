"""Another user of the machine: neither the sockets nor the files of a run, a served model or MLflow are theirs."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.errors import RefusedByPolicy
from workbench.jobs.control import ControlServer, LiveStatus, socket_path, tell
from workbench.jobs.launcher import submit
from workbench.jobs.record import read_record
from workbench.jobs.serving import serve
from workbench.jobs.watching import cancel, status, wait
from workbench.jobs.worker_record import read_worker
from workbench.policy.home import Home
from workbench.testing.runs import fake_spec, until

NOBODY = 65534
STATUS = LiveStatus("running", 0, 0, 0, 0, 0.0, "")


@pytest.fixture
def here(monkeypatch) -> Iterator[Home]:
    """A data directory on the way to which everybody may pass, as below a home directory of mode 0755."""
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    if Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2] == "1":
        pytest.skip("this user namespace has no other user")
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)
        monkeypatch.setenv("WORKBENCH_HOME", f"{place}/home")
        yield Home(Path(place, "home")).create()


def as_nobody(call: Callable[[], object]) -> str:
    """Return what `call` gives in a process of another user: its result, or the name of its error."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "the child broke"
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            answer = repr(call())
        except OSError as error:
            answer = type(error).__name__
        finally:  # never go on as a second test run
            os.write(writer, answer.encode()[:4000])
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as pipe:
        return pipe.read().decode()


def connected(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        return True


def test_a_run_is_its_owners(here, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.05")
    directory = here.runs / submit(fake_spec(languages=("th",)), here).run_id
    until(lambda: status(directory).live is not None, what="the run to answer")
    place, pid = read_record(directory).socket, read_record(directory).pid
    assert as_nobody(lambda: connected(place)) == "PermissionError"
    for call in (
        lambda: list(here.runs.iterdir()),
        lambda: list(directory.iterdir()),
        (directory / "items.jsonl").read_bytes,
        (directory / "record.json").read_bytes,
        lambda: os.kill(pid, 0),
        Path(f"/proc/{pid}/environ").read_bytes,
    ):
        assert as_nobody(call) == "PermissionError"
    assert status(directory).live is not None
    cancel(directory)
    wait(directory)


def test_a_served_model_is_its_owners(here):
    with serve("a-model", here, engine="fake", socket=True) as model:
        record = read_worker(here.workers / model.id)
        assert as_nobody(lambda: connected(record.address.socket)) == "PermissionError"
        assert as_nobody((here.workers / model.id / "worker.json").read_bytes) == "PermissionError"
        assert record.key not in (Path(f"/proc/{record.pid}/cmdline").read_text() + repr(record))


def test_a_directory_of_sockets_that_somebody_else_made_first_is_not_used(here, monkeypatch):
    """Whoever makes `/tmp/workbench-UID` first does not get our sockets."""
    shared = Path(tempfile.mkdtemp(dir="/tmp"))
    shared.chmod(0o1777)
    theirs = shared / f"workbench-{os.getuid()}"
    assert as_nobody(lambda: theirs.mkdir(mode=0o777)) == "None"
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    far = Home(here.root / ("x" * 120)).create()
    with pytest.raises(RefusedByPolicy, match="not private"):
        socket_path(far, "20260301-000000-abcdef")
    theirs.rmdir()
    assert as_nobody(lambda: theirs.symlink_to(here.root)) == "None"
    with pytest.raises(RefusedByPolicy, match="not private"):
        socket_path(far, "20260301-000000-abcdef")
    theirs.unlink()
    shared.rmdir()


@pytest.mark.usefixtures("here")
def test_an_answer_of_another_user_is_not_believed():
    """A socket that somebody else listens on, wherever a record came to name it."""
    shared = Path(tempfile.mkdtemp(dir="/tmp"))
    shared.chmod(0o1777)
    place = shared / "run.sock"
    ready, say_ready = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(NOBODY)
            server = ControlServer(place, lambda: STATUS, lambda _: None)
            place.chmod(0o666)
            os.write(say_ready, b".")
            server._thread.join(60)
        finally:
            os._exit(0)
    try:
        assert os.read(ready, 1) == b"."
        with pytest.raises(RefusedByPolicy, match="another user"):
            tell(place, "status")
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(ready)
        os.close(say_ready)
        place.unlink()
        shared.rmdir()

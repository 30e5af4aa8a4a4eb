"""Only the owner of a run is answered."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from workbench.errors import Interrupted, RefusedByPolicy, UsageError
from workbench.jobs import control
from workbench.jobs.control import ControlServer, LiveStatus, socket_path, tell, temporary_socket_path
from workbench.jobs.watching import run_directories
from workbench.policy.home import Home

STATUS = LiveStatus("running", 3, 9, 1, 2, 1.5, "civics/th", (("civics/th", 2, 0.5),), (("civics/th", 3, 9, 1),))


@pytest.fixture
def server(tmp_path):
    told = []
    made = ControlServer(tmp_path / "run.sock", lambda: STATUS, told.append)
    made.told = told
    yield made
    made.close()


def ask(path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(line)
        return connection.makefile("rb").readline()


def test_a_status_crosses_the_socket_unchanged(server):
    assert tell(server.path, "status") == STATUS
    assert server.told == []


def test_a_verb_reaches_the_run(server):
    tell(server.path, "score")
    tell(server.path, "cancel")
    assert server.told == ["score", "cancel"]


@pytest.mark.parametrize("line", [b"\n", b"{\n", b"[]\n", b'{"verb":[]}\n', b'"x"\n', b"\xff" * 5000 + b"\n"])
def test_nonsense_is_survived(server, line):
    with suppress(ConnectionError):
        ask(server.path, line)
    assert tell(server.path, "status") == STATUS


def test_an_unknown_verb_is_refused(server):
    assert json.loads(ask(server.path, b'{"verb":"shutdown"}\n')) == {"error": "unknown verb"}
    with pytest.raises(UsageError, match="shutdown"):
        tell(server.path, "shutdown")


def test_nobody_answers_on_a_closed_socket(server):
    assert server.path.stat().st_mode & 0o777 == 0o600
    server.close()
    assert not server.path.exists()
    with pytest.raises(Interrupted, match="does not answer"):
        tell(server.path, "status")


def test_a_socket_left_behind_by_a_killed_run_is_replaced(tmp_path):
    (tmp_path / "run.sock").touch()
    made = ControlServer(tmp_path / "run.sock", lambda: STATUS, lambda _: None)
    assert tell(made.path, "status") == STATUS
    made.close()


def test_another_user_is_not_answered(server):
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    if Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2] == "1":
        pytest.skip("this user namespace has no other user")
    for directory in (server.path.parent, *server.path.parents[1:4]):
        if directory.stat().st_uid == 0 and str(directory) != "/":
            directory.chmod(0o755)
    server.path.chmod(0o666)  # even if the file's mode let them in
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b"the child broke"
        try:
            os.setuid(65534)
            answer = ask(server.path, b'{"verb":"cancel"}\n') or b"nothing"
        except ConnectionError:
            answer = b"nothing"
        except OSError as error:
            answer = repr(error).encode()
        finally:  # never go on as a second test run
            os.write(writer, answer)
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 1000) == b"nothing"
    assert server.told == []
    os.close(reader)
    os.close(writer)


def test_sockets_lie_in_a_private_directory_below_the_data():
    with tempfile.TemporaryDirectory() as short:  # pytest's own directories may be too long for a socket
        home = Home(Path(short))
        path = socket_path(home, "20260301-000000-abc")
        assert path.is_relative_to(short)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert run_directories(home) == ()  # nothing there looks like a run


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The directory of sockets among the temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"workbench-{os.getuid()}"


def test_where_the_path_is_too_long_or_not_private_the_temporary_directory_serves(tmp_path, temporary):
    far = Home(tmp_path / ("x" * 100))
    assert socket_path(far, "run") == temporary / "run.sock"
    assert temporary.stat().st_mode & 0o777 == 0o700
    (tmp_path / "runs" / ".sockets").mkdir(parents=True)
    (tmp_path / "runs" / ".sockets").chmod(0o777)  # a file system that knows no modes
    assert socket_path(Home(tmp_path), "run") == temporary / "run.sock"


def test_a_temporary_directory_that_others_may_enter_is_refused(temporary):
    temporary.mkdir(mode=0o755)
    with pytest.raises(RefusedByPolicy, match="not private"):
        temporary_socket_path("run")


def test_a_link_in_place_of_the_directory_is_refused(tmp_path, temporary):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    temporary.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedByPolicy):
        temporary_socket_path("run")


def test_a_run_of_an_older_version_without_parts_is_still_read(server, monkeypatch):
    monkeypatch.setattr(control, "asdict", lambda _: {"state": "running", "done": 1, "planned": 2, "failed": 0, "asked": 1, "seconds": 0.5, "now": "", "running_scores": []})  # fmt: skip
    assert tell(server.path, "status").parts == ()

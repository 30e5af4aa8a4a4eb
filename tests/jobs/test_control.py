"""Only the owner of a run is answered."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from workbench.errors import Interrupted, RefusedByPolicy, UsageError
from workbench.jobs import control
from workbench.jobs.control import ControlServer, LiveStatus, runtime_directory, tell

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


def test_the_directory_of_sockets_is_private_and_its_path_short(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    directory = runtime_directory()
    assert directory.stat().st_mode & 0o777 == 0o700
    directory.chmod(0o755)
    with pytest.raises(RefusedByPolicy, match="not private"):
        runtime_directory()


def test_a_link_in_place_of_the_directory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / f"workbench-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedByPolicy):
        runtime_directory()


def test_a_run_of_an_older_version_without_parts_is_still_read(server, monkeypatch):
    monkeypatch.setattr(control, "asdict", lambda _: {"state": "running", "done": 1, "planned": 2, "failed": 0, "asked": 1, "seconds": 0.5, "now": "", "running_scores": []})  # fmt: skip
    assert tell(server.path, "status").parts == ()

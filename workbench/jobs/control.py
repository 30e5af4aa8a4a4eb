"""The control socket of a run: its owner, and nobody else, asks how it stands or tells it to stop.

One JSON line each way. The socket lies in a private directory below the data directory, which a run outlives no more
than its journal does: a session's own directory (XDG_RUNTIME_DIR) goes when its user logs out. A Unix socket's path
may have 107 bytes at most; where the data directory's is too long, or its file system (a network share, for instance)
holds no sockets, the directory of temporary files serves.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import stat
import struct
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from workbench.errors import Interrupted, MachineCannot, RefusedByPolicy, UsageError, WorkbenchError
from workbench.policy.home import Home
from workbench.policy.storage import private_directory

Verb = Literal["status", "cancel", "score", "pause", "resume", "requeue", "renew"]
VERBS: tuple[Verb, ...] = ("status", "cancel", "score", "pause", "resume", "requeue", "renew")
ANSWER_SECONDS = 5.0
MAX_LINE = 4096
MAX_PATH = 107
SOCKETS = ".sockets"
ANOTHERS = "Tell whoever administers this machine, and remove the run."
SHORT = ("/tmp", "/var/tmp")  # noqa: S108 — a directory of this user's own is made below, and insisted on
"""Where sockets go when even the directory of temporary files has too long a path, or holds none."""


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What a run says of itself: questions answered of those planned, seconds at it, credit by pack and language."""

    state: str
    done: int
    planned: int
    failed: int
    asked: int
    seconds: float
    now: str
    running_scores: tuple[tuple[str, int, float], ...] = ()
    """(pack/language, answered without failure, mean credit) of what has begun."""
    parts: tuple[tuple[str, int, int, int], ...] = ()
    """(pack/language, done, planned, failed) of everything."""


def socket_path(home: Home, run_id: str) -> Path:
    """Return where the socket of a run belongs, its directory made if need be.

    Raises
    ------
    RefusedByPolicy
        The directory is somebody else's, or others may enter it.
    MachineCannot
        No socket can be made on this machine.
    """
    path = home.runs / SOCKETS / f"{run_id}.sock"
    if len(os.fsencode(path)) > MAX_PATH:
        return temporary_socket_path(run_id)
    try:
        if holds_sockets(_private(path.parent)):
            return path
    except RefusedByPolicy:  # a file system that knows no modes
        pass
    return temporary_socket_path(run_id)


def temporary_socket_path(run_id: str) -> Path:
    """Return a short path for a socket, outside the data directory: where that cannot hold one.

    Raises
    ------
    RefusedByPolicy
        The directory is somebody else's, or others may enter it.
    MachineCannot
        No socket can be made there either.
    """
    for place in dict.fromkeys((tempfile.gettempdir(), *SHORT)):
        path = Path(place) / f"workbench-{os.getuid()}" / f"{run_id}.sock"
        if len(os.fsencode(path)) <= MAX_PATH and Path(place).is_dir() and holds_sockets(_private(path.parent)):
            return path
    raise MachineCannot(
        "no control socket can be made on this machine",
        where=tempfile.gettempdir(),
        remedy="Set TMPDIR to a directory with a short path (at most 60 bytes) on a local disk.",
    )


def holds_sockets(directory: Path) -> bool:
    """Return whether a socket can be made in a directory; one is made, and removed."""
    probe = directory / f".{secrets.token_hex(4)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        try:
            made.bind(str(probe))
        except OSError:
            return False
        finally:
            with suppress(OSError):
                probe.unlink(missing_ok=True)
    return True


def _private(directory: Path) -> Path:
    private_directory(directory)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise RefusedByPolicy(
            "the directory of control sockets is not private to this user",
            where=directory,
            remedy="Remove it if it is not yours; else `chmod 700` it.",
        )
    return directory


class ControlServer:
    """Answers on the socket in a thread of its own, until closed; OSError where no socket can be."""

    def __init__(self, path: Path, status: Callable[[], LiveStatus], told: Callable[[Verb], None]) -> None:
        self.path = path
        self._status = status
        self._told = told
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            path.unlink(missing_ok=True)
            self._listener.bind(str(path))
            path.chmod(0o600)
            self._listener.listen(8)
        except OSError:
            self._listener.close()
            raise
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError, ValueError, KeyError, TypeError):
                connection.settimeout(ANSWER_SECONDS)
                if _peer(connection) == os.getuid():
                    connection.sendall(self._answer(_line(connection)))

    def _answer(self, line: bytes) -> bytes:
        verb = json.loads(line)["verb"]
        if verb not in VERBS:
            return b'{"error":"unknown verb"}\n'
        if verb != "status":
            try:
                self._told(verb)
            except WorkbenchError as error:
                return json.dumps({"error": error.message, "remedy": error.remedy}).encode() + b"\n"
        return json.dumps(asdict(self._status())).encode() + b"\n"

    def close(self) -> None:
        """Stop listening and remove the socket."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with suppress(OSError):
            self.path.unlink()


def _peer(connection: socket.socket) -> int:
    """Return the user id of the other end, as the kernel knows it."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, uid, _ = struct.unpack("3i", credentials)
    return int(uid)


def _line(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < MAX_LINE:
        piece = connection.recv(MAX_LINE)
        if not piece:
            break
        data += piece
    return data


def tell(path: Path, verb: Verb, seconds: float = ANSWER_SECONDS) -> LiveStatus:
    """Ask or tell a live run, and wait so many seconds for its answer.

    Raises
    ------
    Interrupted
        Nobody answers: the run is not alive, or too busy to answer within seconds.
    RefusedByPolicy
        The socket is another user's.
    UsageError
        The run cannot do that as it stands, or does not know the verb (it is of an older version).
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(seconds)
            connection.connect(str(path))
            if _peer(connection) != os.getuid():
                raise RefusedByPolicy("another user answers in the place of the run", where=path, remedy=ANOTHERS)
            connection.sendall(json.dumps({"verb": verb}).encode() + b"\n")
            with connection.makefile("rb") as file:
                fields = json.loads(file.readline() or b"{}")
    except (OSError, ValueError) as error:
        raise Interrupted("the run does not answer", where=path) from error
    if not fields or ("remedy" not in fields and "error" in fields):
        raise UsageError(f"the run does not know {verb!r}", where=path)
    if "error" in fields:
        raise UsageError(str(fields["error"]), where=path.stem, remedy=str(fields["remedy"]))
    scores = tuple((str(name), int(count), float(mean)) for name, count, mean in fields.pop("running_scores"))
    parts = tuple((str(name), int(done), int(all_), int(bad)) for name, done, all_, bad in fields.pop("parts", ()))
    return LiveStatus(**fields, running_scores=scores, parts=parts)

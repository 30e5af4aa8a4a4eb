"""Where a server listens, and the thread in which it does."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engines.openai.hosts import is_loopback
from workbench.errors import MachineCannot, OfflineViolation, UsageError, WorkbenchError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

ALLOW = "WORKBENCH_SERVE_ALLOW"
START_SECONDS = 30.0
GRACE_SECONDS = 5
"""Seconds that answers under way are waited for at the end."""
LOOK_SECONDS = 0.02
BACKLOG = 128
"""Connections that may wait to be taken."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is asked: host and port, or a socket in the file system."""

    host: str = ""
    port: int = 0
    socket: str = ""

    @property
    def url(self) -> str:
        """The base URL for OpenAI's clients; over a socket only its path counts."""
        if self.socket:
            return "http://localhost/v1"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/v1"


def allowed_names() -> tuple[str, ...]:
    """Return what ``WORKBENCH_SERVE_ALLOW`` lists: addresses to listen on, and names to be called by."""
    return tuple(entry.strip().lower() for entry in os.environ.get(ALLOW, "").split(",") if entry.strip())


def require_host(host: str) -> str:
    """Return the address that `host` names, if a server may listen there; nothing is resolved.

    Raises
    ------
    UsageError
        It is no address.
    OfflineViolation
        Others could reach it, and the configuration does not allow that.
    """
    address = "127.0.0.1" if host.lower() == "localhost" else host
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        raise UsageError(f"{host!r} is no IP address", where="--host", remedy="Use 127.0.0.1 or ::1.") from error
    if is_loopback(address) or address.lower() in allowed_names():
        return address
    raise OfflineViolation(
        f"other machines could reach a server on {address}",
        remedy=f"Leave --host out; whoever may open this machine lists the address in {ALLOW} (comma-separated).",
    )


def bind_port(host: str, port: int) -> tuple[socket.socket, Address]:
    """Take a port (0: any free one). Nobody is answered before `Listener` starts.

    Raises
    ------
    MachineCannot
        The port is taken or not ours to take, or the address is not this machine's.
    """
    address = require_host(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # past connections do not hold it
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        raise _not_bound(error, address, port) from error
    return bound, Address(address, int(bound.getsockname()[1]))


def _not_bound(error: OSError, host: str, port: int) -> WorkbenchError:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return MachineCannot(
            f"port {port} is taken by another program",
            where=where,
            remedy="Choose another --port, or leave it out and any free one is taken; `workbench workers list` shows "
            "whether it is a worker of yours.",
        )
    if error.errno == errno.EACCES:
        return MachineCannot(f"port {port} is not for ordinary users", where=where, remedy="Use one above 1023.")
    return MachineCannot(f"this address cannot be used ({error.strerror})", where=where, remedy="Leave --host out.")


def bind_socket(path: Path) -> tuple[socket.socket, Address]:
    """Make a socket in a private directory, for this user only.

    Raises
    ------
    MachineCannot
        The file system holds none, or its path is too long.
    """
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        bound.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        bound.close()
        raise MachineCannot(f"no socket can be made here ({error})", where=path, remedy="Use --port.") from error
    return bound, Address(socket=str(path))


class Listener:
    """Serves an application on a bound socket, in a thread of its own, until closed."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        import uvicorn

        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",  # whatever else is installed: one parser, always the same
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._bound = bound
        # Signals are the main thread's business; uvicorn takes none in another.
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    def start(self) -> None:
        """Begin, and return once it can be asked.

        Raises
        ------
        MachineCannot
            It does not begin, or another program took the port in the meantime: the kernel gives it to who listens.
        """
        try:
            self._bound.listen(BACKLOG)  # who connects from here on is answered
        except OSError as error:
            host, port = self._bound.getsockname()[:2]
            raise _not_bound(error, str(host), int(port)) from error
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise MachineCannot("the HTTP server did not begin", remedy="Its log says why.")
            time.sleep(LOOK_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it still serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Take no more connections, wait a little for answers under way, and end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(GRACE_SECONDS + START_SECONDS)
        self._bound.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._bound]))

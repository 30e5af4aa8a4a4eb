"""MLflow's own interface over the embedded store, below this server: started when it is first opened.

jupyter-server-proxy passes requests on, over a socket that only this user can open. Here stands what it leaves to its
users: who may, where a request comes from, that no credential goes along, and that the process ends with the server.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.utils import url_path_join
from jupyter_server_proxy.handlers import NamedLocalProxyHandler
from tornado.web import HTTPError

from workbench.jobs.control import socket_path
from workbench.policy.home import home
from workbench.policy.offline import offline_environment
from workbench.policy.storage import FILE_MODE

PATH = "workbench/mlflow"
RESOURCE = "workbench:mlflow"
LOG = "mlflow.log"
START_SECONDS = 120.0
END_SECONDS = 10.0
POLL_SECONDS = 0.2
READING = ("GET", "HEAD", "OPTIONS")
LOOKING = frozenset(
    {"search", "get", "list", "graphql", "get-history", "get-history-bulk", "get-history-bulk-interval"}
)
"""Last words of MLflow's routes that are POSTed to and change nothing."""
KEPT_HERE = ("Cookie", "Authorization", "Origin", "Referer", "X-Xsrftoken", "Host")
"""Headers that MLflow does not get: credentials, and what this server has judged already."""


@dataclass(slots=True)
class Interface:
    """The one MLflow process of a server, started when it is needed."""

    process: subprocess.Popen[bytes] | None = None
    place: Path | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self, prefix: str) -> str:
        """Return the socket of MLflow, started if need be.

        Raises
        ------
        HTTPError
            503: it did not come up; its log says why.
        """
        async with self.starting:
            if self.process is None or self.process.poll() is not None or self.place is None:
                self.place = await asyncio.to_thread(self._start, prefix)
            deadline = time.monotonic() + START_SECONDS
            while not _answers(self.place):
                if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                    self.end()
                    raise HTTPError(503, "MLflow did not come up; %s in the data directory says why", LOG)
                await asyncio.sleep(POLL_SECONDS)
            return str(self.place)

    def _start(self, prefix: str) -> Path:
        here = home().create()
        place = socket_path(here, f"mlflow-{os.getpid()}")
        log = os.open(here.root / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
        try:
            self.process = subprocess.Popen(  # noqa: S603 — our own module
                [sys.executable, "-m", "workbench.tracking.proxied", str(place), prefix],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=offline_environment(),
                cwd=here.root,
                start_new_session=True,
            )
        finally:
            os.close(log)
        return place

    def end(self) -> None:
        """End MLflow, if it runs: it watches its standard input."""
        process, self.process = self.process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(place))
        except OSError:
            return False
        return True


class MlflowHandler(NamedLocalProxyHandler):  # type: ignore[misc]  # a library without types
    """Passes requests on to MLflow for whoever may read, or write, ``workbench:mlflow``."""

    def initialize(self, interface: Interface) -> None:
        """Take the server's one interface."""
        self.interface = interface
        self.absolute_url = True  # MLflow is told where its pages stand
        self.proxy_base = PATH

    async def prepare(self, *args: Any, **kwargs: Any) -> None:
        """Refuse strangers, other sites, and users without the right."""
        await super().prepare(*args, **kwargs)
        if self._finished:  # sent to log in
            return
        if not self.current_user or not self.check_origin():
            raise HTTPError(403)
        action = "read" if self._looks() else "write"
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)):
            raise HTTPError(403)
        # MLflow's own pages cannot send Jupyter's XSRF token. The origin, which every browser states when it changes
        # something, stands in for it; programs that carry a token are known already.
        if self.request.method not in READING and not self.token_authenticated:
            self._insist_on_origin()

    def _looks(self) -> bool:
        return self.request.method in READING or self.request.path.rstrip("/").rsplit("/", 1)[-1] in LOOKING

    def _insist_on_origin(self) -> None:
        if not self.request.headers.get("Origin"):
            raise HTTPError(403)

    async def proxy(self, port: int, path: str) -> Any:
        """Pass a request on."""
        self.unix_socket = await self.interface.ready(url_path_join(self.base_url, PATH))
        return await super().proxy(port, path)

    async def open(self, path: str) -> None:
        """Refuse websockets: MLflow has none."""
        del path
        self.close()

    def proxy_request_headers(self) -> dict[str, str]:
        """Return the headers that MLflow gets."""
        headers: dict[str, str] = super().proxy_request_headers()
        for name in KEPT_HERE:
            headers.pop(name, None)
        return headers


def handlers(interface: Interface) -> list[tuple[str, type[MlflowHandler], dict[str, Any]]]:
    """Return the routes of the interface."""
    return [(f"/{PATH}(/.*|)", MlflowHandler, {"interface": interface})]

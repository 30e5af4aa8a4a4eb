"""A real Jupyter server with the extension, in a thread of this process, and a client that speaks to it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

API = "/workbench/api/v1"
TOKEN = "a-token-for-tests"  # noqa: S105 — a server on loopback that lives as long as a test
START_SECONDS = 60.0
TASK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.data) if self.data else None


@dataclass(slots=True)
class Client:
    """Asks one server; `token` is sent unless it is empty."""

    base: str
    token: str = TOKEN
    headers: dict[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Settings of the server's web application, which lives in this process."""

    def ask(self, method: str, path: str, body: Any = None, *, data: bytes | None = None, **query: Any) -> Answer:
        """Send one request below the interface's own path (a path that starts with ``//``: below the server's)."""
        url = self.base + (path[1:] if path.startswith("//") else API + path)
        url += f"?{urlencode(query)}" if query else ""
        headers = {"Content-Type": "application/json", **self.headers}
        if self.token:
            headers["Authorization"] = f"token {self.token}"
        sent = data if data is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=sent, method=method, headers=headers)  # noqa: S310 — loopback
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as found:
                return Answer(found.status, dict(found.headers), found.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a route that must answer 200."""
        return self._good(self.ask("GET", path, **query))

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send JSON to a route that must answer 200 or 204."""
        return self._good(self.ask(method, path, body, **query))

    def task(self, path: str, body: Any = None) -> Any:
        """Start a task, wait for it as the panel does, and return its result.

        Raises
        ------
        TimeoutError
            It runs for longer than a minute.
        """
        answer = self.ask("POST", path, body, wait=10)
        deadline = time.monotonic() + TASK_SECONDS
        while answer.status == 202:  # noqa: PLR2004
            if time.monotonic() > deadline:
                raise TimeoutError(path)
            answer = self.ask("GET", f"/tasks/{answer.body['id']}", wait=10)
        return self._good(answer)["result"]

    @staticmethod
    def _good(answer: Answer) -> Any:
        if answer.status not in (200, 204):
            raise AssertionError(f"{answer.status}: {answer.data.decode(errors='replace')[:2000]}")
        return answer.body


@contextmanager
def panel_server(root: Path, config: Mapping[str, Any] | None = None, **extension: Any) -> Iterator[Client]:
    """Serve the extension, with `extension` as its settings, and yield a client.

    Parameters
    ----------
    root
        An empty directory for the server: its root and its own files lie below.
    config
        More of Jupyter's configuration, by class.
    """
    from jupyter_server.serverapp import ServerApp
    from traitlets.config import Config

    (root / "files").mkdir(parents=True)
    settings = Config(
        {
            "ServerApp": {
                "root_dir": str(root / "files"),
                "port": 0,
                "ip": "127.0.0.1",
                "open_browser": False,
                "allow_root": True,
                "jpserver_extensions": {"workbench.jupyter": True},
            },
            "IdentityProvider": {"token": TOKEN},
            "WorkbenchApp": {"deliver_minutes": 0, **extension},
        }
    )
    settings.merge(Config(config or {}))
    started, holder = threading.Event(), list[Any]()

    def serve() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        server = ServerApp(config=settings, config_file_name="", runtime_dir=str(root), data_dir=str(root))
        server.init_signal = lambda: None  # type: ignore[method-assign]  # not in the main thread
        server.initialize(argv=[], find_extensions=False)
        holder.append((server, asyncio.get_event_loop()))
        asyncio.get_event_loop().call_soon(started.set)
        server.start_ioloop = lambda: asyncio.get_event_loop().run_forever()  # type: ignore[method-assign]
        server.start()

    thread = threading.Thread(target=serve, name="jupyter", daemon=True)
    thread.start()
    if not started.wait(START_SECONDS):
        raise TimeoutError("the server did not start")
    server, loop = holder[0]
    try:
        yield Client(f"http://127.0.0.1:{server.port}", settings=server.web_app.settings)
    finally:
        asyncio.run_coroutine_threadsafe(server._cleanup(), loop).result(START_SECONDS)  # noqa: SLF001
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_SECONDS)

"""A real Jupyter server or JupyterLab in a process of its own, which can be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.testing.panel import TOKEN, Client

START_SECONDS = 90.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02
BARE = """
import sys
from jupyter_server.serverapp import ServerApp
server = ServerApp.instance()
server.initialize(sys.argv[1:], find_extensions=False)
server.start()
"""
"""A server without JupyterLab: it is up in a second."""


@dataclass(slots=True)
class ServerProcess:
    """One server process; `root` keeps what is its own from one start to the next.

    Attributes
    ----------
    lab
        Serve JupyterLab too, with every extension of this environment.
    extension
        False: with both halves of ours switched off.
    settings
        Of our server extension.
    environment
        Further environment variables.
    """

    root: Path
    lab: bool = False
    extension: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        """Its address, without a token."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> Client:
        """A client of its REST routes."""
        return Client(self.base)

    @property
    def files(self) -> Path:
        """The directory that its file browser shows."""
        return self.root / "files"

    def start(self) -> float:
        """Start it, wait until it answers, and return how many seconds that took.

        Raises
        ------
        TimeoutError
            It did not; the end of its log is in the message.
        """
        for name in ("files", "config/labconfig", "data", "runtime"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self._configure()
        command = ["-m", "jupyterlab"] if self.lab else ["-c", BARE]
        began = time.monotonic()
        with (self.root / "server.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 — this interpreter
                [sys.executable, *command, f"--ServerApp.port={self.port}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.files,
                env={**_inherited(), **self._places(), **self.environment},
                start_new_session=True,
            )
        self.port = self._answered(began + START_SECONDS)
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill it as nothing can refuse; what it started lives on if it can."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Stop it in order, and kill what is left of it."""
        process = self.process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _places(self) -> dict[str, str]:
        return {
            "JUPYTER_CONFIG_DIR": str(self.root / "config"),
            "JUPYTER_DATA_DIR": str(self.root / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.root / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.root / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.root / "workspaces"),
            "IPYTHONDIR": str(self.root / "ipython"),
        }

    def _configure(self) -> None:
        config = {
            "ServerApp": {
                "root_dir": str(self.files),
                "ip": "127.0.0.1",
                "open_browser": False,
                "allow_root": True,
                "jpserver_extensions": {"workbench.jupyter": self.extension},
            },
            "IdentityProvider": {"token": TOKEN},
            "WorkbenchApp": {"deliver_minutes": 0, **self.settings},
            "LabApp": {
                "news_url": None,
                "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
                "expose_app_in_browser": True,
            },
        }
        for name in ("jupyter_server_config.json", "jupyter_lab_config.json"):
            (self.root / "config" / name).write_text(json.dumps(config), encoding="utf-8")
        page = {"disabledExtensions": {} if self.extension else {"sovereign-workbench-lab": True}}
        (self.root / "config" / "labconfig" / "page_config.json").write_text(json.dumps(page), encoding="utf-8")

    def _answered(self, deadline: float) -> int:
        process = self.process
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            found = self.root / "runtime" / f"jpserver-{process.pid}.json"
            with suppress(OSError, ValueError):
                port = int(json.loads(found.read_text(encoding="utf-8"))["port"])
                with suppress(OSError):
                    Client(f"http://127.0.0.1:{port}").ask("GET", "//api")
                    return port
            time.sleep(POLL_SECONDS)
        last = (self.root / "server.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        self.stop()
        raise TimeoutError(f"the server did not start:\n{last}")


def _inherited() -> dict[str, str]:
    """Return the environment, bytecode allowed: an installed package has it, and a start is not to compile anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def server_process(root: Path, **more: Any) -> Iterator[ServerProcess]:
    """Start a server, yield it, and stop it at the end; `more` are fields of `ServerProcess`."""
    server = ServerProcess(root, **more)
    try:
        server.start()
        yield server
    finally:
        server.stop()

"""MLflow's own web interface over the embedded store, on loopback."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from workbench.errors import MachineCannot, TrackingUnavailable, UsageError
from workbench.policy.home import Home
from workbench.policy.offline import offline_environment
from workbench.tracking.target import embedded, prepare

HOST_VARIABLE = "WORKBENCH_MLFLOW_HOST"
"""Address to listen on. Whoever can reach it can read and delete every run: anything but loopback is a decision."""
LOOPBACK = "127.0.0.1"
USUAL_PORT = 5000
START_SECONDS = 120.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Interface:
    """A running interface: where it is, and its process."""

    url: str
    host: str
    port: int
    process: subprocess.Popen[bytes]


def listening_host() -> str:
    """Return the address to listen on: loopback, unless ``WORKBENCH_MLFLOW_HOST`` names another.

    Raises
    ------
    UsageError
        It names no IP address.
    """
    host = os.environ.get(HOST_VARIABLE) or LOOPBACK
    try:
        return str(ipaddress.ip_address(host))
    except ValueError as error:
        raise UsageError(
            f"{host!r} is not an IP address", where=HOST_VARIABLE, remedy=f"Unset {HOST_VARIABLE} to use {LOOPBACK}."
        ) from error


def free_port(host: str, wanted: int | None = None) -> int:
    """Return `wanted` if it is free; without a wish, the usual port or any free one.

    Raises
    ------
    MachineCannot
        `wanted` is taken.
    """
    for port in (wanted,) if wanted else (USUAL_PORT, 0):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise MachineCannot(f"port {wanted} is taken", where=host, remedy="Name another --port, or leave it out.")


@contextmanager
def interface(home: Home, *, port: int | None = None) -> Iterator[Interface]:
    """Run MLflow's interface over the embedded store for as long as the context (or this process) lives.

    Raises
    ------
    MachineCannot
        The port is taken.
    TrackingUnavailable
        It did not come up.
    """
    host = listening_host()
    chosen = free_port(host, port)
    prepare(home)
    store = embedded(home)
    command = [
        sys.executable, "-m", "workbench.tracking.guard",
        sys.executable, "-m", "mlflow", "server",
        "--host", host, "--port", str(chosen), "--workers", "1",
        "--backend-store-uri", store.uri,
        # Files lie on this machine and are read where they lie, by deliveries and by the interface alike.
        "--default-artifact-root", str(store.artifacts), "--no-serve-artifacts",
    ]  # fmt: skip
    environment = offline_environment() | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment.pop("MLFLOW_TRACKING_URI", None)
    with TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter and modules
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=_quiet_directory(home),
            start_new_session=True,
        )
        address = f"[{host}]" if ":" in host else host
        found = Interface(f"http://{address}:{chosen}", host, chosen, process)
        try:
            _wait(found, log)
            yield found
        finally:
            if process.stdin is not None:
                process.stdin.close()  # the guard ends MLflow and its children
            process.wait()


def _quiet_directory(home: Home) -> Path:
    """Return where MLflow may run: it creates files in the working directory, so never in the user's."""
    return home.root


def _wait(found: Interface, log: IO[bytes]) -> None:
    """Return once the interface answers.

    Raises
    ------
    TrackingUnavailable
        It ended, or did not answer in time.
    """
    anywhere = {"0.0.0.0": LOOPBACK, "::": "[::1]"}  # noqa: S104  # compared with, not bound to
    url = f"http://{anywhere.get(found.host, found.url.partition('//')[2].rpartition(':')[0])}:{found.port}/health"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and found.process.poll() is None:
        try:
            with opener.open(url, timeout=5):
                return
        except OSError:
            time.sleep(POLL_SECONDS)
    log.seek(0)
    last = log.read()[-2000:].decode(errors="replace").strip()
    raise TrackingUnavailable(
        f"MLflow did not come up:\n{last}",
        where=found.url,
        remedy="Try another --port; `workbench doctor` checks more.",
    )

"""``python -m workbench.tracking.proxied SOCKET PREFIX``: MLflow's interface on a socket in the file system.

For a proxy that has checked who asks: whoever may open the socket (this user alone) can read and delete every run. It
leads a process group of its own, and ends all of it when it is told to, when MLflow ends, and when its standard input
does: the starter holds the other end, and the kernel closes it however the starter ends.
"""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from workbench.policy.home import home
from workbench.policy.offline import offline_environment, switch_off
from workbench.policy.storage import private_directory
from workbench.tracking.target import VARIABLE, embedded, prepare

LOOK_SECONDS = 0.5
GRACE_SECONDS = 5.0


def command(socket: Path, prefix: str) -> list[str]:
    """Return the command that serves the embedded store on `socket`, its pages below the path `prefix`."""
    store = embedded(home())
    return [
        sys.executable, "-m", "mlflow", "server",
        "--workers", "1",
        "--uvicorn-opts", shlex.join(["--uds", str(socket)]),
        "--static-prefix", prefix,
        "--backend-store-uri", store.uri,
        "--default-artifact-root", str(store.artifacts), "--no-serve-artifacts",
    ]  # fmt: skip


def main(arguments: list[str]) -> int:
    """Serve until somebody or something ends it; return MLflow's exit code."""
    switch_off()
    place, prefix = arguments
    if os.getpgid(0) != os.getpid():
        os.setsid()
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told.append(number))
    here = home().create()
    socket = Path(place)
    private_directory(socket.parent)
    socket.unlink(missing_ok=True)
    prepare(here)
    environment = offline_environment() | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment.pop(VARIABLE, None)
    see_through()
    process = subprocess.Popen(  # noqa: S603 — our own interpreter and modules
        command(socket, prefix), stdin=subprocess.DEVNULL, env=environment, cwd=here.root
    )
    while process.poll() is None and not told:
        readable, _, _ = select.select([0], [], [], LOOK_SECONDS)
        if readable and not os.read(0, 1):
            break
    socket.unlink(missing_ok=True)
    return _end(process)


def see_through() -> None:
    """Start a second process that ends the group should this one be killed; only both at once would leave something."""
    ours, theirs = os.pipe()
    if os.fork():
        os.close(ours)
        return  # `theirs` stays open for as long as this process lives, and no child inherits it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.close(theirs)
    os.read(ours, 1)
    os.killpg(0, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> int:
    """End the whole group: MLflow has children of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    until = time.monotonic() + GRACE_SECONDS
    while process.poll() is None and time.monotonic() < until:
        time.sleep(LOOK_SECONDS / 10)
    code = process.returncode if process.returncode is not None else 1
    os.killpg(0, signal.SIGKILL)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

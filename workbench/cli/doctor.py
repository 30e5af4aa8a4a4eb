"""`workbench doctor`: what this installation and machine can do, each line with how it is known."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import click

from workbench.cli.output import emit, json_option, size, table
from workbench.errors import WorkbenchError
from workbench.jobs.control import socket_path
from workbench.policy.home import benchmark_sources, home
from workbench.policy.locks import locked
from workbench.policy.offline import OFFLINE

State = Literal["ok", "warning", "failed"]
NEEDED = ("torch", "transformers", "mlflow", "evaluate", "pandas", "jupyterlab", "ipywidgets")
LOW_DISK = 5 * 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, and what to do if it is not well."""

    name: str
    state: State
    found: str
    remedy: str = ""


def interpreter() -> Iterator[Check]:
    """Check Python and the packages that matter to the numbers."""
    yield Check("python", "ok", f"{sys.version.split()[0]} ({sys.executable})")
    for name in NEEDED:
        try:
            yield Check(name, "ok", version(name))
        except PackageNotFoundError:
            yield Check(name, "failed", "not installed", f"pip install {name}")


def data_directory() -> Iterator[Check]:
    """Check that the data directory is private, writable and has room."""
    try:
        root = home().create().root
    except WorkbenchError as error:
        yield Check("data directory", "failed", f"{error.where}: {error.message}", error.remedy)
        return
    mode = stat.S_IMODE(root.stat().st_mode)
    private = not mode & 0o077
    yield Check(
        "data directory", "ok" if private else "warning", f"{root} ({mode:04o})", "" if private else f"chmod 700 {root}"
    )
    if not os.access(root, os.W_OK):
        yield Check("data directory is writable", "failed", "no", "set WORKBENCH_HOME to a directory of yours")
    free = shutil.disk_usage(root).free
    roomy = free >= LOW_DISK
    remedy = "" if roomy else "workbench du shows what is large"
    yield Check("disk", "ok" if roomy else "warning", f"{size(free)} free", remedy)
    yield from file_system(root)


def file_system(root: Path) -> Iterator[Check]:
    """Check what runs need of the data directory's file system, which may be a network share."""
    lock = root / ".doctor.lock"
    try:
        with locked(lock):
            yield Check("locks", "ok", "the data directory has them")
        lock.unlink(missing_ok=True)
        yield Check("control sockets", "ok", f"in {socket_path(home(), 'doctor').parent}")
    except WorkbenchError as error:
        yield Check("locks and sockets", "failed", f"{error.where}: {error.message}", error.remedy)


def machine() -> Iterator[Check]:
    """Check memory, engines and devices."""
    import psutil

    from workbench.engines import list_engines

    memory = psutil.virtual_memory()
    yield Check("memory", "ok", f"{size(memory.available)} of {size(memory.total)} available")
    for engine in list_engines():
        reason = engine.reason if not engine.available else ", ".join(device.name for device in engine.devices)
        yield Check(f"engine {engine.name}", "ok" if engine.available else "warning", reason or "available")


def network() -> Iterator[Check]:
    """Check that every offline switch is set in this process."""
    unset = [name for name, value in OFFLINE.items() if os.environ.get(name) != value]
    yield Check(
        "offline switches",
        "failed" if unset else "ok",
        f"{len(OFFLINE) - len(unset)} of {len(OFFLINE)} set",
        f"unset: {', '.join(unset)}" if unset else "",
    )


def benchmark_files() -> Iterator[Check]:
    """Check whether original benchmark files are known."""
    sources = benchmark_sources()
    if sources is None:
        remedy = "set it to use recipes; our own packs work without"
        yield Check("benchmark files", "warning", "WORKBENCH_BENCHMARKS is not set", remedy)
    elif not sources.is_dir():
        yield Check("benchmark files", "failed", f"{sources} is no directory", "correct WORKBENCH_BENCHMARKS")
    else:
        yield Check("benchmark files", "ok", str(sources))


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Check this installation and machine."""
    groups = (interpreter, data_directory, machine, network, benchmark_files)
    checks = [check for group in groups for check in group()]
    if as_json:
        emit(checks)
    else:
        table(["", "check", "found", "what to do"], [[c.state, c.name, c.found, c.remedy] for c in checks])
    if any(check.state == "failed" for check in checks):
        raise click.exceptions.Exit(7)

"""pip in another environment: what it does told line by line, and why it failed told in words that help."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import DiskFull, EngineUnavailable, UsageError, WorkbenchError
from workbench.policy.storage import FILE_MODE, disk_errors

LOCK = ".install.lock"
RETRYING = "WARNING: Retrying"
SHOWN = ("Collecting ", "Downloading ", "Installing ", "Successfully ", "Using cached ", RETRYING)
WIDTH = 100
"""Characters of a line that are shown: pip names a hundred packages in one."""
QUOTED_LINES = 5

Progress = Callable[[str], None]

FULL = re.compile(r"No space left on device|Errno 28\b|Disk quota exceeded|Errno 122\b")
UNREACHED = re.compile(
    r"(Temporary failure in name resolution|Name or service not known|Failed to establish a new connection"
    r"|Network is unreachable|ConnectTimeout|Connection refused|Connection timed out|Read timed out|ProxyError"
    r"|SSLError|certificate verify failed)[^')]*"
)
UNBUILT = re.compile(r"No matching distribution found|requires a different Python|is not a supported wheel")


@contextmanager
def one_at_a_time(directory: Path) -> Iterator[int]:
    """Hold the right to install, and yield the descriptor that holds it.

    Children that are given it hold the right too: a pip that outlives whoever started it keeps others away.

    Raises
    ------
    UsageError
        Somebody else has it.
    """
    with disk_errors(directory):
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError as error:
        raise UsageError(
            "another process is installing here", where=directory, remedy="Wait until it is done, or end it."
        ) from error
    finally:
        os.close(descriptor)


def run(command: Sequence[str], progress: Progress, held: int) -> None:
    """Run a command and tell what it does, with the seconds since it began.

    Raises
    ------
    DiskFull, EngineUnavailable
        It failed; the reason is read from what it said.
    """
    last: deque[str] = deque(maxlen=QUOTED_LINES)
    reasons: list[str] = []
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 — pip and venv, with arguments of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=(held,),
    ) as process:
        try:
            for line in map(str.strip, process.stdout or ()):
                last.append(line)
                if FULL.search(line) or UNREACHED.search(line) or UNBUILT.search(line):
                    reasons.append(line)
                if line.startswith(SHOWN):
                    progress(f"{time.monotonic() - began:4.0f} s  {shortened(line)}")
        except BaseException:
            process.terminate()  # else it would go on by itself
            process.wait()
            raise
    if process.returncode:
        raise failure(process.returncode, " / ".join(last), "\n".join(reasons))


def shortened(line: str) -> str:
    """Return a line as it is shown: where a package comes in from is left out, and so is what is too long."""
    if line.startswith(RETRYING):
        return f"asking again: {_unreached(line)}"
    line = re.sub(r" \(from [^()]*(\([^()]*\)[^()]*)*\)$", "", line)
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def failure(status: int, last: str, reasons: str) -> WorkbenchError:
    """Return the error of a command that failed: what was full, unreached or unbuilt, else its last lines."""
    if FULL.search(reasons):
        return DiskFull("no space left for the installation", remedy="Free space, then install again.")
    if UNREACHED.search(reasons):
        return EngineUnavailable(
            f"no package index answers: {_unreached(reasons)}",
            remedy="Without a network, copy wheels to a folder and set PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER.",
        )
    if UNBUILT.search(reasons):
        return EngineUnavailable(
            f"there is no build for this Python and this machine: {reasons.splitlines()[-1]}",
            remedy="Use another machine for vLLM, or the transformers engine; with PIP_FIND_LINKS, is its wheel there?",
        )
    return EngineUnavailable(
        f"the installation failed (status {status}): {last}",
        remedy="Correct what it says, then install again; files that were fetched are not fetched again.",
    )


def _unreached(text: str) -> str:
    """Return the part of pip's words that says why nobody was reached."""
    found = UNREACHED.search(text)
    return found[0] if found else text[:WIDTH]

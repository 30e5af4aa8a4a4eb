"""Tasks on disk: ``panel/tasks/<id>/`` holds what was asked and what the process answered.

A task is one `workbench … --json`. While it lives it holds a lock on a file of its directory, which the kernel lets
go of when it dies, however it dies; so a restarted server, or another one, reads how a task stands from the disk.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from workbench.errors import ErrorEnvelope, MachineCannot, NotFound, WorkbenchError, from_envelope
from workbench.policy.locks import is_held, open_lock, take
from workbench.policy.offline import offline_environment
from workbench.policy.storage import FILE_MODE, inside, private_directory, write_atomically

Kind = Literal[
    "doctor", "preview", "validation", "plan", "trial", "start", "comparison", "report", "prompt", "tokens", "probe",
    "save",
]  # fmt: skip
RECORD, LOCK, REQUEST, ANSWER, ERRORS = "task.json", "lock", "request.json", "answer.json", "errors.txt"
KEPT_SECONDS = 86_400.0
ENDING_SECONDS = 5.0
POLL_SECONDS = 0.05
LAST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task: what it is for, its process, and what the server needs to make its answer the contract's."""

    id: str
    kind: Kind
    started: datetime
    pid: int = 0
    context: Mapping[str, Any] = field(default_factory=dict)


@cache
def _records() -> TypeAdapter[TaskRecord]:
    return TypeAdapter(TaskRecord)


@dataclass(frozen=True, slots=True)
class TaskStore:
    """The tasks below one directory."""

    root: Path

    def start(
        self, kind: Kind, words: Sequence[str], request: object = None, *, most: int, context: Mapping[str, Any]
    ) -> TaskRecord:
        """Start ``workbench WORDS… --json``, `request` on its standard input as JSON; at once.

        Parameters
        ----------
        most
            How many tasks may run at once.

        Raises
        ------
        MachineCannot
            So many run already, or no process can be started.
        DiskFull
            The task cannot be written down.
        """
        private_directory(self.root)
        self._sweep()
        if sum(map(_held, self._directories())) >= most:
            raise MachineCannot(f"{most} tasks are running", where="tasks", remedy="Wait for one to end, or cancel it.")
        record = TaskRecord(secrets.token_hex(16), kind, datetime.now(UTC), context=context)
        directory = private_directory(self.root / record.id)
        try:
            write_atomically(directory / REQUEST, json.dumps(request).encode())
            process = _spawn(directory, words)
            record = TaskRecord(record.id, kind, record.started, process.pid, context)
            write_atomically(directory / RECORD, _records().dump_json(record))
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True).start()
        return record

    def read(self, task: str) -> TaskRecord:
        """Return the record of a task.

        Raises
        ------
        NotFound
            There is none of that id.
        """
        try:
            return _records().validate_json((self._directory(task) / RECORD).read_bytes())
        except (OSError, ValidationError) as error:
            raise NotFound("no task has this id", where=task, remedy="Start it again.") from error

    def running(self, task: str) -> bool:
        """Return whether the task's process lives."""
        return _held(self._directory(task))

    def answer(self, task: str) -> Any:
        """Return what an ended task printed.

        Raises
        ------
        WorkbenchError
            It failed; the error is its own.
        """
        directory = self._directory(task)
        try:
            return json.loads((directory / ANSWER).read_bytes())
        except ValueError as error:
            raise _own_error(directory) from error

    def remove(self, task: str) -> None:
        """End a task if it runs, and forget it.

        Raises
        ------
        NotFound
            There is none of that id.
        """
        record, directory = self.read(task), self._directory(task)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not _held(directory):
                break
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(record.pid, number)  # it leads a session of its own
            deadline = time.monotonic() + ENDING_SECONDS
            while _held(directory) and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
        shutil.rmtree(directory, ignore_errors=True)

    def _directory(self, task: str) -> Path:
        return inside(self.root, task)

    def _directories(self) -> Iterator[Path]:
        return (path for path in self.root.iterdir() if (path / REQUEST).exists())

    def _sweep(self) -> None:
        """Forget tasks that ended long ago."""
        for directory in self._directories():
            with suppress(OSError):
                old = time.time() - directory.stat().st_mtime > KEPT_SECONDS
                if old and not _held(directory):
                    shutil.rmtree(directory, ignore_errors=True)


def _spawn(directory: Path, words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the process; it holds the lock from before it runs until it is dead."""
    lock = open_lock(directory / LOCK)
    try:
        take(lock, directory / LOCK)
        with (
            (directory / REQUEST).open("rb") as asked,
            _private(directory / ANSWER) as answer,
            _private(directory / ERRORS) as errors,
        ):
            return subprocess.Popen(  # noqa: S603 — our own command line
                [sys.executable, "-m", "workbench.cli", *words, "--json"],
                stdin=asked,
                stdout=answer,
                stderr=errors,
                env=offline_environment(),
                cwd=directory,
                pass_fds=(lock,),
                start_new_session=True,
            )
    except OSError as error:
        raise MachineCannot(f"no process can be started ({error.strerror})", where=sys.executable) from error
    finally:
        os.close(lock)


def _private(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE), "wb")


def _held(directory: Path) -> bool:
    """Return whether the process of a task lives: it alone holds the lock."""
    return is_held(directory / LOCK)


def _own_error(directory: Path) -> WorkbenchError:
    """Return the error that a task ended with, as it printed it."""
    try:
        words = (directory / ERRORS).read_bytes()[-LAST_WORDS:].decode(errors="replace").strip()
    except OSError:
        words = ""
    for line in reversed(words.splitlines()):
        with suppress(ValueError, TypeError, KeyError):
            return from_envelope(ErrorEnvelope(**json.loads(line)["error"]))
    return WorkbenchError("the task ended without an answer", remedy="Start it again; the server's log has more.")

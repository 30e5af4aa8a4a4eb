"""The right to start a run, or to remove it: one at a time, whoever asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import NotFound
from workbench.policy.locks import open_lock, take

LOCK = "start.lock"


@contextmanager
def starting(directory: Path) -> Iterator[None]:
    """Hold the right to start a run, until its process has taken it over: of two who resume it, one does.

    Raises
    ------
    NotFound
        The run is gone.
    """
    try:
        descriptor = open_lock(directory / LOCK)
    except FileNotFoundError as error:
        raise NotFound("no run lies here", where=directory, remedy="`workbench runs list` shows the runs.") from error
    try:
        take(descriptor, directory / LOCK)
        yield
    finally:
        os.close(descriptor)

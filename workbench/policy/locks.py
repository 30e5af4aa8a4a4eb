"""Locks on files that the kernel takes from whoever dies, however it dies."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import MachineCannot
from workbench.policy.storage import FILE_MODE, disk_errors

UNKNOWN = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""What file systems say that know no locks: shares mounted without them, some of those in user space."""


def open_lock(path: Path) -> int:
    """Return a descriptor of a lock file, made if need be; closing it lets go of the lock.

    Raises
    ------
    DiskFull, MachineCannot
        It cannot be made.
    """
    with disk_errors(path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)


def take(descriptor: int, path: Path, *, wait: bool = True, shared: bool = False) -> bool:
    """Lock an open file; return whether it is held now, which only ``wait=False`` can deny.

    Raises
    ------
    MachineCannot
        The file system knows no locks.
    """
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in UNKNOWN:
            raise
        raise MachineCannot(
            f"this file system knows no locks ({error.strerror}), so two processes could write the same run",
            where=path,
            remedy="Set WORKBENCH_HOME to a directory on a local disk, or have this one mounted with locks.",
        ) from error
    return True


def let_go(descriptor: int) -> None:
    """Let go of a lock, and keep the file open."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path`, made if need be, as a lock while the context lasts; wait for it first.

    Raises
    ------
    DiskFull, MachineCannot
        The file cannot be made, or the file system knows no locks.
    """
    descriptor = open_lock(path)
    try:
        take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Return whether a process, of this machine or another that shares the file system, holds `path`.

    Raises
    ------
    MachineCannot
        The file system knows no locks.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not take(descriptor, path, wait=False, shared=True)
    finally:
        os.close(descriptor)

"""Writing that loses nothing: private directories, and files that are whole or absent."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import BadInput, DiskFull, MachineCannot, UnsafePath

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write into errors that say what to do.

    Raises
    ------
    DiskFull
        No space or quota left, or a file larger than this process may write.
    MachineCannot
        Read-only or forbidden place.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(f"no space left while writing ({error.strerror})", where=path) from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise MachineCannot(
                f"cannot write here ({error.strerror})",
                where=path,
                remedy="Make the place writable, or set WORKBENCH_HOME to one that is.",
            ) from error
        raise


def private_directory(path: Path) -> Path:
    """Create `path` (and parents) readable by this user only; return it.

    Raises
    ------
    BadInput
        Something else lies there or on the way, or the path cannot be one.
    """
    try:
        with disk_errors(path):
            _make(path)
    except OSError as error:
        raise BadInput(
            f"no directory can be made here ({error.strerror})",
            where=path,
            remedy="Move what lies there, or set WORKBENCH_HOME to another directory.",
        ) from error
    return path


def _make(path: Path) -> None:
    """Create a directory and its parents; pathlib would make the parents readable by others."""
    try:
        path.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
    except FileNotFoundError:
        if path.parent == path or path.parent.is_dir():
            raise
        _make(path.parent)
        path.mkdir(mode=DIRECTORY_MODE, exist_ok=True)


def write_atomically(path: Path, data: bytes, mode: int = FILE_MODE) -> None:
    """Write `data` to `path` so that a reader, or a crash, sees the old file or the new one.

    The bytes go to a temporary file beside it, are synced, and are renamed over it; the directory is synced too.

    Raises
    ------
    DiskFull
        No space left; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with disk_errors(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_directory(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def sync_directory(path: Path) -> None:
    """Make a rename or creation in `path` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def inside(root: Path, name: str) -> Path:
    """Return `root / name`, resolved, if it lies below `root`.

    Raises
    ------
    UnsafePath
        `name` is absolute, climbs out, or is a link that leads out.
    """
    resolved_root = root.resolve()
    candidate = (resolved_root / name).resolve()
    if candidate == resolved_root or not candidate.is_relative_to(resolved_root):
        raise UnsafePath(f"the path {name!r} leaves {root}", where=root)
    return candidate

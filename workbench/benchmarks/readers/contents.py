"""The bytes of a file, or of one member of an archive. Nothing is ever unpacked to disk."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import IO, Any

from workbench.benchmarks.readers.record import Location
from workbench.errors import BadItem, BenchmarkError, MissingSource, TooLarge

MAX_BYTES = 512 << 20
"""Most bytes of text one file or member may hold: far above any benchmark, far below a compression bomb's yield."""

MEMBERS_SHOWN = 5
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


def read_contents(location: Location, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of `location`.

    Raises
    ------
    MissingSource
        The file, or the member in the archive, is not there.
    BadItem
        The archive is damaged, or encrypted.
    TooLarge
        More than `limit` bytes once unpacked.
    BenchmarkError
        The operating system will not let it be read.
    """
    name = location.path.name.lower()
    try:
        if location.member and name.endswith(".zip"):
            return _zip_member(location, limit)
        if location.member and name.endswith(_TAR):
            return _tar_member(location, limit)
        if location.member:
            raise BadItem(f"{location.name} is no tar or zip archive, so it has no member", where=location.label)
        opener: Callable[..., Any] = gzip.open if name.endswith(".gz") else open
        with opener(location.path, "rb") as file:
            return _limited(file, location, limit)
    except FileNotFoundError as error:
        raise MissingSource("the file is not there", where=location.label) from error
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadItem(
            f"the archive is damaged or cut short ({error})", where=location.label, remedy="Copy the archive again."
        ) from error
    except OSError as error:
        raise BenchmarkError(f"the file cannot be read ({error.strerror or error})", where=location.label) from error


def _limited(file: IO[bytes], location: Location, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"more than {limit} bytes", where=location.label)
    return data


def _check_size(size: int, location: Location, limit: int) -> None:
    if size > limit:
        raise TooLarge(f"a member of {size} bytes; at most {limit} are read", where=location.label)


def _tar_member(location: Location, limit: int) -> bytes:
    with tarfile.open(location.path) as archive:
        names = []
        for info in archive:
            names.append(info.name)
            _check_size(info.size, location, limit)
            if not fnmatchcase(info.name.removeprefix("./"), location.member):
                continue
            file = archive.extractfile(info) if info.isfile() else None
            if file is None:
                raise BadItem("the archive member is no regular file", where=location.label)
            return _limited(file, location, limit)
    raise _no_member(location, names)


def _zip_member(location: Location, limit: int) -> bytes:
    with zipfile.ZipFile(location.path) as archive:
        fitting = [name for name in archive.namelist() if fnmatchcase(name, location.member)]
        if not fitting:
            raise _no_member(location, archive.namelist())
        info = archive.getinfo(location.member if location.member in fitting else fitting[0])
        if info.flag_bits & 1:
            raise BadItem(
                "the archive member is encrypted", where=location.label, remedy="Unpack it with its password."
            )
        _check_size(info.file_size, location, limit)
        with archive.open(info) as file:
            return _limited(file, location, limit)


def _no_member(location: Location, names: list[str]) -> MissingSource:
    shown = ", ".join(names[:MEMBERS_SHOWN]) + (", …" if len(names) > MEMBERS_SHOWN else "")
    return MissingSource(
        f"the archive has no member {location.member}; it has {shown or 'none'}", where=location.name,
        remedy="Correct `member` in the card, or copy the archive again.",
    )  # fmt: skip

"""A stranger's folder, archive or file → its files, each to be read from disk. Nothing in it names a path of ours."""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from workbench.errors import BadItem, BenchmarkError, EmptyFile, MissingSource, TooLarge, UnsafePath

MAX_FILES = 4096
MAX_FILE = 256 << 20
MAX_TOTAL = 512 << 20
MAX_RATIO = 2000
"""How many times as large as its archive everything in it may be; plain text packs 10 to 50 times."""
MAX_DEPTH = 12
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TAR_MAGIC, _TAR_AT = b"ustar", 257
_OTHER_PACKED = (b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_HIDDEN = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the source: what it is called there (``a.zip!b.txt``), and where its bytes can be read."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that is not read as part of the benchmark, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """What lies at a path, in the order of the names."""

    root: Path
    files: tuple[SourceFile, ...]
    set_aside: tuple[SetAside, ...]


def open_source(path: Path, staging: Path) -> Source:
    """Return the files at `path`; members of archives are written to `staging` under names of our own.

    Parameters
    ----------
    path
        A directory, an archive (zip, tar, tar.gz, tar.bz2, tar.xz, gz; told by content) or a single file.
    staging
        An empty private directory.

    Raises
    ------
    MissingSource
        Nothing is there.
    UnsafePath
        An archive with absolute names, names that climb out, links or devices.
    TooLarge
        Too many files, or too much once unpacked.
    BadItem
        A damaged or encrypted archive.
    EmptyFile
        No file at all.
    """
    if not path.exists():
        raise MissingSource("nothing is there", where=path, remedy="Check the path.")
    opening = _Opening(staging)
    if path.is_dir():
        opening.directory(path)
    else:
        opening.file(path, path.name)
    if not opening.files:
        why = f" ({opening.set_aside[0].name}: {opening.set_aside[0].reason})" if opening.set_aside else ""
        raise EmptyFile(f"no file that can be read{why}", where=path)
    return Source(path, tuple(sorted(opening.files, key=lambda file: file.name)), tuple(opening.set_aside))


class _Opening:
    """Collects files; counts what they cost."""

    def __init__(self, staging: Path) -> None:
        self.staging = staging
        self.files: list[SourceFile] = []
        self.set_aside: list[SetAside] = []
        self.total = 0

    def directory(self, root: Path) -> None:
        boundary = root.resolve()
        for folder, folders, names in os.walk(root):
            depth = len(Path(folder).relative_to(root).parts)
            if depth >= MAX_DEPTH:
                raise TooLarge(f"folders nested more than {MAX_DEPTH} deep", where=folder)
            folders[:] = sorted(name for name in folders if not _hidden(name))
            for name in sorted(names):
                path = Path(folder) / name
                label = path.relative_to(root).as_posix()
                if _hidden(name):
                    continue
                if not path.resolve().is_relative_to(boundary):
                    self.set_aside.append(SetAside(label, "a link that leads out of the folder"))
                elif not path.exists() or not stat.S_ISREG(path.stat().st_mode):
                    self.set_aside.append(SetAside(label, "no regular file"))
                else:
                    self.file(path, label)

    def file(self, path: Path, label: str) -> None:
        """Take a file: an archive's members, a packed file's content, anything else as it lies there."""
        try:
            with path.open("rb") as file:
                head = file.read(_TAR_AT + len(_TAR_MAGIC))
            if head.startswith(_ZIP):
                self._zip(path, label)
            elif head.startswith((_GZIP, *_OTHER_PACKED)) or head[_TAR_AT:] == _TAR_MAGIC:
                self._packed(path, label, head)
            else:
                self._take(SourceFile(label, path, path.stat().st_size))
        except (
            tarfile.TarError,
            zipfile.BadZipFile,
            gzip.BadGzipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
        ) as error:
            raise BadItem(
                f"the archive is damaged or cut short ({error})", where=label, remedy="Copy the archive again."
            ) from error
        except RuntimeError as error:  # zipfile, for a member that needs a password
            raise BadItem(f"the archive cannot be read ({error})", where=label) from error
        except OSError as error:
            raise BenchmarkError(f"the file cannot be read ({error.strerror or error})", where=label) from error

    def _take(self, file: SourceFile) -> None:
        self.total += file.size
        if len(self.files) >= MAX_FILES:
            raise TooLarge(f"more than {MAX_FILES} files", where=file.name)
        if file.size > MAX_FILE or self.total > MAX_TOTAL:
            limit = MAX_FILE if file.size > MAX_FILE else MAX_TOTAL
            raise TooLarge(f"more than {limit} bytes{'' if limit == MAX_FILE else ' in all files'}", where=file.name)
        self.files.append(file)

    def _packed(self, path: Path, label: str, head: bytes) -> None:
        try:
            with tarfile.open(path) as archive:
                self._tar(archive, path, label)
        except tarfile.ReadError:
            if not head.startswith(_GZIP):
                self.set_aside.append(SetAside(label, "packed in a way that is not read here"))
                return
            with gzip.open(path) as file:
                self._stage(file, label, path.stat().st_size)

    def _tar(self, archive: tarfile.TarFile, path: Path, label: str) -> None:
        for info in archive:
            if info.isdir():
                continue
            _check_name(info.name, label)
            if not info.isreg():
                raise UnsafePath(f"the member {info.name!r} is a link or a device", where=label)
            file = archive.extractfile(info)
            if file is not None and not _hidden(info.name):
                self._stage(file, f"{label}!{info.name.removeprefix('./')}", path.stat().st_size)

    def _zip(self, path: Path, label: str) -> None:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                _check_name(info.filename, label)
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise UnsafePath(f"the member {info.filename!r} is a link", where=label)
                if _hidden(info.filename):
                    continue
                with archive.open(info) as file:
                    self._stage(file, f"{label}!{info.filename}", path.stat().st_size)

    def _stage(self, file: IO[bytes] | Any, label: str, packed: int) -> None:
        """Copy one member, counting what really comes out rather than believing what the archive says of itself."""
        target = self.staging / f"{len(self.files):05}"
        size = 0
        with target.open("wb") as out:
            for chunk in _chunks(file):
                size += len(chunk)
                if size > MAX_FILE or self.total + size > min(MAX_TOTAL, max(packed, _CHUNK) * MAX_RATIO):
                    raise TooLarge("the archive unpacks to more than makes sense", where=label)
                out.write(chunk)
        with target.open("rb") as written:
            head = written.read(_TAR_AT + len(_TAR_MAGIC))
        if head.startswith((*_ZIP, _GZIP, *_OTHER_PACKED)) or head[_TAR_AT:] == _TAR_MAGIC:
            target.unlink()
            self.set_aside.append(SetAside(label, "an archive inside an archive"))
            return
        self._take(SourceFile(label, target, size))


def _chunks(file: IO[bytes] | Any) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _hidden(name: str) -> bool:
    return any(
        (part.startswith(".") and part not in (".", "..")) or part in _HIDDEN for part in PurePosixPath(name).parts
    )


def _check_name(name: str, label: str) -> None:
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or "\0" in name or (len(name) > 1 and name[1] == ":"):
        raise UnsafePath(f"the member {name!r} leaves the archive", where=label)

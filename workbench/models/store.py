"""The model store: models that were checked, hashed and copied into the data directory."""

from __future__ import annotations

import difflib
import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import DigestMismatch, JournalError, NotFound, UsageError
from workbench.models.gate import check
from workbench.models.layout import model_name, read_layout
from workbench.models.manifest import Manifest, Progress, make_manifest, model_files, verify
from workbench.policy.home import Home
from workbench.policy.storage import FILE_MODE, disk_errors, private_directory, sync_directory, write_atomically

SCHEMA = 1
RECORD = ".workbench.json"
LEFTOVER = re.compile(r"\.(?:adding|removing)-(?P<pid>\d+)-[0-9a-f]+")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")


@dataclass(frozen=True, slots=True)
class LicenceRecord:
    """The licence a model was added under: its id, its text as shown, and when it was accepted (UTC)."""

    id: str
    text: str
    accepted: datetime


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model of the store. `source` says in words where it came from."""

    name: str
    digest: str
    files: Mapping[str, str]
    size: int
    source: str
    added: datetime
    licence: LicenceRecord | None
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class ModelStore:
    """The models below one data directory."""

    home: Home

    def path(self, name: str) -> Path:
        """Return where a model of that name lies or would lie.

        Raises
        ------
        UsageError
            The name could not be a directory's.
        """
        if not NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot be a model's name", remedy="Use letters, digits, dot, dash, underscore.")
        return self.home.models / name

    def names(self) -> tuple[str, ...]:
        """Return the names of all models, sorted."""
        if not self.home.models.is_dir():
            return ()
        return tuple(
            sorted(
                entry.name
                for entry in self.home.models.iterdir()
                if NAME.fullmatch(entry.name) and (entry / RECORD).is_file()
            )
        )

    def get(self, name: str) -> StoredModel:
        """Return the record of a model.

        Raises
        ------
        NotFound
            There is none of that name.
        JournalError
            Its record is damaged.
        """
        from pydantic import TypeAdapter, ValidationError

        path = self.path(name) / RECORD
        try:
            record = TypeAdapter(StoredModel).validate_json(path.read_bytes())
        except FileNotFoundError as error:
            near = difflib.get_close_matches(name, self.names(), n=3)
            hint = f"Did you mean {', '.join(near)}? " if near else ""
            raise NotFound(f"no model called {name!r}", remedy=f"{hint}See `workbench models list`.") from error
        except (OSError, ValidationError) as error:
            raise JournalError("the model's record cannot be read", where=path) from error
        if record.schema > SCHEMA:
            raise JournalError(f"the record has schema {record.schema}; this Workbench knows {SCHEMA}", where=path)
        return record

    def resolve(self, name_or_path: str | Path) -> Path:
        """Return the path of a model: one of the store by name, else the path itself.

        Raises
        ------
        NotFound
            Neither.
        """
        name = str(name_or_path)
        if not name.strip():  # the path of nothing is the current directory
            raise NotFound("no model is named")
        if NAME.fullmatch(name) and (self.home.models / name / RECORD).is_file():
            return self.home.models / name
        path = Path(name_or_path).expanduser()
        if path.exists():
            return path.absolute()
        if os.sep in name:
            raise NotFound("no model is there", where=path)
        self.get(name)
        raise NotFound(f"no model called {name!r}")

    def add(
        self, source: Path, name: str | None = None, *, origin: str = "", licence: LicenceRecord | None = None,
        progress: Progress | None = None,
    ) -> StoredModel:  # fmt: skip
        """Check a model at the gate, copy it, hash the copy, and make it visible whole or not at all.

        A GGUF file is put into a directory of its own. Files on the same disk are cloned where the file system can.

        Raises
        ------
        UsageError
            The name is taken, or is none.
        RefusedByPolicy, ModelError, NotFound
            The gate is closed.
        DigestMismatch
            The copy differs from what was read.
        DiskFull
            No room; nothing is left behind.
        """
        from pydantic import TypeAdapter

        check(source)
        layout = read_layout(source)
        chosen = name or model_name(layout).rpartition("/")[2]
        target = self.path(chosen)
        if target.exists():
            raise UsageError(f"a model called {chosen!r} is in the store", remedy="Remove it, or give another name.")
        manifest = make_manifest(layout.root, progress)
        private_directory(self.home.models)
        self._sweep()
        temporary = self.home.models / f".adding-{os.getpid()}-{secrets.token_hex(4)}"
        with disk_errors(target):
            try:
                copied = _copied(layout.root, temporary)
                if copied.files != manifest.files:
                    raise DigestMismatch("the copy differs from the source", where=layout.root)
                record = StoredModel(
                    chosen, manifest.digest, manifest.files, manifest.size, origin or f"added from a {_kind(source)}",
                    datetime.now(UTC), licence,
                )  # fmt: skip
                write_atomically(temporary / RECORD, TypeAdapter(StoredModel).dump_json(record, indent=1))
                temporary.rename(target)
                sync_directory(self.home.models)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        return record

    def remove(self, name: str) -> int:
        """Remove a model, whatever state it is in, and return how many bytes that frees.

        Raises
        ------
        NotFound
            There is none of that name.
        """
        path = self.path(name)
        if not (path / RECORD).exists():
            self.get(name)
        size = self.size(name)
        aside = path.with_name(f".removing-{os.getpid()}-{secrets.token_hex(4)}")
        with disk_errors(path):
            path.rename(aside)
            shutil.rmtree(aside)
        return size

    def size(self, name: str) -> int:
        """Return the bytes that a model takes."""
        return sum(file.lstat().st_size for file in self.path(name).rglob("*") if file.is_file())

    def _sweep(self) -> None:
        """Clear away what an addition or removal left when its process was killed."""
        for entry in self.home.models.iterdir():
            found = LEFTOVER.fullmatch(entry.name)
            if found is not None and not _alive(int(found["pid"])):
                shutil.rmtree(entry, ignore_errors=True)

    def verify(self, name: str, progress: Progress | None = None) -> Manifest:
        """Hash a model again and compare it with its record.

        Raises
        ------
        DigestMismatch
            A file changed, is gone, or is new.
        """
        return verify(self.path(name), self.get(name).files, progress)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _kind(source: Path) -> str:
    return "GGUF file" if source.is_file() else "directory"


def _copied(source: Path, target: Path) -> Manifest:
    private_directory(target)
    for name, file in model_files(source):
        copy = target / name
        private_directory(copy.parent)
        _copy(file, copy)
    return make_manifest(target, trust_cache=False)


def _copy(source: Path, target: Path) -> None:
    """Copy one file: as a clone that shares its blocks where the file system can, else byte by byte."""
    with source.open("rb") as reader, target.open("xb") as writer:
        target.chmod(FILE_MODE)
        if not _cloned(reader.fileno(), writer.fileno()):
            shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def _cloned(source: int, target: int) -> bool:
    """Let the kernel copy; False, with both files at their beginning, where it cannot."""
    size, done = os.fstat(source).st_size, 0
    try:
        while done < size and (step := os.copy_file_range(source, target, size - done)):
            done += step
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        done = -1
    if done == size:
        return True
    os.lseek(source, 0, os.SEEK_SET)
    os.lseek(target, 0, os.SEEK_SET)
    os.ftruncate(target, 0)
    return False


def licence_fields(record: LicenceRecord) -> str:
    """Return a licence record as JSON text, for showing."""
    return json.dumps({**asdict(record), "accepted": record.accepted.isoformat()}, ensure_ascii=False)

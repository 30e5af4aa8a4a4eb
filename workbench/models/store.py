"""The model store: models that were checked, hashed and copied into the data directory."""

from __future__ import annotations

import difflib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from workbench.errors import DigestMismatch, JournalError, NotFound, UsageError
from workbench.models.gate import check
from workbench.models.layout import read_layout
from workbench.models.manifest import Manifest, Progress, make_manifest, model_files, verify
from workbench.policy.home import Home
from workbench.policy.storage import FILE_MODE, disk_errors, private_directory, sync_directory, write_atomically

SCHEMA = 1
RECORD = ".workbench.json"
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
        return tuple(sorted(entry.name for entry in self.home.models.iterdir() if (entry / RECORD).is_file()))

    def get(self, name: str) -> StoredModel:
        """Return the record of a model.

        Raises
        ------
        NotFound
            There is none of that name.
        JournalError
            Its record is damaged.
        """
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
        check(source)
        layout = read_layout(source)
        chosen = name or (layout.root.stem if layout.gguf else layout.root.name)
        target = self.path(chosen)
        if target.exists():
            raise UsageError(f"a model called {chosen!r} is in the store", remedy="Remove it, or give another name.")
        manifest = make_manifest(layout.root, progress)
        private_directory(self.home.models)
        temporary = self.home.models / f".adding-{secrets.token_hex(4)}"
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
        """Remove a model, and return how many bytes that frees."""
        record = self.get(name)
        path = self.path(name)
        aside = path.with_name(f".removing-{secrets.token_hex(4)}")
        with disk_errors(path):
            path.rename(aside)
            shutil.rmtree(aside)
        return record.size

    def verify(self, name: str, progress: Progress | None = None) -> Manifest:
        """Hash a model again and compare it with its record.

        Raises
        ------
        DigestMismatch
            A file changed, is gone, or is new.
        """
        return verify(self.path(name), self.get(name).files, progress)


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
        size = os.fstat(reader.fileno()).st_size
        with suppress(OSError):
            done = 0
            while done < size and (step := os.copy_file_range(reader.fileno(), writer.fileno(), size - done)):
                done += step
            if done == size:
                return
        reader.seek(0)
        writer.seek(0)
        writer.truncate()
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def licence_fields(record: LicenceRecord) -> str:
    """Return a licence record as JSON text, for showing."""
    return json.dumps({**asdict(record), "accepted": record.accepted.isoformat()}, ensure_ascii=False)

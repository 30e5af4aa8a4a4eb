"""Manifest and digest: which bytes a model is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from workbench.errors import BadInput, DigestMismatch, NotFound, UnsafePath, WorkbenchError
from workbench.models.steps import training_step
from workbench.policy.digests import sha256_record
from workbench.policy.home import home
from workbench.policy.storage import private_directory, write_atomically

SCHEMA = 1
CACHE = "digests.json"

PIECE = 1 << 22
"""Bytes read at once."""
MOST_CACHED = 20_000

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes hashed so far, and the bytes of all files."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The sha256 of every file of a model, by name relative to it."""

    files: Mapping[str, str]
    size: int

    @property
    def digest(self) -> str:
        """sha256 over the sorted manifest: the model's name that cannot lie."""
        return sha256_record({"schema": SCHEMA, "files": dict(self.files)})

    def to_json(self) -> str:
        """Return the manifest as JSON, sorted, to travel beside the model."""
        record = {"schema": SCHEMA, "digest": self.digest, "size": self.size, "files": dict(sorted(self.files.items()))}
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, path: Path) -> Manifest:
        """Read a manifest that `to_json` wrote.

        Raises
        ------
        NotFound
            No such file.
        BadInput
            It is no manifest, or of a newer schema.
        DigestMismatch
            The entries are not the ones its digest was made of.
        """
        try:
            fields = json.loads(path.read_bytes())
            files, size, digest, schema = fields["files"], int(fields["size"]), fields["digest"], fields["schema"]
            manifest = cls({str(name): str(value) for name, value in files.items()}, size)
        except FileNotFoundError as error:
            raise NotFound("no such manifest", where=path) from error
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadInput(f"the file is no manifest ({error!r})", where=path) from error
        if schema != SCHEMA:
            raise BadInput(f"the manifest has schema {schema!r}; this Workbench knows {SCHEMA}", where=path)
        if manifest.digest != digest:
            raise DigestMismatch("the manifest was changed: its entries do not give its digest", where=path)
        return manifest


def model_files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of every file of a model, sorted.

    Hidden files and folders are not part of it, nor are a training run's checkpoints below it: models of their own.
    """
    if path.is_file():
        yield path.name, path
        return
    if not path.is_dir():
        raise NotFound("no model is there", where=path)
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        if any(part.startswith(".") or part == "__pycache__" for part in parts) or not file.is_file():
            continue
        if len(parts) > 1 and training_step(parts[0]):
            continue
        name = "/".join(parts)
        try:
            name.encode()
        except UnicodeEncodeError as error:
            shown = name.encode("utf-8", "backslashreplace").decode()
            raise UnsafePath(f"the file name {shown!r} is not UTF-8", where=path, remedy="Rename it.") from error
        yield name, file


def make_manifest(path: Path, progress: Progress | None = None, *, trust_cache: bool = True) -> Manifest:
    """Hash every file of a model.

    Parameters
    ----------
    progress
        Told before each file.
    trust_cache
        Take a file's digest from the last time when its size, times and inode are the same; `verify` does not.

    Raises
    ------
    NotFound
        No model is there.
    """
    files = list(model_files(path))
    total = sum(file.stat().st_size for _, file in files)
    known = _read_cache() if trust_cache else {}
    fresh: dict[str, str] = {}
    digests: dict[str, str] = {}
    done = 0
    for name, file in files:
        tell = None if progress is None else _telling(progress, name, done, total)
        key = _identity(file)
        if key not in known and key not in fresh:
            fresh[key] = _sha256(file, tell)
        elif tell is not None:
            tell(0)
        digests[name] = known.get(key) or fresh[key]
        if _identity(file) != key:
            raise DigestMismatch("the file changed while it was hashed", where=file)
        done += file.stat().st_size
    if fresh:
        _extend_cache(fresh)
    return Manifest(digests, total)


def _telling(progress: Progress, name: str, before: int, total: int) -> Callable[[int], None]:
    return lambda done: progress(name, before + done, total)


def _sha256(file: Path, tell: Callable[[int], None] | None) -> str:
    digest = sha256()
    done = 0
    try:
        with file.open("rb", buffering=0) as source:
            while True:
                if tell is not None:
                    tell(done)
                piece = source.read(PIECE)
                if not piece:
                    return digest.hexdigest()
                digest.update(piece)
                done += len(piece)
    except OSError as error:
        raise NotFound(f"the file cannot be read ({error.strerror})", where=file) from error


def verify(path: Path, recorded: Mapping[str, str], progress: Progress | None = None) -> Manifest:
    """Hash a model again and compare it with what was recorded.

    Raises
    ------
    DigestMismatch
        A file changed, went missing or is new; the first is named.
    """
    now = make_manifest(path, progress, trust_cache=False)
    for problem in _differences(path, recorded, now):
        raise problem
    return now


def mismatches(path: Path, recorded: Mapping[str, str], progress: Progress | None = None) -> tuple[WorkbenchError, ...]:
    """Hash a model again and return every difference from what was recorded."""
    try:
        return tuple(_differences(path, recorded, make_manifest(path, progress, trust_cache=False)))
    except (NotFound, UnsafePath, DigestMismatch) as error:
        return (error,)


def _differences(path: Path, recorded: Mapping[str, str], now: Manifest) -> Iterator[DigestMismatch]:
    for name in sorted({*recorded, *now.files}):
        where = path / name if path.is_dir() else path
        if name not in now.files:
            yield DigestMismatch("the file was recorded and is gone", where=where)
        elif name not in recorded:
            yield DigestMismatch("the file is here and was not recorded", where=where)
        elif now.files[name] != recorded[name]:
            yield DigestMismatch(
                f"the sha256 is {now.files[name][:16]}…, recorded was {recorded[name][:16]}…", where=where
            )


def _identity(file: Path) -> str:
    """Return what changes whenever a file's bytes do; its name does not matter, so a renamed model is known still."""
    found = file.stat()
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


def _read_cache() -> dict[str, str]:
    try:
        fields = json.loads((home().root / CACHE).read_bytes())
    except (OSError, ValueError):
        return {}
    entries = fields.get("files") if isinstance(fields, dict) and fields.get("schema") == SCHEMA else None
    return {str(key): str(value) for key, value in entries.items()} if isinstance(entries, dict) else {}


def _extend_cache(fresh: Mapping[str, str]) -> None:
    """Remember digests for the next time; a data directory that cannot be written only costs that time."""
    merged = {**_read_cache(), **fresh}
    entries = dict(list(merged.items())[-MOST_CACHED:])
    with suppress(WorkbenchError, OSError):
        root = private_directory(home().root)
        write_atomically(root / CACHE, json.dumps({"schema": SCHEMA, "files": entries}).encode())

"""Manifest and digest: which bytes a model is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import DigestMismatch, NotFound
from workbench.policy.digests import sha256_file, sha256_record
from workbench.policy.home import home
from workbench.policy.storage import private_directory, write_atomically

SCHEMA = 1
CACHE = "digests.json"

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes hashed before it, and the bytes of all files."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The sha256 of every file of a model, by name relative to it."""

    files: Mapping[str, str]
    size: int

    @property
    def digest(self) -> str:
        """sha256 over the sorted manifest: the model's name that cannot lie."""
        return sha256_record({"schema": SCHEMA, "files": dict(self.files)})


def model_files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of every file of a model, sorted; hidden files and folders are not part of it."""
    if path.is_file():
        yield path.name, path
        return
    if not path.is_dir():
        raise NotFound("no model is there", where=path)
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        if file.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield "/".join(parts), file


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
        if progress is not None:
            progress(name, done, total)
        key = _identity(file)
        digests[name] = known.get(key) or fresh.setdefault(key, sha256_file(file))
        done += file.stat().st_size
    if fresh:
        _extend_cache(fresh)
    return Manifest(digests, total)


def verify(path: Path, recorded: Mapping[str, str], progress: Progress | None = None) -> Manifest:
    """Hash a model again and compare it with what was recorded.

    Raises
    ------
    DigestMismatch
        A file changed, went missing or is new; the first is named.
    """
    now = make_manifest(path, progress, trust_cache=False)
    for name in sorted({*recorded, *now.files}):
        if name not in now.files:
            raise DigestMismatch("the file was recorded and is gone", where=path / name)
        if name not in recorded:
            raise DigestMismatch("the file is here and was not recorded", where=path / name)
        if now.files[name] != recorded[name]:
            raise DigestMismatch(
                f"the sha256 is {now.files[name][:16]}…, recorded was {recorded[name][:16]}…", where=path / name
            )
    return now


def _identity(file: Path) -> str:
    found = file.stat()
    return f"{file.resolve()}|{found.st_size}|{found.st_mtime_ns}|{found.st_ctime_ns}|{found.st_ino}"


def _read_cache() -> dict[str, str]:
    try:
        fields = json.loads((home().root / CACHE).read_bytes())
    except (OSError, ValueError):
        return {}
    entries = fields.get("files") if isinstance(fields, dict) and fields.get("schema") == SCHEMA else None
    return {str(key): str(value) for key, value in entries.items()} if isinstance(entries, dict) else {}


def _extend_cache(fresh: Mapping[str, str]) -> None:
    root = private_directory(home().root)
    merged = {**_read_cache(), **fresh}
    record = {"schema": SCHEMA, "files": merged}
    write_atomically(root / CACHE, json.dumps(record, ensure_ascii=False).encode())

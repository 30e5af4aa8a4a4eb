"""The model store: whole or not at all, names that are names, nothing lost and nothing half visible."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from workbench.errors import (
    DigestMismatch,
    DiskFull,
    JournalError,
    NotFound,
    NoTokenizer,
    RemoteCode,
    UsageError,
)
from workbench.models import LicenceRecord, ModelStore, inspect, make_manifest
from workbench.models import store as module
from workbench.policy.home import home


@pytest.fixture
def store() -> ModelStore:
    return ModelStore(home())


def test_a_model_is_added_with_its_record(store, make_model):
    path = make_model()
    licence = LicenceRecord("apache-2.0", "Licence text", datetime(2026, 1, 2, tzinfo=UTC))
    record = store.add(path, origin="copied from a disk", licence=licence)
    assert store.names() == ("tiny-llama",)
    assert store.get("tiny-llama") == record
    assert record.digest == make_manifest(path).digest == make_manifest(store.path("tiny-llama")).digest
    assert (record.source, record.licence, record.schema) == ("copied from a disk", licence, 1)
    assert inspect(store.resolve("tiny-llama")).parameters == inspect(path).parameters
    assert path.is_dir()


def test_what_is_stored_is_private(store, make_model):
    store.add(make_model())
    for entry in [store.path("tiny-llama"), *store.path("tiny-llama").rglob("*")]:
        assert stat.S_IMODE(entry.stat().st_mode) == (0o700 if entry.is_dir() else 0o600)


def test_a_gguf_gets_a_directory_of_its_own(store, make_gguf):
    record = store.add(make_gguf())
    assert record.name == "tiny"
    assert inspect(store.resolve("tiny")).format == "gguf"
    assert record.source == "added from a GGUF file"


def test_a_hub_snapshot_is_stored_under_the_repositorys_name(store, make_model, tmp_path):
    repository = tmp_path / "hub" / "models--org--some-model"
    snapshot = make_model("0123abc", under=repository / "snapshots")
    blobs = repository / "blobs"
    blobs.mkdir()
    for number, file in enumerate(sorted(snapshot.iterdir())):
        file.rename(blobs / f"blob{number}")
        file.symlink_to(f"../../blobs/blob{number}")
    record = store.add(snapshot)
    assert record.name == "some-model"
    copied = [file for file in store.path("some-model").iterdir() if not file.name.startswith(".")]
    assert copied
    assert not any(file.is_symlink() for file in copied)
    assert record.digest == make_manifest(snapshot).digest


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "-x", "a" * 101, "a\0b", "a b"])
def test_names_that_are_none(store, name):
    with pytest.raises(UsageError, match="cannot be a model's name"):
        store.path(name)


def test_a_name_that_is_taken(store, make_model):
    path = make_model()
    store.add(path)
    with pytest.raises(UsageError, match="is in the store"):
        store.add(path)
    assert store.add(path, "another").name == "another"


def test_the_gate_stands_before_the_store(store, make_model):
    path = make_model()
    (path / "modeling_evil.py").write_text("")
    with pytest.raises(RemoteCode):
        store.add(path)
    (path / "modeling_evil.py").unlink()
    (path / "tokenizer.json").unlink()
    with pytest.raises(NoTokenizer):
        store.add(path)
    assert store.names() == ()


def left_behind(store: ModelStore) -> list[str]:
    return sorted(entry.name for entry in store.home.models.iterdir()) if store.home.models.is_dir() else []


def test_a_full_disk_leaves_nothing(store, make_model, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_copy", full)
    with pytest.raises(DiskFull):
        store.add(make_model())
    assert left_behind(store) == []


def test_a_copy_that_differs_leaves_nothing(store, make_model, monkeypatch):
    monkeypatch.setattr(module, "_copy", lambda _, target: target.write_bytes(b"other"))
    with pytest.raises(DigestMismatch, match="copy differs"):
        store.add(make_model())
    assert left_behind(store) == []


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EINVAL, errno.ENOSYS])
def test_where_the_kernel_cannot_copy_bytes_are_copied(store, make_model, monkeypatch, code):
    def cannot(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "copy_file_range", cannot)
    path = make_model()
    assert store.add(path).digest == make_manifest(path).digest


def test_a_copy_the_kernel_breaks_off_is_done_again(store, make_model, monkeypatch):
    real, calls = os.copy_file_range, []

    def stutters(source, target, count):
        calls.append(count)
        return real(source, target, 10) if len(calls) % 2 else 0

    monkeypatch.setattr(os, "copy_file_range", stutters)
    path = make_model()
    assert store.add(path).digest == make_manifest(path).digest


KILLED = """
import os, signal, sys
from pathlib import Path
from workbench.models import ModelStore, store
from workbench.policy.home import home
real = store.write_atomically
def kill(path, data, mode=0o600):
    real(path, data, mode)
    if path.name == store.RECORD:
        os.kill(os.getpid(), signal.SIGKILL)
store.write_atomically = kill
ModelStore(home()).add(Path(sys.argv[1]))
"""


def test_an_addition_that_was_killed_is_invisible_and_cleared_away(store, make_model):
    path = make_model()
    done = subprocess.run([sys.executable, "-c", KILLED, path], check=False)
    assert done.returncode == -9
    assert [name for name in left_behind(store) if name.startswith(".adding-")]
    assert store.names() == ()
    with pytest.raises(NotFound):
        store.resolve("tiny-llama")
    store.add(path)
    assert left_behind(store) == ["tiny-llama"]


def test_an_addition_that_goes_on_elsewhere_is_left_alone(store, make_model):
    other = store.home.models / f".adding-{os.getppid()}-0011aabb"
    other.mkdir(parents=True)
    store.add(make_model())
    assert other.is_dir()


def test_a_model_is_found_by_name_or_by_path(store, make_model, tmp_path, monkeypatch):
    path = make_model()
    store.add(path, "named")
    assert store.resolve("named") == store.path("named")
    assert store.resolve(path) == path
    monkeypatch.chdir(tmp_path)
    assert store.resolve("tiny-llama") == path
    with pytest.raises(NotFound, match="no model is there"):
        store.resolve("some/where")
    with pytest.raises(NotFound) as caught:
        store.resolve("nameed")
    assert "Did you mean named?" in caught.value.remedy


def test_verify_finds_what_changed(store, make_model):
    store.add(make_model())
    assert store.verify("tiny-llama").digest == store.get("tiny-llama").digest
    (store.path("tiny-llama") / "config.json").write_text("{}")
    with pytest.raises(DigestMismatch):
        store.verify("tiny-llama")


def test_removal_frees_what_was_taken(store, make_model):
    store.add(make_model())
    size = store.size("tiny-llama")
    assert size > store.get("tiny-llama").size
    assert store.remove("tiny-llama") == size
    assert left_behind(store) == []
    with pytest.raises(NotFound):
        store.remove("tiny-llama")


def test_a_model_with_a_damaged_record_can_be_removed(store, make_model):
    store.add(make_model())
    (store.path("tiny-llama") / ".workbench.json").write_text("{")
    with pytest.raises(JournalError):
        store.get("tiny-llama")
    assert store.remove("tiny-llama") > 0
    assert store.names() == ()


def test_a_record_of_a_later_schema_is_not_guessed_at(store, make_model):
    store.add(make_model())
    record = store.path("tiny-llama") / ".workbench.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "schema": 2}))
    with pytest.raises(JournalError, match="schema 2"):
        store.get("tiny-llama")


def test_a_record_of_the_first_schema_opens(store, make_model):
    """The record as this version writes it: later versions must go on reading it."""
    store.add(make_model())
    directory = store.path("tiny-llama")
    (directory / ".workbench.json").write_text(
        '{"name":"tiny-llama","digest":"d","files":{"config.json":"s"},"size":7,"source":"a disk",'
        '"added":"2026-11-23T08:00:00Z","licence":{"id":"mit","text":"t","accepted":"2026-11-23T08:00:00Z"},"schema":1}'
    )
    record = store.get("tiny-llama")
    assert (record.digest, record.size, record.licence.id) == ("d", 7, "mit")
    assert record.added == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_a_store_that_is_not_there_is_empty(store):
    shutil.rmtree(store.home.models, ignore_errors=True)
    assert store.names() == ()

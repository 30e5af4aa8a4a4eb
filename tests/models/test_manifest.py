"""Manifest, digest, verification, and the memory of digests that keeps gigabytes from being hashed twice."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from workbench.errors import BadInput, DigestMismatch, NotFound, UnsafePath
from workbench.models import Manifest, inspect, make_manifest, mismatches, verify
from workbench.models import manifest as module


def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by the name of each file whose bytes are really hashed."""
    names: list[str] = []
    real = module._sha256

    def counting(file, tell):
        names.append(file.name)
        return real(file, tell)

    monkeypatch.setattr(module, "_sha256", counting)
    return names


def test_digests_are_those_of_sha256sum(make_model):
    path = make_model(shards=2)
    listed = subprocess.run(
        ["sha256sum", *sorted(file.name for file in path.iterdir())],
        cwd=path,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {line.split("  ")[1]: line.split("  ")[0] for line in listed.stdout.splitlines()}
    assert dict(make_manifest(path).files) == expected


def test_the_digest_is_of_the_sorted_manifest():
    record = '{"files":{"a":"1","b":"2"},"schema":1}'
    assert Manifest({"b": "2", "a": "1"}, 3).digest == hashlib.sha256(record.encode()).hexdigest()


def test_the_digest_does_not_depend_on_where_the_model_lies(make_model, tmp_path):
    one, two = make_model(under=tmp_path / "one"), make_model(under=tmp_path / "two")
    assert make_manifest(one).digest == make_manifest(two).digest
    (two / "config.json").write_text("{}")
    assert make_manifest(one).digest != make_manifest(two).digest


def test_names_count(make_model):
    path = make_model()
    before = make_manifest(path).digest
    (path / "tokenizer_config.json").rename(path / "renamed.json")
    assert make_manifest(path).digest != before


def test_hidden_files_and_caches_are_no_part_of_a_model(make_model):
    path = make_model()
    before = make_manifest(path)
    (path / ".git").mkdir()
    (path / ".git" / "HEAD").write_text("x")
    (path / "__pycache__").mkdir()
    (path / "__pycache__" / "x.pyc").write_text("x")
    assert make_manifest(path) == before


def test_inspect_gives_the_digest_when_asked(make_model):
    path = make_model()
    assert inspect(path).digest is None
    assert inspect(path, digest=True).digest == make_manifest(path).digest


def test_a_gguf_has_a_manifest_of_one_file(make_gguf):
    path = make_gguf()
    assert dict(make_manifest(path).files) == {"tiny.gguf": hashlib.sha256(path.read_bytes()).hexdigest()}


def test_unchanged_files_are_not_hashed_again(make_model, monkeypatch):
    path = make_model()
    names = hashed(monkeypatch)
    first = make_manifest(path)
    assert len(names) == 4
    names.clear()
    assert make_manifest(path) == first
    assert names == []
    (path / "config.json").write_text('{"model_type": "llama"}')
    assert make_manifest(path) != first
    assert names == ["config.json"]


def test_a_model_that_was_moved_is_known_still(make_model, tmp_path, monkeypatch):
    path = make_model()
    first = make_manifest(path)
    names = hashed(monkeypatch)
    assert make_manifest(path.rename(tmp_path / "elsewhere")) == first
    assert names == []


def test_a_change_that_keeps_size_and_time_is_seen(make_model):
    path = make_model()
    first = make_manifest(path)
    file = path / "config.json"
    times = file.stat()
    data = bytearray(file.read_bytes())
    data[-2] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert make_manifest(path) != first


def test_verify_trusts_no_memory(make_model, monkeypatch):
    path = make_model()
    recorded = make_manifest(path).files
    names = hashed(monkeypatch)
    assert verify(path, recorded).files == recorded
    assert len(names) == 4


def test_verify_names_the_first_difference(make_model):
    path = make_model()
    recorded = make_manifest(path).files
    (path / "tokenizer.json").write_text("{}")
    with pytest.raises(DigestMismatch, match="recorded was") as caught:
        verify(path, recorded)
    assert caught.value.where == str(path / "tokenizer.json")
    assert len(mismatches(path, recorded)) == 1
    assert mismatches(path, make_manifest(path).files) == ()


def test_a_damaged_memory_costs_only_time(make_model, workbench_home):
    path = make_model()
    first = make_manifest(path)
    for text in ("nope", "[]", '{"schema": 99, "files": {}}', '{"schema": 1, "files": 3}'):
        (workbench_home / "digests.json").write_text(text)
        assert make_manifest(path) == first


def test_a_data_directory_that_cannot_be_written_costs_only_time(make_model, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file" / "home"))
    assert len(make_manifest(make_model()).files) == 4


def test_progress_is_told_in_pieces(make_model, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 1000)
    path = make_model()
    told: list[tuple[str, int, int]] = []
    total = make_manifest(path, lambda *step: told.append(step)).size
    assert [step[1] for step in told] == sorted(step[1] for step in told)
    assert {step[2] for step in told} == {total}
    assert told[-1][1] == total
    assert sum(step[0] == "model.safetensors" for step in told) > 5


def test_no_model_has_no_manifest(tmp_path):
    with pytest.raises(NotFound):
        make_manifest(tmp_path / "nowhere")


def test_a_file_name_that_is_not_utf8_is_refused(make_model):
    path = make_model()
    Path(os.fsdecode(os.fsencode(path) + b"/\xff.json")).write_text("x")
    with pytest.raises(UnsafePath, match="not UTF-8"):
        make_manifest(path)


def test_a_manifest_travels_as_json(make_model, tmp_path):
    manifest = make_manifest(make_model())
    file = tmp_path / "manifest.json"
    file.write_text(manifest.to_json())
    assert Manifest.from_json(file) == manifest
    assert json.loads(file.read_text())["schema"] == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema":1,"digest":"x","size":"y","files":{}}'])
def test_a_file_that_is_no_manifest(tmp_path, text):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(BadInput, match="no manifest"):
        Manifest.from_json(tmp_path / "m.json")


def test_a_manifest_of_a_later_schema(tmp_path):
    (tmp_path / "m.json").write_text('{"schema":2,"digest":"x","size":1,"files":{}}')
    with pytest.raises(BadInput, match="schema 2"):
        Manifest.from_json(tmp_path / "m.json")


def test_a_manifest_that_was_edited(make_model, tmp_path):
    text = make_manifest(make_model()).to_json()
    (tmp_path / "m.json").write_text(text.replace("config.json", "other.json"))
    with pytest.raises(DigestMismatch, match="was changed"):
        Manifest.from_json(tmp_path / "m.json")
    with pytest.raises(NotFound):
        Manifest.from_json(tmp_path / "none.json")

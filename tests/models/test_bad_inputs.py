"""Every bad model is refused with its own error, the file named, and what to do."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import errors
from workbench.models import ModelStore, check, gate, make_manifest, read_adapter, verify
from workbench.models.adapters import check_adapter
from workbench.models.layout import read_layout
from workbench.policy.home import Home
from workbench.testing.models import (
    safetensors_bytes,
    tensor_shapes,
    write_tiny_adapter,
    write_tiny_gguf,
    write_tiny_model,
)

WEIGHTS = "model.safetensors"


class Command:
    def __reduce__(self):
        import os

        return os.system, ("true",)


def no_weights(model: Path) -> None:
    (model / WEIGHTS).unlink()


def only_pickle(model: Path) -> None:
    no_weights(model)
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Command()))


def disguised_pickle(model: Path) -> None:
    (model / WEIGHTS).write_bytes(pickle.dumps({"weight": [1.0]}))


def disguised_archive(model: Path) -> None:
    with zipfile.ZipFile(model / WEIGHTS, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps([1]))


def remote_code(model: Path) -> None:
    edit(model / "config.json", auto_map={"AutoModelForCausalLM": "modeling_evil.Evil"})


def remote_tokenizer(model: Path) -> None:
    edit(model / "tokenizer_config.json", auto_map={"AutoTokenizer": ["tokenization_evil.Evil", None]})


def climbing_index(model: Path) -> None:
    index(model, {"a": "../../secrets.safetensors"})


def absolute_index(model: Path) -> None:
    index(model, {"a": "/etc/passwd"})


def link_out(model: Path) -> None:
    (model.parent / "outside.safetensors").write_bytes((model / WEIGHTS).read_bytes())
    (model / WEIGHTS).unlink()
    (model / WEIGHTS).symlink_to(model.parent / "outside.safetensors")


def missing_shard(model: Path) -> None:
    index(model, {"a": "model-00001-of-00002.safetensors"})


def index_without_table(model: Path) -> None:
    (model / "model.safetensors.index.json").write_text("{}", encoding="utf-8")


def cut_short(model: Path) -> None:
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes()[:-10])


def cut_in_the_header(model: Path) -> None:
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes()[:40])


def empty_weights(model: Path) -> None:
    (model / WEIGHTS).write_bytes(b"")


def absurd_header(model: Path) -> None:
    (model / WEIGHTS).write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def header_that_is_no_json(model: Path) -> None:
    (model / WEIGHTS).write_bytes(struct.pack("<Q", 4) + b"nope")


def overlapping_tensors(model: Path) -> None:
    header(model, {"a": ("F32", [2], [0, 8]), "b": ("F32", [2], [4, 12])}, 12)


def wrong_size(model: Path) -> None:
    header(model, {"a": ("F32", [3], [0, 8])}, 8)


def unknown_type(model: Path) -> None:
    header(model, {"a": ("Q9", [2], [0, 8])}, 8)


def bytes_nobody_owns(model: Path) -> None:
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes() + b"tail")


def no_tokenizer(model: Path) -> None:
    (model / "tokenizer.json").unlink()


def damaged_tokenizer(model: Path) -> None:
    (model / "tokenizer.json").write_text('{"model": ', encoding="utf-8")


def tokenizer_of_nothing(model: Path) -> None:
    (model / "tokenizer.json").write_text("{}", encoding="utf-8")


def config_that_is_no_json(model: Path) -> None:
    (model / "config.json").write_bytes(b"\xff\xfe{}")


def config_that_is_a_list(model: Path) -> None:
    (model / "config.json").write_text("[]", encoding="utf-8")


def config_without_architecture(model: Path) -> None:
    (model / "config.json").write_text("{}", encoding="utf-8")


def config_nested_too_deep(model: Path) -> None:
    (model / "config.json").write_text("[" * 100_000, encoding="utf-8")


def edit(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **fields}), encoding="utf-8")


def index(model: Path, table: dict[str, str]) -> None:
    text = json.dumps({"weight_map": table})
    (model / "model.safetensors.index.json").write_text(text, encoding="utf-8")


def header(model: Path, tensors: dict[str, tuple[str, list[int], list[int]]], size: int) -> None:
    fields = {name: {"dtype": d, "shape": s, "data_offsets": o} for name, (d, s, o) in tensors.items()}
    text = json.dumps(fields).encode()
    (model / WEIGHTS).write_bytes(struct.pack("<Q", len(text)) + text + bytes(size))


CASES: list[tuple[Callable[[Path], None], type[errors.WorkbenchError], str]] = [
    (no_weights, errors.NoWeights, ""),
    (only_pickle, errors.PickleWeights, "pytorch_model.bin"),
    (disguised_pickle, errors.PickleWeights, WEIGHTS),
    (disguised_archive, errors.PickleWeights, WEIGHTS),
    (remote_code, errors.RemoteCode, "config.json"),
    (remote_tokenizer, errors.RemoteCode, "tokenizer_config.json"),
    (climbing_index, errors.UnsafePath, "index.json"),
    (absolute_index, errors.UnsafePath, "index.json"),
    (link_out, errors.UnsafePath, WEIGHTS),
    (missing_shard, errors.MissingShard, "model-00001-of-00002.safetensors"),
    (index_without_table, errors.BadConfig, "index.json"),
    (cut_short, errors.TruncatedShard, WEIGHTS),
    (cut_in_the_header, errors.TruncatedShard, WEIGHTS),
    (empty_weights, errors.TruncatedShard, WEIGHTS),
    (absurd_header, errors.CorruptWeights, WEIGHTS),
    (header_that_is_no_json, errors.CorruptWeights, WEIGHTS),
    (overlapping_tensors, errors.CorruptWeights, WEIGHTS),
    (wrong_size, errors.CorruptWeights, WEIGHTS),
    (unknown_type, errors.CorruptWeights, WEIGHTS),
    (bytes_nobody_owns, errors.CorruptWeights, WEIGHTS),
    (no_tokenizer, errors.NoTokenizer, ""),
    (damaged_tokenizer, errors.NoTokenizer, "tokenizer.json"),
    (tokenizer_of_nothing, errors.NoTokenizer, "tokenizer.json"),
    (config_that_is_no_json, errors.BadConfig, "config.json"),
    (config_that_is_a_list, errors.BadConfig, "config.json"),
    (config_without_architecture, errors.BadConfig, "config.json"),
    (config_nested_too_deep, errors.BadConfig, "config.json"),
]


@pytest.mark.parametrize(("spoil", "expected", "named"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_bad_directory_is_refused_with_its_own_error(tmp_path: Path, spoil, expected, named: str):
    model = write_tiny_model(tmp_path / "model")
    check(model)
    spoil(model)
    with pytest.raises(expected) as refused:
        check(model)
    assert type(refused.value) is expected
    assert named in refused.value.where
    assert refused.value.remedy.endswith(".")


def test_a_pickle_is_explained_and_a_clean_one_is_refused_all_the_same(tmp_path: Path):
    model = write_tiny_model(tmp_path / "model")
    only_pickle(model)
    assert "system" in gate(model).refusals[0].message
    (model / "pytorch_model.bin").write_bytes(pickle.dumps([1, 2]))
    assert isinstance(gate(model).refusals[0], errors.PickleWeights)


def test_pickles_beside_safe_weights_are_noted_and_not_used(tmp_path: Path):
    model = write_tiny_model(tmp_path / "model")
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Command()))
    report = gate(model)
    assert report.open
    assert any("pytorch_model.bin" in note for note in report.notes)


def test_links_into_the_blobs_of_a_hub_cache_belong_to_the_model(tmp_path: Path):
    repository = tmp_path / "models--org--name"
    snapshot = write_tiny_model(repository / "snapshots" / "abc")
    (repository / "blobs").mkdir()
    (snapshot / WEIGHTS).rename(repository / "blobs" / "123")
    (snapshot / WEIGHTS).symlink_to(repository / "blobs" / "123")
    assert gate(snapshot).refusals == ()


def test_several_refusals_are_all_listed_the_gravest_first(tmp_path: Path):
    model = write_tiny_model(tmp_path / "model")
    remote_code(model)
    cut_short(model)
    kinds = [type(error) for error in gate(model).refusals]
    assert kinds[0] is errors.RemoteCode
    assert errors.TruncatedShard in kinds


@pytest.mark.parametrize("content", [b"", b"some text"])
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes):
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(errors.NotFound):
        check(tmp_path / "notes.txt")


def test_an_empty_directory_and_a_missing_one(tmp_path: Path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(errors.NotFound):
            check(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"NOPE" + data[4:],
        lambda data: data[:4] + struct.pack("<I", 99) + data[8:],
        lambda data: data[:60],
        lambda data: data[:-8],
        lambda data: data[:24] + struct.pack("<Q", 1 << 62) + data[32:],
    ],
    ids=["magic", "version", "header cut short", "data cut short", "absurd length"],
)
def test_a_damaged_gguf_file(tmp_path: Path, spoil: Callable[[bytes], bytes]):
    path = write_tiny_gguf(tmp_path / "tiny.gguf")
    check(path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(errors.CorruptGGUF) as refused:
        check(path)
    assert refused.value.where == str(path)


def test_a_changed_a_missing_and_a_new_file_are_found_by_verify(tmp_path: Path):
    model = write_tiny_model(tmp_path / "model")
    recorded = make_manifest(model).files
    verify(model, recorded)
    (model / "new.txt").write_text("x", encoding="utf-8")
    with pytest.raises(errors.DigestMismatch, match=r"new\.txt"):
        verify(model, recorded)
    (model / "new.txt").unlink()
    (model / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(errors.DigestMismatch, match="tokenizer_config"):
        verify(model, recorded)
    (model / "tokenizer_config.json").unlink()
    with pytest.raises(errors.DigestMismatch, match="tokenizer_config"):
        verify(model, recorded)


def test_adapters_that_do_not_fit(tmp_path: Path):
    base = read_layout(write_tiny_model(tmp_path / "base"))
    check_adapter(read_adapter(write_tiny_adapter(tmp_path / "good")), base)
    with pytest.raises(errors.BadAdapter, match=r"layers\.9"):
        check_adapter(
            read_adapter(write_tiny_adapter(tmp_path / "far", module="model.layers.9.self_attn.q_proj")), base
        )
    wide = write_tiny_adapter(tmp_path / "wide", module="model.layers.0.self_attn.k_proj")
    with pytest.raises(errors.BadAdapter, match="k_proj"):
        check_adapter(read_adapter(wide), base)
    with pytest.raises(errors.BadAdapter, match=r"adapter_config\.json"):
        read_adapter(base.root)
    edit(tmp_path / "good" / "adapter_config.json", peft_type="IA3")
    with pytest.raises(errors.BadAdapter, match="IA3"):
        read_adapter(tmp_path / "good")


def test_the_store_refuses_bad_names_taken_names_and_closed_gates(tmp_path: Path):
    store = ModelStore(Home(tmp_path / "data"))
    model = write_tiny_model(tmp_path / "model")
    stored = store.add(model, "tiny")
    assert store.resolve("tiny") == store.path("tiny")
    assert store.verify("tiny").digest == stored.digest == make_manifest(model).digest
    for name in ("../tiny", ".hidden", "a/b"):
        with pytest.raises(errors.UsageError):
            store.add(model, name)
    with pytest.raises(errors.UsageError, match="tiny"):
        store.add(model, "tiny")
    only_pickle(model)
    with pytest.raises(errors.PickleWeights):
        store.add(model, "other")
    assert store.names() == ("tiny",)
    assert [entry.name for entry in store.home.models.iterdir() if entry.name.startswith(".")] == []
    with pytest.raises(errors.NotFound, match="tiny"):
        store.get("tinny")
    assert store.remove("tiny") > 0
    assert store.names() == ()


def test_a_header_alone_is_read_of_a_hundred_large_shards(tmp_path: Path):
    """A hundred sparse shards of a gigabyte: their headers say everything, their data is never touched."""
    from workbench.models import inspect

    model = write_tiny_model(tmp_path / "model")
    (model / WEIGHTS).unlink()
    size, table = 1 << 30, {}
    for number in range(100):
        name = f"model-{number:03d}.safetensors"
        fields = {f"layer.{number}.weight": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}
        text = json.dumps(fields).encode()
        with (model / name).open("wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            file.truncate(8 + len(text) + size)
        table[f"layer.{number}.weight"] = name
    index(model, table)
    facts = inspect(model)
    assert facts.parameters.value == 100 * size // 4
    assert facts.files == 104
    read = sum(path.stat().st_blocks * 512 for path in model.iterdir())
    assert read < 2 << 20  # still sparse


def test_the_tiny_model_is_what_its_shapes_say(tmp_path: Path):
    from workbench.models import inspect

    expected = sum(a * (b[0] if b else 1) for a, *b in tensor_shapes().values())
    for shards in (1, 3):
        facts = inspect(write_tiny_model(tmp_path / f"m{shards}", shards=shards), digest=True)
        assert (facts.parameters.value, facts.family.value, facts.context_length.value) == (expected, "Llama", 64)
        assert len(facts.digest) == 64
    assert len(safetensors_bytes({"a": (2, 3)})) > 24

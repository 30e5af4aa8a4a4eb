"""Every kind of bad model, each with its own error, the file named and a remedy said."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from workbench.errors import (
    BadAdapter,
    BadConfig,
    ChatTemplateError,
    CorruptGGUF,
    CorruptWeights,
    DigestMismatch,
    MissingShard,
    NotFound,
    NoTokenizer,
    NoWeights,
    PickleWeights,
    RemoteCode,
    TruncatedShard,
    UnsafePath,
    WorkbenchError,
)
from workbench.models import check, gate, inspect, make_manifest

INDEX = "model.safetensors.index.json"


class Evil:
    """What a hostile checkpoint holds: a call."""

    def __reduce__(self):
        return os.system, ("echo owned > owned.txt",)


def refused(path: Path, kind: type[WorkbenchError], names: str, says: str, **more) -> WorkbenchError:
    """Assert that the gate refuses with exactly this class, naming the file; return the error."""
    found = [error for error in gate(path, **more).refusals if type(error) is kind]
    assert found, gate(path, **more).refusals
    error = next((error for error in found if says in error.message), None)
    assert error is not None, [entry.message for entry in found]
    assert error.where is not None
    assert error.where.endswith(names)
    assert error.remedy.endswith(".")
    with pytest.raises(WorkbenchError):
        check(path) if not more else check(path, adapter=more.get("adapter"))
    return error


def edit(path: Path, **changes) -> None:
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, **changes}))


def header(path: Path, fields: object, data: bytes = b"") -> None:
    text = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def tensor(begin: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_the_good_model_passes(make_model):
    report = gate(make_model())
    assert report.open
    assert report.notes == ()


# Nothing there


def test_a_path_with_nothing_at_it(tmp_path):
    refused(tmp_path / "nowhere", NotFound, "nowhere", "no model is there")


def test_an_empty_directory(tmp_path):
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", NotFound, "empty", "holds no model")


def test_a_file_that_is_no_model(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    refused(tmp_path / "notes.txt", NotFound, "notes.txt", "a directory or a .gguf file")


def test_a_directory_with_two_gguf_files(make_gguf):
    directory = make_gguf("many/a.gguf").parent
    make_gguf("many/b.gguf")
    refused(directory, NotFound, "many", "2 GGUF files")


def test_an_adapter_taken_for_a_model(make_adapter):
    error = refused(make_adapter(), BadAdapter, "lora", "an adapter, not a model")
    assert "--adapter" in error.remedy


# config.json


def test_no_config(make_model):
    refused(make_model(config=None), BadConfig, "config.json", "missing")


def test_a_config_that_is_not_json(make_model):
    path = make_model()
    (path / "config.json").write_text("{'single': 'quotes'}")
    refused(path, BadConfig, "config.json", "cannot be read as JSON")


def test_a_config_that_is_a_list(make_model):
    path = make_model()
    (path / "config.json").write_text("[]")
    refused(path, BadConfig, "config.json", "no JSON object")


def test_a_config_that_is_not_utf8(make_model):
    path = make_model()
    (path / "config.json").write_bytes(b'{"model_type": "\xff\xfe"}')
    refused(path, BadConfig, "config.json", "cannot be read as JSON")


def test_a_config_nested_beyond_reason(make_model):
    path = make_model()
    (path / "config.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    refused(path, BadConfig, "config.json", "cannot be read as JSON")


def test_a_config_that_is_huge(make_model):
    path = make_model()
    with (path / "config.json").open("r+b") as file:
        file.truncate(65 << 20)
    refused(path, BadConfig, "config.json", "bytes")


@pytest.mark.parametrize("stated", [[], [7], "LlamaForCausalLM", [{"a": 1}]])
def test_a_config_without_an_architecture(make_model, stated):
    refused(make_model(config={"architectures": stated}), BadConfig, "config.json", "neither an architecture")


@pytest.mark.parametrize("key", ["num_hidden_layers", "n_layer"])
def test_a_config_with_more_layers_than_memory_could_list(make_model, key):
    config = {"model_type": "llama", key: 1 << 36}
    refused(make_model(config=config), BadConfig, "config.json", "68,719,476,736 layers")


# Weights


def test_no_weights_at_all(make_model):
    path = make_model()
    (path / "model.safetensors").unlink()
    refused(path, NoWeights, "tiny-llama", "no weights")


def test_a_missing_shard(make_model):
    path = make_model(shards=3)
    (path / "model-00002-of-00003.safetensors").unlink()
    refused(path, MissingShard, "model-00002-of-00003.safetensors", "not there")


def test_every_missing_shard_is_listed(make_model):
    path = make_model(shards=3)
    for file in path.glob("model-*.safetensors"):
        file.unlink()
    assert [type(error) for error in gate(path).refusals] == [MissingShard] * 3


def test_shards_without_an_index(make_model):
    path = make_model(shards=2)
    (path / INDEX).unlink()
    refused(path, MissingShard, INDEX, "2 of 2 weight files")


def test_one_shard_of_three_without_an_index(make_model):
    path = make_model(shards=3)
    for name in (INDEX, "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors"):
        (path / name).unlink()
    refused(path, MissingShard, INDEX, "1 of 3 weight files")


def test_a_truncated_shard(make_model):
    path = make_model()
    file = path / "model.safetensors"
    with file.open("r+b") as handle:
        handle.truncate(file.stat().st_size - 100)
    refused(path, TruncatedShard, "model.safetensors", "100 of")


def test_an_empty_shard(make_model):
    path = make_model()
    (path / "model.safetensors").write_bytes(b"")
    refused(path, TruncatedShard, "model.safetensors", "not even a header")


def test_a_header_longer_than_the_file(make_model):
    path = make_model()
    (path / "model.safetensors").write_bytes(struct.pack("<Q", 5000) + b"{}")
    refused(path, TruncatedShard, "model.safetensors", "the header has 5,000 bytes")


def test_a_header_of_absurd_length(make_model):
    path = make_model()
    (path / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 62) + b"{}")
    refused(path, CorruptWeights, "model.safetensors", "the header would have")


def test_a_header_that_is_not_json(make_model):
    path = make_model()
    header(path / "model.safetensors", b"{not json at all}")
    refused(path, CorruptWeights, "model.safetensors", "no table of tensors")


def test_a_header_that_names_a_tensor_twice(make_model):
    path = make_model()
    entry = json.dumps(tensor(0, 4, [1]))
    header(path / "model.safetensors", f'{{"a": {entry}, "a": {entry}}}'.encode(), bytes(4))
    refused(path, CorruptWeights, "model.safetensors", "stands twice")


def test_tensors_that_overlap(make_model):
    path = make_model()
    header(path / "model.safetensors", {"a": tensor(0, 8, [2]), "b": tensor(4, 12, [2])}, bytes(12))
    refused(path, CorruptWeights, "model.safetensors", "tensor b lies at 4…12")


def test_a_tensor_beyond_the_end(make_model):
    path = make_model()
    header(path / "model.safetensors", {"a": tensor(0, 400, [100])}, bytes(4))
    refused(path, TruncatedShard, "model.safetensors", "396 of 400 bytes")


def test_a_tensor_of_another_size_than_its_shape(make_model):
    path = make_model()
    header(path / "model.safetensors", {"a": tensor(0, 8, [100])}, bytes(8))
    refused(path, CorruptWeights, "model.safetensors", "tensor a lies at 0…8, where 0…400 belongs")


def test_bytes_that_belong_to_no_tensor(make_model):
    path = make_model()
    header(path / "model.safetensors", {"a": tensor(0, 4, [1])}, bytes(4000))
    refused(path, CorruptWeights, "model.safetensors", "belong to no tensor")


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [1], "data_offsets": [0, float("inf")]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 6]},
        {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0]},
        {"dtype": "F32", "shape": [10**4000], "data_offsets": [0, 4]},
        {"dtype": "Q7", "shape": [1], "data_offsets": [0, 4]},
        {"shape": [1]},
        [],
    ],
)
def test_an_entry_that_is_no_tensor(make_model, entry):
    path = make_model()
    header(path / "model.safetensors", {"a": entry}, bytes(4))
    refused(path, CorruptWeights, "model.safetensors", "")


def test_a_tensor_in_two_shards(make_model, tensors):
    path = make_model(shards=2)
    save_file(tensors, path / "model-00002-of-00002.safetensors")
    refused(path, CorruptWeights, "model-00002-of-00002.safetensors", "stands in a second file")


def test_a_tensor_the_index_promises_and_no_shard_holds(make_model):
    path = make_model(shards=2)
    fields = json.loads((path / INDEX).read_text())
    fields["weight_map"]["model.layers.9.q"] = "model-00002-of-00002.safetensors"
    (path / INDEX).write_text(json.dumps(fields))
    refused(path, CorruptWeights, "model-00002-of-00002.safetensors", "model.layers.9.q")


# The index


@pytest.mark.parametrize("table", [{}, [], {"a": 3}, None])
def test_an_index_without_a_table(make_model, table):
    path = make_model(shards=2)
    edit(path / INDEX, weight_map=table)
    refused(path, BadConfig, INDEX, "no table of weights")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "sub/model.safetensors", ".hidden", "a\0b", "a\nb"]
)
def test_an_unsafe_path_in_an_index(make_model, name):
    path = make_model(shards=2)
    fields = json.loads((path / INDEX).read_text())
    fields["weight_map"]["model.norm.weight"] = name
    (path / INDEX).write_text(json.dumps(fields))
    refused(path, UnsafePath, INDEX, "no file of this directory")


def test_a_name_in_an_index_that_no_file_system_can_hold(make_model):
    path = make_model(shards=2)
    fields = json.loads((path / INDEX).read_text())
    fields["weight_map"]["model.norm.weight"] = "a" * 5000
    (path / INDEX).write_text(json.dumps(fields))
    refused(path, MissingShard, "a", "which is not there")


def test_a_link_that_leads_out(make_model, tmp_path):
    path = make_model()
    (tmp_path / "elsewhere.safetensors").write_bytes((path / "model.safetensors").read_bytes())
    (path / "model.safetensors").unlink()
    (path / "model.safetensors").symlink_to("../elsewhere.safetensors")
    refused(path, UnsafePath, "model.safetensors", "leads out of the model")


def test_a_link_to_nothing_outside(make_model):
    path = make_model()
    (path / "extra.json").symlink_to("/nowhere/at/all")
    refused(path, UnsafePath, "extra.json", "leads out of the model")


def test_a_link_to_itself(make_model):
    path = make_model()
    (path / "loop.json").symlink_to("loop.json")
    refused(path, UnsafePath, "loop.json", "leads out of the model")


# Pickles


def pickled(path: Path, content: object) -> Path:
    path.write_bytes(pickle.dumps(content))
    return path


def test_a_hostile_pickle_is_explained_and_not_run(make_model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = make_model()
    (path / "model.safetensors").unlink()
    pickled(path / "pytorch_model.bin", Evil())
    error = refused(path, PickleWeights, "pytorch_model.bin", "the only weights are pickles")
    assert "system" in error.message
    assert "1 dangerous" in error.message
    assert not (tmp_path / "owned.txt").exists()


@pytest.mark.parametrize("suffix", [".bin", ".pt", ".pth", ".ckpt", ".pkl"])
def test_a_clean_scan_does_not_unlock_a_pickle(make_model, suffix):
    path = make_model()
    (path / "model.safetensors").unlink()
    pickled(path / f"weights{suffix}", {"a": [1.0, 2.0]})
    error = refused(path, PickleWeights, f"weights{suffix}", "a clean scan does not unlock it")
    assert error.exit_code == 5


def test_a_pickle_that_is_given_itself(tmp_path):
    refused(pickled(tmp_path / "model.pt", {"a": 1}), PickleWeights, "model.pt", "pickle's format")


def test_a_pickle_under_the_name_of_safetensors(make_model):
    path = make_model()
    pickled(path / "model.safetensors", Evil())
    error = refused(path, PickleWeights, "model.safetensors", "under the name of a safetensors file")
    assert "system" in error.message


def test_a_torch_archive_under_the_name_of_safetensors(make_model):
    path = make_model()
    with zipfile.ZipFile(path / "model.safetensors", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil()))
    error = refused(path, PickleWeights, "model.safetensors", "under the name of a safetensors file")
    assert "system" in error.message


def test_a_pickle_under_the_name_of_gguf(tmp_path):
    refused(pickled(tmp_path / "model.gguf", Evil()), PickleWeights, "model.gguf", "under the name of a GGUF file")


def test_a_header_as_long_as_a_pickles_first_bytes_is_no_pickle(make_model):
    path = make_model()
    for length in (0x280, 0x380, 0x480, 0x580):
        text = json.dumps({"a": tensor(0, 4, [1])}).encode().ljust(length)
        header(path / "model.safetensors", text, bytes(4))
        assert gate(path).refusals == ()


def test_a_damaged_pickle_is_refused_all_the_same(make_model):
    path = make_model()
    (path / "model.safetensors").unlink()
    (path / "pytorch_model.bin").write_bytes(b"PK\x03\x04 cut short")
    refused(path, PickleWeights, "pytorch_model.bin", "picklescan")


def test_pickles_beside_safetensors_are_noted_and_not_used(make_model):
    path = make_model()
    pickled(path / "pytorch_model.bin", Evil())
    pickled(path / "data.dat", Evil())
    report = gate(path)
    assert report.open
    assert any("pytorch_model.bin" in note and "never read" in note for note in report.notes)
    assert any("data.dat" in note for note in report.notes)


# Remote code


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_an_auto_map(make_model, name):
    path = make_model()
    edit(path / name, auto_map={"AutoModelForCausalLM": "modeling_evil.EvilModel"})
    refused(path, RemoteCode, name, "modeling_evil.EvilModel")


def test_a_modelling_file(make_model):
    path = make_model()
    (path / "modeling_evil.py").write_text("import os")
    refused(path, RemoteCode, "modeling_evil.py", "Python that a loader could run")


def test_a_generation_loop_of_its_own(make_model):
    path = make_model()
    (path / "custom_generate").mkdir()
    refused(path, RemoteCode, "custom_generate", "generation loop")


def test_other_python_is_noted_and_not_run(make_model):
    path = make_model()
    (path / "convert.py").write_text("raise SystemExit")
    report = gate(path)
    assert report.open
    assert "convert.py" in report.notes[0]


# Tokenizer and template


def test_no_tokenizer(make_model):
    path = make_model()
    (path / "tokenizer.json").unlink()
    refused(path, NoTokenizer, "tiny-llama", "no tokenizer.json")


def test_a_tokenizer_that_needs_a_conversion(make_model):
    path = make_model()
    (path / "tokenizer.json").rename(path / "tokenizer.model")
    error = refused(path, NoTokenizer, "tiny-llama", "tokenizer.model and no tokenizer.json")
    assert "save_pretrained" in error.remedy


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"model": 3}', '{"post_processor": null, "model": '])
def test_a_tokenizer_that_is_none(make_model, text):
    path = make_model()
    (path / "tokenizer.json").write_text(text)
    refused(path, NoTokenizer, "tokenizer.json", "tokenizer.json")


def test_a_tokenizer_cut_short(make_model):
    path = make_model()
    text = (path / "tokenizer.json").read_text()
    (path / "tokenizer.json").write_text(text[: len(text) * 3 // 4])
    refused(path, NoTokenizer, "tokenizer.json", "damaged")


@pytest.mark.parametrize("single", [[3], [{"SpecialToken": 3}, 4], "text", [None]])
def test_a_damaged_post_processor(make_model, single):
    path = make_model()
    edit(path / "tokenizer.json", post_processor={"type": "TemplateProcessing", "single": single})
    report = gate(path)
    assert all(type(error) is NoTokenizer for error in report.refusals)


def test_a_template_that_is_not_utf8(make_model):
    path = make_model()
    (path / "chat_template.jinja").write_bytes(b"\xff\xfe")
    refused(path, ChatTemplateError, "chat_template.jinja", "cannot be read")


# Digests


def test_a_file_that_changed(make_model):
    path = make_model()
    recorded = make_manifest(path).files
    edit(path / "config.json", vocab_size=7)
    report = gate(path, digests=recorded)
    assert [type(error) for error in report.refusals] == [DigestMismatch]
    assert report.refusals[0].where == str(path / "config.json")


def test_every_difference_from_the_manifest_is_listed(make_model):
    path = make_model()
    recorded = make_manifest(path).files
    edit(path / "config.json", vocab_size=7)
    (path / "extra.txt").write_text("new")
    (path / "tokenizer_config.json").unlink()
    found = {Path(error.where).name: error.message for error in gate(path, digests=recorded).refusals}
    assert sorted(found) == ["config.json", "extra.txt", "tokenizer_config.json"]
    assert "recorded was" in found["config.json"]
    assert "was not recorded" in found["extra.txt"]
    assert "is gone" in found["tokenizer_config.json"]


# GGUF


def test_a_gguf_that_is_none(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGML" + bytes(100))
    refused(tmp_path / "model.gguf", CorruptGGUF, "model.gguf", "magic bytes")


def test_an_empty_gguf(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"")
    refused(tmp_path / "model.gguf", CorruptGGUF, "model.gguf", "too early")


def test_a_gguf_cut_short_in_its_weights(make_gguf):
    path = make_gguf()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1000)
    refused(path, CorruptGGUF, "tiny.gguf", "bytes are missing")


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5])
def test_a_gguf_cut_short_in_its_header(make_gguf, share):
    path = make_gguf()
    header_size = path.read_bytes().index(b"token_embd.weight")
    with path.open("r+b") as file:
        file.truncate(int(header_size * share))
    refused(path, CorruptGGUF, "tiny.gguf", "too early")


def test_a_gguf_of_an_unknown_version(make_gguf):
    path = make_gguf()
    data = bytearray(path.read_bytes())
    data[4:8] = struct.pack("<I", 9)
    path.write_bytes(data)
    refused(path, CorruptGGUF, "tiny.gguf", "version 9")


def test_a_big_endian_gguf(make_gguf):
    path = make_gguf()
    data = bytearray(path.read_bytes())
    data[4:8] = struct.pack(">I", 3)
    path.write_bytes(data)
    refused(path, CorruptGGUF, "tiny.gguf", "big-endian")


@pytest.mark.parametrize(("at", "says"), [(8, "number of tensors"), (16, "number of metadata entries")])
def test_a_gguf_with_absurd_counts(make_gguf, at, says):
    path = make_gguf()
    data = bytearray(path.read_bytes())
    data[at : at + 8] = struct.pack("<Q", 1 << 60)
    path.write_bytes(data)
    refused(path, CorruptGGUF, "tiny.gguf", says)


def test_a_gguf_with_a_text_of_absurd_length(make_gguf):
    path = make_gguf()
    data = bytearray(path.read_bytes())
    data[24:32] = struct.pack("<Q", 1 << 50)
    path.write_bytes(data)
    refused(path, CorruptGGUF, "tiny.gguf", "length of a text")


def test_a_gguf_tensor_of_unknown_type(make_gguf):
    path = make_gguf()
    data = bytearray(path.read_bytes())
    at = data.index(b"token_embd.weight") + len("token_embd.weight") + 4 + 2 * 8
    data[at : at + 4] = struct.pack("<I", 999)
    path.write_bytes(data)
    refused(path, CorruptGGUF, "tiny.gguf", "unknown type 999")


def test_gguf_tensors_that_overlap(make_gguf):
    weights = {"token_embd.weight": np.ones((32, 16), np.float32), "output.weight": np.ones((32, 16), np.float32)}
    path = make_gguf(weights=weights)
    data = bytearray(path.read_bytes())
    at = data.index(b"output.weight") + len("output.weight") + 4 + 2 * 8 + 4
    data[at : at + 8] = struct.pack("<Q", 64)
    path.write_bytes(data)
    refused(path, CorruptGGUF, "tiny.gguf", "inside another")


def test_a_gguf_without_a_vocabulary(make_gguf):
    refused(make_gguf(metadata={"tokenizer.ggml.tokens": None}), NoTokenizer, "tiny.gguf", "no vocabulary")


def test_a_gguf_with_more_layers_than_memory_could_list(make_gguf):
    path = make_gguf(metadata={"llama.block_count": (1 << 32) - 1})
    refused(path, CorruptGGUF, "tiny.gguf", "4,294,967,295 layers")


def test_one_part_of_a_split_gguf(make_gguf):
    path = make_gguf(metadata={"split.count": 3, "split.no": 1})
    error = refused(path, MissingShard, "tiny.gguf", "part 2 of 3")
    assert "llama-gguf-split" in error.remedy


# Adapters


def test_an_adapter_that_fits_passes(make_model, make_adapter):
    assert gate(make_model(), adapter=make_adapter()).open


def test_an_adapter_for_other_modules(make_model, make_adapter):
    at = "base_model.model.model.layers.7.self_attn.q_proj"
    weights = {
        f"{at}.lora_A.weight": np.zeros((4, 16), np.float32),
        f"{at}.lora_B.weight": np.zeros((16, 4), np.float32),
    }
    adapter = make_adapter(weights=weights)
    refused(make_model(), BadAdapter, "adapter_model.safetensors", "no module model.layers.7", adapter=adapter)


def test_an_adapter_of_another_shape(make_model, make_adapter):
    at = "base_model.model.model.layers.0.self_attn.k_proj"
    weights = {
        f"{at}.lora_A.weight": np.zeros((4, 16), np.float32),
        f"{at}.lora_B.weight": np.zeros((16, 4), np.float32),
    }
    adapter = make_adapter(weights=weights)
    refused(make_model(), BadAdapter, "adapter_model.safetensors", "(8, 16) in the base", adapter=adapter)


def test_half_an_adapter(make_model, make_adapter):
    weights = {"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": np.zeros((4, 16), np.float32)}
    adapter = make_adapter(weights=weights)
    refused(make_model(), BadAdapter, "adapter_model.safetensors", "half a pair", adapter=adapter)


def test_an_adapter_whose_halves_do_not_multiply(make_model, make_adapter):
    at = "base_model.model.model.layers.0.self_attn.q_proj"
    weights = {
        f"{at}.lora_A.weight": np.zeros((4, 16), np.float32),
        f"{at}.lora_B.weight": np.zeros((16, 8), np.float32),
    }
    adapter = make_adapter(weights=weights)
    refused(make_model(), BadAdapter, "adapter_model.safetensors", "cannot be multiplied", adapter=adapter)


def test_an_adapter_without_lora_weights(make_model, make_adapter):
    adapter = make_adapter(weights={"something.else": np.zeros(3, np.float32)})
    refused(make_model(), BadAdapter, "adapter_model.safetensors", "no LoRA weights", adapter=adapter)


@pytest.mark.parametrize("config", [{"peft_type": "PREFIX_TUNING"}, {"r": 0}, {"r": "4"}, {"r": True}])
def test_an_adapter_of_another_kind(make_model, make_adapter, config):
    adapter = make_adapter(config=config)
    refused(make_model(), BadAdapter, "adapter_config.json", "is no LoRA", adapter=adapter)


def test_an_adapter_config_that_is_not_json(make_model, make_adapter):
    adapter = make_adapter()
    (adapter / "adapter_config.json").write_text("nope")
    refused(make_model(), BadAdapter, "adapter_config.json", "cannot be read", adapter=adapter)


def test_an_adapter_that_is_a_pickle(make_model, make_adapter):
    adapter = make_adapter()
    (adapter / "adapter_model.safetensors").unlink()
    pickled(adapter / "adapter_model.bin", Evil())
    refused(make_model(), PickleWeights, "adapter_model.bin", "system", adapter=adapter)


def test_an_adapter_without_weights(make_model, make_adapter):
    adapter = make_adapter()
    (adapter / "adapter_model.safetensors").unlink()
    refused(make_model(), BadAdapter, "lora", "has no adapter_model.safetensors", adapter=adapter)


def test_an_adapter_that_wants_its_own_python(make_model, make_adapter):
    adapter = make_adapter(config={"auto_mapping": {"parent_library": "evil.module"}})
    refused(make_model(), RemoteCode, "adapter_config.json", "evil.module", adapter=adapter)


def test_an_adapter_on_a_gguf(make_gguf, make_adapter):
    refused(make_gguf(), BadAdapter, "tiny.gguf", "safetensors weights", adapter=make_adapter())


# All at once


def test_every_refusal_is_listed_and_the_gravest_comes_first(make_model):
    path = make_model(shards=3)
    (path / "model-00002-of-00003.safetensors").unlink()
    with (path / "model-00003-of-00003.safetensors").open("r+b") as file:
        file.truncate(600)
    (path / "tokenizer.json").unlink()
    (path / "config.json").write_text("{")
    edit(path / "tokenizer_config.json", auto_map={"AutoTokenizer": ["x.Y", None]})
    kinds = [type(error) for error in gate(path).refusals]
    assert kinds[0] is RemoteCode
    assert set(kinds) == {RemoteCode, MissingShard, TruncatedShard, NoTokenizer, BadConfig}
    with pytest.raises(RemoteCode):
        check(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_an_error_of_ours_or_none(make_gguf, make_model, tmp_path, data):
    if not (tmp_path / "tiny.gguf").exists():
        make_gguf()
        make_model()
    victim = data.draw(st.sampled_from(["tiny.gguf", "tiny-llama"]))
    copy = tmp_path / f"copy-{victim}"
    if victim.endswith(".gguf"):
        shutil.copy(tmp_path / victim, copy)
        file = copy
    else:
        shutil.copytree(tmp_path / victim, copy, dirs_exist_ok=True)
        file = copy / data.draw(st.sampled_from(sorted(entry.name for entry in copy.iterdir())))
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 4000)))] = data.draw(st.integers(0, 255))
    file.write_bytes(content)
    report = gate(copy)
    if report.open:
        assert inspect(copy).path == str(copy)
    assert all(isinstance(error, WorkbenchError) and error.where for error in report.refusals)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("name", "kind"),
    [("config.json", BadConfig), ("model.safetensors", CorruptWeights), (INDEX, BadConfig), ("tokenizer.json", None)],
)
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(make_model, name, kind):
    path = make_model()
    (path / name).unlink(missing_ok=True)
    os.mkfifo(path / name)
    assert gate(path).refusals
    if kind is not None:
        refused(path, kind, name, "this is no file")


def test_a_config_that_leads_to_a_device_is_not_read(make_model):
    path = make_model()
    (path / "config.json").unlink()
    (path / "config.json").symlink_to("/dev/zero")
    with pytest.raises(BadConfig, match="this is no file"):
        inspect(path)

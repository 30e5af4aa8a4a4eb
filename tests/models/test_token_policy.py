"""BOS and EOS: by the post-processor of a directory, by the metadata of a GGUF file."""

from __future__ import annotations

import json

import pytest

from workbench.errors import NoTokenizer
from workbench.models import inspect


@pytest.mark.parametrize("bos", [True, False])
@pytest.mark.parametrize("eos", [True, False])
@pytest.mark.parametrize("byte_level", [True, False])
def test_the_post_processor_decides(make_model, tokenizer, bos, eos, byte_level):
    policy = inspect(make_model(tokens=tokenizer(bos=bos, eos=eos, byte_level=byte_level))).tokens
    assert (policy.add_bos, policy.add_eos) == (bos, eos)
    assert (policy.bos, policy.bos_id) == ("<s>", 1)
    assert policy.eos_ids == (2,)


def test_a_setting_that_transformers_ignores_is_mentioned(make_model, tokenizer):
    settings = {"bos_token": "<s>", "add_bos_token": True}
    policy = inspect(make_model(tokens=tokenizer(bos=False), tokenizer_config=settings)).tokens
    assert not policy.add_bos
    assert policy.source.endswith("says add_bos_token: true, which transformers does not read)")


def test_tokens_of_the_legacy_map_count(make_model):
    path = make_model(tokenizer_config=None)
    (path / "special_tokens_map.json").write_text(json.dumps({"bos_token": {"content": "<s>"}, "eos_token": "</s>"}))
    policy = inspect(path).tokens
    assert (policy.bos, policy.bos_id, policy.eos_ids) == ("<s>", 1, (2,))


def test_a_leading_token_of_another_name_is_the_one_that_begins(make_model):
    path = make_model(tokenizer_config={"bos_token": "<s>"})
    fields = json.loads((path / "tokenizer.json").read_text())
    fields["post_processor"] = {"type": "BertProcessing", "cls": ["[CLS]", 7], "sep": ["[SEP]", 8]}
    (path / "tokenizer.json").write_text(json.dumps(fields))
    policy = inspect(path).tokens
    assert (policy.bos, policy.bos_id, policy.add_bos, policy.add_eos) == ("[CLS]", 7, True, True)


def test_several_ends_from_the_generation_config(make_model):
    path = make_model()
    (path / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 5]}))
    assert inspect(path).tokens.eos_ids == (2, 5)


def test_a_tokenizer_in_another_order_is_read_too(make_model):
    path = make_model()
    fields = json.loads((path / "tokenizer.json").read_text())
    (path / "tokenizer.json").write_text(json.dumps({"model": fields.pop("model"), **fields}, indent=2))
    assert inspect(path).tokens.add_bos


@pytest.mark.parametrize(
    ("metadata", "add_bos", "source"),
    [
        ({"tokenizer.ggml.add_bos_token": True}, True, "tokenizer.ggml.add_bos_token"),
        ({"tokenizer.ggml.add_bos_token": False}, False, "tokenizer.ggml.add_bos_token"),
        ({}, True, "model llama (llama.cpp's default)"),
        ({"tokenizer.ggml.model": "gpt2"}, False, "model gpt2 (llama.cpp's default)"),
        ({"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe"}, True, "pre llama-bpe"),
        ({"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "tekken"}, True, "pre tekken"),
        ({"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2"}, False, "pre qwen2"),
        ({"tokenizer.ggml.model": "t5"}, False, "model t5"),
        ({"tokenizer.ggml.model": "gemma4", "tokenizer.ggml.add_bos_token": False}, True, "gemma4 (llama.cpp's rule)"),
        ({"tokenizer.ggml.model": "novel"}, False, "model novel"),
    ],
)
def test_the_metadata_of_a_gguf_decides_and_else_llama_cpp(make_gguf, metadata, add_bos, source):
    policy = inspect(make_gguf(metadata=metadata)).tokens
    assert policy.add_bos is add_bos
    assert source in policy.source


def test_ids_that_a_gguf_leaves_out_are_llama_cpps(make_gguf):
    silent = {"tokenizer.ggml.bos_token_id": None, "tokenizer.ggml.eos_token_id": None}
    spm = inspect(make_gguf("spm.gguf", metadata=silent)).tokens
    assert (spm.bos_id, spm.bos, spm.eos_ids, spm.add_bos) == (1, "<s>", (2,), True)
    bpe = inspect(make_gguf("bpe.gguf", metadata={**silent, "tokenizer.ggml.model": "gpt2"})).tokens
    assert (bpe.bos_id, bpe.eos_ids) == (11, (11,))
    t5 = inspect(make_gguf("t5.gguf", metadata={**silent, "tokenizer.ggml.model": "t5"})).tokens
    assert (t5.bos_id, t5.add_bos, t5.eos_ids, t5.add_eos) == (None, False, (1,), True)


def test_an_id_beyond_the_vocabulary_counts_as_not_stated(make_gguf):
    policy = inspect(make_gguf(metadata={"tokenizer.ggml.bos_token_id": 5000})).tokens
    assert policy.bos_id == 1


def test_ends_of_turn_are_ends(make_gguf):
    policy = inspect(make_gguf(metadata={"tokenizer.ggml.eot_token_id": 9, "tokenizer.ggml.eom_token_id": 2})).tokens
    assert policy.eos_ids == (2, 9)


def test_a_gguf_whose_vocabulary_is_empty(make_gguf):
    path = make_gguf(metadata={"tokenizer.ggml.tokens": None})
    with pytest.raises(NoTokenizer, match="no vocabulary"):
        inspect(path)

"""A GGUF file written here, from a tiny model whose logits are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import ScoreRequest
from workbench.engines.transformers.convert import convert_gguf, read_conversion
from workbench.errors import CorruptGGUF, DiskFull, NotFound, NoTokenizer, OutOfMemory, UsageError

NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name: str) -> str:
    name = name.removesuffix(".weight")
    if name.startswith("model.layers."):
        _, _, layer, rest = name.split(".", 3)
        return f"blk.{layer}.{NAMES[rest]}.weight"
    return f"{NAMES[name]}.weight"


def permuted(name: str, weight, heads: int, kv_heads: int):
    """Order rows of query and key as llama.cpp's rotary embedding wants them."""
    count = heads if name.endswith("q_proj.weight") else kv_heads if name.endswith("k_proj.weight") else 0
    if not count:
        return weight
    return (
        weight.reshape(count, 2, weight.shape[0] // count // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)
    )


def write_gguf(path: Path, directory: Path, *, add_bos: bool, vocabulary: bool = True) -> Path:
    from gguf import GGUFWriter
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(directory)
    config, writer = model.config, GGUFWriter(path, "llama")
    writer.add_name("Tiny")
    writer.add_license("cc0-1.0")
    writer.add_languages(["th", "en"])
    writer.add_file_type(0)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)
    if vocabulary:
        backend = json.loads((directory / "tokenizer.json").read_text(encoding="utf-8"))
        tokens = sorted(backend["model"]["vocab"], key=backend["model"]["vocab"].get)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(tokens)
        writer.add_token_types([3 if token in {"<pad>", "<s>", "</s>"} else 1 for token in tokens])
        writer.add_token_merges([" ".join(pair) for pair in backend["model"]["merges"]])
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_pad_token_id(0)
        writer.add_add_bos_token(add_bos)
    for name, tensor in model.state_dict().items():
        weight = permuted(name, tensor.numpy(), config.num_attention_heads, config.num_key_value_heads)
        writer.add_tensor(gguf_name(name), weight.copy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def gguf(tiny, tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "tiny.gguf", tiny("llama"), add_bos=True)


def test_the_converted_directory_is_the_same_model(tiny, gguf: Path, tmp_path: Path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    steps: list[str] = []
    directory = convert_gguf(gguf, tmp_path / "out", files={"LICENSE": "free"}, progress=steps.append)
    ids = torch.tensor([[1, 50, 60, 70, 80]])
    with torch.no_grad():
        expected = AutoModelForCausalLM.from_pretrained(tiny("llama"))(ids).logits
        found = AutoModelForCausalLM.from_pretrained(directory)(ids).logits
    assert torch.allclose(found, expected, atol=1e-5)
    text = "The cat 12 ผู้ชาย 这个人\n\n x"
    assert (
        AutoTokenizer.from_pretrained(directory)(text)["input_ids"]
        == AutoTokenizer.from_pretrained(tiny("llama"))(text)["input_ids"]
    )
    assert (directory / "LICENSE").read_text() == "free"
    card = (directory / "README.md").read_text()
    assert "cc0-1.0" in card
    assert "# Tiny" in card
    made = read_conversion(directory)
    assert made is not None
    assert (made.source, made.quantisation) == ("tiny.gguf", "F32")
    assert steps[0].startswith("reading")
    assert len(steps) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tiny.gguf"]


@pytest.mark.parametrize("add_bos", [True, False])
def test_bos_follows_the_metadata_everywhere(tiny, tmp_path: Path, add_bos: bool):
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    gguf = write_gguf(tmp_path / "tiny.gguf", tiny("llama"), add_bos=add_bos)
    directory = convert_gguf(gguf, tmp_path / "out")
    assert (AutoTokenizer.from_pretrained(directory)("The cat")["input_ids"][0] == 1) is add_bos
    # Readers that know nothing but tokenizer.json see the same.
    assert (Tokenizer.from_file(str(directory / "tokenizer.json")).encode("The cat").ids[0] == 1) is add_bos
    assert json.loads((directory / "tokenizer_config.json").read_text())["add_bos_token"] is add_bos


def test_a_gguf_file_runs_without_conversion_with_the_same_scores(tiny, gguf: Path):
    request = ScoreRequest("x", "The cat", (" sat", " dog"))
    engine = open_engine("transformers", gguf, EngineConfig(device="cpu"))
    (found,) = engine.score([request])
    (expected,) = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu")).score([request])
    assert found.context_tokens == expected.context_tokens
    assert [c.log_likelihood for c in found.continuations] == pytest.approx(
        [c.log_likelihood for c in expected.continuations], abs=1e-4
    )


def test_what_was_converted_is_not_converted_again(gguf: Path, tmp_path: Path):
    directory = convert_gguf(gguf, tmp_path / "out")
    before = (directory / "model.safetensors").stat().st_mtime_ns
    assert convert_gguf(gguf, tmp_path / "out") == directory
    assert (directory / "model.safetensors").stat().st_mtime_ns == before
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match="not made from"):
        convert_gguf(gguf, tmp_path / "other")


def test_a_failed_conversion_leaves_nothing(gguf: Path, tmp_path: Path):
    def stop(step: str) -> None:
        if step.startswith("writing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_gguf(gguf, tmp_path / "out", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.gguf"]


@pytest.mark.parametrize("kept", [3, 60, 9000])
def test_files_that_are_cut_or_not_gguf(gguf: Path, tmp_path: Path, kept: int):
    gguf.write_bytes(gguf.read_bytes()[:kept])
    with pytest.raises(CorruptGGUF, match=r"too early|magic"):
        convert_gguf(gguf, tmp_path / "out")


def test_tensor_data_that_is_cut(gguf: Path, tmp_path: Path):
    gguf.write_bytes(gguf.read_bytes()[:-5000])
    with pytest.raises(CorruptGGUF, match="are missing"):
        convert_gguf(gguf, tmp_path / "out")
    with pytest.raises(CorruptGGUF, match="are missing"):
        open_engine("transformers", gguf, EngineConfig(device="cpu"))


def test_other_refusals(tiny, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from workbench.engines.transformers import convert, memory

    with pytest.raises(NotFound):
        convert_gguf(tmp_path / "none.gguf", tmp_path / "out")
    bare = write_gguf(tmp_path / "bare.gguf", tiny("llama"), add_bos=True, vocabulary=False)
    with pytest.raises(NoTokenizer, match="no vocabulary"):
        convert_gguf(bare, tmp_path / "out")
    monkeypatch.setattr(convert.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 10})())
    with pytest.raises(DiskFull, match="10 are free"):
        convert_gguf(gguf, tmp_path / "out")
    monkeypatch.setattr(memory, "available_memory", lambda: 10)
    with pytest.raises(OutOfMemory, match="unpacking"):
        convert_gguf(gguf, tmp_path / "out")

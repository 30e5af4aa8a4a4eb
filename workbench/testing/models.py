"""Tiny model directories and GGUF files made of real bytes, without torch: for tests of whatever reads models."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VOCABULARY = 12
HIDDEN = 8
LAYERS = 2
CONFIG: Mapping[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": HIDDEN,
    "intermediate_size": 16,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 64,
    "vocab_size": VOCABULARY,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "tie_word_embeddings": True,
}


def tensor_shapes() -> dict[str, tuple[int, ...]]:
    """Return the weights of the tiny Llama, its output tied to the embedding."""
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
        "model.norm.weight": (HIDDEN,),
    }
    for layer in range(LAYERS):
        name = f"model.layers.{layer}"
        shapes |= {
            f"{name}.self_attn.q_proj.weight": (HIDDEN, HIDDEN),
            f"{name}.self_attn.k_proj.weight": (HIDDEN // 2, HIDDEN),
            f"{name}.self_attn.v_proj.weight": (HIDDEN // 2, HIDDEN),
            f"{name}.self_attn.o_proj.weight": (HIDDEN, HIDDEN),
            f"{name}.mlp.gate_proj.weight": (16, HIDDEN),
            f"{name}.mlp.up_proj.weight": (16, HIDDEN),
            f"{name}.mlp.down_proj.weight": (HIDDEN, 16),
            f"{name}.input_layernorm.weight": (HIDDEN,),
            f"{name}.post_attention_layernorm.weight": (HIDDEN,),
        }
    return shapes


def safetensors_bytes(shapes: Mapping[str, tuple[int, ...]], dtype: str = "F32", width: int = 4) -> bytes:
    """Return a safetensors file of zeros."""
    header: dict[str, Any] = {}
    position = 0
    for name, shape in shapes.items():
        size = width
        for side in shape:
            size *= side
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [position, position + size]}
        position += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(position)


def write_tiny_model(path: Path, *, shards: int = 1, **config: Any) -> Path:
    """Write a tiny Llama directory and return it.

    Parameters
    ----------
    shards
        Weight files; more than one come with an index.
    config
        Fields that replace or extend those of ``config.json``; None removes one.
    """
    path.mkdir(parents=True)
    fields = {name: value for name, value in {**CONFIG, **config}.items() if value is not None}
    (path / "config.json").write_text(json.dumps(fields), encoding="utf-8")
    _write_weights(path, shards)
    words = {"<unk>": 0, "<s>": 1, "</s>": 2, **{f"w{number}": number for number in range(3, VOCABULARY)}}
    special = [{"id": words[word], "content": word, "special": True} for word in ("<unk>", "<s>", "</s>")]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [{**entry, **flags} for entry in special],
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "normalizer": None,
        "truncation": None,
        "padding": None,
        "model": {"type": "WordLevel", "vocab": words, "unk_token": "<unk>"},
    }
    (path / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    settings = {"bos_token": "<s>", "eos_token": "</s>", "tokenizer_class": "PreTrainedTokenizerFast"}
    (path / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return path


def _write_weights(path: Path, shards: int) -> None:
    shapes = tensor_shapes()
    if shards == 1:
        (path / "model.safetensors").write_bytes(safetensors_bytes(shapes))
        return
    table: dict[str, str] = {}
    names = sorted(shapes)
    for number in range(shards):
        file = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        mine = names[number::shards]
        (path / file).write_bytes(safetensors_bytes({name: shapes[name] for name in mine}))
        table |= dict.fromkeys(mine, file)
    index = {"metadata": {}, "weight_map": table}
    (path / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def write_tiny_adapter(path: Path, *, rank: int = 2, module: str = "model.layers.0.self_attn.q_proj") -> Path:
    """Write a LoRA adapter for one module of the tiny Llama and return its directory."""
    path.mkdir(parents=True)
    fields = {"peft_type": "LORA", "r": rank, "base_model_name_or_path": "tiny", "target_modules": ["q_proj"]}
    (path / "adapter_config.json").write_text(json.dumps(fields), encoding="utf-8")
    name = f"base_model.model.{module}"
    shapes = {f"{name}.lora_A.weight": (rank, HIDDEN), f"{name}.lora_B.weight": (HIDDEN, rank)}
    (path / "adapter_model.safetensors").write_bytes(safetensors_bytes(shapes))
    return path


def write_tiny_gguf(path: Path) -> Path:
    """Write a GGUF file with one tensor and a vocabulary, and return it."""
    import numpy as np
    from gguf import GGUFWriter

    writer = GGUFWriter(str(path), "llama")
    writer.add_context_length(64)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(HIDDEN)
    writer.add_head_count(2)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "<s>", "</s>"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_tensor("token_embd.weight", np.zeros((3, HIDDEN), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path

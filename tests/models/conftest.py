"""Small real models, written file by file as their publishers would, without torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFWriter
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

ModelMaker = Callable[..., Path]
HIDDEN, LAYERS, HEADS, GROUPS, INNER = 16, 2, 4, 2, 32
WORDS = ["<unk>", "<s>", "</s>", *"abcdefghijklmnopqrstuvwxyz", "Ġ"]
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": GROUPS,
    "max_position_embeddings": 128,
    "vocab_size": len(WORDS),
    "tie_word_embeddings": False,
    "torch_dtype": "float32",
}
TOKENIZER_CONFIG = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def llama_tensors() -> dict[str, np.ndarray]:
    """Weights of a two-layer Llama."""
    size = HIDDEN // HEADS
    shapes = {"model.embed_tokens.weight": (len(WORDS), HIDDEN), "lm_head.weight": (len(WORDS), HIDDEN)}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        shapes |= {
            f"{at}.self_attn.q_proj.weight": (HIDDEN, HIDDEN),
            f"{at}.self_attn.k_proj.weight": (GROUPS * size, HIDDEN),
            f"{at}.self_attn.v_proj.weight": (GROUPS * size, HIDDEN),
            f"{at}.self_attn.o_proj.weight": (HIDDEN, HIDDEN),
            f"{at}.mlp.gate_proj.weight": (INNER, HIDDEN),
            f"{at}.mlp.up_proj.weight": (INNER, HIDDEN),
            f"{at}.mlp.down_proj.weight": (HIDDEN, INNER),
            f"{at}.input_layernorm.weight": (HIDDEN,),
            f"{at}.post_attention_layernorm.weight": (HIDDEN,),
        }
    shapes["model.norm.weight"] = (HIDDEN,)
    generator = np.random.default_rng(1)
    return {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def tensors() -> dict[str, np.ndarray]:
    """Weights of a two-layer Llama by name."""
    return llama_tensors()


@pytest.fixture
def tokenizer() -> Callable[..., Tokenizer]:
    """A function that makes a byte-level tokenizer: `bos` and `eos` say what its post-processor adds."""

    def make(*, bos: bool = True, eos: bool = False, byte_level: bool = False) -> Tokenizer:
        made = Tokenizer(models.BPE(vocab={word: n for n, word in enumerate(WORDS)}, merges=[], unk_token="<unk>"))
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.add_special_tokens([AddedToken(word, special=True) for word in WORDS[:3]])
        single = f"{'<s> ' if bos else ''}$A{' </s>' if eos else ''}"
        special = [("<s>", 1)] * bos + [("</s>", 2)] * eos
        template = processors.TemplateProcessing(single=single, special_tokens=special)
        level = processors.ByteLevel(trim_offsets=False)
        made.post_processor = processors.Sequence([level, template]) if byte_level else template
        return made

    return make


@pytest.fixture
def make_model(tmp_path: Path, tokenizer: Callable[..., Tokenizer]) -> ModelMaker:
    """A function that writes a Llama directory; arguments replace its parts, None leaves them out.

    `shards` spreads the weights over that many files with an index.
    """

    def make(
        name: str = "tiny-llama",
        *,
        config: dict[str, Any] | None = CONFIG,
        weights: dict[str, np.ndarray] | None = None,
        shards: int = 1,
        tokens: Tokenizer | None = None,
        tokenizer_config: dict[str, Any] | None = TOKENIZER_CONFIG,
        under: Path | None = None,
    ) -> Path:
        directory = (under or tmp_path) / name
        directory.mkdir(parents=True)
        if config is not None:
            (directory / "config.json").write_text(json.dumps(config))
        weights = llama_tensors() if weights is None else weights
        if shards == 1:
            save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
        else:
            table = {}
            for number in range(shards):
                file = f"model-{number + 1:05}-of-{shards:05}.safetensors"
                part = dict(list(weights.items())[number::shards])
                save_file(part, directory / file, metadata={"format": "pt"})
                table |= dict.fromkeys(part, file)
            index = {"metadata": {"total_size": 1}, "weight_map": table}
            (directory / "model.safetensors.index.json").write_text(json.dumps(index))
        (tokens or tokenizer()).save(str(directory / "tokenizer.json"))
        if tokenizer_config is not None:
            (directory / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
        return directory

    return make


@pytest.fixture
def make_adapter(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a LoRA adapter for the Llama; arguments replace its parts."""

    def make(
        name: str = "lora",
        *,
        config: dict[str, Any] | None = None,
        weights: dict[str, np.ndarray] | None = None,
        rank: int = 4,
    ) -> Path:
        directory = tmp_path / name
        directory.mkdir()
        stated = {"peft_type": "LORA", "r": rank, "target_modules": ["q_proj"], "base_model_name_or_path": "tiny-llama"}
        (directory / "adapter_config.json").write_text(json.dumps({**stated, **(config or {})}))
        if weights is None:
            weights = {}
            for layer in range(LAYERS):
                at = f"base_model.model.model.layers.{layer}.self_attn.q_proj"
                weights[f"{at}.lora_A.weight"] = np.zeros((rank, HIDDEN), np.float32)
                weights[f"{at}.lora_B.weight"] = np.zeros((HIDDEN, rank), np.float32)
        save_file(weights, directory / "adapter_model.safetensors")
        return directory

    return make


@pytest.fixture
def make_gguf(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a GGUF file; `metadata` adds to its keys or, with None, takes one away."""

    def make(
        name: str = "tiny.gguf",
        *,
        architecture: str = "llama",
        metadata: dict[str, Any] | None = None,
        weights: dict[str, np.ndarray] | None = None,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        values: dict[str, Any] = {
            f"{architecture}.context_length": 64,
            f"{architecture}.block_count": LAYERS,
            f"{architecture}.embedding_length": HIDDEN,
            f"{architecture}.attention.head_count": HEADS,
            f"{architecture}.attention.head_count_kv": GROUPS,
            "tokenizer.ggml.model": "llama",
            "tokenizer.ggml.tokens": WORDS,
            "tokenizer.ggml.bos_token_id": 1,
            "tokenizer.ggml.eos_token_id": 2,
            **(metadata or {}),
        }
        writer = GGUFWriter(path, architecture)
        for key, value in values.items():
            if isinstance(value, bool):
                writer.add_bool(key, value)
            elif isinstance(value, int):
                writer.add_uint32(key, value)
            elif isinstance(value, str):
                writer.add_string(key, value)
            elif value is not None:
                writer.add_array(key, value)
        tensors = {"token_embd.weight": np.ones((len(WORDS), HIDDEN), np.float32)} if weights is None else weights
        for tensor, array in tensors.items():
            writer.add_tensor(tensor, array)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path

    return make


@pytest.fixture
def words() -> list[str]:
    """The vocabulary of the small models."""
    return list(WORDS)

"""A training run's checkpoints: tiny random Llamas, written file by file, without torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HIDDEN, LAYERS, HEADS, INNER = 16, 2, 4, 32
SPECIAL = ("<unk>", "<s>", "</s>")
VOCABULARY = len(SPECIAL) + 256
CONTEXT = 4096
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "max_position_embeddings": CONTEXT,
    "vocab_size": VOCABULARY,
    "tie_word_embeddings": False,
    "torch_dtype": "float32",
    "bos_token_id": 1,
    "eos_token_id": 2,
}
WEIGHTS = "model.safetensors"


def write_training_run(directory: Path, names: Sequence[str] = ("checkpoint-10", "checkpoint-20")) -> Path:
    """Write a checkpoint below `directory` for each name, each with weights of its own, and return `directory`."""
    for seed, name in enumerate(names, start=1):
        write_checkpoint(directory / name, seed=seed)
    return directory


def write_checkpoint(directory: Path, *, seed: int = 1, tokenizer: bool = True) -> Path:
    """Write a model that transformers loads, with a byte-level tokenizer unless told otherwise; return `directory`."""
    from safetensors.numpy import save_file

    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(CONFIG))
    generator = np.random.default_rng(seed)
    weights = {name: generator.standard_normal(shape).astype(np.float32) for name, shape in _shapes().items()}
    save_file(weights, directory / WEIGHTS, metadata={"format": "pt"})
    if tokenizer:
        write_tokenizer(directory)
    return directory


def write_tokenizer(directory: Path) -> None:
    """Write a tokenizer whose tokens are bytes, and that puts <s> in front."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    words = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    made = Tokenizer(models.BPE(vocab={word: number for number, word in enumerate(words)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(word, special=True) for word in SPECIAL])
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    made.save(str(directory / "tokenizer.json"))
    settings = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": CONTEXT}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings))


def truncate(directory: Path) -> Path:
    """Cut a checkpoint's weights short, as a trainer does that is killed while it writes; return the file."""
    file = directory / WEIGHTS
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return file


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
        "lm_head.weight": (VOCABULARY, HIDDEN),
        "model.norm.weight": (HIDDEN,),
    }
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        shapes |= {f"{at}.self_attn.{name}_proj.weight": (HIDDEN, HIDDEN) for name in "qkvo"}
        shapes |= {f"{at}.mlp.{name}_proj.weight": (INNER, HIDDEN) for name in ("gate", "up")}
        shapes[f"{at}.mlp.down_proj.weight"] = (HIDDEN, INNER)
        shapes |= {f"{at}.{name}_layernorm.weight": (HIDDEN,) for name in ("input", "post_attention")}
    return shapes

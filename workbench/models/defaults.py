"""What transformers assumes where a configuration is silent, for the families whose files do leave things out.

Publishers save only what differs from their own code's defaults (Gemma 3's multimodal files name neither heads nor
context). Source: the configuration classes of transformers 5; a test compares every value with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

GEMMA3: Mapping[str, Any] = MappingProxyType(
    {
        "tie_word_embeddings": True,
        "max_position_embeddings": 131_072,
        "num_hidden_layers": 26,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "hidden_size": 2304,
        "sliding_window": 4096,
        "vocab_size": 262_208,
    }
)
DEFAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "bloom": {"tie_word_embeddings": True},
        "cohere": {"tie_word_embeddings": True},
        "cohere2": {"tie_word_embeddings": True, "head_dim": 128},
        "ernie4_5": {"tie_word_embeddings": True, "head_dim": 128},
        "falcon": {"tie_word_embeddings": True, "max_position_embeddings": 2048, "multi_query": True},
        "falcon_mamba": {"tie_word_embeddings": True},
        "gemma": {"tie_word_embeddings": True, "max_position_embeddings": 8192, "head_dim": 256},
        "gemma2": {
            "tie_word_embeddings": True, "max_position_embeddings": 8192, "num_key_value_heads": 4, "head_dim": 256,
            "sliding_window": 4096,
        },
        "gemma3": GEMMA3,
        "gemma3_text": GEMMA3,
        "gpt2": {"tie_word_embeddings": True, "max_position_embeddings": 1024},
        "gpt_neo": {"tie_word_embeddings": True},
        "mpt": {"tie_word_embeddings": True},
        "opt": {"tie_word_embeddings": True},
        "qwen3": {"head_dim": 128},
        "smollm3": {"tie_word_embeddings": True},
        "starcoder2": {"tie_word_embeddings": True},
        "xglm": {"tie_word_embeddings": True},
    }
)  # fmt: skip


def with_defaults(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a configuration with the values its model type assumes where it is silent."""
    return {**DEFAULTS.get(str(config.get("model_type", "")), {}), **config}

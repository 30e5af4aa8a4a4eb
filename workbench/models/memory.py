"""How much memory a model will need, in parts, with the arithmetic spelled out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.models.facts import MemoryEstimate

BYTES: Mapping[str, int] = {"float32": 4, "bfloat16": 2, "float16": 2, "float64": 8}
RUNTIME = 512 << 20
SHARE = 0.1
"""Rule of thumb for activations and the allocator: a tenth of the weights, and half a GiB for the libraries."""
DEFAULT_CONTEXT = 4096


@dataclass(frozen=True, slots=True)
class Attention:
    """What the key-value cache depends on.

    `windows` has one entry a layer: tokens it looks back, None for all. `per_token` is how many numbers a layer keeps
    for each token (keys and values, or DeepSeek's compressed latent).
    """

    windows: Sequence[int | None]
    per_token: int
    formula: str


def attention(config: Mapping[str, Any]) -> Attention:
    """Read what the cache depends on from a configuration; zeros where it is silent."""
    layers = _number(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    heads = _number(config, "num_attention_heads", "n_head", "n_heads")
    hidden = _number(config, "hidden_size", "n_embd", "d_model")
    latent, rope = _number(config, "kv_lora_rank"), _number(config, "qk_rope_head_dim")
    windows = _windows(config, layers)
    if latent:
        return Attention(windows, latent + rope, f"(latent {latent} + rope {rope})")
    kv_heads = _number(config, "num_key_value_heads", "num_kv_heads") or heads
    if config.get("multi_query") and not config.get("new_decoder_architecture"):
        kv_heads = 1  # Falcon 7B
    size = _number(config, "head_dim") or (hidden // heads if heads else 0)
    return Attention(windows, 2 * kv_heads * size, f"2 × {kv_heads} heads × {size}")


def _windows(config: Mapping[str, Any], layers: int) -> list[int | None]:
    window = config.get("sliding_window")
    if not isinstance(window, int) or config.get("use_sliding_window") is False:
        return [None] * layers
    kinds = config.get("layer_types")
    if isinstance(kinds, list) and len(kinds) == layers:
        return [window if kind == "sliding_attention" else None for kind in kinds]
    pattern = config.get("sliding_window_pattern")
    if isinstance(pattern, int) and pattern > 0:
        return [None if (layer + 1) % pattern == 0 else window for layer in range(layers)]
    return [window] * layers


def _number(config: Mapping[str, Any], *names: str) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return 0


def estimate(weights: int, cache: Attention, *, dtype: str, context: int, batch: int = 1) -> MemoryEstimate:
    """Return the estimate for weights of `weights` bytes, in bytes, at a context length in tokens and a batch size."""
    width = BYTES.get(dtype, 2)
    tokens = sum(min(context, window) if window else context for window in cache.windows)
    kv = tokens * cache.per_token * width * batch
    overhead = int(SHARE * weights) + RUNTIME
    formula = (
        f"weights {weights:,} + cache {cache.formula} × {tokens:,} tokens over {len(cache.windows)} layers "
        f"× {width} bytes × batch {batch} = {kv:,} + overhead 10 % of weights + {RUNTIME:,} = {overhead:,}"
    )
    return MemoryEstimate(weights, kv, overhead, context, batch, dtype, formula)

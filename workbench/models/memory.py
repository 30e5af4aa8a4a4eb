"""How much memory a model will need, in parts, with the arithmetic spelled out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import BadConfig
from workbench.models.facts import MemoryEstimate
from workbench.models.parameters import tied_output
from workbench.models.safetensors import Tensor

BYTES: Mapping[str, int] = {"float32": 4, "bfloat16": 2, "float16": 2, "float64": 8}
FLOATING = frozenset({"F64", "F32", "F16", "BF16"})
RUNTIME = 512 << 20
SHARE = 0.1
"""Rule of thumb for activations and the allocator: a tenth of the weights, and half a GiB for the libraries."""
DEFAULT_CONTEXT = 4096
PATTERNS: Mapping[str, int] = {
    "cohere2": 4, "exaone4": 4, "gemma2": 2, "gemma3": 6, "gemma3_text": 6, "gpt_oss": 2, "olmo3": 4,
}  # fmt: skip
"""Every how many layers one attends to everything, where the configuration lists no ``layer_types``."""
OPT_IN = ("qwen", "smollm3")
"""Model types that slide only where ``use_sliding_window`` says so."""
MOST_LAYERS = 4096
LARGEST = 1 << 40
"""No model has more layers, or a size that is larger; damaged files do."""
ATTENDING = frozenset({"full_attention", "attention", "hybrid"})
SLIDING = frozenset({"sliding_attention", "chunked_attention"})


@dataclass(frozen=True, slots=True)
class Need:
    """What an estimate is for; None and ``auto`` leave it to the model."""

    context: int | None = None
    batch: int = 1
    dtype: str = "auto"

    def tokens(self, length: int | None) -> int:
        """Return the context length to estimate for, in tokens."""
        return self.context or min(length or DEFAULT_CONTEXT, DEFAULT_CONTEXT)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's part of the key-value cache: numbers a token, and how far back it looks (None: to the start)."""

    per_token: int
    window: int | None

    def tokens(self, context: int) -> int:
        """Return how many tokens the layer keeps."""
        return min(context, self.window) if self.window else context


@dataclass(frozen=True, slots=True)
class Cache:
    """What grows with the context, layer by layer, and what a sequence keeps whatever its length (`state`, numbers).

    `reading` says in words what one token's numbers are.
    """

    layers: tuple[Layer, ...]
    state: int
    reading: str


def read_cache(config: Mapping[str, Any]) -> Cache:
    """Read what the cache depends on from a configuration (with defaults filled in); nothing where it is silent."""
    count = layer_count(config)
    per_token, reading = _per_token(config, count)
    windows = _windows(config, count)
    layers = tuple(
        Layer(numbers, window or None) for numbers, window in zip(per_token, windows, strict=True) if window is not None
    )
    return Cache(layers, _state(config, windows), reading)


def layer_count(config: Mapping[str, Any]) -> int:
    """Return the number of layers a configuration states.

    Raises
    ------
    BadConfig
        More than any model has; the caller knows in which file.
    """
    count = number(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    if count > MOST_LAYERS:
        raise BadConfig(f"the model would have {count:,} layers")
    return count


def _per_token(config: Mapping[str, Any], layers: int) -> tuple[list[int], str]:
    """Return how many numbers each layer keeps for a token, and how they come about."""
    latent, rope = number(config, "kv_lora_rank"), number(config, "qk_rope_head_dim")
    if latent:  # multi-head latent attention: one compressed vector and one rotary key for all heads
        return [latent + rope] * layers, f"latent {latent} + rope {rope}"
    heads = number(config, "num_attention_heads", "n_head", "n_heads")
    hidden = number(config, "hidden_size", "n_embd", "d_model")
    size = number(config, "head_dim") or (hidden // heads if heads else 0)
    grouped = config.get("num_key_value_heads")
    if isinstance(grouped, list | tuple) and len(grouped) == layers:
        return [2 * int(each) * size for each in grouped], f"2 × heads of each layer × {size}"
    shared = number(config, "num_key_value_heads", "num_kv_heads", "n_head_kv") or heads
    if config.get("multi_query") and not config.get("new_decoder_architecture"):
        shared = 1  # Falcon 7B
    return [2 * shared * size] * layers, f"2 × {shared} heads × {size}"


def _windows(config: Mapping[str, Any], layers: int) -> list[int | None]:
    """Return for each layer how many tokens it looks back: 0 for all of them, None when it has no attention."""
    window = number(config, "sliding_window", "attention_chunk_size") if _slides(config) else 0
    kinds = config.get("layer_types") or config.get("layers_block_type")
    if isinstance(kinds, list) and len(kinds) == layers:
        return [window if kind in SLIDING else 0 if kind in ATTENDING else None for kind in kinds]
    if "mamba" in str(config.get("model_type", "")):
        return [None] * layers
    pattern = number(config, "sliding_window_pattern", "_sliding_window_pattern")
    pattern = pattern or PATTERNS.get(str(config.get("model_type", "")), 0)
    if pattern > 0:
        return [0 if (layer + 1) % pattern == 0 else window for layer in range(layers)]
    first = config.get("max_window_layers")
    begins = first if isinstance(first, int) and config.get("use_sliding_window") else 0
    return [window if layer >= begins else 0 for layer in range(layers)]


def _slides(config: Mapping[str, Any]) -> bool:
    stated = config.get("use_sliding_window")
    if isinstance(stated, bool):
        return stated
    return not str(config.get("model_type", "")).startswith(OPT_IN)


def _state(config: Mapping[str, Any], windows: list[int | None]) -> int:
    """Return the numbers that Mamba layers keep for a sequence: the convolution's last inputs and the state."""
    width, size = number(config, "mamba_d_ssm"), number(config, "mamba_d_state")
    if width and size:  # Falcon-H1: beside attention, in every layer
        channels = width + 2 * (number(config, "mamba_n_groups") or 1) * size
        return len(windows) * (channels * number(config, "mamba_d_conv") + width * size)
    width, size = number(config, "intermediate_size"), number(config, "state_size")
    if width and size and "mamba" in str(config.get("model_type", "")):
        return len(windows) * width * (size + number(config, "conv_kernel"))
    return 0


def number(config: Mapping[str, Any], *names: str) -> int:
    """Return the first of `names` that a configuration gives a positive integer of a possible size, else 0."""
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST:
            return value
    return 0


def loaded_weights(tensors: Mapping[str, Tensor], config: Mapping[str, Any], dtype: str) -> int:
    """Return the bytes of weights once loaded: floating-point ones as `dtype`, packed ones as they are.

    `dtype` ``auto`` keeps the checkpoint's own. A tied output layer takes no room of its own.
    """
    tied = tied_output(tensors, config)
    return sum(
        tensor.count * BYTES[dtype] if dtype in BYTES and tensor.dtype in FLOATING else tensor.end - tensor.begin
        for name, tensor in tensors.items()
        if name != tied
    )


def estimate(weights: int, cache: Cache, *, dtype: str, context: int, batch: int = 1) -> MemoryEstimate:
    """Return the estimate for weights of `weights` bytes, at a context length in tokens and a batch size.

    Numbers of the cache have the width of `dtype`; two bytes where it is no type that a cache can have.
    """
    width = BYTES.get(dtype, 2)
    kept = sum(layer.tokens(context) * layer.per_token for layer in cache.layers) + cache.state
    kv = kept * width * batch
    overhead = int(SHARE * weights) + RUNTIME
    groups = Counter((layer.tokens(context), layer.per_token) for layer in cache.layers)
    parts = [f"{count} layers × {tokens:,} tokens × {numbers:,}" for (tokens, numbers), count in sorted(groups.items())]
    if cache.state:
        parts.append(f"{cache.state:,} of recurrent state")
    reading = f" (a token: {cache.reading})" if groups else ""
    formula = (
        f"weights {weights:,} + cache ({' + '.join(parts) or '0'}) × {width} bytes × batch {batch} = {kv:,}{reading}"
        f" + overhead 10 % of weights + {RUNTIME:,} = {overhead:,}; together {weights + kv + overhead:,} bytes"
    )
    return MemoryEstimate(weights, kv, overhead, context, batch, dtype, formula)

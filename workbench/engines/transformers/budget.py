"""How many tokens one forward pass may hold, from the memory at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.devices import free_memory
from workbench.engines.transformers.heads import LOGITS_BYTES
from workbench.engines.transformers.memory import RESERVE

if TYPE_CHECKING:
    import torch

SHARE = 0.5
"""Of the free memory: the rest is for attention, the allocator's gaps and whoever else is here."""
SMALLEST = 256
LARGEST_CPU = 1024
"""Beyond this a CPU computes no faster, and what it holds leaves the caches."""
LARGEST = 131_072


def token_budget(config: Any, size: int, device: torch.device) -> int:
    """Return the token budget for a model with this configuration, `size` bytes a number, on `device`."""
    room = SHARE * (free_memory(device) - RESERVE - 2 * LOGITS_BYTES)
    largest = LARGEST_CPU if device.type == "cpu" else LARGEST
    return max(SMALLEST, min(largest, int(room / activation_bytes(config, size))))


def activation_bytes(config: Any, size: int) -> int:
    """Return a generous estimate of the bytes one token takes while one layer is computed."""
    text = config.get_text_config()
    width = next(
        (int(value) for name in ("hidden_size", "n_embd", "d_model") if (value := getattr(text, name, None))), 4096
    )
    inner = getattr(text, "intermediate_size", None) or 4 * width
    inner = max(inner) if isinstance(inner, list | tuple) else int(inner)
    heads = getattr(text, "num_attention_heads", None) or 1
    per_head = getattr(text, "head_dim", None) or width // int(heads)
    return size * (8 * width + 4 * int(heads) * int(per_head) + 3 * inner)

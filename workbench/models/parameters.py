"""How many parameters a model has: counted from the shapes in its headers, never read off its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.facts import Fact, measured, unknown
from workbench.models.safetensors import Tensor

BUFFERS = (
    ".inv_freq",
    ".masked_bias",
    ".attn.bias",
    ".attention.bias",
    "rotary_emb.cos_cached",
    "rotary_emb.sin_cached",
)
"""Ends of names that some checkpoints store and no model learns."""
INPUT = ("embed_tokens.weight", "word_embeddings.weight", "wte.weight", "embeddings.weight")
OUTPUT = ("lm_head.weight", "output.weight")
PACKED = ("qweight", "qzeros", "scales", "g_idx", "absmax", "quant_state", "weight_packed")


def count_parameters(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> Fact[int]:
    """Return the exact number of parameters, an output layer that is tied to the embedding counted once.

    Unknown when the weights are packed by a quantisation, whose shapes do not say how many numbers they stand for.
    """
    if any(name.rpartition(".")[2] in PACKED for name in tensors):
        return unknown("tensor shapes: packed by a quantisation")
    total = sum(tensor.count for name, tensor in tensors.items() if not name.endswith(BUFFERS))
    if config.get("tie_word_embeddings", _tied_by_default(config)):
        inputs = [tensor for name, tensor in tensors.items() if name.endswith(INPUT)]
        outputs = [tensor for name, tensor in tensors.items() if name.endswith(OUTPUT)]
        if inputs and outputs and inputs[0].shape == outputs[0].shape:
            total -= outputs[0].count
    return measured(total, "tensor shapes")


def _tied_by_default(config: Mapping[str, Any]) -> bool:
    """Return what the architecture's own default is where config.json is silent."""
    return str(config.get("model_type", "")) in {"bloom", "falcon", "mpt", "gemma", "gemma2", "gemma3", "gemma3_text"}


def stored_dtype(tensors: Mapping[str, Tensor]) -> Fact[str]:
    """Return the type that most of the numbers are stored in, by transformers' name."""
    names = {"F32": "float32", "BF16": "bfloat16", "F16": "float16", "F64": "float64"}
    amounts: dict[str, int] = {}
    for tensor in tensors.values():
        amounts[tensor.dtype] = amounts.get(tensor.dtype, 0) + tensor.count
    if not amounts:
        return unknown("tensor headers")
    most = max(amounts, key=lambda name: (amounts[name], name))
    return measured(names.get(most, most.lower()), "tensor headers")

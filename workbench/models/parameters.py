"""How many parameters a model has: counted from the shapes in its headers, never read off its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.facts import Fact, measured, unknown
from workbench.models.packing import Packing, bookkeeping, read_packing
from workbench.models.safetensors import Tensor

BUFFERS = (
    ".inv_freq",
    ".masked_bias",
    ".attn.bias",
    ".attention.bias",
    ".e_score_correction_bias",
    "rotary_emb.cos_cached",
    "rotary_emb.sin_cached",
)
"""Ends of names that some checkpoints store and no model learns."""
INPUT = (
    "embed_tokens.weight", "word_embeddings.weight", "wte.weight", "embed_in.weight", "embeddings.weight",
    "tok_embeddings.weight",
)  # fmt: skip
OUTPUT = ("lm_head.weight", "output.weight", "embed_out.weight")
DTYPES = {
    "F64": "float64", "F32": "float32", "BF16": "bfloat16", "F16": "float16", "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}  # fmt: skip


def count_parameters(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> Fact[int]:
    """Return the exact number of parameters, an output layer that is tied to the embedding counted once.

    Weights that a quantisation packed (GPTQ, AWQ, bitsandbytes, FP8, MXFP4, compressed-tensors) are counted as the
    numbers they stand for, without the scales beside them. Unknown, with the reason, where shapes do not say that.
    """
    packing = read_packing(tensors, config)
    if packing.unknown:
        return unknown(f"tensor shapes: {packing.unknown}")
    total = sum(_count(name, tensor, tensors, packing) for name, tensor in tensors.items())
    if (output := tied_output(tensors, config)) is not None:
        total -= tensors[output].count
    return measured(total, f"tensor shapes, unpacked ({packing.method})" if packing.method else "tensor shapes")


def _count(name: str, tensor: Tensor, tensors: Mapping[str, Tensor], packing: Packing) -> int:
    if name.endswith(BUFFERS) or (packing.method and bookkeeping(name)):
        return 0
    return packing.numbers(name, tensor, tensors)


def tied_output(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> str | None:
    """Return the name of an output layer that the files hold although it is the embedding itself."""
    if not config.get("tie_word_embeddings"):
        return None
    inputs = [tensor.shape for name, tensor in tensors.items() if name.endswith(INPUT)]
    outputs = [name for name in tensors if name.endswith(OUTPUT)]
    return outputs[0] if inputs and outputs and tensors[outputs[0]].shape == inputs[0] else None


def embedding(tensors: Mapping[str, Tensor]) -> str | None:
    """Return the name of the input embedding: a row for each token of the vocabulary."""
    return next((name for name, tensor in tensors.items() if name.endswith(INPUT) and len(tensor.shape) == 2), None)  # noqa: PLR2004 — a matrix


def stored_dtype(tensors: Mapping[str, Tensor]) -> Fact[str]:
    """Return the floating type that most of the numbers are stored in, by transformers' name.

    Integers are packed weights, whose type says nothing about the model; they count where there is nothing else.
    """
    amounts: dict[str, int] = {}
    for tensor in tensors.values():
        amounts[tensor.dtype] = amounts.get(tensor.dtype, 0) + tensor.count
    if not amounts:
        return unknown("tensor headers")
    most = max(amounts, key=lambda name: (name in DTYPES, amounts[name], name))
    return measured(DTYPES.get(most, most.lower()), "tensor headers")

"""Quantised safetensors: how many numbers a packed tensor stands for, by the method that packed it.

Sources: the layouts that AutoGPTQ, AutoAWQ, bitsandbytes, compressed-tensors and transformers' fp8 and mxfp4
quantisers write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.models.safetensors import BITS, Tensor

WORD = 32
WHOLE = frozenset({"fp8", "fbgemm_fp8", "modelopt"})
"""Methods that keep one stored number a parameter."""
IN_WORDS = frozenset({"gptq", "awq", "auto-round", "intel/auto-round"})
"""Methods that fill 32-bit words (``qweight``)."""
KNOWN = WHOLE | IN_WORDS | {"bitsandbytes", "compressed-tensors", "mxfp4"}
BOOKKEEPING = frozenset(
    {
        "qzeros", "scales", "g_idx", "absmax", "quant_map", "nested_absmax", "nested_quant_map", "SCB", "weight_format",
        "weight_scale", "weight_scale_inv", "weight_scale_2", "weight_zero_point", "weight_shape", "weight_g_idx",
        "weight_global_scale", "input_scale", "input_global_scale", "input_zero_point", "output_scale",
        "activation_scale", "k_scale", "v_scale",
    }
)  # fmt: skip
"""Last parts of names of tensors that a method keeps beside the weights."""
EVIDENCE = frozenset({"qweight", "weight_packed", "absmax", "SCB"})


@dataclass(frozen=True, slots=True)
class Packing:
    """How the weights of a checkpoint are packed.

    Attributes
    ----------
    method
        As ``quantization_config`` names it; empty when nothing is packed.
    bits
        Of one packed number, where the method has a choice.
    unknown
        Why the number of parameters cannot be told; empty when it can.
    """

    method: str = ""
    bits: int = 0
    unknown: str = ""

    def numbers(self, name: str, tensor: Tensor, tensors: Mapping[str, Tensor]) -> int:
        """Return how many numbers of the model a stored tensor stands for."""
        if not self.method:
            return tensor.count
        last = name.rpartition(".")[2]
        if last in ("qweight", "weight_packed"):
            return tensor.count * BITS[tensor.dtype] // self.bits
        halves = last.endswith("_blocks") or f"{name}.absmax" in tensors
        return 2 * tensor.count if tensor.dtype == "U8" and halves else tensor.count


def read_packing(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> Packing:
    """Return how a checkpoint is packed, by its configuration and by what its tensors are called."""
    stated = config.get("quantization_config")
    evidence = sorted({last for name in tensors if (last := name.rpartition(".")[2]) in EVIDENCE})
    if not isinstance(stated, dict):
        return Packing(unknown=f"{evidence[0]} and no quantization_config") if evidence else Packing()
    method = str(stated.get("quant_method", ""))
    if method not in KNOWN:
        return Packing(method, unknown=f"packed by {method or 'an unnamed method'}, whose layout is not known here")
    bits = _bits(method, stated)
    words = [name for name in tensors if name.endswith((".qweight", ".weight_packed"))]
    if words and not 1 <= bits <= WORD:
        return Packing(method, unknown=f"packed by {method} without a number of bits")
    return Packing(method, bits)


def bookkeeping(name: str) -> bool:
    """Return whether a tensor belongs to the quantisation and not to the model."""
    return name.rpartition(".")[2] in BOOKKEEPING or ".quant_state." in name or name.endswith("_scales")


def _bits(method: str, stated: Mapping[str, Any]) -> int:
    if method == "compressed-tensors":
        groups = stated.get("config_groups")
        found = {
            group["weights"].get("num_bits")
            for group in (groups.values() if isinstance(groups, dict) else ())
            if isinstance(group, dict) and isinstance(group.get("weights"), dict)
        }
        bits = found.pop() if len(found) == 1 else 0
    else:
        bits = stated.get("bits", stated.get("w_bit", 0))
    return bits if isinstance(bits, int) else 0

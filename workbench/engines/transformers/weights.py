"""Weights: how large they will be before loading, and whether they are numbers after it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import CorruptWeights
from workbench.models.safetensors import BITS, Tensor

if TYPE_CHECKING:
    import torch

FLOATING = frozenset({"F64", "F32", "F16", "BF16"})


def loaded_bytes(tensors: Iterable[Tensor], size: int | None) -> int:
    """Return the bytes that weights take once loaded.

    Parameters
    ----------
    size
        Bytes of one floating-point number after loading; None: as in the file.
    """
    total = 0
    for tensor in tensors:
        bits = BITS[tensor.dtype] if size is None or tensor.dtype not in FLOATING else 8 * size
        total += tensor.count * bits
    return -(-total // 8)


def require_finite(model: Any, where: Path) -> None:
    """Raise unless every floating-point weight is a finite number.

    Raises
    ------
    CorruptWeights
        The first tensor that holds NaN or infinity is named.
    """
    import torch

    names: list[str] = []
    extremes: list[torch.Tensor] = []
    with torch.inference_mode():
        for name, tensor in model.named_parameters():
            if tensor.is_floating_point() and tensor.numel():
                names.append(name)
                # A NaN spoils both extremes. They are read from the device together, at the end.
                extremes.append(torch.stack(torch.aminmax(tensor)).float())
        if not extremes:
            return
        finite = torch.stack([pair.to(extremes[0].device) for pair in extremes]).isfinite().all(dim=1).tolist()
    bad = [name for name, good in zip(names, finite, strict=True) if not good]
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise CorruptWeights(f"the tensor {bad[0]}{more} holds NaN or infinity", where=where)

"""The weight files of a directory: how large they are before, and whether they are numbers after loading."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import CorruptWeights, NoWeights, PickleWeights, TruncatedShard

if TYPE_CHECKING:
    import torch

LONGEST_HEADER = 100 * 1024**2
DTYPE_BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2}


def weight_files(directory: Path) -> list[Path]:
    """Return the safetensors files of a directory.

    Raises
    ------
    NoWeights, PickleWeights
        There are none, or only ones that run code when they are read.
    """
    files = sorted(directory.glob("*.safetensors"))
    if files:
        return files
    pickles = sorted(path.name for pattern in ("*.bin", "*.pt", "*.pth", "*.ckpt") for path in directory.glob(pattern))
    if pickles:
        raise PickleWeights(f"the only weights are {', '.join(pickles[:3])}", where=directory)
    raise NoWeights("there is no *.safetensors file", where=directory)


def count_weights(files: list[Path]) -> dict[str, int]:
    """Return how many numbers the files hold of each safetensors dtype, read from their headers.

    Raises
    ------
    CorruptWeights, TruncatedShard
        A header makes no sense, or promises more bytes than the file has.
    """
    totals: dict[str, int] = {}
    for path in files:
        for entry in _entries(path):
            count = 1
            for size in entry["shape"]:
                count *= size
            totals[entry["dtype"]] = totals.get(entry["dtype"], 0) + count
    return totals


def loaded_bytes(counts: dict[str, int], size: int | None) -> int:
    """Return the bytes that weights take once loaded: floating-point ones as `size` bytes each, None as they are."""
    total = 0
    for kind, count in counts.items():
        own = DTYPE_BYTES.get(kind, 1)
        total += count * (size if size is not None and kind in ("F64", "F32", "F16", "BF16") else own)
    return total


def _entries(path: Path) -> list[dict[str, Any]]:
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == len(b"12345678") else LONGEST_HEADER + 1
        if length > LONGEST_HEADER:
            raise CorruptWeights("this is no safetensors file", where=path)
        try:
            header = json.loads(file.read(length))
            entries = [entry for name, entry in header.items() if name != "__metadata__"]
            end = max((entry["data_offsets"][1] for entry in entries), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptWeights(f"its safetensors header cannot be read: {error}", where=path) from error
    if 8 + length + end > size:
        raise TruncatedShard(f"the header promises {8 + length + end} bytes, the file has {size}", where=path)
    return entries


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
                low, high = torch.aminmax(tensor)
                names.append(name)
                # A NaN spoils both extremes; both are read from the device at once, at the end.
                extremes.append(
                    torch.stack((low, high)).float().cpu()
                    if tensor.device.type == "cpu"
                    else torch.stack((low, high)).float()
                )
        if not extremes:
            return
        finite = torch.stack([pair.to(extremes[0].device) for pair in extremes]).isfinite().all(dim=1).tolist()
    bad = [name for name, good in zip(names, finite, strict=True) if not good]
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise CorruptWeights(f"the tensor {bad[0]}{more} holds NaN or infinity", where=where)

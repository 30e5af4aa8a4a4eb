"""A safetensors file by its header: names, types and shapes, no weight touched.

Source: the format's description in the safetensors repository: eight bytes that say how long the header is, the
header as JSON, then the tensors without gaps.
"""

from __future__ import annotations

import json
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from workbench.errors import CorruptWeights, MissingShard, PickleWeights, TruncatedShard

LENGTH = 8
LONGEST_HEADER = 100_000_000
"""The format's own limit, in bytes."""
LARGEST = 1 << 63
BITS: Mapping[str, int] = MappingProxyType(
    {
        "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
        "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "F64": 64, "I64": 64,
        "U64": 64, "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    }
)  # fmt: skip
PICKLE_MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its type as safetensors names it, its shape, and its bytes in the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def count(self) -> int:
        """Numbers in it."""
        return prod(self.shape)


def read_header(path: Path) -> Mapping[str, Tensor]:
    """Return the tensors of a file by name, after checking that every one of them is whole.

    Raises
    ------
    MissingShard
        The file is not there.
    PickleWeights
        The bytes are a pickle's or a zip archive's, whatever the name says.
    TruncatedShard
        The file is shorter than its header says.
    CorruptWeights
        The header cannot be right: too long, not JSON, tensors that overlap or have another size than their shape.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
            raise CorruptWeights("this is no file", where=path)
        with path.open("rb") as file:
            return _read(file, found.st_size, path)
    except FileNotFoundError as error:
        raise MissingShard("the file is not there", where=path) from error
    except OSError as error:
        raise CorruptWeights(f"the file cannot be read ({error.strerror})", where=path) from error


def _read(file: BinaryIO, size: int, path: Path) -> Mapping[str, Tensor]:
    first = file.read(LENGTH + 1)
    # Bytes alone do not tell: a header of 640 bytes begins as a pickle does. What follows the length decides.
    if first[LENGTH:] != b"{" and first.startswith(PICKLE_MAGIC):
        raise PickleWeights("this is a pickle under the name of a safetensors file", where=path)
    if len(first) < LENGTH:
        raise TruncatedShard(f"the file has {size} bytes, not even a header", where=path)
    length = int(struct.unpack("<Q", first[:LENGTH])[0])
    if length > LONGEST_HEADER:
        raise CorruptWeights(f"the header would have {length:,} bytes", where=path)
    if length > size - LENGTH:
        raise TruncatedShard(f"the header has {length:,} bytes and the file {size:,}", where=path)
    data = first[LENGTH:] + file.read(length - 1) if length else b""
    return _checked(_parsed(data, path), size - LENGTH - length, path)


def _parsed(data: bytes, path: Path) -> dict[str, Tensor]:
    tensors = {}
    try:
        fields = json.loads(data, object_pairs_hook=_distinct)
        fields.pop("__metadata__", None)
        for name, entry in fields.items():
            begin, end = map(_whole, entry["data_offsets"])
            tensors[name] = Tensor(str(entry["dtype"]), tuple(map(_whole, entry["shape"])), begin, end)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CorruptWeights(f"the header is no table of tensors ({error})", where=path) from error
    return tensors


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: one reader would take the first entry, another the last."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")
    return fields


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise ValueError("a size or place is no number that a file could have")
    return value


def _checked(tensors: dict[str, Tensor], room: int, path: Path) -> Mapping[str, Tensor]:
    position = 0
    for name, tensor in sorted(tensors.items(), key=lambda entry: (entry[1].begin, entry[1].end)):
        if tensor.dtype not in BITS:
            raise CorruptWeights(f"tensor {name} is {tensor.dtype} {tensor.shape}", where=path)
        expected = -(-tensor.count * BITS[tensor.dtype] // 8)
        if tensor.begin != position or tensor.end - tensor.begin != expected:
            raise CorruptWeights(
                f"tensor {name} lies at {tensor.begin}…{tensor.end}, where {position}…{position + expected} belongs",
                where=path,
            )
        position = tensor.end
    if position > room:
        raise TruncatedShard(f"{position - room:,} of {position:,} bytes of weights are missing", where=path)
    if position < room:
        raise CorruptWeights(f"{room - position:,} bytes belong to no tensor", where=path)
    return MappingProxyType(tensors)

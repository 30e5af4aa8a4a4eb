"""A GGUF file by its header: metadata and tensor table, no weight touched.

Source: the GGUF specification in the ggml repository, ``docs/gguf.md``.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from workbench.errors import CorruptGGUF, NotFound

Scalar: TypeAlias = str | int | float | bool
Value: TypeAlias = Scalar | tuple[Scalar, ...]

MAGIC = b"GGUF"
VERSIONS = (2, 3)
STRING, ARRAY = 8, 9
FORMATS: Mapping[int, str] = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
ALIGNMENT = 32
"""Of the tensor data, unless the metadata says otherwise (GGUF specification)."""
LONGEST = 1 << 31
"""No name, string or array of a real model is longer; a damaged length field usually is."""


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """Metadata and tensor table of one GGUF file.

    `expected_size` is how many bytes the file must have for its last tensor to be whole.
    """

    path: Path
    metadata: Mapping[str, Value]
    tensors: Mapping[str, tuple[int, ...]]
    """Shapes by name, in GGUF's order (the fastest dimension first)."""
    quantisation: str
    expected_size: int

    @property
    def parameters(self) -> int:
        """Numbers in all tensors."""
        return sum(map(prod, self.tensors.values()))

    @property
    def architecture(self) -> str:
        """Name that llama.cpp gives the architecture."""
        return self.text("general.architecture")

    def text(self, key: str) -> str:
        """Return a text value, empty when absent."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of texts, empty when absent."""
        value = self.metadata.get(key)
        return tuple(map(str, value)) if isinstance(value, tuple) else ()

    def flag(self, key: str) -> bool | None:
        """Return a boolean value, None when absent."""
        value = self.metadata.get(key)
        return value if isinstance(value, bool) else None

    def number(self, key: str) -> int | None:
        """Return an integer value, None when absent."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


class _Reader:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path

    def bytes(self, count: int) -> bytes:
        if count > LONGEST:
            raise CorruptGGUF(f"a length field says {count} bytes", where=self.path)
        data = self.file.read(count)
        if len(data) != count:
            raise CorruptGGUF(f"the header ends at byte {self.file.tell()}, too early", where=self.path)
        return data

    def number(self, layout: str) -> int:
        return int(struct.unpack(layout, self.bytes(struct.calcsize(layout)))[0])

    def string(self) -> str:
        return self.bytes(self.number("<Q")).decode("utf-8", errors="replace")

    def value(self, kind: int) -> Value:
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            inner, count = self.number("<I"), self.number("<Q")
            if inner in FORMATS:
                layout = FORMATS[inner]
                data = self.bytes(count * struct.calcsize(layout))
                return struct.unpack(f"<{count}{layout[1]}", data)
            if inner == STRING and count <= LONGEST:
                return tuple(self.string() for _ in range(count))
            raise CorruptGGUF(f"metadata holds an array of type {inner}", where=self.path)
        if kind not in FORMATS:
            raise CorruptGGUF(f"metadata holds a value of unknown type {kind}", where=self.path)
        scalar: Scalar = struct.unpack(FORMATS[kind], self.bytes(struct.calcsize(FORMATS[kind])))[0]
        return scalar


def read_gguf_header(path: Path) -> GGUFHeader:
    """Read metadata and tensor table of a GGUF file; no weight is touched.

    Raises
    ------
    NotFound
        No such file.
    CorruptGGUF
        Not a GGUF file, or its header ends too early or makes no sense.
    """
    if not path.is_file():
        raise NotFound("no such file", where=path)
    with path.open("rb") as file:
        reader = _Reader(file, path)
        if file.read(len(MAGIC)) != MAGIC:
            raise CorruptGGUF("the file does not begin with GGUF's magic bytes", where=path)
        if (version := reader.number("<I")) not in VERSIONS:
            raise CorruptGGUF(f"GGUF version {version} is not one of {VERSIONS}", where=path)
        tensors, entries = reader.number("<Q"), reader.number("<Q")
        metadata: dict[str, Value] = {}
        for _ in range(entries):
            key = reader.string()
            metadata[key] = reader.value(reader.number("<I"))
        types: Counter[int] = Counter()
        shapes: dict[str, tuple[int, ...]] = {}
        ends = [0]
        for _ in range(tensors):
            name = reader.string()
            shape = tuple(reader.number("<Q") for _ in range(reader.number("<I")))
            kind, offset = reader.number("<I"), reader.number("<Q")
            shapes[name] = shape
            types[kind] += prod(shape)
            ends.append(offset + _size(kind, prod(shape), path, name))
        alignment = metadata.get("general.alignment", ALIGNMENT)
        start = file.tell()
    if not isinstance(alignment, int) or alignment < 1:
        raise CorruptGGUF(f"the alignment is {alignment!r}", where=path)
    start += -start % alignment
    if not isinstance(metadata.get("general.architecture"), str):
        raise CorruptGGUF("the metadata names no architecture", where=path)
    return GGUFHeader(path, metadata, shapes, _quantisation(metadata, types), start + max(ends))


def _size(kind: int, count: int, path: Path, name: str) -> int:
    """Return the bytes that `count` numbers of a GGML type take."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (ValueError, KeyError) as error:
        raise CorruptGGUF(f"tensor {name} has the unknown type {kind}", where=path) from error
    return count // block * size


def _quantisation(metadata: Mapping[str, Value], types: Counter[int]) -> str:
    """Return the mix the file says it is (``Q4_K_M``), else the type most of its parameters have."""
    from gguf import GGMLQuantizationType, LlamaFileType

    stated: Any = metadata.get("general.file_type")
    for names, number in ((LlamaFileType, stated), (GGMLQuantizationType, _commonest(types))):
        try:
            return str(names(number).name).removeprefix("MOSTLY_").removeprefix("ALL_")
        except ValueError:
            continue
    return ""


def _commonest(types: Counter[int]) -> Any:
    return types.most_common(1)[0][0] if types else None

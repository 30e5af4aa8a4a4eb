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

from workbench.errors import CorruptGGUF, NotFound, PickleWeights
from workbench.models.safetensors import PICKLE_MAGIC

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
LONGEST_TEXT = 1 << 26
MOST_ELEMENTS = 1 << 24
MOST_ENTRIES = 1 << 20
MOST_DIMENSIONS = 8
"""No real model comes near any of these; a damaged length field usually does."""
CHUNK = 1 << 22
ROPE_TABLES = frozenset({"rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"})
"""Tensors that are computed from the configuration, not learnt."""


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
        """Numbers in all tensors that are learnt."""
        return sum(prod(shape) for name, shape in self.tensors.items() if name not in ROPE_TABLES)

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

    def numbers(self, key: str) -> tuple[int, ...]:
        """Return an array of integers, empty when absent."""
        value = self.metadata.get(key)
        return tuple(map(int, value)) if isinstance(value, tuple) else ()


class _Reader:
    """A cursor over the beginning of a file; bytes are fetched as the header turns out to be longer."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.data = bytearray()
        self.at = 0

    def step(self, count: int) -> int:
        """Move past `count` bytes and return where they begin."""
        begin = self.at
        self.at = begin + count
        while self.at > len(self.data):
            more = self.file.read(max(CHUNK, self.at - len(self.data)))
            if not more:
                raise CorruptGGUF(f"the header ends at byte {len(self.data)}, too early", where=self.path)
            self.data += more
        return begin

    def scalar(self, layout: str) -> Any:
        return struct.unpack_from(layout, self.data, self.step(struct.calcsize(layout)))[0]

    def number(self, layout: str, most: int, what: str) -> int:
        value = int(self.scalar(layout))
        if value > most:
            raise CorruptGGUF(f"{what} would be {value:,}", where=self.path)
        return value

    def string(self) -> str:
        count = self.number("<Q", LONGEST_TEXT, "the length of a text")
        begin = self.step(count)
        return self.data[begin : begin + count].decode("utf-8", errors="replace")

    def value(self, kind: int) -> Value:
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            return self.array()
        if kind not in FORMATS:
            raise CorruptGGUF(f"metadata holds a value of unknown type {kind}", where=self.path)
        scalar: Scalar = self.scalar(FORMATS[kind])
        return scalar

    def array(self) -> tuple[Scalar, ...]:
        inner = int(self.scalar("<I"))
        count = self.number("<Q", MOST_ELEMENTS, "the length of an array")
        if inner == STRING:
            return self.strings(count)
        if inner not in FORMATS:
            raise CorruptGGUF(f"metadata holds an array of type {inner}", where=self.path)
        layout = f"<{count}{FORMATS[inner][1]}"
        return struct.unpack_from(layout, self.data, self.step(struct.calcsize(layout)))

    def strings(self, count: int) -> tuple[str, ...]:
        """Read a vocabulary: `string` many times over, with the bytes already fetched taken from a local name."""
        texts = []
        data, unpack = self.data, struct.Struct("<Q").unpack_from
        for _ in range(count):
            begin = self.at + 8
            if begin <= len(data) and (end := begin + unpack(data, self.at)[0]) <= len(data):
                texts.append(data[begin:end].decode("utf-8", "replace"))
                self.at = end
            else:
                texts.append(self.string())
        return tuple(texts)


def read_gguf_header(path: Path) -> GGUFHeader:
    """Read metadata and tensor table of a GGUF file; no weight is touched.

    Raises
    ------
    NotFound
        No such file.
    PickleWeights
        The bytes are a pickle's or a zip archive's, whatever the name says.
    CorruptGGUF
        Not a GGUF file, or its header ends too early or makes no sense.
    """
    if not path.is_file():
        raise NotFound("no such file", where=path)
    try:
        with path.open("rb", buffering=0) as file:
            return _read(_Reader(file, path))
    except OSError as error:
        raise CorruptGGUF(f"the file cannot be read ({error.strerror})", where=path) from error


def _read(reader: _Reader) -> GGUFHeader:
    path = reader.path
    begin = reader.step(len(MAGIC))
    magic = bytes(reader.data[begin : begin + len(MAGIC)])
    if magic.startswith(PICKLE_MAGIC):
        raise PickleWeights("this is a pickle under the name of a GGUF file", where=path)
    if magic != MAGIC:
        raise CorruptGGUF("the file does not begin with GGUF's magic bytes", where=path)
    if (version := int(reader.scalar("<I"))) not in VERSIONS:
        if version.to_bytes(4, "big") in {known.to_bytes(4, "little") for known in VERSIONS}:
            raise CorruptGGUF("the file is big-endian", where=path, remedy="Get the little-endian version.")
        raise CorruptGGUF(f"GGUF version {version} is not one of {VERSIONS}", where=path)
    tensors = reader.number("<Q", MOST_ENTRIES, "the number of tensors")
    entries = reader.number("<Q", MOST_ENTRIES, "the number of metadata entries")
    metadata = _metadata(reader, entries)
    shapes, extents, types = _tensors(reader, tensors)
    if not metadata.get("general.architecture") or not isinstance(metadata["general.architecture"], str):
        raise CorruptGGUF("the metadata names no architecture", where=path)
    alignment = metadata.get("general.alignment", ALIGNMENT)
    if not isinstance(alignment, int) or alignment < 1:
        raise CorruptGGUF(f"the alignment is {alignment!r}", where=path)
    start = reader.at + -reader.at % alignment
    return GGUFHeader(path, metadata, shapes, _quantisation(metadata, types), start + _end(extents, alignment, path))


def _metadata(reader: _Reader, entries: int) -> dict[str, Value]:
    metadata: dict[str, Value] = {}
    for _ in range(entries):
        key = reader.string()
        if key in metadata:
            raise CorruptGGUF(f"the metadata holds {key!r} twice", where=reader.path)
        metadata[key] = reader.value(int(reader.scalar("<I")))
    return metadata


def _tensors(
    reader: _Reader, count: int
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, int]], Counter[int]]:
    """Return shapes and extents (offset, size in bytes) by name, and how many numbers each type holds."""
    shapes: dict[str, tuple[int, ...]] = {}
    extents: dict[str, tuple[int, int]] = {}
    types: Counter[int] = Counter()
    for _ in range(count):
        name = reader.string()
        if name in shapes:
            raise CorruptGGUF(f"the tensor {name!r} stands twice", where=reader.path)
        dimensions = reader.number("<I", MOST_DIMENSIONS, f"the number of dimensions of {name}")
        shapes[name] = tuple(int(reader.scalar("<Q")) for _ in range(dimensions))
        kind, offset = int(reader.scalar("<I")), int(reader.scalar("<Q"))
        extents[name] = (offset, _size(kind, shapes[name], reader.path, name))
        types[kind] += prod(shapes[name])
    return shapes, extents, types


def _size(kind: int, shape: tuple[int, ...], path: Path, name: str) -> int:
    """Return the bytes that a tensor of a GGML type takes; rows are whole blocks."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (ValueError, KeyError) as error:
        raise CorruptGGUF(f"tensor {name} has the unknown type {kind}", where=path) from error
    if shape and shape[0] % block:
        raise CorruptGGUF(f"tensor {name} has rows of {shape[0]}, no multiple of {block}", where=path)
    return int(prod(shape) // block * size)


def _end(extents: Mapping[str, tuple[int, int]], alignment: int, path: Path) -> int:
    """Return where the last tensor ends, after checking that none lies in another."""
    end = 0
    for name, (offset, size) in sorted(extents.items(), key=lambda entry: entry[1]):
        if offset % alignment or offset < end:
            raise CorruptGGUF(f"tensor {name} begins at {offset:,}, inside another or unaligned", where=path)
        end = offset + size
    return end


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

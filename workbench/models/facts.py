"""What is known about a model without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.facts import Fact

ModelFormat = Literal["safetensors", "gguf"]


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Memory a model needs, in bytes, in parts, at a stated context length and batch size.

    `formula` spells the arithmetic out, with this model's numbers in it.
    """

    weights: int
    kv_cache: int
    overhead: int
    context: int
    batch: int
    dtype: str
    formula: str

    @property
    def total(self) -> int:
        """Sum of the parts, in bytes."""
        return self.weights + self.kv_cache + self.overhead


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """Whether the tokenizer itself puts BOS/EOS around a text, and which ids they are.

    `add_bos` comes from the tokenizer's own files (post-processor, ``add_bos_token``, GGUF
    ``tokenizer.ggml.add_bos_token``); `source` says which.
    """

    bos_id: int | None
    bos: str | None
    eos_ids: tuple[int, ...]
    add_bos: bool
    add_eos: bool
    source: str


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What lies on disk, read from headers in well under a second.

    `digest` is the sha256 over the sorted manifest of file digests, None until the files were hashed.
    `parameters` are exact: counted from tensor shapes in the headers, tied tensors once.
    """

    path: str
    name: str
    format: ModelFormat
    family: Fact[str]
    architecture: Fact[str]
    parameters: Fact[int]
    dtype: Fact[str]
    quantisation: Fact[str]
    context_length: Fact[int]
    vocabulary: Fact[int]
    tokens: TokenPolicy
    chat_template: Fact[str]
    """sha256 of the template text."""
    licence: Fact[str]
    languages: Fact[tuple[str, ...]]
    memory: MemoryEstimate
    files: int
    size: int
    """Bytes of all files."""
    digest: str | None
    adapter: str | None
    """Name of the adapter, when base + adapter."""
    adapter_digest: str | None = None

"""What a model on disk is, from headers: nothing is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.errors import BadConfig, CorruptGGUF
from workbench.facts import Fact, declared, measured, unknown
from workbench.models.adapters import check_adapter, read_adapter
from workbench.models.chat import ChatTemplate
from workbench.models.facts import MemoryEstimate, ModelFacts
from workbench.models.families import family, gguf_family
from workbench.models.gguf import GGUFHeader, read_gguf_header
from workbench.models.layout import CONFIG, Layout, read_json, read_layout, text_config
from workbench.models.manifest import Progress, make_manifest, model_files
from workbench.models.memory import BYTES, DEFAULT_CONTEXT, attention, estimate
from workbench.models.model_card import card_languages, card_licence, gguf_languages, gguf_licence
from workbench.models.parameters import count_parameters, stored_dtype
from workbench.models.safetensors import Tensor, read_header
from workbench.models.token_policy import gguf_token_policy, token_policy

CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx", "max_sequence_length")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a memory estimate is for."""

    context: int | None
    batch: int
    dtype: str

    def tokens(self, length: int | None) -> int:
        """Return the context length to estimate for, in tokens."""
        return self.context or min(length or DEFAULT_CONTEXT, DEFAULT_CONTEXT)


def inspect(
    path: Path,
    *,
    adapter: Path | None = None,
    digest: bool = False,
    context: int | None = None,
    batch: int = 1,
    dtype: str = "auto",
    progress: Progress | None = None,
) -> ModelFacts:
    """Return what is known about a model.

    Parameters
    ----------
    path
        A Hugging Face directory or a GGUF file.
    adapter
        A LoRA adapter to go on top.
    digest
        Hash the files too: as long as reading them takes, once.
    context, batch, dtype
        What the memory estimate is for; the shorter of the model's context and 4,096 tokens, one sequence, and the
        checkpoint's own type unless said.

    Raises
    ------
    NotFound, ModelError, RefusedByPolicy
        No model, or one that cannot be used; the class says why.
    """
    layout = read_layout(path)
    wanted = Wanted(context, batch, dtype)
    facts = _of_gguf(layout, wanted) if layout.gguf else _of_directory(layout, wanted)
    added = read_adapter(adapter) if adapter is not None else None
    if added is not None:
        check_adapter(added, layout)
    changes: dict[str, Any] = {}
    if digest:
        changes["digest"] = make_manifest(layout.root, progress).digest
    if added is not None:
        changes |= {"adapter": added.name, "name": f"{facts.name}+{added.name}"}
        if digest:
            changes["adapter_digest"] = make_manifest(added.path, progress).digest
    return replace(facts, **changes)


def model_name(layout: Layout) -> str:
    """Return a model's name: its directory's; in a hub cache, the repository's."""
    root = layout.root
    if root.parent.name == "snapshots":
        return root.parent.parent.name.removeprefix("models--").replace("--", "/")
    return root.stem if layout.gguf else root.name


def _of_directory(layout: Layout, wanted: Wanted) -> ModelFacts:
    config = read_json(layout.root / CONFIG)
    inner = text_config(config)
    architectures = config.get("architectures")
    architecture = architectures[0] if isinstance(architectures, list) and architectures else None
    model_type = config.get("model_type")
    if architecture is None and not isinstance(model_type, str):
        raise BadConfig("config.json names neither an architecture nor a model_type", where=layout.root / CONFIG)
    tensors: dict[str, Tensor] = {}
    for shard in layout.shards:
        tensors.update(read_header(shard))
    stored = stored_dtype(tensors)
    length = _context(inner)
    name = model_name(layout)
    template = ChatTemplate.load(layout.root)
    files = list(model_files(layout.root))
    return ModelFacts(
        path=str(layout.root),
        name=name,
        format="safetensors",
        family=family(architecture, model_type, name),
        architecture=declared(architecture, "config.json:architectures"),
        parameters=count_parameters(tensors, inner),
        dtype=stored,
        quantisation=_quantisation(config, layout),
        context_length=length,
        vocabulary=_vocabulary(tensors, inner),
        tokens=token_policy(layout),
        chat_template=measured(template.sha256, template.source) if template else unknown("no chat template"),
        licence=card_licence(layout),
        languages=card_languages(layout),
        memory=_memory(tensors, inner, length, wanted),
        files=len(files),
        size=sum(file.stat().st_size for _, file in files),
        digest=None,
        adapter=None,
    )


def _context(config: Mapping[str, Any]) -> Fact[int]:
    for key in CONTEXT_KEYS:
        value = config.get(key)
        if isinstance(value, int) and value > 0:
            return declared(value, f"config.json:{key}")
    return unknown("config.json")


def _vocabulary(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> Fact[int]:
    """Return the rows of the embedding; models pad it beyond their tokenizer's words."""
    for name, tensor in tensors.items():
        if name.endswith(("embed_tokens.weight", "word_embeddings.weight", "wte.weight")):
            return measured(tensor.shape[0], f"shape of {name}")
    value = config.get("vocab_size")
    return declared(value if isinstance(value, int) else None, "config.json:vocab_size")


def _quantisation(config: Mapping[str, Any], layout: Layout) -> Fact[str]:
    stated = config.get("quantization_config")
    if isinstance(stated, dict):
        bits = stated.get("bits") or (4 if stated.get("load_in_4bit") else 8 if stated.get("load_in_8bit") else "")
        return declared(f"{stated.get('quant_method', 'unknown method')} {bits}".strip(), "config.json")
    record = layout.file("conversion.json")
    if record is not None:
        source = read_json(record).get("quantisation")
        if isinstance(source, str) and source:
            return declared(f"{source}, unpacked", "conversion.json")
    return measured("none", "tensor headers")


def _memory(
    tensors: Mapping[str, Tensor], config: Mapping[str, Any], length: Fact[int], wanted: Wanted
) -> MemoryEstimate:
    stored = stored_dtype(tensors).value or "unknown"
    dtype = stored if wanted.dtype == "auto" or stored not in BYTES else wanted.dtype
    factor = BYTES[dtype] / BYTES[stored] if stored in BYTES else 1.0
    weights = int(sum(tensor.end - tensor.begin for tensor in tensors.values()) * factor)
    return estimate(weights, attention(config), dtype=dtype, context=wanted.tokens(length.value), batch=wanted.batch)


def _of_gguf(layout: Layout, wanted: Wanted) -> ModelFacts:
    path = layout.root
    header = read_gguf_header(path)
    size = path.stat().st_size
    if size < header.expected_size:
        missing = header.expected_size - size
        raise CorruptGGUF(f"{missing:,} of {header.expected_size:,} bytes are missing", where=path)
    kind = header.architecture
    template = ChatTemplate.load(path)
    length = header.number(f"{kind}.context_length")
    # transformers unpacks GGUF weights to float32 before it computes with them
    cache, weights = attention(_gguf_config(header)), header.parameters * BYTES["float32"]
    memory = estimate(weights, cache, dtype="float32", context=wanted.tokens(length), batch=wanted.batch)
    embedding = header.tensors.get("token_embd.weight")
    return ModelFacts(
        path=str(path),
        name=model_name(layout),
        format="gguf",
        family=gguf_family(kind),
        architecture=declared(kind, "general.architecture"),
        parameters=measured(header.parameters, "tensor shapes"),
        dtype=measured("float32", "GGUF weights are unpacked when they are loaded"),
        quantisation=declared(header.quantisation or None, "general.file_type"),
        context_length=declared(length, f"{kind}.context_length"),
        vocabulary=measured(embedding[-1], "shape of token_embd.weight") if embedding else unknown("token_embd.weight"),
        tokens=gguf_token_policy(header),
        chat_template=measured(template.sha256, template.source) if template else unknown("tokenizer.chat_template"),
        licence=gguf_licence(header),
        languages=gguf_languages(header),
        memory=memory,
        files=1,
        size=size,
        digest=None,
        adapter=None,
    )


def _gguf_config(header: GGUFHeader) -> dict[str, Any]:
    """Return a GGUF file's sizes under transformers' names."""
    kind = header.architecture
    names = {
        "num_hidden_layers": "block_count",
        "num_attention_heads": "attention.head_count",
        "num_key_value_heads": "attention.head_count_kv",
        "hidden_size": "embedding_length",
        "head_dim": "attention.key_length",
        "sliding_window": "attention.sliding_window",
        "kv_lora_rank": "attention.kv_lora_rank",
    }
    return {name: header.number(f"{kind}.{key}") for name, key in names.items()}

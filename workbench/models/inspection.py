"""What a model on disk is, from headers: nothing is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.errors import BadConfig, CorruptWeights
from workbench.facts import Fact, declared, measured, unknown
from workbench.models.adapters import check_adapter, read_adapter
from workbench.models.chat import ChatTemplate
from workbench.models.defaults import with_defaults
from workbench.models.facts import MemoryEstimate, ModelFacts
from workbench.models.families import family
from workbench.models.gguf_inspection import inspect_gguf
from workbench.models.layout import CONFIG, INDEX, Layout, model_name, read_index, read_json, read_layout, text_config
from workbench.models.manifest import Progress, make_manifest, model_files
from workbench.models.memory import BYTES, Need, estimate, layer_count, loaded_weights, read_cache
from workbench.models.model_card import card_languages, card_licence
from workbench.models.packing import read_packing
from workbench.models.parameters import count_parameters, embedding, stored_dtype
from workbench.models.safetensors import Tensor, read_header
from workbench.models.token_policy import token_policy

CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx", "max_sequence_length")


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
    need = Need(context, batch, dtype)
    facts = inspect_gguf(layout, need) if layout.gguf else _of_directory(layout, need)
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


def read_config(layout: Layout) -> Mapping[str, Any]:
    """Return ``config.json`` of a directory.

    Raises
    ------
    BadConfig
        It is missing, damaged, or says not what the model is.
    """
    path = layout.root / CONFIG
    config = read_json(path)
    if _architecture(config) is None and not isinstance(config.get("model_type"), str):
        raise BadConfig("config.json names neither an architecture nor a model_type", where=path)
    try:
        layer_count(text_config(config))
    except BadConfig as error:
        raise BadConfig(error.message, where=path) from error
    return config


def read_tensors(layout: Layout) -> Mapping[str, Tensor]:
    """Return the tensors of all shards of a directory, by name.

    Raises
    ------
    TruncatedShard, CorruptWeights, PickleWeights
        A shard is damaged, or none at all.
    CorruptWeights
        Two shards hold the same tensor, or one that the index names is in none.
    """
    tensors: dict[str, Tensor] = {}
    for shard in layout.shards:
        for name, tensor in read_header(shard).items():
            if name in tensors:
                raise CorruptWeights(f"tensor {name} stands in a second file", where=shard)
            tensors[name] = tensor
    if (layout.root / INDEX).is_file():
        for name, file in read_index(layout.root).weights.items():
            if name not in tensors:
                raise CorruptWeights(f"the index puts tensor {name} there, and it is not", where=layout.root / file)
    return tensors


def _architecture(config: Mapping[str, Any]) -> str | None:
    stated = config.get("architectures")
    first = stated[0] if isinstance(stated, list) and stated else None
    return first if isinstance(first, str) and first else None


def _of_directory(layout: Layout, need: Need) -> ModelFacts:
    config = read_config(layout)
    inner = with_defaults(text_config(config))
    architecture, model_type = _architecture(config), config.get("model_type")
    tensors = read_tensors(layout)
    length = _context(inner, text_config(config))
    name = model_name(layout)
    template = ChatTemplate.load(layout.root)
    files = list(model_files(layout.root))
    return ModelFacts(
        path=str(layout.root),
        name=name,
        format="safetensors",
        family=family(architecture, model_type if isinstance(model_type, str) else None, name),
        architecture=declared(architecture, "config.json:architectures"),
        parameters=count_parameters(tensors, inner),
        dtype=stored_dtype(tensors),
        quantisation=_quantisation(tensors, inner, layout),
        context_length=length,
        vocabulary=_vocabulary(tensors, inner),
        tokens=token_policy(layout),
        chat_template=measured(template.sha256, template.source) if template else unknown("no chat template"),
        licence=card_licence(layout),
        languages=card_languages(layout),
        memory=_memory(tensors, inner, length, need),
        files=len(files),
        size=sum(file.stat().st_size for _, file in files),
        digest=None,
        adapter=None,
    )


def _context(config: Mapping[str, Any], stated: Mapping[str, Any]) -> Fact[int]:
    for key in CONTEXT_KEYS:
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            said = "config.json" if key in stated else f"transformers' default for {config.get('model_type')}"
            return declared(value, f"{said}:{key}")
    return unknown("config.json")


def _vocabulary(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> Fact[int]:
    """Return the rows of the embedding; models pad it beyond their tokenizer's words."""
    name = embedding(tensors)
    if name is not None and tensors[name].dtype != "U8":
        return measured(tensors[name].shape[0], f"shape of {name}")
    value = config.get("vocab_size")
    return declared(value if isinstance(value, int) else None, "config.json:vocab_size")


def _quantisation(tensors: Mapping[str, Tensor], config: Mapping[str, Any], layout: Layout) -> Fact[str]:
    packing = read_packing(tensors, config)
    if packing.method:
        stated = config["quantization_config"]
        four, eight = bool(stated.get("load_in_4bit")), bool(stated.get("load_in_8bit"))
        bits = packing.bits or (4 if four else 8 if eight else "")
        return declared(f"{packing.method} {bits}".strip(), "config.json:quantization_config")
    if packing.unknown:
        return unknown(f"tensor headers: {packing.unknown}")
    record = layout.file("conversion.json")
    if record is not None:
        source = read_json(record).get("quantisation")
        if isinstance(source, str) and source:
            return declared(f"{source}, unpacked", "conversion.json")
    return measured("none", "tensor headers")


def _memory(tensors: Mapping[str, Tensor], config: Mapping[str, Any], length: Fact[int], need: Need) -> MemoryEstimate:
    stored = stored_dtype(tensors).value or "unknown"
    stated = config.get("dtype", config.get("torch_dtype"))
    own = stored if stored in BYTES else str(stated)
    dtype = own if need.dtype == "auto" else need.dtype
    weights = loaded_weights(tensors, config, need.dtype)
    return estimate(weights, read_cache(config), dtype=dtype, context=need.tokens(length.value), batch=need.batch)

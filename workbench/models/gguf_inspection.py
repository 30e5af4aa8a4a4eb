"""What a GGUF file is, from its header."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from workbench.errors import BadConfig, CorruptGGUF, MissingShard
from workbench.facts import declared, measured, unknown
from workbench.models.chat import gguf_template
from workbench.models.facts import ModelFacts
from workbench.models.families import gguf_family
from workbench.models.gguf import GGUFHeader, read_gguf_header
from workbench.models.layout import Layout, model_name
from workbench.models.memory import BYTES, Need, estimate, layer_count, read_cache
from workbench.models.model_card import gguf_languages, gguf_licence
from workbench.models.token_policy import gguf_token_policy

SIZES: Mapping[str, str] = MappingProxyType(
    {
        "num_hidden_layers": "block_count",
        "num_attention_heads": "attention.head_count",
        "num_key_value_heads": "attention.head_count_kv",
        "hidden_size": "embedding_length",
        "head_dim": "attention.key_length",
        "sliding_window": "attention.sliding_window",
        "sliding_window_pattern": "attention.sliding_window_pattern",
        "kv_lora_rank": "attention.kv_lora_rank",
        "mamba_d_ssm": "ssm.inner_size",
        "mamba_d_state": "ssm.state_size",
        "mamba_d_conv": "ssm.conv_kernel",
        "mamba_n_groups": "ssm.group_count",
    }
)
"""transformers' names and llama.cpp's keys, below the architecture's name."""


def inspect_gguf(layout: Layout, need: Need) -> ModelFacts:
    """Return what is known about a GGUF file.

    Raises
    ------
    CorruptGGUF
        It is damaged or cut short.
    MissingShard
        It is one part of a split model.
    NoTokenizer
        It carries no vocabulary.
    """
    path = layout.root
    header = read_gguf_header(path)
    _require_whole(header, size := path.stat().st_size)
    kind = header.architecture
    template = gguf_template(header)
    length = header.number(f"{kind}.context_length")
    dtype = "float32" if need.dtype == "auto" else need.dtype
    memory = estimate(
        header.parameters * BYTES[dtype],
        read_cache(gguf_config(header)),
        dtype=dtype,
        context=need.tokens(length),
        batch=need.batch,
    )
    shape = header.tensors.get("token_embd.weight")
    return ModelFacts(
        path=str(path),
        name=model_name(layout),
        format="gguf",
        family=gguf_family(header),
        architecture=declared(kind, "general.architecture"),
        parameters=measured(header.parameters, "tensor shapes"),
        dtype=measured("float32", "GGUF weights are unpacked when they are loaded"),
        quantisation=declared(header.quantisation or None, "general.file_type"),
        context_length=declared(length, f"{kind}.context_length"),
        vocabulary=measured(shape[-1], "shape of token_embd.weight") if shape else unknown("token_embd.weight"),
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


def _require_whole(header: GGUFHeader, size: int) -> None:
    parts = header.number("split.count") or 1
    if parts > 1:
        part = (header.number("split.no") or 0) + 1
        raise MissingShard(
            f"the file is part {part} of {parts} of a split model",
            where=header.path,
            remedy="Join the parts with `llama-gguf-split --merge`, and use the joined file.",
        )
    if size < header.expected_size:
        missing = header.expected_size - size
        raise CorruptGGUF(f"{missing:,} of {header.expected_size:,} bytes are missing", where=header.path)


def gguf_config(header: GGUFHeader) -> dict[str, Any]:
    """Return a GGUF file's sizes under transformers' names, for the estimate of its cache.

    Raises
    ------
    CorruptGGUF
        It states more layers than any model has.
    """
    kind = header.architecture
    config: dict[str, Any] = {"model_type": kind}
    for name, key in SIZES.items():
        value = header.metadata.get(f"{kind}.{key}")
        config[name] = list(value) if isinstance(value, tuple) else value
    try:
        layer_count(config)
    except BadConfig as error:
        raise CorruptGGUF(error.message, where=header.path) from error
    if config["kv_lora_rank"]:
        config["qk_rope_head_dim"] = header.number(f"{kind}.rope.dimension_count")
    pattern = config.pop("sliding_window_pattern")
    if isinstance(pattern, list) and len(pattern) == config["num_hidden_layers"]:
        config["layer_types"] = ["sliding_attention" if slides else "full_attention" for slides in pattern]
    elif isinstance(pattern, int) and not isinstance(pattern, bool):
        config["sliding_window_pattern"] = pattern
    if config["sliding_window"]:
        config["use_sliding_window"] = True
    return config

"""A model from disk onto a device, through the gate, and everything the engine must know about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engines.protocol import DType, EngineConfig
from workbench.engines.transformers.adapter import attach_adapter
from workbench.engines.transformers.devices import free_memory, resolve_device, set_threads
from workbench.engines.transformers.linear import quicken
from workbench.engines.transformers.memory import RESERVE, gibibytes
from workbench.engines.transformers.reading import read_codec, read_weights
from workbench.engines.transformers.tokens import Codec
from workbench.engines.transformers.weights import loaded_bytes, require_finite, require_rows
from workbench.errors import OutOfMemory, UsageError
from workbench.models.gate import check
from workbench.models.gguf import read_gguf_header
from workbench.models.layout import Layout, read_layout
from workbench.models.safetensors import read_header

if TYPE_CHECKING:
    import torch

DEFAULT_CONTEXT = 2048
"""Context length of a model that states none, as in lm-eval."""
UNSTATED = int(1e12)
"""transformers gives tokenizers without a stated length an absurdly large one."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model on its device with everything that was found out while loading it."""

    model: Any
    codec: Codec
    device: torch.device
    dtype: str
    context_length: int
    eos: tuple[int, ...]
    pad: int
    seconds: float
    model_memory: int


def load_model(path: Path, config: EngineConfig, adapter: Path | None) -> Loaded:
    """Load a Hugging Face directory or a GGUF file, and an adapter on top if there is one.

    Raises
    ------
    NotFound, ModelError, RefusedByPolicy
        The model cannot be loaded, or must not be.
    DeviceUnavailable, OutOfMemory
        The device is not here, or the weights do not fit on it.
    UsageError
        `config` asks for more tokens than the model's context has.
    """
    began = time.perf_counter()
    check(path)
    layout = read_layout(path)
    device = resolve_device(config.device)
    set_threads(config.threads)
    _require_room(layout, config.dtype, device)
    with _quiet():
        model = read_weights(layout, config.dtype, device)
        if adapter is not None:
            model = attach_adapter(model, adapter)
        codec = read_codec(layout)
    model.requires_grad_(requires_grad=False)
    model.eval()
    require_finite(model, path)
    require_rows(model, codec.tokenizer, path)
    quicken(model)
    context = _context_length(model.config, codec.tokenizer)
    if config.max_length is not None and config.max_length > context:
        raise UsageError(
            f"max_length is {config.max_length}, and the model's context has {context} tokens",
            where=path,
            remedy=f"Ask for at most {context}.",
        )
    eos = _end_tokens(model, codec.tokenizer)
    pad = codec.tokenizer.pad_token_id
    if not config.parity:
        _plain_generation(model, eos)
    return Loaded(
        model=model,
        codec=codec,
        device=device,
        dtype=str(model.dtype).removeprefix("torch."),
        context_length=config.max_length or context,
        eos=eos,
        pad=int(pad if pad is not None else eos[0] if eos else 0),
        seconds=time.perf_counter() - began,
        model_memory=sum(tensor.numel() * tensor.element_size() for tensor in model.parameters()),
    )


def _require_room(layout: Layout, dtype: DType, device: torch.device) -> None:
    import torch

    size = None if dtype == "auto" else int(getattr(torch, dtype).itemsize)
    if layout.gguf is None:
        tensors = [tensor for shard in layout.shards for tensor in read_header(shard).values()]
        needed = loaded_bytes(tensors, size)
    else:
        needed = read_gguf_header(layout.gguf).parameters * (size or torch.float32.itemsize)
    free = free_memory(device) - RESERVE
    if needed > free:
        need, have = gibibytes(needed), gibibytes(max(free, 0))
        raise OutOfMemory(f"the weights need {need} as {dtype}, and {have} are free on {device}", where=layout.root)


def _context_length(config: Any, tokenizer: Any) -> int:
    text = config.get_text_config()
    for name in ("n_positions", "max_position_embeddings", "n_ctx", "max_seq_len", "seq_length"):
        if isinstance(value := getattr(text, name, None), int):
            return value
    stated = getattr(tokenizer, "model_max_length", None)
    return int(stated) if stated is not None and stated < UNSTATED else DEFAULT_CONTEXT


def _end_tokens(model: Any, tokenizer: Any) -> tuple[int, ...]:
    configured = model.generation_config.eos_token_id if model.generation_config is not None else None
    stated = configured if isinstance(configured, list) else [configured]
    return tuple(dict.fromkeys(int(token) for token in (*stated, tokenizer.eos_token_id) if token is not None))


def _plain_generation(model: Any, eos: tuple[int, ...]) -> None:
    """Take away the publisher's sampling settings: an answer is greedy, or drawn at the temperature asked for."""
    from transformers import GenerationConfig

    plain: Any = GenerationConfig
    model.generation_config = plain(eos_token_id=list(eos) or None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's progress bars out of logs."""
    from transformers.utils import logging as library

    logging: Any = library
    active = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if active:
            logging.enable_progress_bar()

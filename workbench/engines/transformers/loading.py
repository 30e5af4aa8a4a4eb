"""A model from disk onto a device: nothing from the network, no code from the model, nothing invented.

Weights that are missing from the files would be filled with random numbers by the library; here they are an error.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engines.protocol import DType, EngineConfig
from workbench.engines.transformers.adapter import attach_adapter
from workbench.engines.transformers.devices import free_memory, resolve_device, set_threads
from workbench.engines.transformers.gguf_header import read_gguf_header
from workbench.engines.transformers.gguf_tokenizer import adds_bos
from workbench.engines.transformers.memory import RESERVE, gibibytes
from workbench.engines.transformers.tokens import Codec, make_codec
from workbench.engines.transformers.weights import count_weights, loaded_bytes, require_finite, weight_files
from workbench.errors import (
    BadConfig,
    CorruptGGUF,
    CorruptWeights,
    MissingShard,
    ModelError,
    NotFound,
    NoTokenizer,
    OutOfMemory,
    RemoteCode,
    UsageError,
)

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
    if not path.exists():
        raise NotFound("there is no such model", where=path)
    device = resolve_device(config.device)
    set_threads(config.threads)
    _require_room(path, config.dtype, device)
    with _quiet():
        model = _load_weights(path, config.dtype, device)
        if adapter is not None:
            model = attach_adapter(model, adapter)
        codec = _load_codec(path)
    model.requires_grad_(requires_grad=False)
    model.eval()
    require_finite(model, path)
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


def _require_room(path: Path, dtype: DType, device: torch.device) -> None:
    import torch

    size = None if dtype == "auto" else int(getattr(torch, dtype).itemsize)
    if path.is_dir():
        needed = loaded_bytes(count_weights(weight_files(path)), size)
    else:
        needed = read_gguf_header(path).parameters * (size or torch.float32.itemsize)
    free = free_memory(device) - RESERVE
    if needed > free:
        need, have = gibibytes(needed), gibibytes(max(free, 0))
        raise OutOfMemory(f"the weights need {need} as {dtype}, and {have} are free on {device}", where=path)


def _load_weights(path: Path, dtype: DType, device: torch.device) -> Any:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    wanted: Any = dtype if dtype == "auto" else getattr(torch, dtype)
    options: dict[str, Any] = {
        "dtype": wanted,
        "local_files_only": True,
        "trust_remote_code": False,
        "output_loading_info": True,
    }
    if device.type != "cpu":
        options["device_map"] = {"": device}
    place = path
    if path.is_dir():
        options["use_safetensors"] = True
    else:
        place, options = path.parent, options | _gguf_options(path, wanted)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(place, **options)
    except SafetensorError as error:
        raise CorruptWeights(f"a weight file cannot be read: {error}", where=path) from error
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError, TypeError, AttributeError) as error:
        raise _explained(error, path) from error
    model, info = loaded
    if missing := sorted(info["missing_keys"]):
        raise CorruptWeights(f"the files hold no {missing[0]}" + _more(missing), where=path)
    if mismatched := sorted(str(entry[0]) for entry in info["mismatched_keys"]):
        raise CorruptWeights(f"{mismatched[0]} has another shape than config.json says" + _more(mismatched), where=path)
    return model


def _gguf_options(path: Path, wanted: Any) -> dict[str, Any]:
    """Return what makes transformers unpack a GGUF file into ordinary weights; ``auto`` is float32."""
    import torch
    from transformers import GgufConfig

    return {
        "gguf_file": path.name,
        "quantization_config": GgufConfig(dequantize=True),
        "dtype": torch.float32 if wanted == "auto" else wanted,
    }


def _more(names: list[str]) -> str:
    return f" (and {len(names) - 1} more)" if len(names) > 1 else ""


def _explained(error: Exception, path: Path) -> ModelError | RemoteCode:
    """Return what a failed load means, as one of our own errors."""
    text = str(error)
    if "trust_remote_code" in text or _brings_code(path):
        return RemoteCode("the model brings its own Python code and asks to run it", where=path)
    if path.is_file():
        return CorruptGGUF(f"transformers cannot read this file: {text}", where=path)
    if isinstance(error, OSError) and ".safetensors" in text:
        return MissingShard(text.splitlines()[0], where=path)
    if isinstance(error, RuntimeError) and "size mismatch" in text:
        return CorruptWeights("weights have other shapes than config.json says: " + text.splitlines()[-1], where=path)
    return BadConfig(
        f"transformers cannot load this model: {text.splitlines()[0] if text else type(error).__name__}", where=path
    )


def _brings_code(path: Path) -> bool:
    """Return whether config.json names Python files of the model's own."""
    try:
        return "auto_map" in json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def _load_codec(path: Path) -> Codec:
    from transformers import AutoTokenizer

    place = path if path.is_dir() else path.parent
    options = {} if path.is_dir() else {"gguf_file": path.name}
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=True, trust_remote_code=False, **options)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        if "trust_remote_code" in str(error):
            raise RemoteCode("the tokenizer brings its own Python code and asks to run it", where=path) from error
        raise NoTokenizer(f"no tokenizer loads: {error}", where=path) from error
    return make_codec(tokenizer, stated_bos=None if path.is_dir() else adds_bos(read_gguf_header(path)))


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

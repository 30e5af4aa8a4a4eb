"""A checkpoint read into memory by transformers: weights and tokenizer, nothing from the network, no foreign code.

Weights that are missing from the files would be filled with random numbers by the library; here they are an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engines.protocol import DType
from workbench.engines.transformers.tokens import Codec, make_codec
from workbench.errors import BadConfig, CorruptGGUF, CorruptWeights, ModelError, NoTokenizer, RemoteCode
from workbench.models.gguf import read_gguf_header
from workbench.models.layout import Layout
from workbench.models.token_policy import gguf_token_policy

if TYPE_CHECKING:
    import torch


def read_weights(layout: Layout, dtype: DType, device: torch.device) -> Any:
    """Return the model with its weights on `device`; GGUF blocks are unpacked, to float32 where `dtype` is ``auto``.

    Raises
    ------
    CorruptWeights
        Tensors that the configuration asks for are missing, or have another shape.
    BadConfig, CorruptGGUF, RemoteCode
        transformers cannot build the model.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    place, source = _source(layout)
    options: dict[str, Any] = {
        "dtype": dtype if dtype == "auto" else getattr(torch, dtype),
        "output_loading_info": True,
        "ignore_mismatched_sizes": True,  # reported below, by name
    }
    if device.type != "cpu":
        options["device_map"] = {"": device}
    if layout.gguf is None:
        options["use_safetensors"] = True
    else:
        options |= _unpacked(dtype)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(place, **source, **options)
    except SafetensorError as error:
        raise CorruptWeights(f"a weight file cannot be read: {error}", where=layout.root) from error
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError, TypeError, AttributeError) as error:
        raise _explained(error, layout) from error
    model, info = loaded
    if missing := sorted(info["missing_keys"]):
        raise CorruptWeights(f"the files hold no {_listed(missing)}", where=layout.root)
    if mismatched := sorted(str(entry[0]) for entry in info["mismatched_keys"]):
        raise CorruptWeights(f"config.json gives another shape to {_listed(mismatched)}", where=layout.root)
    return model


def read_codec(layout: Layout) -> Codec:
    """Return the tokenizer with its policy.

    Raises
    ------
    NoTokenizer, RemoteCode
        None loads.
    """
    from transformers import AutoTokenizer

    place, source = _source(layout)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, **source)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        if "trust_remote_code" in str(error):
            raise RemoteCode("the tokenizer asks to run the model's own Python", where=layout.root) from error
        raise NoTokenizer(f"no tokenizer loads: {error}", where=layout.root) from error
    if layout.gguf is None:
        return make_codec(tokenizer)
    return make_codec(tokenizer, stated_bos=gguf_token_policy(read_gguf_header(layout.gguf)).add_bos)


def _source(layout: Layout) -> tuple[Path, dict[str, Any]]:
    """Return the directory and the options that say which files may be read."""
    safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if layout.gguf is None:
        return layout.root, safe
    return layout.gguf.parent, safe | {"gguf_file": layout.gguf.name}


def _unpacked(dtype: DType) -> dict[str, Any]:
    import torch
    from transformers import GgufConfig

    return {
        "quantization_config": GgufConfig(dequantize=True),
        "dtype": torch.float32 if dtype == "auto" else getattr(torch, dtype),
    }


def _listed(names: list[str]) -> str:
    return names[0] + (f" (and {len(names) - 1} more)" if len(names) > 1 else "")


def _explained(error: Exception, layout: Layout) -> ModelError | RemoteCode:
    """Return what a failed load means, as one of our own errors."""
    text = str(error) or type(error).__name__
    if "trust_remote_code" in text:
        return RemoteCode("the model asks to run its own Python", where=layout.root)
    if layout.gguf is not None:
        return CorruptGGUF(
            f"transformers cannot read this file: {text}",
            where=layout.root,
            remedy="Use the model's safetensors version, or a GGUF file of an architecture transformers implements.",
        )
    return BadConfig(f"transformers cannot load this model: {text.splitlines()[0]}", where=layout.root)

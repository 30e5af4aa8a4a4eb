"""The tokenizer inside a GGUF file, saved as ``tokenizer.json`` with the BOS policy its metadata states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.errors import NoTokenizer
from workbench.models.gguf import GGUFHeader
from workbench.models.token_policy import gguf_token_policy
from workbench.policy.storage import write_atomically

DIGITS_APART = frozenset({"smollm", "starcoder", "refact", "codeshell", "command-r", "exaone", "minerva-7b"})
"""Values of ``tokenizer.ggml.pre`` whose vocabularies were learnt on single digits (llama.cpp, ``llama-vocab.cpp``);
transformers splits these as GPT-2 does, which joins the spaces before a number differently."""


def save_tokenizer(gguf_path: Path, header: GGUFHeader, directory: Path) -> None:
    """Write the tokenizer files of a GGUF file into `directory`.

    Raises
    ------
    NoTokenizer
        The file carries no vocabulary, or one that transformers cannot rebuild.
    """
    from transformers import AutoTokenizer

    if "tokenizer.ggml.tokens" not in header.metadata:
        raise NoTokenizer("the GGUF file carries no vocabulary", where=gguf_path)
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            gguf_path.parent, gguf_file=gguf_path.name, local_files_only=True, trust_remote_code=False
        )
    except (ValueError, KeyError, TypeError, NotImplementedError) as error:
        raise NoTokenizer(f"its vocabulary cannot be rebuilt: {error}", where=gguf_path) from error
    if header.text("tokenizer.ggml.pre") in DIGITS_APART:
        _split_digits(tokenizer)
    tokenizer.save_pretrained(directory)
    _state_policy(directory, header, tokenizer)


def _split_digits(tokenizer: Any) -> None:
    from tokenizers import pre_tokenizers

    backend = tokenizer.backend_tokenizer
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )


def _state_policy(directory: Path, header: GGUFHeader, tokenizer: Any) -> None:
    """Put BOS into the post-processor, where every reader of ``tokenizer.json`` finds it."""
    from tokenizers import Tokenizer, processors

    bos, eos = tokenizer.bos_token, tokenizer.eos_token
    policy = gguf_token_policy(header)
    with_bos, with_eos = policy.add_bos and bos is not None, policy.add_eos and eos is not None
    path = directory / "tokenizer.json"
    backend = Tokenizer.from_file(str(path))
    if with_bos or with_eos:
        single = [*([f"{bos}:0"] if with_bos else []), "$A:0", *([f"{eos}:0"] if with_eos else [])]
        pair = [*single, *(entry.replace(":0", ":1").replace("$A", "$B") for entry in single)]
        special = [(text, backend.token_to_id(text)) for text, on in ((bos, with_bos), (eos, with_eos)) if on]
        backend.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=special)
    # Without indentation: less than half the bytes where there are 262,144 tokens and their merges.
    write_atomically(path, backend.to_str().encode())
    settings_path = directory / "tokenizer_config.json"
    settings = json.loads(settings_path.read_text(encoding="utf-8"))
    settings["add_bos_token"], settings["add_eos_token"] = with_bos, with_eos
    for local in ("name_or_path", "gguf_file", "vocab_file", "is_local", "local_files_only"):
        settings.pop(local, None)
    context = header.number(f"{header.architecture}.context_length")
    if context:
        settings["model_max_length"] = context
    write_atomically(settings_path, json.dumps(settings, ensure_ascii=False, indent=2).encode())

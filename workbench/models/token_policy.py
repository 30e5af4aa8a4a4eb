"""Whether a tokenizer itself puts BOS and EOS around a text, read from its own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import BadConfig, NoTokenizer
from workbench.models.facts import TokenPolicy
from workbench.models.gguf import GGUFHeader
from workbench.models.layout import CONFIG, TOKENIZER, Layout, read_json

GGUF_ADDS_BOS = frozenset({"llama", "gemma", "gemma3", "gemma4"})
"""Tokenizer models for which llama.cpp adds BOS when the metadata is silent (llama-vocab.cpp, SPM)."""


def token_policy(layout: Layout) -> TokenPolicy:
    """Return the policy of a Hugging Face directory's tokenizer.

    Raises
    ------
    NoTokenizer
        There is no tokenizer.json, or it is no tokenizer.
    """
    path = layout.root / TOKENIZER
    if not path.is_file():
        raise NoTokenizer("the directory has no tokenizer.json", where=layout.root)
    try:
        tokenizer = read_json(path)
    except BadConfig as error:
        raise NoTokenizer(f"tokenizer.json is damaged: {error.message}", where=path) from error
    if not isinstance(tokenizer.get("model"), dict):
        raise NoTokenizer("tokenizer.json holds no tokenizer", where=path)
    settings = _optional(layout, "tokenizer_config.json")
    generation = _optional(layout, "generation_config.json")
    config = _optional(layout, CONFIG)
    ids = {entry["content"]: entry["id"] for entry in tokenizer.get("added_tokens", []) if "id" in entry}
    bos = _content(settings.get("bos_token"))
    eos = _content(settings.get("eos_token"))
    bos_id = ids.get(bos, config.get("bos_token_id")) if bos else config.get("bos_token_id")
    before, after = _template(tokenizer.get("post_processor"))
    template_says = bos in before or (bos is None and bool(before))
    source = "tokenizer.json:post_processor"
    add_bos, add_eos = template_says, eos in after
    if not before and isinstance(settings.get("add_bos_token"), bool):
        add_bos, source = bool(settings["add_bos_token"]) and bos is not None, "tokenizer_config.json:add_bos_token"
    eos_ids = _ids(generation.get("eos_token_id")) or _ids(config.get("eos_token_id")) or _ids(ids.get(eos or ""))
    return TokenPolicy(bos_id if isinstance(bos_id, int) else None, bos, eos_ids, add_bos, add_eos, source)


def gguf_token_policy(header: GGUFHeader) -> TokenPolicy:
    """Return the policy that a GGUF file's metadata states.

    Raises
    ------
    NoTokenizer
        The file carries no vocabulary.
    """
    tokens = header.texts("tokenizer.ggml.tokens")
    if not tokens:
        raise NoTokenizer("the file carries no vocabulary", where=header.path)
    bos, eos = header.number("tokenizer.ggml.bos_token_id"), header.number("tokenizer.ggml.eos_token_id")
    stated = header.flag("tokenizer.ggml.add_bos_token")
    add_bos = stated if stated is not None else header.text("tokenizer.ggml.model") in GGUF_ADDS_BOS
    return TokenPolicy(
        bos_id=bos,
        bos=tokens[bos] if bos is not None and bos < len(tokens) else None,
        eos_ids=() if eos is None else (eos,),
        add_bos=add_bos and bos is not None,
        add_eos=bool(header.flag("tokenizer.ggml.add_eos_token")),
        source="tokenizer.ggml.add_bos_token" if stated is not None else "tokenizer.ggml.model (llama.cpp's default)",
    )


def _optional(layout: Layout, name: str) -> Mapping[str, Any]:
    path: Path | None = layout.file(name)
    return read_json(path) if path is not None else {}


def _content(token: object) -> str | None:
    if isinstance(token, Mapping):
        token = token.get("content")
    return token if isinstance(token, str) and token else None


def _ids(value: object) -> tuple[int, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(entry for entry in values if isinstance(entry, int) and not isinstance(entry, bool))


def _processors(processor: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(processor, Mapping):
        yield processor
        for inner in processor.get("processors", []):
            yield from _processors(inner)


def _template(processor: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the special tokens that the post-processor puts before and after a text."""
    before: list[str] = []
    after: list[str] = []
    for entry in _processors(processor):
        if entry.get("type") == "TemplateProcessing":
            side = before
            for piece in entry.get("single", []):
                if "Sequence" in piece:
                    side = after
                elif "SpecialToken" in piece:
                    side.append(str(piece["SpecialToken"]["id"]))
        elif entry.get("type") in ("BertProcessing", "RobertaProcessing"):
            before.append(str(entry["cls"][0]))
            after.append(str(entry["sep"][0]))
    return tuple(before), tuple(after)

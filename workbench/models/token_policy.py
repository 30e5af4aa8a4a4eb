"""Whether a tokenizer itself puts BOS and EOS around a text, read from its own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.errors import NoTokenizer
from workbench.models.facts import TokenPolicy
from workbench.models.gguf import GGUFHeader
from workbench.models.layout import CONFIG, TOKENIZER, Layout, read_json
from workbench.models.tokenizer_file import read_tokenizer_file


@dataclass(frozen=True, slots=True)
class Assumed:
    """What llama.cpp does for a kind of tokenizer when the metadata is silent."""

    bos: int | None = None
    eos: int | None = None
    add_bos: bool = False
    add_eos: bool = False


GGUF_DEFAULTS: Mapping[str, Assumed] = MappingProxyType(
    {
        "llama": Assumed(bos=1, eos=2, add_bos=True),
        "bert": Assumed(bos=101, add_bos=True),
        "gpt2": Assumed(bos=11, eos=11),
        "t5": Assumed(eos=1, add_eos=True),
        "gemma4": Assumed(add_bos=True),
    }
)
"""By ``tokenizer.ggml.model``. Source: llama.cpp, ``src/llama-vocab.cpp``, `llama_vocab::impl::load`."""
PRE_ADDS_BOS = frozenset(
    {
        "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
        "tekken", "chameleon",
    }
)  # fmt: skip
"""Values of ``tokenizer.ggml.pre`` for which llama.cpp's byte-pair tokenizers add BOS (same source)."""


def token_policy(layout: Layout) -> TokenPolicy:
    """Return the policy of a Hugging Face directory's tokenizer.

    The post-processor alone decides: ``add_bos_token`` in tokenizer_config.json, and what a tokenizer class did by
    default, are not looked at by transformers 5 where there is a tokenizer.json.

    Raises
    ------
    NoTokenizer
        There is no tokenizer.json, or it is no tokenizer.
    """
    tokenizer = read_tokenizer_file(layout)
    settings = {**_optional(layout, "special_tokens_map.json"), **_optional(layout, "tokenizer_config.json")}
    config = _optional(layout, CONFIG)
    ids = _added(tokenizer.get("added_tokens"))
    try:
        before, after = _template(tokenizer.get("post_processor"), ids)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise NoTokenizer(f"the post-processor is damaged ({error!r})", where=layout.root / TOKENIZER) from error
    eos = _content(settings.get("eos_token"))
    bos = _content(settings.get("bos_token"))
    if before and bos not in before:
        bos = before[0]
    stated = _ids(config.get("bos_token_id"))
    bos_id = ids.get(bos) if bos is not None else None
    generation = _optional(layout, "generation_config.json")
    return TokenPolicy(
        bos_id=bos_id if bos_id is not None else next(iter(stated), None),
        bos=bos,
        eos_ids=_ids(generation.get("eos_token_id"))
        or _ids(config.get("eos_token_id"))
        or _ids(ids.get(eos) if eos else None),
        add_bos=bool(before),
        add_eos=bool(after),
        source=_source(settings.get("add_bos_token"), adds=bool(before)),
    )


def _source(stated: object, *, adds: bool) -> str:
    where = "tokenizer.json:post_processor"
    if isinstance(stated, bool) and stated is not adds:
        said = "true" if stated else "false"
        return f"{where} (tokenizer_config.json says add_bos_token: {said}, which transformers does not read)"
    return where


def gguf_token_policy(header: GGUFHeader) -> TokenPolicy:
    """Return the policy that a GGUF file's metadata states, else llama.cpp's for that kind of tokenizer.

    Raises
    ------
    NoTokenizer
        The file carries no vocabulary.
    """
    tokens = header.texts("tokenizer.ggml.tokens")
    if not tokens:
        raise NoTokenizer("the file carries no vocabulary", where=header.path)
    model, pre = header.text("tokenizer.ggml.model"), header.text("tokenizer.ggml.pre")
    assumed = GGUF_DEFAULTS.get(model, Assumed())
    bos = _token_id(header, "bos", assumed.bos, len(tokens))
    ends = [_token_id(header, "eos", assumed.eos, len(tokens))]
    ends += [_token_id(header, key, None, len(tokens)) for key in ("eot", "eom")]
    stated, closes = header.flag("tokenizer.ggml.add_bos_token"), header.flag("tokenizer.ggml.add_eos_token")
    source = "tokenizer.ggml.add_bos_token"
    add_bos = stated
    if "gemma4" in (model, pre):  # llama.cpp overrides what such files say
        add_bos, source = True, "tokenizer.ggml.model gemma4 (llama.cpp's rule)"
    elif stated is None:
        add_bos = assumed.add_bos or (model == "gpt2" and pre in PRE_ADDS_BOS)
        source = f"tokenizer.ggml.model {model}{f', pre {pre}' if pre else ''} (llama.cpp's default)"
    return TokenPolicy(
        bos_id=bos,
        bos=tokens[bos] if bos is not None else None,
        eos_ids=tuple(dict.fromkeys(end for end in ends if end is not None)),
        add_bos=bool(add_bos) and bos is not None,
        add_eos=(assumed.add_eos if closes is None else closes) and ends[0] is not None,
        source=source,
    )


def _token_id(header: GGUFHeader, name: str, assumed: int | None, size: int) -> int | None:
    """Return a special token's id; one beyond the vocabulary counts as not stated."""
    for value in (header.number(f"tokenizer.ggml.{name}_token_id"), assumed):
        if value is not None and 0 <= value < size:
            return value
    return None


def _optional(layout: Layout, name: str) -> Mapping[str, Any]:
    path: Path | None = layout.file(name)
    return read_json(path) if path is not None else {}


def _added(entries: object) -> dict[str, int]:
    """Return the ids of the tokens that were added to the model's own, by their text."""
    found = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("content"), str) and _ids(entry.get("id")):
            found[entry["content"]] = int(entry["id"])
    return found


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
        inner = processor.get("processors")
        for entry in inner if isinstance(inner, list) else ():
            yield from _processors(entry)


def _template(processor: object, ids: dict[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the special tokens that the post-processor puts before and after a text; their ids go into `ids`."""
    before: list[str] = []
    after: list[str] = []
    for entry in _processors(processor):
        if entry.get("type") == "TemplateProcessing":
            side = before
            single = entry.get("single")
            for piece in single if isinstance(single, list) else ():
                if "Sequence" in piece:
                    side = after
                elif isinstance(named := piece.get("SpecialToken"), Mapping):
                    side.append(str(named.get("id")))
            special = entry.get("special_tokens")
            for name, token in special.items() if isinstance(special, Mapping) else ():
                if numbers := _ids(token.get("ids")):
                    ids.setdefault(name, numbers[0])
        elif entry.get("type") in ("BertProcessing", "RobertaProcessing"):
            for side, key in ((before, "cls"), (after, "sep")):
                text, number = entry[key]
                side.append(str(text))
                ids.setdefault(str(text), int(number))
    return tuple(before), tuple(after)

"""``tokenizer.json`` without its vocabulary, which is 99 % of the file and says nothing about policy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workbench.errors import BadConfig, NoTokenizer
from workbench.models.layout import LARGEST_JSON, TOKENIZER, Layout, read_json

OTHERS = ("tokenizer.model", "spiece.model", "vocab.json", "tekken.json", "vocab.txt", "qwen.tiktoken")
"""Tokenizers in formats that need a conversion, or the model's own code."""
SPACE = re.compile(r"[ \t\r\n]*")


def read_tokenizer_file(layout: Layout) -> Mapping[str, Any]:
    """Return the settings of a directory's tokenizer: added tokens, post-processor and so on, without the model.

    Raises
    ------
    NoTokenizer
        There is no tokenizer.json, or it is no tokenizer.
    """
    path = layout.root / TOKENIZER
    if not path.is_file():
        raise _absent(layout)
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise NoTokenizer(f"tokenizer.json has more than {LARGEST_JSON:,} bytes", where=path)
        fields = _before_model(path.read_bytes().decode()) or read_json(path)
    except (BadConfig, OSError, ValueError, RecursionError) as error:
        message = error.message if isinstance(error, BadConfig) else str(error)
        raise NoTokenizer(f"tokenizer.json is damaged: {message}", where=path) from error
    if not isinstance(fields.get("model"), dict):
        raise NoTokenizer("tokenizer.json holds no tokenizer", where=path)
    return fields


def _absent(layout: Layout) -> NoTokenizer:
    other = next((name for name in OTHERS if layout.file(name) is not None), None)
    if other is None:
        return NoTokenizer("the directory has no tokenizer.json", where=layout.root)
    return NoTokenizer(
        f"the directory has {other} and no tokenizer.json",
        where=layout.root,
        remedy="Convert it where transformers may run: "
        "AutoTokenizer.from_pretrained(PATH).save_pretrained(PATH), then copy tokenizer.json here.",
    )


def _before_model(text: str) -> dict[str, Any] | None:
    """Read the entries that `tokenizers` writes before the model; None when the file is in another order.

    The end of the file is looked at too, so that one that was cut short is not taken for whole.
    """
    decoder = json.JSONDecoder()
    fields: dict[str, Any] = {}
    end = text.rstrip()
    if not text.lstrip().startswith("{") or not end.endswith("}") or not end[:-1].rstrip().endswith("}"):
        return None
    at = text.index("{") + 1
    while True:
        name, at = decoder.raw_decode(text, _skip(text, at))
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            return None
        at = _skip(text, at + 1)
        if name == "model":
            return {**fields, "model": {}} if text[at : at + 1] == "{" and "post_processor" in fields else None
        fields[name], at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ",":
            return None
        at += 1


def _skip(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at

"""A model's chat template, rendered without loading the model and without trusting the template.

Source: the template conventions of transformers' documentation ("Chat templates"): Jinja with `messages`,
`add_generation_prompt`, `raise_exception`, `strftime_now` and a `tojson` that keeps letters as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.errors import ChatTemplateError
from workbench.models.gguf import read_gguf_header
from workbench.models.layout import Layout, read_json, read_layout
from workbench.policy.digests import sha256_bytes

if TYPE_CHECKING:
    import jinja2


class Message(Protocol):
    """One turn of a conversation."""

    @property
    def role(self) -> str: ...  # noqa: D102 — ``system``, ``user`` or ``assistant``
    @property
    def content(self) -> str: ...  # noqa: D102 — the text


@dataclass(frozen=True)
class ChatTemplate:
    """A template's text and the special tokens it may name.

    `source` is the file (and key) it was read from.
    """

    text: str
    tokens: Mapping[str, str]
    source: str

    @classmethod
    def load(cls, path: Path) -> ChatTemplate | None:
        """Return the template of the model at `path`, or None when it brings none.

        Raises
        ------
        ModelError
            There is no model, or the file that would hold the template is damaged.
        """
        layout = read_layout(path)
        if layout.gguf is not None:
            return _from_gguf(layout.gguf)
        return _from_directory(layout)

    @property
    def sha256(self) -> str:
        """sha256 of the template's text."""
        return sha256_bytes(self.text.encode())

    @cached_property
    def _compiled(self) -> jinja2.Template:
        import jinja2
        from jinja2.ext import Extension, loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        class GenerationTag(Extension):
            """``{% generation %}`` marks the assistant's words for training; here it only lets them through."""

            tags = {"generation"}  # noqa: RUF012 — Jinja's own convention

            def parse(self, parser: Any) -> Any:
                next(parser.stream)
                return parser.parse_statements(("name:endgeneration",), drop_needle=True)

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[GenerationTag, loopcontrols]
        )
        environment.filters["tojson"] = _tojson
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda layout: datetime.now(UTC).astimezone().strftime(layout)
        try:
            return environment.from_string(self.text)
        except jinja2.TemplateError as error:
            raise ChatTemplateError(f"the template is no Jinja ({error})", where=self.source) from error

    def render(self, turns: Sequence[Message], *, add_generation_prompt: bool = True) -> str:
        """Return the conversation as the model was taught to read it.

        Parameters
        ----------
        turns
            Messages in order.
        add_generation_prompt
            End where the assistant's answer begins.

        Raises
        ------
        ChatTemplateError
            The template refuses this conversation (roles in another order, say), or fails.
        """
        import jinja2

        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            return self._compiled.render(
                messages=messages,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                **self.tokens,
            )
        except (jinja2.TemplateError, TypeError, ValueError, KeyError) as error:
            raise ChatTemplateError(f"the template does not render ({error})", where=self.source) from error


def _tojson(value: Any, indent: int | None = None, **more: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, **more)


def _raise(message: str) -> str:
    import jinja2

    raise jinja2.TemplateError(message)


def _from_gguf(path: Path) -> ChatTemplate | None:
    header = read_gguf_header(path)
    text = header.text("tokenizer.chat_template")
    if not text:
        return None
    vocabulary = header.texts("tokenizer.ggml.tokens")
    tokens = {}
    for name in ("bos", "eos"):
        number = header.number(f"tokenizer.ggml.{name}_token_id")
        if number is not None and number < len(vocabulary):
            tokens[f"{name}_token"] = vocabulary[number]
    return ChatTemplate(text, tokens, f"{path.name}:tokenizer.chat_template")


def _from_directory(layout: Layout) -> ChatTemplate | None:
    path = layout.file("tokenizer_config.json")
    settings = read_json(path) if path is not None else {}
    tokens = {
        name: content
        for name in ("bos_token", "eos_token", "unk_token", "pad_token")
        if (content := _content(settings.get(name))) is not None
    }
    jinja = layout.file("chat_template.jinja")
    if jinja is not None:
        return ChatTemplate(jinja.read_text(encoding="utf-8", errors="replace"), tokens, "chat_template.jinja")
    separate = layout.file("chat_template.json")
    stated = read_json(separate).get("chat_template") if separate is not None else settings.get("chat_template")
    source = "chat_template.json" if separate is not None else "tokenizer_config.json:chat_template"
    if isinstance(stated, list):
        named = {entry.get("name"): entry.get("template") for entry in stated if isinstance(entry, dict)}
        stated = named.get("default") or next(iter(named.values()), None)
    return ChatTemplate(stated, tokens, source) if isinstance(stated, str) and stated else None


def _content(token: object) -> str | None:
    if isinstance(token, Mapping):
        token = token.get("content")
    return token if isinstance(token, str) else None

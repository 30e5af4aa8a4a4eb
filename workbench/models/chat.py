"""A model's chat template, rendered without loading the model and without trusting the template.

Source: the template conventions of transformers' documentation ("Chat templates"): Jinja with `messages`,
`add_generation_prompt`, `raise_exception`, `strftime_now` and a `tojson` that keeps letters as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.errors import ChatTemplateError
from workbench.models.gguf import GGUFHeader, read_gguf_header
from workbench.models.layout import Layout, read_json, read_layout
from workbench.policy.digests import sha256_bytes

if TYPE_CHECKING:
    import jinja2


SPECIAL_TOKENS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
GGUF_TOKENS = {
    "bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "sep_token": "seperator", "pad_token": "padding",
}  # fmt: skip
"""GGUF's own spelling of the separator's key."""
MARK = "\N{LEFT SQUARE BRACKET WITH QUILL}here the last turn ends\N{RIGHT SQUARE BRACKET WITH QUILL} "
"""Put behind the last turn to find its end again; the space shows whether the template trims what it is given."""


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
            return gguf_template(read_gguf_header(layout.gguf))
        return _from_directory(layout)

    @property
    def sha256(self) -> str:
        """sha256 of the template's text."""
        return sha256_bytes(self.text.encode("utf-8", "surrogatepass"))

    @cached_property
    def _compiled(self) -> jinja2.Template:
        import jinja2

        from workbench.models.sandbox import environment

        try:
            return environment().from_string(self.text)
        except (jinja2.TemplateError, RecursionError) as error:
            raise ChatTemplateError(f"the template is no Jinja ({error})", where=self.source) from error

    def render(
        self,
        turns: Sequence[Message],
        *,
        add_generation_prompt: bool = True,
        continue_final: bool = False,
        now: datetime | None = None,
    ) -> str:
        """Return the conversation as the model was taught to read it.

        Parameters
        ----------
        turns
            Messages in order.
        add_generation_prompt
            End where the assistant's answer begins.
        continue_final
            End in the middle of the last turn, so that the model goes on with it; nothing is added after it.
        now
            The time a template may write into the prompt; the local time unless said.

        Raises
        ------
        ChatTemplateError
            The template refuses this conversation (roles in another order, say), or fails.
        """
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        if not continue_final:
            return self._rendered(messages, now, add_generation_prompt=add_generation_prompt)
        if not messages:
            raise ChatTemplateError("there is no turn to go on with", where=self.source)
        last = messages[-1]["content"]
        messages[-1]["content"] = last + MARK
        text = self._rendered(messages, now, add_generation_prompt=False)
        before, found, after = text.rpartition(MARK.strip())
        if not found or last.strip() not in before:
            raise ChatTemplateError(
                "the template changes the last turn, which cannot be gone on with", where=self.source
            )
        return before if after.startswith(MARK[-1]) else before.rstrip()

    def _rendered(
        self, messages: Sequence[Mapping[str, str]], now: datetime | None, *, add_generation_prompt: bool
    ) -> str:
        import jinja2

        def strftime_now(layout: str) -> str:
            return (now or datetime.now(UTC).astimezone()).strftime(layout)

        try:
            return self._compiled.render(
                messages=messages,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                strftime_now=strftime_now,
                **self.tokens,
            )
        except (jinja2.TemplateError, ArithmeticError, LookupError, AttributeError, TypeError, ValueError) as error:
            raise ChatTemplateError(f"the template does not render ({error})", where=self.source) from error
        except (RecursionError, MemoryError) as error:
            raise ChatTemplateError("the template asks for more memory than makes sense", where=self.source) from error


def gguf_template(header: GGUFHeader) -> ChatTemplate | None:
    """Return the template in a GGUF file's metadata, or None when it brings none."""
    text = header.text("tokenizer.chat_template")
    if not text:
        return None
    vocabulary = header.texts("tokenizer.ggml.tokens")
    tokens = {}
    for name, key in GGUF_TOKENS.items():
        number = header.number(f"tokenizer.ggml.{key}_token_id")
        if number is not None and number < len(vocabulary):
            tokens[name] = vocabulary[number]
    return ChatTemplate(text, tokens, f"{header.path.name}:tokenizer.chat_template")


def _from_directory(layout: Layout) -> ChatTemplate | None:
    tokens = {
        name: content
        for settings in (_optional(layout, "special_tokens_map.json"), _optional(layout, "tokenizer_config.json"))
        for name in SPECIAL_TOKENS
        if (content := _content(settings.get(name))) is not None
    }
    jinja = layout.file("chat_template.jinja")
    if jinja is not None:
        return ChatTemplate(_text(jinja), tokens, "chat_template.jinja")
    for name in ("tokenizer_config.json", "chat_template.json"):
        text = _stated(_optional(layout, name).get("chat_template"))
        if text:
            return ChatTemplate(text, tokens, f"{name}:chat_template")
    return None


def _stated(template: object) -> str | None:
    """Return a template that stands as a text, or the one called ``default`` of a list of named ones."""
    if isinstance(template, list):
        named = {entry.get("name"): entry.get("template") for entry in template if isinstance(entry, Mapping)}
        template = named.get("default") or next(iter(named.values()), None)
    return template if isinstance(template, str) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ChatTemplateError(f"the template cannot be read ({error})", where=path) from error


def _optional(layout: Layout, name: str) -> Mapping[str, Any]:
    path = layout.file(name)
    return read_json(path) if path is not None else {}


def _content(token: object) -> str | None:
    if isinstance(token, Mapping):
        token = token.get("content")
    return token if isinstance(token, str) else None

"""The Jinja in which chat templates run: what transformers offers them, and nothing that a stranger could misuse.

Source: transformers' documentation, "Chat templates"; the environment itself is Jinja's immutable sandbox.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST = 1_000_000
"""Characters or entries that multiplying may make; a template that wants more wants the machine's memory."""


def environment() -> ImmutableSandboxedEnvironment:
    """Return a fresh environment."""
    import jinja2
    from jinja2 import nodes
    from jinja2.exceptions import SecurityError
    from jinja2.ext import Extension, loopcontrols
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class GenerationTag(Extension):
        """``{% generation %}`` marks the assistant's words for training; here it only lets them through."""

        tags = {"generation"}  # noqa: RUF012 — Jinja's own convention

        def parse(self, parser: Parser) -> list[nodes.Node]:
            next(parser.stream)
            return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))

    class Bounded(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
            small = isinstance(left, int | float) and isinstance(right, int | float)
            if operator == "**" and not (small and abs(right) <= 64):  # noqa: PLR2004 — no number of a prompt is larger
                raise SecurityError("a template may not raise to such a power")
            for text, times in ((left, right), (right, left)):
                if isinstance(text, str | list | tuple) and isinstance(times, int) and len(text) * times > LARGEST:
                    raise SecurityError("a template may not repeat so much")
            return super().call_binop(context, operator, left, right)

    made = Bounded(trim_blocks=True, lstrip_blocks=True, extensions=[GenerationTag, loopcontrols])
    made.filters["tojson"] = _tojson
    made.globals["raise_exception"] = _raise
    return made


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Return JSON that keeps letters as they are; Jinja's own filter escapes them for HTML."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise(message: str) -> str:
    import jinja2

    raise jinja2.TemplateError(message)

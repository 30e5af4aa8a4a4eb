"""Jinja templates in a sandbox: they compute text from an item's fields and nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from workbench.errors import BadCard

MAX_CHARACTERS = 1 << 20
"""Longest text a template may make: longer than any model's context."""

PLAIN_FILTERS = ("trim", "lower", "upper", "capitalize", "first", "last", "join", "length", "default")
"""Those of Jinja's own filters that templates may use; `replace`, `bare` and `lower_first` are ours."""

_REFUSED = (
    nodes.Call, nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.Include,
    nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block,
)  # fmt: skip
_FINAL_MARKS = ".。．｡!！?？।॥။።؟۔։…"


def bare(text: str) -> str:
    """Return `text` without white space around it and without its final punctuation, so that a clause can follow."""
    return text.strip().rstrip(_FINAL_MARKS).rstrip()


@pass_context
def lower_first(context: Context, text: str) -> str:
    """Return `text` with its first letter in lower case, by the rules of the item's language.

    An abbreviation (first word all in capitals) and the English pronoun I stay as they are.
    """
    language = str(context.get("language", "")).split("-")[0]
    text = text.strip()
    word = text.split(None, 1)[0] if text else ""
    letters = "".join(character for character in word if character.isalpha())
    if (len(letters) > 1 and letters.isupper()) or (language == "en" and word.split("'")[0].split("’")[0] == "I"):
        return text
    first, rest = text[:1], text[1:]
    if language in ("tr", "az"):
        return {"I": "ı", "İ": "i"}.get(first, first.lower()) + rest
    lowered = first.lower()
    return unicodedata.normalize("NFC", lowered) + rest


def replace(text: str, old: str, new: str) -> str:
    """Return `text` with each `old` replaced by `new`; refuses what would make far more text than there was."""
    if not old or len(text) + text.count(old) * len(new) > MAX_CHARACTERS:
        raise SecurityError("this replacement is not for templates")
    return text.replace(old, new)


class _Sandbox(ImmutableSandboxedEnvironment):
    """No attribute access to internals, no undefined names, no arithmetic that fills the memory."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Allow numbers to be multiplied, within reason; texts and lists not at all."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not numbers:
            raise SecurityError(f"the operator {operator} is not for templates")
        return super().call_binop(context, operator, left, right)


@lru_cache(maxsize=1)
def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, autoescape=False)
    environment.filters = {name: environment.filters[name] for name in PLAIN_FILTERS}
    environment.filters.update(bare=bare, lower_first=lower_first, replace=replace)
    environment.globals.clear()
    return environment


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Template:
    """Compile a template that only fills in, chooses and repeats: with what it cannot do, it cannot do harm."""
    tree = _environment().parse(source)
    for node in tree.find_all(_REFUSED):
        raise TemplateSyntaxError(f"{type(node).__name__.lower()} is not for templates here; use filters", node.lineno)
    for loop in tree.find_all(nodes.For):
        if next(loop.find_all(nodes.For), None) is not None:
            raise TemplateSyntaxError("a loop inside a loop is not for templates here", loop.lineno)
    return _environment().from_string(source)


def render(source: str, values: Mapping[str, object], what: str) -> str:
    """Return the text a template makes.

    Parameters
    ----------
    what
        Which template, for messages: wording, key and language.

    Raises
    ------
    BadCard
        A template that does not compile, names a field that is not there, does what the sandbox forbids, or makes
        more than a million characters.
    """
    try:
        text = _compiled(source).render(values)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        place = f" (line {line} of the template)" if line else ""
        raise BadCard(
            f"{what}: {error.message or type(error).__name__}{place}",
            remedy=f"Fields here: {', '.join(sorted(map(str, values)))}.",
        ) from error
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
        raise BadCard(f"{what}: {type(error).__name__}: {error}") from error
    if len(text) > MAX_CHARACTERS:
        raise BadCard(f"{what}: makes {len(text)} characters; at most {MAX_CHARACTERS} make sense")
    return text

"""The exact prompt of one item, before any model's chat template or tokenizer sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.benchmarks.records import Formulation


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation: `role` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One item, rendered with its shots.

    Attributes
    ----------
    item_id, language, formulation
        Which item, asked how.
    context
        Everything before the answer as plain text: instruction, shots, the item's own question. Empty for
        minimal pairs and whole texts.
    turns
        The same as a conversation, for models with a chat template; ends with a user turn. Shots alternate
        user and assistant turns.
    query
        The item's own rendered question without shots: what a report shows.
    continuations
        Texts to score after `context`, delimiter included (`rolling`: the one whole text). Empty when generating.
    chat_continuations
        The same without the delimiter, to score after a rendered chat template.
    choices
        Bare choice texts as a person reads them (for length normalisation and reports).
    letters
        Option letters shown before the choices (`letters`, and `generate` of tasks with choices); empty otherwise.
    gold, references
        As in the item.
    stop, max_new_tokens
        Ends of a generated answer.
    hash
        sha256 of all of the above as canonical JSON: the *unrendered prompt hash* of DESIGN.
    no_answer
        What the model was told to write where the passage holds no answer; part of the hash where there is one.
    """

    item_id: str
    language: str
    formulation: Formulation
    context: str
    turns: tuple[Turn, ...]
    query: str
    continuations: tuple[str, ...]
    chat_continuations: tuple[str, ...]
    choices: tuple[str, ...]
    letters: tuple[str, ...]
    gold: int | None
    references: tuple[str, ...]
    stop: tuple[str, ...]
    max_new_tokens: int
    hash: str
    no_answer: str = field(default="", repr=False)

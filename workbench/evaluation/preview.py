"""The exact prompt: what one model will read for one item, to the token, before anything is run."""

from __future__ import annotations

import html
from dataclasses import dataclass

from workbench.benchmarks.prompt import Prompt

SHOWN_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and its token ids; `pieces` are the tokens as text, for people."""

    text: str
    token_ids: tuple[int, ...]
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """One item as a model will see it.

    Attributes
    ----------
    prompt
        Before any model's template and tokenizer.
    model
        The model's name.
    templated
        Whether the model's chat template is around it.
    context
        The shared beginning of the item's sequences: the longest token prefix common to the context alone and to the
        context with each of its choices, BOS included.
    continuations
        What is scored after it, one entry a choice; a token that spans the join belongs here.
    """

    prompt: Prompt
    model: str
    templated: bool
    text: str
    context: Piece
    continuations: tuple[Piece, ...]

    @property
    def gold(self) -> int | None:
        """Index of the right choice."""
        return self.prompt.gold

    def _repr_html_(self) -> str:
        """Show the prompt in a cell: text in its own direction, choices with their tokens."""
        rows = "".join(
            f"<tr><td>{'✓' if index == self.gold else ''}</td><td dir='auto'>{html.escape(piece.text)}</td>"
            f"<td style='text-align:end'>{len(piece.token_ids)}</td>"
            f"<td dir='auto'>{html.escape(' · '.join(piece.pieces[:SHOWN_TOKENS]))}</td></tr>"
            for index, piece in enumerate(self.continuations)
        )
        kind = "with the model's chat template" if self.templated else "as plain text"
        return (
            f"<p>{html.escape(self.prompt.item_id)} for {html.escape(self.model)}, {kind}: "
            f"{len(self.context.token_ids)} tokens before the answer</p>"
            f"<pre dir='auto' style='white-space:pre-wrap'>{html.escape(self.text)}</pre>"
            "<table><thead><tr><th>gold</th><th>scored text</th><th>tokens</th><th>as tokens</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

"""Reasoning that a model writes before its answer, and that is no part of it."""

from __future__ import annotations

import re

_BLOCKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
)
_PAIRS = tuple(
    (re.compile(re.escape(opening), re.IGNORECASE), re.compile(re.escape(closing), re.IGNORECASE))
    for opening, closing in _BLOCKS
)


def without_thinking(text: str) -> str | None:
    """Return what follows the reasoning, or None when the reasoning never ended.

    A closing mark without an opening one ends a block that the chat template had opened, so that everything
    before it is reasoning too.
    """
    for opening, closing in _PAIRS:
        ends = list(closing.finditer(text))
        if ends and not opening.search(text, 0, ends[0].start()):
            text = text[ends[0].end() :]
        kept, position = [], 0
        while found := opening.search(text, position):
            end = closing.search(text, found.end())
            if end is None:
                return None
            kept.append(text[position : found.start()])
            position = end.end()
        text = "".join(kept) + text[position:]
    return text

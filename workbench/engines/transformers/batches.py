"""Rows of tokens in batches that fit a token budget, padding included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """Tokens to score in a row: the token at `start` + i is predicted from position `start` + i - 1.

    `owner` says whose they are: (request number, continuation or window number).
    """

    owner: tuple[int, int]
    start: int
    tokens: Sequence[int]


@dataclass(frozen=True, slots=True)
class Row:
    """Tokens fed to the model, at least one, and what is scored in them."""

    ids: Sequence[int]
    targets: list[Target] = field(default_factory=list)


def rows_of(number: int, contexts: Sequence[list[int]], continuations: Sequence[list[int]]) -> list[Row]:
    """Return the rows that score every continuation of request `number`.

    What is fed is the context and all of a continuation but its last token. One row serves every continuation whose
    feed is a prefix of its own: four one-letter choices need one row.
    """
    rows: list[Row] = []
    feeds = [[*context, *tokens[:-1]] for context, tokens in zip(contexts, continuations, strict=True)]
    for index in sorted(range(len(feeds)), key=lambda i: -len(feeds[i])):
        feed = feeds[index]
        row = next((row for row in rows if row.ids[: len(feed)] == feed), None)
        if row is None:
            row = Row(feed)
            rows.append(row)
        row.targets.append(Target((number, index), len(contexts[index]), continuations[index]))
    return rows


def pack(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield groups of indices, longest first, so that count × longest of each group is within `budget`.

    A single sequence longer than the budget makes a group of its own.
    """
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if group and (len(group) + 1) * lengths[group[0]] > budget:
            yield group
            group = []
        group.append(index)
    if group:
        yield group
